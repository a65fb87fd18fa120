import { describe, expect, test } from 'vitest'
import { addressKey } from '../../source/protocol/address.ts'
import {
	addCandidates,
	banAddress,
	countBanned,
	countCandidates,
	createCandidates,
	incomingObstacle,
	isBannedAddress,
	markSelf,
	setOwnAddress,
} from '../../source/torrent/candidates.ts'
import { type DialSituation, nextDialAt, nextDials } from '../../source/torrent/dial-order.ts'
import { closed, connected, dialFailed } from '../../source/torrent/dial-outcome.ts'
import { createRandom } from '../../source/torrent/random.ts'

const refused = { code: 'connection-failed', error: 'ECONNREFUSED' } as const

const at = (host: string, port = 6881) => ({ host, port })
const many = (count: number, first = 0) =>
	Array.from({ length: count }, (_, offset) =>
		at(`198.${18 + ((first + offset) >> 16)}.${((first + offset) >> 8) & 255}.${(first + offset) & 255}`),
	)
const situation = (now: number, facts: Partial<DialSituation> = {}): DialSituation => ({
	now,
	connected: 0,
	halfOpen: 0,
	maxPeers: 200,
	complete: false,
	...facts,
})
const start = (limit?: number) =>
	createCandidates({ random: createRandom(1), ...(limit === undefined ? {} : { limit }) })
const hosts = (dials: readonly { readonly address: { readonly host: string } }[]) =>
	dials.map(({ address }) => address.host)

describe('an address', () => {
	test('is known once, however often and by whomever it is named', () => {
		const state = start()
		const first = addCandidates(state, [at('203.0.113.1'), at('::ffff:203.0.113.1')], {
			source: 'tracker',
			now: 0,
		})
		expect(first).toBe(1)
		expect(addCandidates(state, [at('203.0.113.1')], { source: 'user', now: 0 })).toBe(0)
		expect(nextDials(state, situation(0))).toEqual([{ address: at('203.0.113.1'), source: 'user' }])
		expect(nextDials(state, situation(5000))).toEqual([])
	})

	test.each([
		['port 0', at('203.0.113.1', 0)],
		['the unspecified address', at('0.0.0.0')],
		['multicast', at('239.192.152.143')],
		['IPv6 multicast', at('ff15::efc0:988f')],
		['broadcast', at('255.255.255.255')],
		['a name', at('example.org')],
	])('that is %s is never dialled, whoever names it', (_, address) => {
		const state = start()
		expect(addCandidates(state, [address], { source: 'user', now: 0 })).toBe(0)
		expect(nextDials(state, situation(0))).toEqual([])
	})

	test('that is ourselves is never dialled again', () => {
		const state = start()
		addCandidates(state, [at('203.0.113.1')], { source: 'tracker', now: 0 })
		markSelf(state, at('203.0.113.1'))
		expect(addCandidates(state, [at('203.0.113.1')], { source: 'user', now: 0 })).toBe(0)
		expect(nextDials(state, situation(0))).toEqual([])
		expect(incomingObstacle(state, at('203.0.113.1'))).toBe('ourselves')
		expect(incomingObstacle(state, at('203.0.113.1', 9))).toBeUndefined()
	})

	test('that the user names again is tried at once', () => {
		const state = start()
		addCandidates(state, [at('203.0.113.1')], { source: 'tracker', now: 0 })
		nextDials(state, situation(0))
		dialFailed(state, at('203.0.113.1'), { reason: refused, now: 10 })
		expect(nextDials(state, situation(1000))).toEqual([])
		addCandidates(state, [at('203.0.113.1')], { source: 'user', now: 1000 })
		expect(nextDials(state, situation(1000))).toHaveLength(1)
		dialFailed(state, at('203.0.113.1'), { reason: refused, now: 1010 })
		expect(nextDialAt(state, situation(1010))).toBe(1010)
		expect(nextDials(state, situation(1010))).toEqual([])
		expect(nextDialAt(state, situation(1010))).toBe(2010)
	})
})

