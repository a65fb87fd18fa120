import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnnounceResponse, TrackerFailure } from '../../source/protocol/announce.ts'
import { type TrackerNumber, toTrackerNumber } from '../../source/protocol/ids.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import type { AnnouncerOptions, AnnounceSituation } from '../../source/torrent/announcer-state.ts'
import {
	announceFailed,
	announceNow,
	announceSucceeded,
	createAnnouncer,
	downloadCompleted,
	dueAnnounces,
	networkRestored,
	nextAnnounceAt,
	resumeAnnouncing,
	scrapeSucceeded,
	stopAnnouncing,
} from '../../source/torrent/announcer.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { trackerViews } from '../../source/torrent/tracker-views.ts'

const second = 1000
const minute = 60 * second
const [a, b, c, d] = [0, 1, 2, 3].map(toTrackerNumber) as [
	TrackerNumber,
	TrackerNumber,
	TrackerNumber,
	TrackerNumber,
]
const timeout: TrackerFailure = { type: 'failed', code: 'timeout', message: safe`no answer` }
const refused: TrackerFailure = { type: 'failed', code: 'refused', message: safe`go away` }

function answer(fields: Partial<AnnounceResponse> = {}): AnnounceResponse {
	return { type: 'announced', intervalS: 1800, seeders: 4, leechers: 3, peers: [], ...fields }
}

function setUp(tiers: readonly (readonly TrackerNumber[])[], options: Partial<AnnouncerOptions> = {}) {
	const state = createAnnouncer(
		{ tiers, private: false, announceAll: false, ...options },
		createRandom(options.numwant ?? 1),
	)
	const content: AnnounceSituation = { wantPeers: false, partialSeed: false }
	return {
		state,
		due: (now: number, situation: Partial<AnnounceSituation> = {}) =>
			dueAnnounces(state, { ...content, ...situation }, now).map(order => `${order.tracker} ${order.event}`),
		orders: (now: number, situation: Partial<AnnounceSituation> = {}) =>
			dueAnnounces(state, { ...content, ...situation }, now),
		next: (situation: Partial<AnnounceSituation> = {}) => nextAnnounceAt(state, { ...content, ...situation }),
		ok: (tracker: TrackerNumber, now: number, fields: Partial<AnnounceResponse> = {}) =>
			announceSucceeded(state, tracker, answer(fields), now),
		fail: (tracker: TrackerNumber, now: number, failure = timeout) =>
			announceFailed(state, tracker, failure, now),
		view: (tracker: TrackerNumber) => trackerViews(state).find(view => view.tracker === tracker)!,
	}
}

describe('tiers', () => {
	test('each tier announces to one tracker, all tiers at once', () => {
		const { due, ok } = setUp([[a], [b], [c]])
		expect(due(0)).toEqual(['0 started', '1 started', '2 started'])
		expect(due(0)).toEqual([])
		ok(a, 5)
		expect(due(6)).toEqual([])
	})

	test('a failure hands over to the next of the tier at once, success brings that to the front', () => {
		const { state, due, fail, ok } = setUp([[a, b, c]])
		const order = [...state.groups[0]!.tiers[0]!]
		expect(due(0)).toEqual([`${order[0]} started`])
		fail(order[0]!, 1)
		expect(due(1)).toEqual([`${order[1]} started`])
		ok(order[1]!, 2)
		expect(state.groups[0]!.tiers[0]).toEqual([order[1], order[0], order[2]])
		expect(due(2 + 30 * minute)).toEqual([`${order[1]} none`])
	})

	test('a tier is shuffled once, by the seed, and every order occurs', () => {
		const orders = new Set<string>()
		for (let seed = 0; seed < 100; seed += 1) {
			const options = { tiers: [[a, b, c]], private: false, announceAll: false }
			const order = createAnnouncer(options, createRandom(seed)).groups[0]!.tiers[0]!.join()
			expect(createAnnouncer(options, createRandom(seed)).groups[0]!.tiers[0]!.join()).toBe(order)
			orders.add(order)
		}
		expect(orders.size).toBe(6)
	})

	test('announceAll announces to every tracker by itself', () => {
		const { due } = setUp([[a, b], [c]], { announceAll: true })
		expect(due(0).toSorted()).toEqual(['0 started', '1 started', '2 started'])
	})

	test('a tracker named twice is announced to once, empty tiers are nothing', () => {
		expect(setUp([[], [a], [a]]).due(0)).toEqual(['0 started'])
		expect(setUp([]).due(0)).toEqual([])
		expect(setUp([]).next()).toBeUndefined()
		expect(setUp([], { private: true }).next()).toBeUndefined()
	})
})

