import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../source/protocol/message.ts'
import {
	allRequestsEnded,
	blockReceived,
	createPipeline,
	nextPipelineDeadline,
	oldestRequest,
	type Pipeline,
	requestEnded,
	requestsSent,
	silentMs,
	timedOut,
	wantsRefill,
} from '../../source/torrent/pipeline.ts'

const second = 1000
const ids = (requests: readonly { readonly block: number }[]) => requests.map(({ block }) => block)

function send(pipeline: Pipeline, blocks: readonly number[], now: number): void {
	requestsSent(
		pipeline,
		blocks.map(block => ({ id: 1000 + block, block })),
		now,
	)
}

function receive(pipeline: Pipeline, block: number, now: number) {
	return blockReceived(pipeline, { block, bytes: blockBytes }, now)
}

describe('a pipeline', () => {
	test('asks for a window, then nothing until a quarter of it has ended', () => {
		const pipeline = createPipeline({ reqq: 8, startWindow: 8 })
		expect(wantsRefill(pipeline, 0)).toBe(8)
		send(pipeline, [0, 1, 2, 3, 4, 5, 6, 7], 0)
		expect(wantsRefill(pipeline, 0)).toBe(0)
		requestEnded(pipeline, 0)
		expect(wantsRefill(pipeline, 0)).toBe(0)
		requestEnded(pipeline, 1)
		expect(wantsRefill(pipeline, 0)).toBe(2)
	})

	test('knows which request a block answers, once', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [7, 3], 10)
		expect(receive(pipeline, 3, 60)).toEqual({ id: 1003, block: 3, sentAt: 10 })
		expect(receive(pipeline, 3, 61)).toBeUndefined()
		expect(requestEnded(pipeline, 3)).toBeUndefined()
		expect(pipeline.roundTripMs).toBe(50)
	})

	test('keeps requests in order of age', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [9, 4], 0)
		send(pipeline, [6], 5)
		expect(oldestRequest(pipeline)).toEqual({ id: 1009, block: 9, sentAt: 0 })
		requestEnded(pipeline, 9)
		expect(ids(allRequestsEnded(pipeline))).toEqual([4, 6])
		expect(pipeline.requests.size).toBe(0)
		expect(nextPipelineDeadline(pipeline)).toBeUndefined()
	})

	test('ignores a second request for a block that is in flight', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1], 0)
		requestsSent(pipeline, [{ id: 5, block: 1 }], 50)
		expect([...pipeline.requests.values()]).toEqual([{ id: 1001, block: 1, sentAt: 0 }])
	})

	test('that was idle starts slowly again', () => {
		const pipeline = createPipeline({ reqq: 250 })
		for (let block = 0; block < 400; block += 1) {
			send(pipeline, [block, block + 1000], block * 10)
			receive(pipeline, block, block * 10 + 5)
			receive(pipeline, block + 1000, block * 10 + 5)
		}
		expect(pipeline.window).toBeGreaterThan(100)
		expect(wantsRefill(pipeline, 4600)).toBeGreaterThan(100)
		send(pipeline, [2000], 4600)
		receive(pipeline, 2000, 4610)
		expect(wantsRefill(pipeline, 5611)).toBe(16)
		expect(pipeline.windowBy).toBe('slow-start')
	})

	test('measures the link anew after a choke', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 0)
		receive(pipeline, 1, 20)
		allRequestsEnded(pipeline)
		send(pipeline, [3], 100)
		receive(pipeline, 3, 400)
		expect(pipeline.leastRoundTripMs).toBe(300)
	})

	test('is plain data', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 0)
		receive(pipeline, 1, 30)
		const copy = structuredClone(pipeline)
		expect(copy).toEqual(pipeline)
		receive(copy, 2, 40)
		expect(pipeline.requests.size).toBe(1)
	})

	test('that was idle has no more in flight than its window', () => {
		const pipeline = createPipeline({ reqq: 250 })
		const ask = (first: number, now: number): number => {
			const count = wantsRefill(pipeline, now)
			send(
				pipeline,
				Array.from({ length: count }, (_, at) => first + at),
				now,
			)
			return count
		}
		const sent = ask(0, 0)
		for (let block = 0; block < sent; block += 1) receive(pipeline, block, 10 + block)
		expect(pipeline.window).toBeGreaterThan(sent)
		expect(ask(1000, 20 * second)).toBe(sent)
		expect(pipeline.requests.size).toBeLessThanOrEqual(pipeline.window)
	})
})

