import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
	announceNow,
	announceSucceeded,
	createAnnouncer,
	downloadCompleted,
	resumeAnnouncing,
	scrapeSucceeded,
	stopAnnouncing,
} from '../../source/torrent/announcer.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { a, b, c, d, minute, second, setUpAnnouncer } from '../helpers/announcer.ts'

describe('tiers', () => {
	test('each tier announces to one tracker, all tiers at once', () => {
		const { due, ok } = setUpAnnouncer([[a], [b], [c]])
		expect(due(0)).toEqual(['0 started', '1 started', '2 started'])
		expect(due(0)).toEqual([])
		ok(a, 5)
		expect(due(6)).toEqual([])
	})

	test('a failure hands over to the next of the tier at once, success brings that to the front', () => {
		const { state, due, fail, ok } = setUpAnnouncer([[a, b, c]])
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
		const { due } = setUpAnnouncer([[a, b], [c]], { announceAll: true })
		expect(due(0).toSorted()).toEqual(['0 started', '1 started', '2 started'])
	})

	test('a tracker named twice is announced to once, empty tiers are nothing', () => {
		expect(setUpAnnouncer([[], [a], [a]]).due(0)).toEqual(['0 started'])
		expect(setUpAnnouncer([]).due(0)).toEqual([])
		expect(setUpAnnouncer([]).next()).toBeUndefined()
		expect(setUpAnnouncer([], { private: true }).next()).toBeUndefined()
	})
})

describe('private torrents', () => {
	test('one tracker at a time over all tiers, even with announceAll', () => {
		const { due, fail } = setUpAnnouncer([[a], [b], [c]], { private: true, announceAll: true })
		expect(due(0)).toEqual(['0 started'])
		fail(a, 1)
		expect(due(1)).toEqual(['1 started'])
	})

	test('another working tracker is reported as a switch', () => {
		const { due, fail, ok } = setUpAnnouncer([[a], [b]], { private: true })
		due(0)
		expect(ok(a, 0).switched).toBe(false)
		expect(due(30 * minute)).toEqual(['0 none'])
		fail(a, 31 * minute)
		expect(due(31 * minute)).toEqual(['1 started'])
		expect(ok(b, 31 * minute).switched).toBe(true)
	})

	test('a lower tier that works keeps its place and the upper one is tried first (BEP 12)', () => {
		const { due, fail, ok } = setUpAnnouncer([[a], [b]], { private: true })
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
				const { state, due, ok, fail } = setUpAnnouncer(
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
		const { due, fail, ok } = setUpAnnouncer([[a]])
		expect(due(0)).toEqual(['0 started'])
		fail(a, 0)
		expect(due(minute)).toEqual(['0 started'])
		ok(a, minute)
		expect(due(31 * minute)).toEqual(['0 none'])
	})

	test('completed goes at once to the working tracker, once', () => {
		const { state, due, ok } = setUpAnnouncer([[a]])
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
		const { state, due, ok, fail } = setUpAnnouncer([[a]])
		due(0)
		ok(a, 0)
		downloadCompleted(state, minute)
		due(minute)
		fail(a, minute)
		expect(due(2 * minute)).toEqual(['0 completed'])
	})

	test('a download that completes during an announce is told right after it', () => {
		const { state, due, ok } = setUpAnnouncer([[a]])
		due(0)
		downloadCompleted(state, 1)
		ok(a, 2)
		expect(due(2)).toEqual(['0 completed'])
	})

	test('a torrent that was complete at the start never says completed', () => {
		const { due, ok } = setUpAnnouncer([[a]])
		expect(due(0)).toEqual(['0 started'])
		ok(a, 0)
		expect(due(30 * minute)).toEqual(['0 none'])
	})

	test('a partial seed says paused in every announce', () => {
		const { due, ok } = setUpAnnouncer([[a]])
		expect(due(0, { partialSeed: true })).toEqual(['0 paused'])
		ok(a, 0)
		expect(due(30 * minute, { partialSeed: true })).toEqual(['0 paused'])
	})

	test('stopped goes only where started succeeded, with no peers wanted, and is not repeated', () => {
		const { state, due, ok, fail, next } = setUpAnnouncer([[a], [b], [c]])
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
		const { state, due, ok } = setUpAnnouncer([[a]])
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
		expect(setUpAnnouncer([[a]], { numwant: 50 }).orders(0, { wantPeers: true })[0]?.numwant).toBe(50)
		expect(setUpAnnouncer([[a]]).orders(0, { wantPeers: true })[0]?.numwant).toBe(200)
		expect(setUpAnnouncer([[a]]).orders(0)[0]?.numwant).toBe(0)
	})

	test('the tracker id of an answer is echoed, also when later answers lack it', () => {
		const { orders, ok } = setUpAnnouncer([[a]])
		expect(orders(0)[0]?.trackerId).toBeUndefined()
		ok(a, 0, { trackerId: Uint8Array.of(0, 0xff) })
		expect(orders(30 * minute)[0]?.trackerId).toEqual(Uint8Array.of(0, 0xff))
		ok(a, 30 * minute)
		expect(orders(60 * minute)[0]?.trackerId).toEqual(Uint8Array.of(0, 0xff))
	})

	test('a scrape is asked for only where the answer had no counts, at most every half hour', () => {
		const { state, orders, ok, view } = setUpAnnouncer([[a]])
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