describe('private torrents', () => {
	test('one tracker at a time over all tiers, even with announceAll', () => {
		const { due, fail } = setUp([[a], [b], [c]], { private: true, announceAll: true })
		expect(due(0)).toEqual(['0 started'])
		fail(a, 1)
		expect(due(1)).toEqual(['1 started'])
	})

	test('another working tracker is reported as a switch', () => {
		const { due, fail, ok } = setUp([[a], [b]], { private: true })
		due(0)
		expect(ok(a, 0).switched).toBe(false)
		expect(due(30 * minute)).toEqual(['0 none'])
		fail(a, 31 * minute)
		expect(due(31 * minute)).toEqual(['1 started'])
		expect(ok(b, 31 * minute).switched).toBe(true)
	})

	test('a lower tier that works keeps its place and the upper one is tried first (BEP 12)', () => {
		const { due, fail, ok } = setUp([[a], [b]], { private: true })
		due(0)
		fail(a, 0)
		due(0)
		ok(b, 0)
		expect(due(30 * minute)).toEqual(['0 started'])
		fail(a, 30 * minute)
		expect(due(30 * minute)).toEqual(['1 none'])
	})

	test('never two announces in flight, whatever happens', () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), steps => {
				const { state, due, ok, fail } = setUp(
					[
						[a, b],
						[c, d],
					],
					{ private: true },
				)
				let now = 0
				for (const step of steps) {
					due(now, { wantPeers: step % 2 === 0 })
					const flying = [...state.trackers.values()].filter(record => record.inFlight !== undefined)
					expect(flying.length).toBeLessThanOrEqual(1)
					const tracker = flying[0]?.tracker
					if (tracker !== undefined && step === 0) ok(tracker, now)
					if (tracker !== undefined && step === 1) fail(tracker, now)
					if (step === 2) announceNow(state, now)
					if (step === 3) downloadCompleted(state, now)
					now += step === 4 ? 40 * minute : 7 * second
				}
			}),
		)
	})
})

describe('events', () => {
	test('started is repeated until it succeeded, and never after', () => {
		const { due, fail, ok } = setUp([[a]])
		expect(due(0)).toEqual(['0 started'])
		fail(a, 0)
		expect(due(minute)).toEqual(['0 started'])
		ok(a, minute)
		expect(due(31 * minute)).toEqual(['0 none'])
	})

	test('completed goes at once to the working tracker, once', () => {
		const { state, due, ok } = setUp([[a]])
		due(0)
		ok(a, 0)
		downloadCompleted(state, minute)
		expect(due(minute)).toEqual(['0 completed'])
		ok(a, minute)
		downloadCompleted(state, 2 * minute)
		expect(due(2 * minute)).toEqual([])
		expect(due(31 * minute)).toEqual(['0 none'])
	})

	test('completed that failed is sent again', () => {
		const { state, due, ok, fail } = setUp([[a]])
		due(0)
		ok(a, 0)
		downloadCompleted(state, minute)
		due(minute)
		fail(a, minute)
		expect(due(2 * minute)).toEqual(['0 completed'])
	})

	test('a download that completes during an announce is told right after it', () => {
		const { state, due, ok } = setUp([[a]])
		due(0)
		downloadCompleted(state, 1)
		ok(a, 2)
		expect(due(2)).toEqual(['0 completed'])
	})

	test('a torrent that was complete at the start never says completed', () => {
		const { due, ok } = setUp([[a]])
		expect(due(0)).toEqual(['0 started'])
		ok(a, 0)
		expect(due(30 * minute)).toEqual(['0 none'])
	})

	test('a partial seed says paused in every announce', () => {
		const { due, ok } = setUp([[a]])
		expect(due(0, { partialSeed: true })).toEqual(['0 paused'])
		ok(a, 0)
		expect(due(30 * minute, { partialSeed: true })).toEqual(['0 paused'])
	})

	test('stopped goes only where started succeeded, with no peers wanted, and is not repeated', () => {
		const { state, due, ok, fail, next } = setUp([[a], [b], [c]])
		due(0, { wantPeers: true })
		ok(a, 0)
		fail(b, 0)
		expect(stopAnnouncing(state, second)).toEqual([{ tracker: a, event: 'stopped', numwant: 0 }])
		fail(a, 2 * second)
		expect(stopAnnouncing(state, 3 * second)).toEqual([])
		expect(due(60 * minute)).toEqual([])
		expect(next()).toBeUndefined()
	})

	test('after a stop the torrent starts again with started, and completed stays told', () => {
		const { state, due, ok } = setUp([[a]])
		due(0)
		ok(a, 0)
		downloadCompleted(state, 1)
		stopAnnouncing(state, 2)
		resumeAnnouncing(state)
		expect(due(3)).toEqual([])
		ok(a, 4)
		expect(due(5)).toEqual(['0 started'])
		ok(a, 6)
		expect(due(6 + 30 * minute)).toEqual(['0 none'])
	})
})

