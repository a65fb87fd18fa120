// A hundred thousand datagrams from strangers who never answer (threats U3, U5, G8, G15).
import { expect, it } from 'vitest'
import { dhtSlice } from '../../source/dht/views.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { toNodeId } from '../../source/protocol/ids.ts'
import {
	clientBytes,
	encodeQuery,
	encodeResponse,
	type QueryFields,
} from '../../source/protocol/krpc-encode.ts'
import { createRandom, nextUint32, randomBelow } from '../../source/torrent/random.ts'
import { DhtNetwork, hashOf, hostOf } from '../helpers/dht-network.ts'

const datagrams = 100_000
const random = createRandom(7)
const below = (limit: number) => randomBelow(random, limit)
const chance = (length: number) => Uint8Array.from({ length }, () => nextUint32(random) & 0xff)
const head = () => ({ transaction: chance(1 + below(4)), client: clientBytes('0.1.0') })

function junk(from: Address): Uint8Array {
	const id = toNodeId(chance(20))
	const place = toNodeId(chance(20))
	const query = (ask: QueryFields['ask']) => encodeQuery({ ...head(), id, readOnly: false, ask })
	switch (below(8)) {
		case 0:
			return chance(below(1200))
		case 1:
			return utf8(`d${'l'.repeat(below(500))}`)
		case 2:
			return query({ method: 'ping' })
		case 3:
			return query({ method: 'find_node', target: place, want: [4, 6] })
		case 4:
			return query({ method: 'get_peers', infoHash: hashOf('a torrent'), want: undefined })
		case 5:
			return query({
				method: 'announce_peer',
				infoHash: hashOf(`${below(9)}`),
				port: 1,
				impliedPort: true,
				token: chance(8),
			})
		case 6:
			return utf8('d1:ad2:id3:abce1:q4:ping1:t2:aa1:y1:qe')
		default:
			return encodeResponse({
				...head(),
				id,
				to: from,
				nodes: [{ id: place, address: from }],
				values: [from],
			})
	}
}

it('do not keep a node from its own lookups, are not reflected, and leave nothing behind', () => {
	const router = { host: hostOf(0), port: 6881 }
	const sentTo = new Map<string, number>()
	const target = { host: hostOf(1), port: 6881 }
	const network = new DhtNetwork({
		seed: 7,
		routers: [router],
		observe: (from, to, bytes) => {
			if (addressKey(from) === addressKey(target)) {
				sentTo.set(addressKey(to), (sentTo.get(addressKey(to)) ?? 0) + bytes.length)
			}
		},
	})
	network.add(router)
	const nodes = Array.from({ length: 40 }, (_, at) => {
		network.run(200)
		return network.add({ host: hostOf(at + 1), port: 6881 })
	})
	network.run(30_000)
	nodes[30]?.feed({ type: 'TorrentWanted', infoHash: hashOf('a torrent'), announcePort: 7000 })
	network.run(10_000)

	const victim = nodes[0]!
	const { state } = victim.dht
	const before = dhtSlice(state, network.clock.now()).counters
	const receivedFrom = new Map<string, number>()
	const startedAt = network.clock.now()
	for (let count = 0; count < datagrams; count += 1) {
		// One in four comes from the same few, the others from wherever a forger likes.
		const from =
			below(4) === 0
				? { host: `99.1.1.${1 + below(9)}`, port: 4000 }
				: { host: `${100 + below(90)}.${below(256)}.${below(256)}.${below(256)}`, port: 1 + below(65535) }
		const bytes = junk(from)
		receivedFrom.set(addressKey(from), (receivedFrom.get(addressKey(from)) ?? 0) + bytes.length)
		victim.feed({ type: 'DatagramReceived', family: 4, from, bytes })
		if (count === datagrams / 2) {
			victim.feed({ type: 'TorrentWanted', infoHash: hashOf('a torrent'), announcePort: undefined })
		}
		if (count % 100 === 0) network.run(20)
	}
	const elapsedMs = network.clock.now() - startedAt
	expect([...victim.foundPeers(hashOf('a torrent'))]).toEqual([`${hostOf(31)}:7000`])

	let reflected = 0
	for (const [from, bytes] of receivedFrom) {
		const out = sentTo.get(from) ?? 0
		reflected += out
		if (out > 3 * bytes) expect({ from, bytes, out }).toBe('at most three times as much')
	}
	const after = dhtSlice(state, network.clock.now()).counters
	expect(after.bytesOut - before.bytesOut).toBeLessThanOrEqual(8000 + 8 * elapsedMs)
	expect(reflected).toBeGreaterThan(0)

	for (const why of ['flood', 'malformed', 'unasked', 'over-limit'] as const) {
		expect([why, after.dropped[why] > 0]).toEqual([why, true])
	}
	expect(after.ignoredAddresses).toBe(9)
	expect(state.guard.sources.size).toBeLessThanOrEqual(4096)
	expect(state.transactions.size).toBeLessThanOrEqual(100)
	expect(state.store.torrents.size).toBeLessThanOrEqual(1)
	const table = state.families[4]?.table
	expect([...(table?.hosts.values() ?? [])].filter(({ host }) => receivedFrom.has(host))).toEqual([])
	expect(table?.hosts.size).toBeLessThan(60)
	network.run(60_000)
	expect(state.guard.sources.size).toBeLessThan(60)
	expect(state.guard.ignored.size).toBe(9)
	network.run(5 * 60_000)
	expect(state.guard.ignored.size).toBe(0)
})
