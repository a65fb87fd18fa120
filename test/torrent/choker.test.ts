import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import {
	type ChokerOptions,
	type ChokerPeer,
	chokeRound,
	fillFreeSlot,
	uploadSlots,
} from '../../source/torrent/choker.ts'
import { createRandom } from '../../source/torrent/random.ts'

const now = 1_000_000
type Facts = Partial<Omit<ChokerPeer, 'peer'>>

/** An interested, choked peer of ten minutes’ standing. */
function peer(number: number, facts: Facts = {}): ChokerPeer {
	return {
		peer: toPeerNumber(number),
		interested: true,
		unchoked: false,
		connectedAt: now - 600_000,
		unchokedAt: facts.unchoked ? now - 300_000 : undefined,
		chokedAt: now - 600_000,
		downBytesPerSecond: 0,
		upBytesPerSecond: 0,
		snubbedMs: undefined,
		...facts,
	}
}

function options(facts: Partial<ChokerOptions> = {}): ChokerOptions {
	return { slots: 2, now, seeding: false, random: createRandom(1), optimistic: undefined, ...facts }
}

const numbers = (decisions: readonly { readonly peer: number }[]) => decisions.map(({ peer }) => peer)
const optimisticOn = (number: number, sinceAt: number) => ({
	peer: toPeerNumber(number),
	sinceAt,
	waitedMs: 5,
})

describe('a round while downloading', () => {
	test('unchokes those who give most, and tells the others their rank', () => {
		const peers = [10, 50, 30, 20, 40].map((rate, at) => peer(at, { downBytesPerSecond: rate }))
		const round = chokeRound(peers, options({ optimistic: optimisticOn(0, now - 1000) }))
		expect(round.unchoke).toEqual([
			{ peer: 1, reason: { code: 'unchoked-by-rank', rank: 1, slots: 2 } },
			{ peer: 4, reason: { code: 'unchoked-by-rank', rank: 2, slots: 2 } },
			{ peer: 0, reason: { code: 'unchoked-optimistically', waitedMs: 5 } },
		])
		expect(round.choke).toEqual([
			{ peer: 2, reason: { code: 'choked-by-rank', rank: 3, slots: 2 } },
			{ peer: 3, reason: { code: 'choked-by-rank', rank: 4, slots: 2 } },
		])
	})

	test('leaves out whoever is not interested, however much it gives', () => {
		const peers = [peer(1, { interested: false, unchoked: true, downBytesPerSecond: 1e6 }), peer(2)]
		const round = chokeRound(peers, options())
		expect(round.choke).toEqual([{ peer: 1, reason: { code: 'choked-not-interested' } }])
		expect(numbers(round.unchoke)).toEqual([2])
		expect(round.optimistic).toBeUndefined()
	})

	test('gives a slot to nobody who owes us blocks, except by chance', () => {
		const snubbing = peer(1, { unchoked: true, downBytesPerSecond: 99, snubbedMs: 34_000 })
		const other = chokeRound([snubbing, peer(2)], options({ optimistic: optimisticOn(2, 0) }))
		expect(other.unchoke).toEqual([
			{ peer: 2, reason: { code: 'unchoked-by-rank', rank: 1, slots: 2 } },
			{ peer: 1, reason: { code: 'unchoked-optimistically', waitedMs: 600_000 } },
		])
		const third = peer(3, { snubbedMs: 20_000 })
		const round = chokeRound([snubbing, third], options({ optimistic: optimisticOn(3, now - 1) }))
		expect(round.choke).toEqual([{ peer: 1, reason: { code: 'choked-snubbing', silentMs: 34_000 } }])
	})

	test('does not let near equals change places', () => {
		const holder = peer(1, { unchoked: true, downBytesPerSecond: 100 })
		const near = chokeRound([holder, peer(2, { downBytesPerSecond: 105 })], options({ slots: 1 }))
		expect(near.unchoke[0]?.peer).toBe(1)
		const better = chokeRound([holder, peer(2, { downBytesPerSecond: 115 })], options({ slots: 1 }))
		expect(better.unchoke[0]?.peer).toBe(2)
	})

	test('leaves a peer its slot for ten seconds at least', () => {
		const fresh = peer(1, { unchoked: true, unchokedAt: now - 9999 })
		const rich = peer(2, { downBytesPerSecond: 1e6 })
		expect(chokeRound([fresh, rich], options({ slots: 1 })).unchoke[0]?.peer).toBe(1)
		const settled = { ...fresh, unchokedAt: now - 10_000 }
		expect(chokeRound([settled, rich], options({ slots: 1 })).unchoke[0]?.peer).toBe(2)
	})
})

