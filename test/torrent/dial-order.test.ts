import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { addCandidates, createCandidates, markSeed } from '../../source/torrent/candidates.ts'
import { type DialSituation, nextDialAt, nextDials } from '../../source/torrent/dial-order.ts'
import { closed, connected, dialFailed } from '../../source/torrent/dial-outcome.ts'
import { createRandom } from '../../source/torrent/random.ts'

const refused = { code: 'connection-failed', error: 'ECONNREFUSED' } as const

const at = (host: string, port = 6881) => ({ host, port })
const many = (count: number) =>
	Array.from({ length: count }, (_, number) => at(`198.18.${number >> 8}.${number & 255}`))
const start = () => createCandidates({ random: createRandom(3) })
const situation = (now: number, facts: Partial<DialSituation> = {}): DialSituation => ({
	now,
	connected: 0,
	halfOpen: 0,
	maxPeers: 200,
	complete: false,
	...facts,
})

describe('dials', () => {
	test('leave room for connections and half-open ones', () => {
		const state = start()
		addCandidates(state, many(100), { source: 'tracker', now: 0 })
		expect(nextDials(state, situation(0, { connected: 190, halfOpen: 5 }))).toHaveLength(5)
		expect(nextDials(state, situation(2000, { halfOpen: 49 }))).toHaveLength(1)
		expect(nextDials(state, situation(4000, { halfOpen: 50 }))).toEqual([])
		expect(nextDialAt(state, situation(4000, { halfOpen: 50 }))).toBeUndefined()
		expect(nextDials(state, situation(6000, { halfOpen: 3, maxHalfOpen: 5 }))).toHaveLength(2)
		expect(nextDials(state, situation(8000, { connected: 300, maxPeers: 200 }))).toEqual([])
	})

	test('stay below thirty in any second, and go on as soon as they may', () => {
		const state = start()
		addCandidates(state, many(300), { source: 'tracker', now: 0 })
		const instants: number[] = []
		for (let now = 0; instants.length < 200; now = nextDialAt(state, situation(now)) ?? NaN) {
			for (const { address } of nextDials(state, situation(now))) {
				instants.push(now)
				dialFailed(state, address, { reason: refused, now })
			}
		}
		for (const [place, instant] of instants.entries()) {
			expect((instants[place + 29] ?? Infinity) - instant).toBeGreaterThanOrEqual(1000)
		}
		expect(instants[199]).toBeLessThan(8000)
	})

	test('go to the user’s addresses first, then to those with fewer failures, then to those once reached', () => {
		const state = start()
		const [user, failed, reached, plain] = [
			at('203.0.113.1'),
			at('203.0.113.2'),
			at('203.0.113.3'),
			at('203.0.113.4'),
		]
		addCandidates(state, [failed, reached], { source: 'tracker', now: 0 })
		nextDials(state, situation(0))
		dialFailed(state, failed, { reason: refused, now: 0 })
		connected(state, reached, { incoming: false, now: 0 })
		closed(state, reached, { incoming: false, reason: { code: 'paused' }, now: 1000 })
		addCandidates(state, [plain], { source: 'tracker', now: 0 })
		addCandidates(state, [user], { source: 'user', now: 0 })
		expect(nextDials(state, situation(20_000)).map(({ address }) => address)).toEqual([
			user,
			reached,
			plain,
			failed,
		])
	})

	test('go to all fresh addresses before any that failed', () => {
		const state = start()
		addCandidates(state, many(14), { source: 'tracker', now: 0 })
		const tried = nextDials(state, situation(0)).map(({ address }) => address)
		for (const address of tried) dialFailed(state, address, { reason: refused, now: 0 })
		addCandidates(state, many(28), { source: 'tracker', now: 15_000 })
		const order = nextDials(state, situation(15_000)).map(({ address }) => tried.includes(address))
		expect(order).toEqual(Array.from({ length: 28 }, (_, place) => place >= 14))
	})

	test('do not go to seeds while we lack nothing', () => {
		const state = start()
		addCandidates(state, [at('203.0.113.1'), at('203.0.113.2')], { source: 'tracker', now: 0 })
		markSeed(state, at('203.0.113.1'), true)
		const complete = nextDials(state, situation(0, { complete: true }))
		expect(complete.map(({ address }) => address.host)).toEqual(['203.0.113.2'])
		expect(nextDialAt(state, situation(1000, { complete: true }))).toBeUndefined()
		expect(nextDialAt(state, situation(1000))).toBe(1000)
		expect(nextDials(state, situation(1000)).map(({ address }) => address.host)).toEqual(['203.0.113.1'])
	})

	test('are not planned more often than four times a second among many, but the first at once', () => {
		const state = start()
		addCandidates(state, many(400), { source: 'tracker', now: 7 })
		expect(nextDialAt(state, situation(7, { maxPeers: 5 }))).toBe(7)
		expect(nextDials(state, situation(7, { maxPeers: 5 }))).toHaveLength(5)
		expect(nextDialAt(state, situation(8, { maxPeers: 10 }))).toBe(257)
		expect(nextDials(state, situation(8, { maxPeers: 10 }))).toEqual([])
	})

	test('happen at the announced instant, for whatever goes wrong before', () => {
		const outcome = fc.record({
			kind: fc.nat(2),
			port: fc.integer({ min: 1024, max: 1030 }),
			waitMs: fc.nat(40_000),
		})
		fc.assert(
			fc.property(fc.array(outcome, { maxLength: 60 }), outcomes => {
				const state = start()
				const underWay = new Map<number, Address>()
				let now = 0
				for (const { kind, port, waitMs } of outcomes) {
					now += waitMs
					const address = underWay.get(port) ?? at('127.0.0.1', port)
					if (kind === 0) addCandidates(state, [address], { source: 'tracker', now })
					else if (underWay.delete(port)) dialFailed(state, address, { reason: refused, now })
					const dueAt = nextDialAt(state, situation(now, { halfOpen: underWay.size }))
					const ready = [...state.known.values()].some(
						one => one.state === 'idle' && (one.nextTryAt ?? Infinity) <= now,
					)
					if (ready) expect(dueAt).toBe(now)
					for (const { address: dialled } of nextDials(state, situation(now, { halfOpen: underWay.size }))) {
						expect(underWay.has(dialled.port)).toBe(false)
						underWay.set(dialled.port, dialled)
					}
				}
				const waiting = [...state.known.values()].filter(one => one.state === 'idle')
				const next = nextDialAt(state, situation(now, { halfOpen: underWay.size }))
				if (waiting.length === 0) return
				expect(next).toBeLessThanOrEqual(Math.max(now, ...waiting.map(one => one.nextTryAt ?? 0)))
			}),
		)
	})
})
