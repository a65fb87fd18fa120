import { describe, expect, test } from 'vitest'
import { addCandidates, createCandidates } from '../../source/torrent/candidates.ts'
import { nextDials } from '../../source/torrent/dial-order.ts'
import { closed, connected, dialFailed, dialRefused, retryInMs } from '../../source/torrent/dial-outcome.ts'
import { createRandom } from '../../source/torrent/random.ts'
import type { DropReason } from '../../source/torrent/reasons.ts'

const refused = { code: 'connection-failed', error: 'ECONNREFUSED' } as const

const address = { host: '203.0.113.1', port: 6881 }
const key = '203.0.113.1:6881'
const dialled = (now = 0, source: 'tracker' | 'user' = 'tracker') => {
	const state = createCandidates({ random: createRandom(3) })
	addCandidates(state, [address], { source, now })
	expect(nextDials(state, { now, connected: 0, halfOpen: 0, maxPeers: 9, complete: false })).toHaveLength(1)
	return state
}

describe('a failure', () => {
	test('from strangers is followed by ever longer pauses, up to an hour', () => {
		expect([1, 2, 3, 4].map(failures => retryInMs(failures, false))).toEqual([
			15_000, 30_000, 60_000, 120_000,
		])
		expect(retryInMs(12, false)).toBe(3_600_000)
		expect(retryInMs(5000, false)).toBe(3_600_000)
	})

	test('of an address of the user is soon made good, for ever', () => {
		const pauses = [1, 2, 3, 4, 5, 6, 7, 1000].map(failures => retryInMs(failures, true))
		expect(pauses).toEqual([1000, 2000, 5000, 10_000, 20_000, 30_000, 30_000, 30_000])
	})

	test('of a dial is counted once', () => {
		const state = dialled()
		dialFailed(state, address, { reason: refused, now: 100 })
		expect(state.known.get(key)).toMatchObject({ state: 'idle', failures: 1, nextTryAt: 15_100 })
		dialFailed(state, address, { reason: refused, now: 200 })
		expect(state.known.get(key)).toMatchObject({ failures: 1, nextTryAt: 15_100 })
		expect(state.hostsDialled.size).toBe(0)
	})
})

describe('a connection', () => {
	const after = (reason: DropReason, lastedMs: number) => {
		const state = dialled()
		dialFailed(state, address, { reason: refused, now: 0 })
		nextDials(state, { now: 20_000, connected: 0, halfOpen: 0, maxPeers: 9, complete: false })
		connected(state, address, { incoming: false, now: 20_000 })
		closed(state, address, { incoming: false, reason, now: 20_000 + lastedMs })
		expect(state.hostsDialled.size + state.hostsConnected.size).toBe(0)
		return state.known.get(key)
	}

	test('that lasted a minute clears what failed before', () => {
		expect(after({ code: 'remote-closed' }, 60_000)).toMatchObject({ failures: 1, nextTryAt: 95_000 })
	})

	test('that ended at once is one failure more', () => {
		expect(after({ code: 'remote-closed' }, 500)).toMatchObject({ failures: 2, nextTryAt: 50_500 })
	})

	test('that we ended for our own reasons is no failure', () => {
		expect(after({ code: 'paused' }, 500)).toMatchObject({ failures: 1, nextTryAt: 20_500 })
		expect(after({ code: 'replaced-by-better' }, 500)).toMatchObject({ failures: 1, nextTryAt: 80_500 })
		expect(after({ code: 'duplicate-connection' }, 500)).toMatchObject({ failures: 1, nextTryAt: 320_500 })
		expect(after({ code: 'both-complete' }, 500)).toMatchObject({ failures: 1, seed: true })
	})

	test('that the user closed is not made again by ourselves', () => {
		expect(after({ code: 'by-user' }, 90_000)?.nextTryAt).toBeUndefined()
	})

	test('to ourselves is forgotten and remembered', () => {
		expect(after({ code: 'is-ourselves' }, 0)).toBeUndefined()
	})
})

test('a dial that was answered and not taken in frees its host and waits as its reason asks', () => {
	const state = dialled()
	dialRefused(state, address, { reason: { code: 'duplicate-connection' }, now: 50 })
	expect(state.known.get(key)).toMatchObject({ state: 'idle', failures: 0, nextTryAt: 300_050 })
	expect(state.hostsDialled.size + state.hostsConnected.size).toBe(0)
	const own = dialled()
	dialRefused(own, address, { reason: { code: 'is-ourselves' }, now: 50 })
	expect(own.known.size).toBe(0)
	expect(own.selves.has(key)).toBe(true)
	expect(own.hostsDialled.size).toBe(0)
})

test('a long former connection does not excuse a failure of today', () => {
	const state = dialled()
	connected(state, address, { incoming: false, now: 0 })
	closed(state, address, { incoming: false, reason: { code: 'remote-closed' }, now: 100_000 })
	nextDials(state, { now: 200_000, connected: 0, halfOpen: 0, maxPeers: 9, complete: false })
	dialRefused(state, address, { reason: { code: 'handshake-timeout' }, now: 210_000 })
	expect(state.known.get(key)).toMatchObject({ failures: 2, nextTryAt: 240_000 })
})
