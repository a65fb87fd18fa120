import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEntropy, drawBytes } from '../../source/dht/entropy.ts'
import { believedHost, createVotes, tallyOf, vote } from '../../source/dht/external-address.ts'
import {
	countStoredPeers,
	createPeerStore,
	expirePeers,
	storedPeers,
	storePeer,
} from '../../source/dht/peer-store.ts'
import { decodeSaved, encodeSaved, type SavedDht } from '../../source/dht/saved-state.ts'
import { createSendBudget, queryReadyAt, takeForAnswer, takeForQuery } from '../../source/dht/send-budget.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { toNodeId } from '../../source/protocol/ids.ts'
import { hashOf, hostOf } from '../helpers/dht-network.ts'

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()
const minute = 60_000
const all = { family: 4, limit: 1000, start: 0, now: 0 } as const

describe('peers that others left with us', () => {
	it('are bounded, whatever is announced (threats U5)', () => {
		const limits = { torrents: 20, peersPerTorrent: 10, peersPerHost: 3 }
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(30), fc.nat(9)), { maxLength: 500 }), announces => {
				const store = createPeerStore(limits)
				for (const [at, [torrent, host, port]] of announces.entries()) {
					storePeer(store, `${torrent}`, { host: hostOf(host), port: 1 + port }, at)
					expect(storedPeers(store, `${torrent}`, { ...all, now: at })).toContainEqual({
						host: hostOf(host),
						port: 1 + port,
					})
				}
				expect(store.torrents.size).toBeLessThanOrEqual(limits.torrents)
				expect(countStoredPeers(store)).toBeLessThanOrEqual(limits.torrents * limits.peersPerTorrent)
				for (const { peers } of store.torrents.values()) {
					const hosts = [...peers.values()].map(({ host }) => host)
					for (const host of hosts)
						expect(hosts.filter(other => other === host).length).toBeLessThanOrEqual(3)
				}
			}),
			{ numRuns: 100 },
		)
	})

	it('of a torrent with many are not pushed out by invented torrents', () => {
		const store = createPeerStore({ torrents: 10 })
		for (let at = 0; at < 5; at += 1) storePeer(store, 'real', { host: hostOf(at), port: 1 }, at)
		for (let at = 0; at < 1000; at += 1) storePeer(store, `fake ${at}`, { host: hostOf(9), port: 1 }, 10 + at)
		expect(storedPeers(store, 'real', all)).toHaveLength(5)
	})

	it('are forgotten 45 minutes after their last announce', () => {
		const store = createPeerStore()
		storePeer(store, 'a', { host: hostOf(1), port: 1 }, 0)
		storePeer(store, 'a', { host: hostOf(2), port: 1 }, 0)
		storePeer(store, 'a', { host: hostOf(1), port: 1 }, 30 * minute)
		expect(storedPeers(store, 'a', { ...all, now: 46 * minute })).toEqual([{ host: hostOf(1), port: 1 }])
		expirePeers(store, 46 * minute)
		expect(countStoredPeers(store)).toBe(1)
		expirePeers(store, 76 * minute)
		expect(store.torrents.size).toBe(0)
	})

	it('are named by family, as many as fit, another part each time', () => {
		const store = createPeerStore()
		for (let at = 0; at < 20; at += 1) storePeer(store, 'a', { host: hostOf(at), port: 1 }, 0)
		storePeer(store, 'a', { host: '2001:db8::1', port: 1 }, 0)
		expect(storedPeers(store, 'a', { ...all, family: 6 })).toEqual([{ host: '2001:db8::1', port: 1 }])
		const some = storedPeers(store, 'a', { ...all, limit: 5, start: 18 })
		expect(some.map(({ host }) => host)).toEqual([18, 19, 0, 1, 2].map(hostOf))
		expect(storedPeers(store, 'a', { ...all, limit: -1 })).toEqual([])
	})
})

describe('the address that others see', () => {
	it('is believed when four nets say so, and more than half of all', () => {
		const votes = createVotes()
		const say = (voter: number, host: string) => vote(votes, { host: hostOf(voter), port: 1 }, host)
		for (let at = 0; at < 3; at += 1) say(at, '203.0.113.1')
		expect(believedHost(votes)).toBeUndefined()
		say(3, '203.0.113.1')
		expect(believedHost(votes)).toEqual({ host: '203.0.113.1', votes: 4, of: 4 })
		for (let at = 10; at < 14; at += 1) say(at, '203.0.113.2')
		expect(believedHost(votes)).toBeUndefined()
	})

	it('takes one vote of each net, the last one, and of no impossible address', () => {
		const votes = createVotes()
		for (let at = 0; at < 100; at += 1) vote(votes, { host: `99.1.1.${at}`, port: 1 }, '203.0.113.1')
		expect(tallyOf(votes)).toEqual({ host: '203.0.113.1', votes: 1, of: 1 })
		vote(votes, { host: '99.2.1.1', port: 1 }, '224.0.0.1')
		expect(tallyOf(votes)?.of).toBe(1)
	})
})

it('chance is never the same twice, and follows from the key', () => {
	const [one, other] = [createEntropy(new Uint8Array(32)), createEntropy(new Uint8Array(32).fill(1))]
	const drawn = Array.from({ length: 1000 }, () => Buffer.from(drawBytes(one, sha1, 4)).toString('hex'))
	expect(new Set(drawn).size).toBe(1000)
	expect(Buffer.from(drawBytes(other, sha1, 4)).toString('hex')).not.toBe(drawn[0])
	expect(Buffer.from(drawBytes(createEntropy(new Uint8Array(32)), sha1, 4)).toString('hex')).toBe(drawn[0])
})

it('bytes for answers run out before those for our own questions', () => {
	const budget = createSendBudget(8000, 0)
	let answered = 0
	while (takeForAnswer(budget, 100, 0)) answered += 100
	expect(answered).toBe(4000)
	expect(takeForQuery(budget, 4000, 0)).toBe(true)
	expect(takeForQuery(budget, 100, 0)).toBe(false)
	expect(queryReadyAt(budget, 100, 0)).toBe(13)
	expect(takeForQuery(budget, 100, 13)).toBe(true)
})

describe('what is kept between runs', () => {
	const contact = (number: number) => ({
		id: toNodeId(hashOf(`${number}`)),
		address: { host: hostOf(number), port: 6881 },
	})
	const saved: SavedDht = {
		4: { nodes: [contact(1), contact(2)], external: '203.0.113.1' },
		6: { nodes: [{ ...contact(3), address: { host: '2001:db8::3', port: 1025 } }], external: undefined },
	}

	it('is read as it was written', () => {
		expect(decodeSaved(encodeSaved(saved))).toEqual(saved)
	})

	it('is nothing where the file is another one, or damaged', () => {
		for (const text of ['', 'd', 'de', 'd6:formati2ee', 'i1e'])
			expect(decodeSaved(utf8(text))).toBeUndefined()
		const bytes = encodeSaved(saved)
		fc.assert(
			fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
				const changed = bytes.slice()
				changed[at] = byte
				expect(() => decodeSaved(changed)).not.toThrow()
			}),
		)
	})

	it('names no node where none can be', () => {
		const nodes = [
			contact(1),
			{ ...contact(2), address: { host: '224.0.0.1', port: 6881 } },
			{ ...contact(3), address: { host: hostOf(3), port: 0 } },
		]
		expect(decodeSaved(encodeSaved({ ...saved, 4: { nodes, external: undefined } }))?.[4].nodes).toEqual([
			contact(1),
		])
	})
})
