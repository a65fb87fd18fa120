import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import { createTurns, type Share, shareRound } from '../../source/torrent/share-round.ts'

const want = (peer: number, blocks: number): Share => ({ peer: toPeerNumber(peer), blocks })

describe('a limited supply', () => {
	test('is divided evenly, and what one does not want goes to the others', () => {
		expect(shareRound(createTurns(), [want(1, 100), want(2, 2), want(3, 100)], 12)).toEqual([
			want(1, 5),
			want(2, 2),
			want(3, 5),
		])
	})

	test('without bounds gives everybody what it wants', () => {
		expect(shareRound(createTurns(), [want(1, 100), want(2, 0), want(3, 7)], Infinity)).toEqual([
			want(1, 100),
			want(3, 7),
		])
	})

	test('of one block a round goes round', () => {
		const turns = createTurns()
		const peers = [want(9, 5), want(2, 5), want(4, 5)]
		const order = Array.from({ length: 6 }, () => shareRound(turns, peers, 1)[0]?.peer)
		expect(order).toEqual([2, 4, 9, 2, 4, 9])
	})

	test('goes on with the next peer when the last one left or another came', () => {
		const turns = createTurns()
		shareRound(turns, [want(2, 5), want(4, 5), want(6, 5)], 1)
		shareRound(turns, [want(2, 5), want(4, 5), want(6, 5)], 1)
		expect(shareRound(turns, [want(2, 5), want(5, 5), want(6, 5)], 1)).toEqual([want(5, 1)])
	})

	test('is used up, never exceeded, and over many rounds equal for peers that want alike', () => {
		const wants = fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 30 })
		fc.assert(
			fc.property(wants, fc.integer({ min: 1, max: 50 }), (peers, budget) => {
				const turns = createTurns()
				const total = new Map(peers.map(peer => [peer, 0]))
				for (let round = 0; round < 60; round += 1) {
					const shares = shareRound(
						turns,
						peers.map(peer => want(peer, 1000)),
						budget,
					)
					expect(shares.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(budget)
					for (const { peer, blocks } of shares) total.set(peer, (total.get(peer) ?? 0) + blocks)
				}
				const sums = [...total.values()]
				expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(1)
			}),
		)
	})
})