describe('what is asked', () => {
	test('peers are asked for only while they are wanted', () => {
		expect(setUp([[a]], { numwant: 50 }).orders(0, { wantPeers: true })[0]?.numwant).toBe(50)
		expect(setUp([[a]]).orders(0, { wantPeers: true })[0]?.numwant).toBe(200)
		expect(setUp([[a]]).orders(0)[0]?.numwant).toBe(0)
	})

	test('the tracker id of an answer is echoed, also when later answers lack it', () => {
		const { orders, ok } = setUp([[a]])
		expect(orders(0)[0]?.trackerId).toBeUndefined()
		ok(a, 0, { trackerId: Uint8Array.of(0, 0xff) })
		expect(orders(30 * minute)[0]?.trackerId).toEqual(Uint8Array.of(0, 0xff))
		ok(a, 30 * minute)
		expect(orders(60 * minute)[0]?.trackerId).toEqual(Uint8Array.of(0, 0xff))
	})

	test('a scrape is asked for only where the answer had no counts, at most every half hour', () => {
		const { state, orders, ok, view } = setUp([[a]])
		orders(0)
		expect(ok(a, 0).scrape).toBe(false)
		orders(30 * minute)
		const blank = { type: 'announced', peers: [], intervalS: 600 } as const
		expect(announceSucceeded(state, a, blank, 30 * minute).scrape).toBe(true)
		scrapeSucceeded(state, a, { downloads: 99 })
		expect(view(a)).toMatchObject({ seeders: 4, leechers: 3, downloads: 99 })
		orders(40 * minute)
		expect(announceSucceeded(state, a, blank, 40 * minute).scrape).toBe(false)
	})
})

describe('intervals', () => {
	test.each([
		[undefined, 1800],
		[0, 300],
		[299, 300],
		[1800, 1800],
		[99_999_999_999, 86_400],
	])('an interval of %s s is taken as %i s', (intervalS, taken) => {
		const { state, due, next } = setUp([[a]])
		due(0)
		const fields = intervalS === undefined ? {} : { intervalS }
		announceSucceeded(state, a, { type: 'announced', peers: [], ...fields }, 0)
		expect(next()).toBe(taken * second)
	})

	test('a practice tracker may name a shorter one', () => {
		const { due, ok, next } = setUp([[a]], { minimumIntervalS: 5 })
		due(0)
		ok(a, 0, { intervalS: 10 })
		expect(next()).toBe(10 * second)
	})

	test('the user gets an announce when min interval allows it, and not before', () => {
		const { state, due, ok, next, view } = setUp([[a]])
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
		const named = setUp([[a]])
		named.due(0)
		named.ok(a, 0, { minIntervalS: 600 })
		expect(named.next({ wantPeers: true })).toBe(10 * minute)
		const silent = setUp([[a]])
		silent.due(0)
		silent.ok(a, 0)
		expect(silent.next({ wantPeers: true })).toBe(15 * minute)
	})

	test('a min interval above the interval wins', () => {
		const { due, ok, next } = setUp([[a]])
		due(0)
		ok(a, 0, { intervalS: 600, minIntervalS: 3600 })
		expect(next()).toBe(60 * minute)
	})
})