describe('a peer that sends nothing', () => {
	test('snubs us after twenty seconds and keeps its oldest request only', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2, 3], 0)
		expect(nextPipelineDeadline(pipeline)).toBe(20 * second)
		expect(timedOut(pipeline, 20 * second - 1)).toEqual([])
		expect(pipeline.snubbed).toBe(false)
		expect(ids(timedOut(pipeline, 20 * second))).toEqual([2, 3])
		expect(pipeline.snubbed).toBe(true)
		expect(silentMs(pipeline, 21 * second)).toBe(21 * second)
		expect(wantsRefill(pipeline, 21 * second)).toBe(0)
		expect(pipeline.window).toBe(1)
	})

	test('loses that one too after a minute and is tried with one at a time', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 0)
		const ended: number[] = []
		for (let at = nextPipelineDeadline(pipeline); at !== undefined; at = nextPipelineDeadline(pipeline)) {
			ended.push(...ids(timedOut(pipeline, at)))
			if (pipeline.requests.size === 0) expect(at).toBe(60 * second)
		}
		expect(ended).toEqual([2, 1])
		expect(wantsRefill(pipeline, 60 * second)).toBe(1)
		send(pipeline, [3], 61 * second)
		expect(pipeline.snubbed).toBe(true)
	})

	test('is forgiven with the first block, and starts slowly', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 0)
		timedOut(pipeline, 20 * second)
		receive(pipeline, 1, 25 * second)
		expect(pipeline.snubbed).toBe(false)
		expect(pipeline.window).toBeGreaterThanOrEqual(2)
		expect(pipeline.window).toBeLessThanOrEqual(3)
	})

	test('is not snubbing us while nothing is asked of it', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1], 0)
		receive(pipeline, 1, 100)
		expect(timedOut(pipeline, 25 * second)).toEqual([])
		send(pipeline, [2], 26 * second)
		expect(timedOut(pipeline, 45 * second)).toEqual([])
		expect(pipeline.snubbed).toBe(false)
	})

	test('is waited for from its last block on', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 0)
		receive(pipeline, 1, 15 * second)
		expect(nextPipelineDeadline(pipeline)).toBe(35 * second)
	})
})

describe('a request', () => {
	test('that younger ones overtook is given up long before a minute', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1], 0)
		for (let at = 1; at <= 12; at += 1) {
			send(pipeline, [1 + at], at * second)
			receive(pipeline, 1 + at, at * second + 50)
			if (at === 9) expect(timedOut(pipeline, at * second + 100)).toEqual([])
		}
		expect(ids(timedOut(pipeline, 12 * second + 100))).toEqual([1])
		expect(pipeline.snubbed).toBe(false)
	})

	test('that only waits its turn behind older ones is left for a minute', () => {
		const pipeline = createPipeline({ reqq: 250 })
		const blocks = Array.from({ length: 9 }, (_, at) => at)
		send(pipeline, blocks, 0)
		for (const block of blocks.slice(0, 4)) receive(pipeline, block, (block + 1) * 14 * second)
		expect(timedOut(pipeline, 56 * second)).toEqual([])
		expect(ids(timedOut(pipeline, 60 * second))).toEqual([4, 5, 6, 7, 8])
	})
})

describe('a gap in the clock', () => {
	test('of an hour makes nobody late', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2, 3], 0)
		receive(pipeline, 1, second)
		const later = 3600 * second
		expect(timedOut(pipeline, later)).toEqual([])
		expect(pipeline.snubbed).toBe(false)
		expect(nextPipelineDeadline(pipeline)).toBe(later + 20 * second)
		receive(pipeline, 2, later + 100)
		expect(pipeline.roundTripMs).toBeLessThan(2 * second)
	})

	test('backwards does no harm either', () => {
		const pipeline = createPipeline({ reqq: 250 })
		send(pipeline, [1, 2], 7200 * second)
		expect(timedOut(pipeline, 0)).toEqual([])
		receive(pipeline, 1, 100)
		expect(pipeline.roundTripMs).toBeGreaterThanOrEqual(0)
		expect(pipeline.window).toBeGreaterThanOrEqual(2)
		expect(pipeline.snubbed).toBe(false)
	})
})

test('whatever happens, every request ends once, the window stays in its bounds and deadlines lie ahead', () => {
	const action = fc.oneof(
		fc.record({ type: fc.constant('send' as const), count: fc.integer({ min: 1, max: 40 }) }),
		fc.record({ type: fc.constant('receive' as const), count: fc.integer({ min: 0, max: 60 }) }),
		fc.record({ type: fc.constant('end' as const), count: fc.integer({ min: 0, max: 60 }) }),
		fc.record({ type: fc.constant('time' as const), count: fc.integer({ min: 1, max: 90_000 }) }),
		fc.record({ type: fc.constant('choke' as const), count: fc.constant(0) }),
	)
	fc.assert(
		fc.property(fc.array(action, { maxLength: 80 }), fc.integer({ min: 0, max: 300 }), (actions, reqq) => {
			const pipeline = createPipeline({ reqq })
			const alive = new Set<number>()
			let now = 0
			let next = 0
			const end = (blocks: readonly number[]) => {
				for (const block of blocks) expect(alive.delete(block)).toBe(true)
			}
			for (const { type, count } of actions) {
				if (type === 'send') {
					const blocks = Array.from({ length: Math.min(count, wantsRefill(pipeline, now)) }, () => next++)
					send(pipeline, blocks, now)
					for (const block of blocks) alive.add(block)
				} else if (type === 'receive') {
					const request = receive(pipeline, Math.max(0, next - count), now)
					if (request !== undefined) end([request.block])
				} else if (type === 'end') {
					const request = requestEnded(pipeline, Math.max(0, next - count))
					if (request !== undefined) end([request.block])
				} else if (type === 'time') {
					now += count
					end(ids(timedOut(pipeline, now)))
				} else end(ids(allRequestsEnded(pipeline)))
				expect(new Set(pipeline.requests.keys())).toEqual(alive)
				expect(pipeline.window).toBeGreaterThanOrEqual(1)
				expect(pipeline.window).toBeLessThanOrEqual(Math.max(1, reqq))
				expect(wantsRefill(pipeline, now)).toBeGreaterThanOrEqual(0)
				expect(nextPipelineDeadline(pipeline) === undefined).toBe(alive.size === 0)
				if (type === 'time') expect(nextPipelineDeadline(pipeline) ?? now + 1).toBeGreaterThan(now)
			}
		}),
	)
})