describe('a round while seeding', () => {
	const seeding = (facts: Partial<ChokerOptions> = {}) => options({ seeding: true, slots: 1, ...facts })

	test('gives the slot to whoever has waited longest, the never served first, of those the faster', () => {
		const waiting = [
			peer(1, { unchokedAt: now - 200_000 }),
			peer(2, { unchokedAt: now - 400_000 }),
			peer(3, { upBytesPerSecond: 0 }),
			peer(4, { upBytesPerSecond: 5 }),
		]
		const order: number[] = []
		for (let left = waiting; left.length > 0; left = left.filter(({ peer: one }) => one !== order.at(-1))) {
			order.push(chokeRound(left, seeding()).unchoke[0]?.peer ?? -1)
		}
		expect(order).toEqual([4, 3, 2, 1])
	})

	test('lets a peer finish its minute, then the next has its turn', () => {
		const holder = peer(1, { unchoked: true, unchokedAt: now - 59_999, upBytesPerSecond: 1e6 })
		expect(chokeRound([holder, peer(2)], seeding()).unchoke[0]?.peer).toBe(1)
		const done = { ...holder, unchokedAt: now - 60_000 }
		expect(chokeRound([done, peer(2)], seeding()).unchoke[0]?.peer).toBe(2)
	})

	test('asks nothing in return', () => {
		const round = chokeRound([peer(1, { snubbedMs: 50_000 })], seeding())
		expect(round.unchoke).toEqual([{ peer: 1, reason: { code: 'unchoked-by-rank', rank: 1, slots: 1 } }])
	})

	test('serves everybody the same over time', () => {
		const turns = new Map<number, number>()
		let peers = Array.from({ length: 10 }, (_, at) => peer(at, { upBytesPerSecond: at * 1000 }))
		for (let round = 0; round < 300; round += 1) {
			const at = now + round * 10_000
			const { unchoke } = chokeRound(peers, seeding({ now: at, slots: 2 }))
			const chosen = new Set<number>(
				numbers(unchoke.filter(({ reason }) => reason.code === 'unchoked-by-rank')),
			)
			peers = peers.map(one => {
				if (!chosen.has(one.peer))
					return { ...one, unchoked: false, chokedAt: one.unchoked ? at : one.chokedAt }
				turns.set(one.peer, (turns.get(one.peer) ?? 0) + 1)
				return one.unchoked ? one : { ...one, unchoked: true, unchokedAt: at }
			})
		}
		expect(turns.size).toBe(10)
		for (const count of turns.values()) expect(count).toBeCloseTo(60, -1)
	})
})

describe('the optimistic unchoke', () => {
	const peers = [1, 2, 3, 4, 5].map(number => peer(number, { downBytesPerSecond: number === 1 ? 10 : 0 }))

	test('stays for thirty seconds and then moves on', () => {
		const first = optimisticOn(5, now - 29_999)
		expect(chokeRound(peers, options({ slots: 1, optimistic: first })).optimistic).toBe(first)
		const after = chokeRound(
			peers,
			options({ slots: 1, optimistic: optimisticOn(5, now - 30_000) }),
		).optimistic
		expect(after?.peer).not.toBe(5)
		expect(after).toMatchObject({ sinceAt: now, waitedMs: 600_000 })
	})

	test('stays where it is when nobody else waits', () => {
		const only = optimisticOn(2, now - 90_000)
		expect(chokeRound(peers.slice(0, 2), options({ slots: 1, optimistic: only })).optimistic).toBe(only)
	})

	test('moves on at once when its peer earned a slot, left, or lost interest', () => {
		const current = optimisticOn(5, now - 1000)
		const earned = peers.map(one => (one.peer === 5 ? { ...one, downBytesPerSecond: 99 } : one))
		const lost = peers.map(one => (one.peer === 5 ? { ...one, interested: false } : one))
		for (const changed of [earned, lost, peers.slice(0, 4)]) {
			const { optimistic } = chokeRound(changed, options({ slots: 1, optimistic: current }))
			expect(optimistic?.sinceAt).toBe(now)
			expect(optimistic?.peer).not.toBe(5)
		}
	})

	test('falls to a new connection three times as often as to an old one', () => {
		const random = createRandom(7)
		const both = [peer(1, { downBytesPerSecond: 9 }), peer(2), peer(3, { connectedAt: now - 89_999 })]
		let fresh = 0
		for (let draw = 0; draw < 4000; draw += 1) {
			if (chokeRound(both, options({ slots: 1, random })).optimistic?.peer === 3) fresh += 1
		}
		expect(fresh / 4000).toBeGreaterThan(0.72)
		expect(fresh / 4000).toBeLessThan(0.78)
	})

	test('comes back to nobody when all have a slot', () => {
		expect(chokeRound(peers, options({ slots: 5 })).optimistic).toBeUndefined()
	})
})

