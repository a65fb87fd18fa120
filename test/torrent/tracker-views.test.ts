import { describe, expect, test } from 'vitest'
import { dueAnnounces, stopAnnouncing } from '../../source/torrent/announcer.ts'
import { a, b, c, minute, setUpAnnouncer } from '../helpers/announcer.ts'

describe('views', () => {
	test('a tracker says why it waits', () => {
		const { state, due, ok, fail, view } = setUpAnnouncer([[a, b]])
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
		const { due, ok, view } = setUpAnnouncer([[a], [b]], { private: true })
		due(0)
		ok(a, 0)
		expect(view(b).reason).toEqual({ code: 'private-one-at-a-time', tracker: a })
	})

	test('the state survives a copy', () => {
		const { state, due, ok } = setUpAnnouncer([[a, b], [c]])
		due(0)
		ok(c, 1)
		const copy = structuredClone(state)
		expect(copy).toEqual(state)
		expect(dueAnnounces(copy, { wantPeers: true, partialSeed: false }, 60 * minute)).toEqual(
			dueAnnounces(state, { wantPeers: true, partialSeed: false }, 60 * minute),
		)
	})
})
