import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toPeerId } from '../../source/protocol/ids.ts'
import { isOurselves, keepWhich } from '../../source/torrent/duplicate.ts'

const id = (last: number) => toPeerId(new Uint8Array(20).fill(7, 0, 19).fill(last, 19))
const anyId = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toPeerId)

test('a peer with our own id is ourselves', () => {
	expect(isOurselves(id(1), id(1))).toBe(true)
	expect(isOurselves(id(1), id(2))).toBe(false)
})

test('when both ends dialled, the connection of the greater id stays', () => {
	const pair = { ourPeerId: id(9), theirPeerId: id(200), existingIncoming: false, newIncoming: true }
	expect(keepWhich(pair)).toBe('new')
	expect(keepWhich({ ...pair, existingIncoming: true, newIncoming: false })).toBe('existing')
	expect(keepWhich({ ...pair, ourPeerId: id(201) })).toBe('existing')
})

test('when one end dialled twice, the older connection stays', () => {
	for (const incoming of [true, false]) {
		const pair = { ourPeerId: id(9), theirPeerId: id(200), existingIncoming: incoming, newIncoming: incoming }
		expect(keepWhich(pair)).toBe('existing')
	}
})

test('both ends pick the same connection, whichever each of them saw first', () => {
	fc.assert(
		fc.property(
			anyId,
			anyId,
			fc.boolean(),
			fc.boolean(),
			(ours, theirs, weSawOursFirst, theySawTheirsFirst) => {
				fc.pre(!isOurselves(ours, theirs))
				// Whether the connection that `ours` dialled survives, as each of the two ends decides.
				const here = keepWhich({
					ourPeerId: ours,
					theirPeerId: theirs,
					existingIncoming: !weSawOursFirst,
					newIncoming: weSawOursFirst,
				})
				const there = keepWhich({
					ourPeerId: theirs,
					theirPeerId: ours,
					existingIncoming: !theySawTheirsFirst,
					newIncoming: theySawTheirsFirst,
				})
				const oursHere = (here === 'existing') === weSawOursFirst
				const oursThere = (there === 'existing') !== theySawTheirsFirst
				expect(oursThere).toBe(oursHere)
			},
		),
	)
})