describe('failures', () => {
	test('back-off grows with the square of the failures and stays below an hour', () => {
		const { due, fail, next } = setUp([[a]])
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
		const { due, fail, ok, view } = setUp([[a]])
		due(0)
		fail(a, 0)
		expect(view(a)).toMatchObject({ status: 'failed', failures: 1, message: 'no answer' })
		due(minute)
		ok(a, minute, { warning: safe`maintenance at noon` })
		expect(view(a)).toMatchObject({ status: 'working', failures: 0, message: 'maintenance at noon' })
	})

	test('never means never (BEP 31), also when the user asks', () => {
		const { state, due, fail, next, view } = setUp([[a]])
		due(0)
		fail(a, 0, { ...refused, retry: { type: 'never' } })
		announceNow(state, minute)
		expect(next()).toBeUndefined()
		expect(due(48 * 60 * minute)).toEqual([])
		expect(view(a).reason).toEqual({ code: 'asked-never-to-return' })
	})

	test('a wish to be left alone is kept, up to a day', () => {
		const { due, fail, next, view } = setUp([[a], [b]])
		due(0)
		fail(a, 0, { ...refused, retry: { type: 'later', retryIn: 15 * minute } })
		fail(b, 0, { ...refused, retry: { type: 'later', retryIn: 1e15 } })
		expect(next()).toBe(15 * minute)
		expect(view(a).reason).toEqual({ code: 'asked-to-wait', untilAt: 15 * minute })
		expect(view(b).nextAnnounceAt).toBe(24 * 60 * minute)
	})

	test('the user may cut a back-off short, but not below ten seconds between tries', () => {
		const { state, due, fail, next } = setUp([[a]])
		due(0)
		fail(a, 0)
		announceNow(state, 1 * second)
		expect(next()).toBe(10 * second)
	})

	test('when the network returns, trackers lost to it are tried within ten seconds, spread out', () => {
		const many = Array.from({ length: 30 }, (_, index) => toTrackerNumber(index))
		const { state, due, fail } = setUp(many.map(tracker => [tracker]))
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
		const { state, fail, ok } = setUp([[a]])
		const before = structuredClone(state)
		fail(a, 5)
		ok(a, 5)
		expect(state).toEqual(before)
	})
})

describe('views', () => {
	test('a tracker says why it waits', () => {
		const { state, due, ok, fail, view } = setUp([[a, b]])
		const [first, other] = state.groups[0]!.tiers[0]!
		expect(view(first!)).toMatchObject({ status: 'idle', reason: { code: 'due' } })
		due(0)
		expect(view(first!)).toMatchObject({
			status: 'announcing',
			event: 'started',
			reason: { code: 'announcing', event: 'started' },
		})
		expect(view(other!).reason).toEqual({ code: 'other-of-its-tier', tracker: first })
		ok(first!, 40, { peers: [{ host: '192.0.2.1', port: 6881 }] })
		expect(view(first!)).toMatchObject({
			status: 'working',
			peersReceived: 1,
			roundTripMs: 40,
			lastAnnouncedAt: 40,
			nextAnnounceAt: 40 + 30 * minute,
			reason: { code: 'interval', untilAt: 40 + 30 * minute },
		})
		expect(view(other!).status).toBe('unused')
		due(40 * minute)
		fail(first!, 40 * minute)
		expect(view(first!)).toMatchObject({ status: 'failed', reason: { code: 'back-off', failures: 1 } })
		stopAnnouncing(state, 41 * minute)
		expect(view(other!)).toMatchObject({ status: 'stopped', reason: { code: 'not-announcing' } })
	})

	test('private torrents name the one tracker that works', () => {
		const { due, ok, view } = setUp([[a], [b]], { private: true })
		due(0)
		ok(a, 0)
		expect(view(b).reason).toEqual({ code: 'private-one-at-a-time', tracker: a })
	})

	test('the state survives a copy', () => {
		const { state, due, ok } = setUp([[a, b], [c]])
		due(0)
		ok(c, 1)
		const copy = structuredClone(state)
		expect(copy).toEqual(state)
		expect(dueAnnounces(copy, { wantPeers: true, partialSeed: false }, 60 * minute)).toEqual(
			dueAnnounces(state, { wantPeers: true, partialSeed: false }, 60 * minute),
		)
	})
})