describe('a ban', () => {
	test('keeps a host from being dialled, taken in and named again', () => {
		const state = start()
		addCandidates(state, [at('203.0.113.1', 5000), at('203.0.113.1', 6000), at('203.0.113.2')], {
			source: 'tracker',
			now: 0,
		})
		banAddress(state, at('203.0.113.1', 5000))
		expect(isBannedAddress(state, at('203.0.113.1', 7))).toBe(true)
		expect(incomingObstacle(state, at('203.0.113.1', 40_000))).toBe('banned')
		expect(hosts(nextDials(state, situation(0)))).toEqual(['203.0.113.2'])
		expect(addCandidates(state, [at('203.0.113.1', 8000)], { source: 'user', now: 0 })).toBe(0)
		expect([countCandidates(state), countBanned(state)]).toEqual([1, 1])
	})

	test('of one of many peers on loopback, or of one that the user named, leaves its neighbours alone', () => {
		const state = start()
		addCandidates(state, [at('127.0.0.1', 5001), at('127.0.0.1', 5002)], { source: 'tracker', now: 0 })
		addCandidates(state, [at('203.0.113.1', 5001), at('203.0.113.1', 5002)], { source: 'user', now: 0 })
		banAddress(state, at('127.0.0.1', 5001))
		banAddress(state, at('203.0.113.1', 5001))
		expect(nextDials(state, situation(0)).map(({ address }) => address)).toEqual([
			at('203.0.113.1', 5002),
			at('127.0.0.1', 5002),
		])
	})

	test('follows from a connection that was closed for it', () => {
		const state = start()
		connected(state, at('203.0.113.1', 40_000), { incoming: true, now: 0 })
		closed(state, at('203.0.113.1', 40_000), { incoming: true, reason: { code: 'banned', piece: 3 }, now: 9 })
		expect(isBannedAddress(state, at('203.0.113.1'))).toBe(true)
	})
})

describe('a flood of addresses', () => {
	test('leaves no more than the limit, and dials never more than it may', () => {
		const state = start()
		expect(addCandidates(state, many(10_000), { source: 'tracker', now: 0 })).toBe(10_000)
		expect(state.known.size).toBe(3000)
	})

	test('pushes out what failed, not the user’s, nor who is connected, nor who was', () => {
		const state = start(4)
		const [bad, good, current] = [at('203.0.113.1'), at('203.0.113.2'), at('203.0.113.3')]
		addCandidates(state, [bad, good, current], { source: 'tracker', now: 0 })
		addCandidates(state, [at('203.0.113.4')], { source: 'user', now: 0 })
		nextDials(state, situation(0))
		dialFailed(state, bad, { reason: refused, now: 1 })
		for (const address of [good, current]) connected(state, address, { incoming: false, now: 1 })
		closed(state, good, { incoming: false, reason: { code: 'paused' }, now: 2 })
		addCandidates(state, many(100), { source: 'tracker', now: 3 })
		expect([...state.known.keys()].slice(0, 3)).toEqual([
			'203.0.113.2:6881',
			'203.0.113.3:6881',
			'203.0.113.4:6881',
		])
		expect(state.known.size).toBe(4)
	})

	test('pushes out all that failed before anything else, and nobody who is in use', () => {
		const state = start(20)
		addCandidates(state, many(20), { source: 'tracker', now: 0 })
		const dials = nextDials(state, situation(0)).map(({ address }) => address)
		expect(dials).toHaveLength(20)
		for (const address of dials.slice(0, 10)) dialFailed(state, address, { reason: refused, now: 1 })
		for (const address of dials.slice(10, 15)) connected(state, address, { incoming: false, now: 1 })
		addCandidates(state, many(10, 5000), { source: 'tracker', now: 2 })
		const states = [...state.known.values()].map(candidate => candidate.state).sort()
		expect(states.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'connected'))
		expect(states.slice(5, 10)).toEqual(Array.from({ length: 5 }, () => 'dialling'))
		expect([...state.known.values()].every(({ failures }) => failures === 0)).toBe(true)
		expect(state.known.size).toBe(20)
	})

	test('does not wash out addresses that were there before', () => {
		const state = start(1000)
		addCandidates(state, many(1000), { source: 'tracker', now: 0 })
		const before = new Set(state.known.keys())
		addCandidates(state, many(1000, 5000), { source: 'tracker', now: 0 })
		const kept = [...state.known.keys()].filter(key => before.has(key)).length
		expect(kept).toBeGreaterThan(400)
		expect(kept).toBeLessThan(600)
	})
})