describe('a slot that falls free', () => {
	test('is given at once to the best who waits', () => {
		const peers = [
			peer(1, { unchoked: true }),
			peer(2, { downBytesPerSecond: 5 }),
			peer(3, { downBytesPerSecond: 9 }),
		]
		expect(fillFreeSlot(peers, options())).toEqual({
			unchoke: [{ peer: 3, reason: { code: 'unchoked-free-slot', used: 2, slots: 2 } }],
			choke: [],
		})
	})

	test('is not the one of the optimistic unchoke', () => {
		const peers = [peer(1, { unchoked: true }), peer(2, { unchoked: true }), peer(3)]
		expect(fillFreeSlot(peers, options()).unchoke).toEqual([])
		const optimistic = optimisticOn(2, now)
		expect(numbers(fillFreeSlot(peers, options({ optimistic })).unchoke)).toEqual([3])
	})

	test('may be that of a peer without interest, which is choked only when somebody needs it', () => {
		const idle = peer(1, { unchoked: true, interested: false })
		const busy = peer(2, { unchoked: true })
		expect(fillFreeSlot([idle, busy], options()).choke).toEqual([])
		expect(fillFreeSlot([idle, busy, peer(3)], options({ slots: 3 })).choke).toEqual([])
		expect(fillFreeSlot([idle, busy, peer(3)], options())).toEqual({
			unchoke: [{ peer: 3, reason: { code: 'unchoked-free-slot', used: 2, slots: 2 } }],
			choke: [{ peer: 1, reason: { code: 'choked-not-interested' } }],
		})
	})

	test('is not for a peer that was choked a moment ago, nor for one that snubs us', () => {
		const flipping = peer(1, { unchokedAt: now - 20_000, chokedAt: now - 9999 })
		expect(fillFreeSlot([flipping, peer(2, { snubbedMs: 30_000 })], options()).unchoke).toEqual([])
		expect(fillFreeSlot([{ ...flipping, chokedAt: now - 10_000 }], options()).unchoke).toHaveLength(1)
	})
})

test.each([
	[undefined, 8],
	[10_000_000, 8],
	[65_536, 8],
	[40_960, 5],
	[10_000, 2],
	[0, 2],
])('an upload limit of %s bytes a second leaves %d slots', (limit, slots) => {
	expect(uploadSlots(limit)).toBe(slots)
})

test('every round names every peer once, within the slots and one more, and changes nothing it was given', () => {
	const facts = fc.record({
		interested: fc.boolean(),
		unchoked: fc.boolean(),
		connectedAt: fc.integer({ min: 0, max: now }),
		downBytesPerSecond: fc.nat(1000),
		upBytesPerSecond: fc.nat(1000),
		snubbedMs: fc.option(fc.nat(90_000), { nil: undefined }),
	})
	const situation = fc.record({
		slots: fc.integer({ min: 1, max: 9 }),
		seeding: fc.boolean(),
		current: fc.nat(30),
	})
	fc.assert(
		fc.property(fc.array(facts, { maxLength: 30 }), situation, (all, { slots, seeding, current }) => {
			const peers = Object.freeze(all.map((one, at) => Object.freeze(peer(at, one))))
			const given = options({ slots, seeding, optimistic: optimisticOn(current, now - 1000) })
			const round = chokeRound(peers, given)
			const named = [...numbers(round.unchoke), ...numbers(round.choke)].sort((one, other) => one - other)
			expect(named).toEqual(peers.map(({ peer: number }) => number))
			expect(round.unchoke.length).toBeLessThanOrEqual(slots + 1)
			const waiting = peers.filter(one => one.interested).length
			if (seeding) expect(round.unchoke).toHaveLength(Math.min(waiting, slots + 1))
			expect(round.unchoke.every(({ peer: number }) => peers[number]?.interested)).toBe(true)
			const filled = fillFreeSlot(peers, given)
			const holders = peers.filter(one => one.unchoked && one.interested && one.peer !== current).length
			expect(holders + filled.unchoke.length).toBeLessThanOrEqual(Math.max(slots, holders))
		}),
	)
})
