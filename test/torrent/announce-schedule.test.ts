import { describe, expect, test } from 'vitest'
import { toTrackerNumber } from '../../source/protocol/ids.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import { announceNow, announceSucceeded, networkRestored } from '../../source/torrent/announcer.ts'
import { a, b, minute, refused, second, setUpAnnouncer, timeout } from '../helpers/announcer.ts'

describe('intervals', () => {
	test.each([
		[undefined, 1800],
		[0, 300],
		[299, 300],
		[1800, 1800],
		[99_999_999_999, 86_400],
	])('an interval of %s s is taken as %i s', (intervalS, taken) => {
		const { state, due, next } = setUpAnnouncer([[a]])
		due(0)
		const fields = intervalS === undefined ? {} : { intervalS }
		announceSucceeded(state, a, { type: 'announced', peers: [], ...fields }, 0)
		expect(next()).toBe(taken * second)
	})

	test('a practice tracker may name a shorter one', () => {
		const { due, ok, next } = setUpAnnouncer([[a]], { minimumIntervalS: 5 })
		due(0)
		ok(a, 0, { intervalS: 10 })
		expect(next()).toBe(10 * second)
	})

	test('the user gets an announce when min interval allows it, and not before', () => {
		const { state, due, ok, next, view } = setUpAnnouncer([[a]])
		due(0)
		ok(a, 0, { minIntervalS: 600 })
		announceNow(state, minute)
		expect(next()).toBe(10 * minute)
		expect(view(a).reason).toEqual({ code: 'minimum-interval', untilAt: 10 * minute })
		expect(due(10 * minute - 1)).toEqual([])
		expect(due(10 * minute)).toEqual(['0 none'])
		ok(a, 10 * minute, { minIntervalS: 600 })
		expect(next()).toBe(40 * minute)
	})

	test('want of peers announces at min interval, or at half the interval where none is named', () => {
		const named = setUpAnnouncer([[a]])
		named.due(0)
		named.ok(a, 0, { minIntervalS: 600 })
		expect(named.next({ wantPeers: true })).toBe(10 * minute)
		const silent = setUpAnnouncer([[a]])
		silent.due(0)
		silent.ok(a, 0)
		expect(silent.next({ wantPeers: true })).toBe(15 * minute)
	})

	test('a min interval above the interval wins', () => {
		const { due, ok, next } = setUpAnnouncer([[a]])
		due(0)
		ok(a, 0, { intervalS: 600, minIntervalS: 3600 })
		expect(next()).toBe(60 * minute)
	})
})

describe('failures', () => {
	test('back-off grows with the square of the failures and stays below an hour', () => {
		const { due, fail, next } = setUpAnnouncer([[a]])
		let now = 0
		for (let failures = 1; failures <= 40; failures += 1) {
			expect(due(now)).toEqual(['0 started'])
			fail(a, now)
			const waited = (next() ?? 0) - now
			const planned = Math.min(5 + 12.5 * failures ** 2, 3600) * second
			expect(waited).toBeGreaterThanOrEqual(0.9 * planned)
			expect(waited).toBeLessThanOrEqual(Math.min(1.1 * planned, 60 * minute))
			now += waited
		}
	})

	test('a success forgets the failures', () => {
		const { due, fail, ok, view } = setUpAnnouncer([[a]])
		due(0)
		fail(a, 0)
		expect(view(a)).toMatchObject({ status: 'failed', failures: 1, message: 'no answer' })
		due(minute)
		ok(a, minute, { warning: safe`maintenance at noon` })
		expect(view(a)).toMatchObject({ status: 'working', failures: 0, message: 'maintenance at noon' })
	})

	test('never means never (BEP 31), also when the user asks', () => {
		const { state, due, fail, next, view } = setUpAnnouncer([[a]])
		due(0)
		fail(a, 0, { ...refused, retry: { type: 'never' } })
		announceNow(state, minute)
		expect(next()).toBeUndefined()
		expect(due(48 * 60 * minute)).toEqual([])
		expect(view(a).reason).toEqual({ code: 'asked-never-to-return' })
	})

	test('a wish to be left alone is kept, up to a day', () => {
		const { due, fail, next, view } = setUpAnnouncer([[a], [b]])
		due(0)
		fail(a, 0, { ...refused, retry: { type: 'later', retryIn: 15 * minute } })
		fail(b, 0, { ...refused, retry: { type: 'later', retryIn: 1e15 } })
		expect(next()).toBe(15 * minute)
		expect(view(a).reason).toEqual({ code: 'asked-to-wait', untilAt: 15 * minute })
		expect(view(b).nextAnnounceAt).toBe(24 * 60 * minute)
	})

	test('the user may cut a back-off short, but not below ten seconds between tries', () => {
		const { state, due, fail, next } = setUpAnnouncer([[a]])
		due(0)
		fail(a, 0)
		announceNow(state, 1 * second)
		expect(next()).toBe(10 * second)
	})

	test('when the network returns, trackers lost to it are tried within ten seconds, spread out', () => {
		const many = Array.from({ length: 30 }, (_, index) => toTrackerNumber(index))
		const { state, due, fail } = setUpAnnouncer(many.map(tracker => [tracker]))
		for (let round = 0; round < 20; round += 1) {
			due(round * 60 * minute)
			for (const tracker of many) fail(tracker, round * 60 * minute, tracker === 0 ? refused : timeout)
		}
		const now = 19 * 60 * minute + second
		networkRestored(state, now)
		const waits = many.slice(1).map(tracker => state.trackers.get(tracker)!.notBeforeAt - now)
		expect(Math.max(...waits)).toBeLessThanOrEqual(10 * second)
		expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(5 * second)
		expect(state.trackers.get(a)!.notBeforeAt - now).toBeGreaterThan(50 * minute)
	})

	test('a result that nobody waits for changes nothing', () => {
		const { state, fail, ok } = setUpAnnouncer([[a]])
		const before = structuredClone(state)
		fail(a, 5)
		ok(a, 5)
		expect(state).toEqual(before)
	})
})
