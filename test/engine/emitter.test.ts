import { expect, test } from 'vitest'
import type { TimedEvent } from '../../source/engine/api.ts'
import { toPieceIndex } from '../../source/protocol/ids.ts'
import { Emitter } from '../../source/engine/emitter.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

function setUp() {
	const clock = new ManualClock()
	const batches: (readonly TimedEvent[])[] = []
	return { clock, batches, emitter: new Emitter(clock, events => batches.push(events)) }
}

test('events of one turn leave together, in order, each with its own instant', () => {
	const { clock, batches, emitter } = setUp()
	emitter.emit({ type: 'torrentStarted' })
	emitter.emit({ type: 'diskResumed' })
	expect(batches).toEqual([])
	clock.advance(5)
	expect(batches).toEqual([
		[
			{ at: 0, wallTime: clock.epoch, event: { type: 'torrentStarted' } },
			{ at: 0, wallTime: clock.epoch, event: { type: 'diskResumed' } },
		],
	])
})

test('what is more than a thousand becomes one `dropped` that counts them', () => {
	const { clock, batches, emitter } = setUp()
	for (let count = 0; count < 5000; count += 1) emitter.emit({ type: 'diskResumed' })
	clock.advance(0)
	const [batch] = batches
	expect(batch).toHaveLength(1001)
	expect(batch?.at(-1)?.event).toEqual({ type: 'dropped', count: 4000 })
})

test('a flush posts what waits at once, and nothing twice', () => {
	const { clock, batches, emitter } = setUp()
	emitter.emit({ type: 'torrentStarted' })
	emitter.flush()
	emitter.flush()
	clock.advance(5)
	expect(batches).toHaveLength(1)
	expect(clock.waiting).toBe(0)
})

test('verified pieces wait for company, and leave at once with anything else', () => {
	const { clock, batches, emitter } = setUp()
	const verified = { type: 'pieceVerified', piece: toPieceIndex(0, 1), piecesHave: 1 } as const
	emitter.emit(verified)
	clock.advance(49)
	expect(batches).toHaveLength(0)
	emitter.emit({ type: 'diskResumed' })
	clock.advance(0)
	expect(batches.map(batch => batch.map(({ event }) => event.type))).toEqual([
		['pieceVerified', 'diskResumed'],
	])
	emitter.emit(verified)
	clock.advance(50)
	expect(batches).toHaveLength(2)
	expect(clock.waiting).toBe(0)
})