describe('one connection a host', () => {
	test('holds for dials and for whoever dials us', () => {
		const state = start()
		addCandidates(state, [at('203.0.113.1', 5001), at('203.0.113.1', 5002)], { source: 'tracker', now: 0 })
		expect(nextDials(state, situation(0))).toHaveLength(1)
		const [dialled] = [...state.known.values()].filter(candidate => candidate.state === 'dialling')
		const address = dialled?.address ?? at('')
		// Both ends may dial at once; the peer ids decide then.
		expect(incomingObstacle(state, at('203.0.113.1', 40_000))).toBeUndefined()
		connected(state, address, { incoming: false, now: 10 })
		expect(incomingObstacle(state, at('203.0.113.1', 40_000))).toBe('host-in-use')
		expect(nextDials(state, situation(1000))).toEqual([])
		closed(state, address, { incoming: false, reason: { code: 'remote-closed' }, now: 2000 })
		expect(incomingObstacle(state, at('203.0.113.1', 40_000))).toBeUndefined()
		expect(nextDials(state, situation(2000))).toHaveLength(1)
	})

	test('counts whoever dialled us', () => {
		const state = start()
		connected(state, at('203.0.113.1', 40_000), { incoming: true, now: 0 })
		addCandidates(state, [at('203.0.113.1')], { source: 'tracker', now: 0 })
		expect(nextDials(state, situation(0))).toEqual([])
		closed(state, at('203.0.113.1', 40_000), { incoming: true, reason: { code: 'remote-closed' }, now: 100 })
		expect(nextDialAt(state, situation(100))).toBe(100)
		expect(nextDials(state, situation(100))).toHaveLength(1)
	})

	test('does not hold on loopback, for the user’s addresses, or where it is switched off', () => {
		const loopback = start()
		addCandidates(loopback, [at('127.0.0.1', 5001), at('127.0.0.1', 5002)], { source: 'tracker', now: 0 })
		expect(nextDials(loopback, situation(0))).toHaveLength(2)
		connected(loopback, at('127.0.0.1', 5001), { incoming: false, now: 1 })
		expect(incomingObstacle(loopback, at('127.0.0.1', 40_000))).toBeUndefined()
		const user = start()
		addCandidates(user, [at('203.0.113.1', 5001), at('203.0.113.1', 5002)], { source: 'user', now: 0 })
		expect(nextDials(user, situation(0))).toHaveLength(2)
		const off = createCandidates({ random: createRandom(1), onePerHost: false })
		addCandidates(off, [at('203.0.113.1', 5001), at('203.0.113.1', 5002)], { source: 'tracker', now: 0 })
		expect(nextDials(off, situation(0))).toHaveLength(2)
	})
})

test('once our own address is known, the order is that of BEP 40', () => {
	const state = start()
	addCandidates(state, [at('98.76.54.32'), at('123.213.32.234')], { source: 'tracker', now: 0 })
	setOwnAddress(state, at('123.213.32.10'))
	addCandidates(state, [at('206.248.98.111')], { source: 'tracker', now: 0 })
	expect([...state.known.values()].map(({ priority }) => priority).slice(0, 2)).toEqual([
		0xec2d7224, 0x99568189,
	])
	addCandidates(state, many(20), { source: 'tracker', now: 0 })
	const priorities = nextDials(state, situation(0)).map(
		({ address }) => state.known.get(addressKey(address))?.priority ?? -1,
	)
	expect(priorities).toHaveLength(23)
	expect(priorities).toEqual(priorities.toSorted((one, other) => other - one))
})

test('the state is plain data', () => {
	const state = start()
	addCandidates(state, many(5), { source: 'tracker', now: 0 })
	const copy = structuredClone(state)
	expect(nextDials(copy, situation(0))).toEqual(nextDials(state, situation(0)))
})
