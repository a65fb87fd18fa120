// One node whose network is the test's own: what it answers, what it believes, what it asks.
import { describe, expect, it } from 'vitest'
import type { DhtEffect, Family } from '../../source/dht/boundary.ts'
import { Dht } from '../../source/dht/dht.ts'
import type { DhtOptions } from '../../source/dht/state.ts'
import { dhtSlice } from '../../source/dht/views.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash, toNodeId } from '../../source/protocol/ids.ts'
import { decodeKrpc, type KrpcMessage, type NodeContact } from '../../source/protocol/krpc.ts'
import {
	clientBytes,
	encodeError,
	encodeQuery,
	encodeResponse,
	type QueryFields,
	type ResponseFields,
} from '../../source/protocol/krpc-encode.ts'
import { secureNodeId, standingOf } from '../../source/protocol/node-id.ts'
import { hashOf, hostOf } from '../helpers/dht-network.ts'
import { createHash } from 'node:crypto'

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()
const client = clientBytes('0.1.0')
const infoHash = toInfoHash(hashOf('a torrent'))
const target = toNodeId(hashOf('a target'))
const node = (number: number): NodeContact => ({
	id: secureNodeId(hostOf(number), hashOf(`node ${number}`)),
	address: { host: hostOf(number), port: 6881 },
})
const node6 = (number: number): NodeContact => {
	const host = `2001:db8:0:${number}::1`
	return { id: secureNodeId(host, hashOf(`node ${number}`)), address: { host, port: 6881 } }
}

type Sent = { readonly to: Address; readonly message: KrpcMessage; readonly bytes: number }

class Stage {
	readonly dht: Dht
	readonly sent: Sent[] = []
	readonly effects: DhtEffect[] = []
	now = 0

	constructor(options: Partial<DhtOptions> = {}, families: readonly Family[] = [4]) {
		this.dht = new Dht(
			{ key: new Uint8Array(32).fill(7), readOnly: false, client, routers: 0, startedAt: 0, ...options },
			sha1,
		)
		for (const family of families) {
			this.feed({ type: 'SocketOpened', family, port: 6881, saved: [], external: undefined })
		}
	}

	feed(input: Parameters<Dht['handle']>[0]): void {
		for (const effect of this.dht.handle(input, this.now)) {
			this.effects.push(effect)
			if (effect.type !== 'SendDatagram') continue
			this.sent.push({ to: effect.to, message: decodeKrpc(effect.bytes), bytes: effect.bytes.length })
		}
	}

	/** Lets time pass. */
	wait(ms: number): void {
		const endAt = this.now + ms
		while (this.dht.nextWakeAt <= endAt) {
			this.now = Math.max(this.now, this.dht.nextWakeAt)
			this.feed({ type: 'Woken' })
		}
		this.now = endAt
	}

	/** What goes out on account of a query. */
	ask(from: NodeContact, ask: QueryFields['ask'], readOnly = true): Sent[] {
		const before = this.sent.length
		const bytes = encodeQuery({ transaction: utf8('qq'), client, id: from.id, readOnly, ask })
		this.receive(from.address, bytes)
		return this.sent.slice(before)
	}

	receive(from: Address, bytes: Uint8Array): void {
		this.feed({ type: 'DatagramReceived', family: from.host.includes(':') ? 6 : 4, from, bytes })
	}

	/** Queries of ours to this endpoint, the last one first. */
	asked(to: Address) {
		const queries = this.sent.filter(sent => addressKey(sent.to) === addressKey(to))
		return queries.flatMap(({ message }) => (message.type === 'query' ? [message] : [])).reverse()
	}

	/** The node answers the last query that went to it. */
	answer(by: NodeContact, results: Partial<ResponseFields> = {}, from: Address = by.address): void {
		const [query] = this.asked(by.address)
		if (query === undefined) throw new Error(`expected a query to ${addressKey(by.address)}`)
		const { transaction } = query
		this.receive(from, encodeResponse({ transaction, client, id: by.id, to: us, ...results }))
	}

	/** Makes these nodes stand in the table. */
	know(...nodes: readonly NodeContact[]): void {
		for (const one of nodes) {
			this.feed({ type: 'NodesNamed', addresses: [one.address] })
			this.answer(one)
		}
	}

	slice() {
		return dhtSlice(this.dht.state, this.now)
	}

	hosts(): string[] {
		return this.slice().tables.flatMap(({ buckets }) =>
			buckets.flatMap(({ nodes }) => nodes.map(({ host }) => host)),
		)
	}
}
const us: Address = { host: '203.0.113.1', port: 6881 }

describe('a node that is asked', () => {
	it('answers a ping with its id, the same transaction and how it sees the asker', () => {
		const stage = new Stage()
		const [answer] = stage.ask(node(1), { method: 'ping' })
		expect(answer?.to).toEqual(node(1).address)
		expect(answer?.message).toMatchObject({ type: 'response', transaction: utf8('qq'), ip: node(1).address })
	})

	it('names the nodes that it knows, those closest to the target first, and not the asker', () => {
		const stage = new Stage()
		const known = Array.from({ length: 12 }, (_, at) => node(at))
		stage.know(...known)
		const [answer] = stage.ask(known[3]!, { method: 'find_node', target, want: undefined })
		const nodes = answer?.message.type === 'response' ? answer.message.nodes : []
		expect(nodes).toHaveLength(8)
		expect(nodes.map(({ address }) => address.host)).not.toContain(known[3]!.address.host)
	})

	it('sends a stranger at most three times what he sent, a ping to see who it is included (threats G15)', () => {
		const stage = new Stage()
		stage.know(...Array.from({ length: 12 }, (_, at) => node(at)))
		for (const readOnly of [true, false]) {
			const from = node(50 + Number(readOnly))
			const bytes = encodeQuery({
				transaction: utf8('a'),
				client,
				id: from.id,
				readOnly,
				ask: { method: 'find_node', target, want: undefined },
			})
			const before = stage.sent.length
			stage.receive(from.address, bytes)
			const out = stage.sent.slice(before)
			expect(out.map(({ message }) => message.type).sort()).toEqual(
				readOnly ? ['response'] : ['query', 'response'],
			)
			expect(out.reduce((sum, sent) => sum + sent.bytes, 0)).toBeLessThanOrEqual(3 * bytes.length)
		}
	})

	it('takes nobody into its table who only asks, and who answers its ping', () => {
		const stage = new Stage()
		stage.ask(node(1), { method: 'ping' }, false)
		expect(stage.hosts()).toEqual([])
		stage.answer(node(1))
		expect(stage.hosts()).toEqual([node(1).address.host])
		stage.ask(node(2), { method: 'ping' }, true)
		expect(stage.asked(node(2).address)).toEqual([])
	})

	it('keeps a peer that shows its token, and names it to others', () => {
		const stage = new Stage()
		const [answer] = stage.ask(node(1), { method: 'get_peers', infoHash, want: undefined })
		const token = answer?.message.type === 'response' ? answer.message.token : undefined
		expect(token).toHaveLength(8)
		stage.ask(node(1), { method: 'announce_peer', infoHash, port: 7000, impliedPort: false, token: token! })
		stage.ask(node(1), { method: 'announce_peer', infoHash, port: 7000, impliedPort: true, token: token! })
		const [told] = stage.ask(node(2), { method: 'get_peers', infoHash, want: undefined })
		const values = told?.message.type === 'response' ? told.message.values : []
		expect(values.map(addressKey).sort()).toEqual([6881, 7000].map(port => `${hostOf(1)}:${port}`))
		expect(stage.slice().stored).toMatchObject({ torrents: 1, peers: 2 })
	})

	it('refuses a token that it gave to another host, and one that is ten minutes old (BEP 5)', () => {
		const stage = new Stage()
		const announce = (from: NodeContact, token: Uint8Array) =>
			stage.ask(from, { method: 'announce_peer', infoHash, port: 7000, impliedPort: false, token })[0]
				?.message
		const tokenFor = (from: NodeContact) => {
			const [answer] = stage.ask(from, { method: 'get_peers', infoHash, want: undefined })
			return answer?.message.type === 'response' ? answer.message.token! : new Uint8Array()
		}
		const token = tokenFor(node(1))
		expect(announce(node(2), token)).toMatchObject({ type: 'error', code: 203, message: 'bad token' })
		expect(announce(node(1), utf8('guess'))).toMatchObject({ type: 'error', code: 203 })
		stage.now += 299_000
		expect(announce(node(1), token)).toMatchObject({ type: 'response' })
		stage.now += 300_000
		expect(announce(node(1), token)).toMatchObject({ type: 'response' })
		stage.now += 300_000
		expect(announce(node(1), token)).toMatchObject({ type: 'error', code: 203 })
	})

	it('names nodes for a method that it does not know, or says 204 where there is no target', () => {
		const stage = new Stage()
		stage.know(node(1))
		const ask = (text: string) => {
			const before = stage.sent.length
			stage.receive(node(2).address, utf8(text))
			return stage.sent.slice(before).find(({ message }) => message.type !== 'query')?.message
		}
		const id = 'abcdefghij0123456789'
		const place = 'mnopqrstuvwxyz123456'
		expect(ask(`d1:ad2:id20:${id}6:target20:${place}e1:q3:get1:t2:aa1:y1:qe`)).toMatchObject({
			nodes: [node(1)],
		})
		expect(ask(`d1:ad2:id20:${id}e1:q3:put1:t2:aa1:y1:qe`)).toMatchObject({ type: 'error', code: 204 })
		expect(ask(`d1:ad2:id20:${id}e1:q9:find_node1:t2:aa1:y1:qe`)).toMatchObject({ type: 'error', code: 203 })
		expect(ask('d1:q4:ping1:t2:aa1:y1:qe')).toMatchObject({ type: 'error', code: 203 })
		// An error would be more than three times as long.
		expect(ask('d1:t2:aa1:y1:qe')).toBeUndefined()
		expect(ask('d1:y1:qe')).toBeUndefined()
		expect(ask('what')).toBeUndefined()
	})

	it('names nodes of the families that are wanted (BEP 32), and peers of the family that asks', () => {
		const stage = new Stage({}, [4, 6])
		stage.know(node(1), node6(2))
		const lists = (from: NodeContact, want: readonly (4 | 6)[] | undefined) => {
			stage.feed({ type: 'NodesNamed', addresses: [from.address] })
			const [answer] = stage.ask(from, { method: 'find_node', target, want })
			if (answer?.message.type !== 'response') return undefined
			return [answer.message.nodes.length, answer.message.nodes6.length]
		}
		expect(lists(node(9), undefined)).toEqual([1, 0])
		expect(lists(node(9), [4, 6])).toEqual([1, 1])
		expect(lists(node6(9), undefined)).toEqual([0, 1])
		expect(lists(node6(9), [4])).toEqual([1, 0])
	})

	it('answers nobody from where no node can be', () => {
		const stage = new Stage()
		for (const host of ['0.0.0.0', '224.0.0.1', '255.255.255.255']) {
			expect(stage.ask({ id: target, address: { host, port: 6881 } }, { method: 'ping' })).toEqual([])
		}
		expect(stage.slice().counters.dropped['impossible-sender']).toBe(3)
	})
})

describe('a node that asks', () => {
	it('takes an answer only from the address that it asked, once (threats U2)', () => {
		const stage = new Stage()
		stage.feed({ type: 'NodesNamed', addresses: [node(1).address] })
		stage.answer(node(1), {}, { ...node(1).address, port: 6882 })
		stage.answer(node(1), {}, node(2).address)
		expect(stage.hosts()).toEqual([])
		expect(stage.slice().counters.dropped['wrong-sender']).toBe(2)
		stage.answer(node(1))
		expect(stage.hosts()).toEqual([node(1).address.host])
		stage.answer(node(1))
		expect(stage.slice().counters.dropped.unasked).toBe(1)
	})

	it('asks several at once, another one in place of one that is late, and nobody a second time', () => {
		const stage = new Stage()
		stage.know(...Array.from({ length: 12 }, (_, at) => node(at)))
		stage.wait(30_000)
		stage.sent.length = 0
		stage.feed({
			type: 'LookupRequested',
			request: 1,
			family: 4,
			purpose: 'node',
			target,
			announcePort: undefined,
		})
		expect(stage.sent).toHaveLength(4)
		stage.wait(1000)
		expect(stage.sent).toHaveLength(8)
		stage.wait(60_000)
		const lookups = stage.sent.filter(
			({ message }) => message.type === 'query' && message.ask.method === 'find_node',
		)
		expect(new Set(lookups.map(({ to }) => to.host)).size).toBe(lookups.length)
		expect(stage.effects.filter(({ type }) => type === 'LookupEnded').length).toBeGreaterThan(0)
	})

	it('believes nothing that comes under another id than the one that was named', () => {
		const stage = new Stage()
		stage.know(node(1))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		stage.answer(node(1), { nodes: [{ ...node(2), id: target }], token: utf8('t') })
		stage.answer(node(2), { nodes: [node(3)], values: [node(9).address], token: utf8('t') })
		expect(stage.asked(node(3).address)).toEqual([])
		expect(stage.effects.filter(({ type }) => type === 'PeersFound')).toEqual([])
		expect(stage.hosts()).toEqual([node(1).address.host])
		const [lookup] = stage.slice().lookups.filter(({ purpose }) => purpose === 'peers')
		expect(lookup?.steps.map(({ state }) => state)).toEqual(['answered', 'wrong-id'])
	})

	it('follows nobody into the local net, nor to ports of other protocols', () => {
		const stage = new Stage()
		stage.know(node(1))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		const at = (host: string, port: number) => ({ id: target, address: { host, port } })
		stage.answer(node(1), {
			nodes: [at('127.0.0.1', 6881), at('192.168.1.1', 6881), at('20.9.7.9', 53), at('20.9.7.9', 0)],
			values: [{ host: '10.0.0.1', port: 80 }, { host: '224.0.0.1', port: 6881 }, node(4).address],
		})
		expect(stage.sent.filter(({ to }) => to.host !== hostOf(1))).toEqual([])
		expect(stage.effects).toContainEqual({ type: 'PeersFound', infoHash, addresses: [node(4).address] })
	})

	it('asks one of each /24 in a lookup (threats U4)', () => {
		const stage = new Stage()
		stage.know(node(1))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		const crowd = Array.from({ length: 8 }, (_, at) => ({
			id: toNodeId(hashOf(`crowd ${at}`)),
			address: { host: `99.1.2.${at}`, port: 6881 },
		}))
		stage.answer(node(1), { nodes: crowd })
		expect(stage.sent.filter(({ to }) => to.host.startsWith('99.1.2.'))).toHaveLength(1)
	})

	it('announces with the token of each, to those that gave one', () => {
		const stage = new Stage()
		stage.know(node(1), node(2), node(3))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: 6881 })
		stage.answer(node(1), { token: utf8('one') })
		stage.answer(node(2), { token: utf8('two') })
		stage.answer(node(3))
		const announces = stage.sent.flatMap(({ to, message }) =>
			message.type === 'query' && message.ask.method === 'announce_peer' ? [[to.host, message.ask]] : [],
		)
		expect(announces.sort()).toEqual([
			[hostOf(1), { method: 'announce_peer', infoHash, port: 6881, impliedPort: true, token: utf8('one') }],
			[hostOf(2), { method: 'announce_peer', infoHash, port: 6881, impliedPort: true, token: utf8('two') }],
		])
		stage.answer(node(1))
		const [query] = stage.asked(node(2).address)
		stage.receive(
			node(2).address,
			encodeError({ transaction: query!.transaction, client, to: us, code: 203, message: 'bad token' }),
		)
		const [lookup] = stage.slice().lookups.filter(({ purpose }) => purpose === 'announce')
		expect(lookup?.announcedTo).toBe(1)
		expect(lookup?.steps.map(({ announce }) => announce).sort()).toEqual(['accepted', 'refused', undefined])
	})

	it('announces again every quarter of an hour, and looks on sooner while nobody was found', () => {
		const stage = new Stage()
		stage.know(node(1))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		const lookups = () => stage.asked(node(1).address).filter(({ ask }) => ask.method === 'get_peers').length
		stage.answer(node(1), { values: [node(9).address] })
		/** Seconds until the node is asked again for the torrent; it answers pings meanwhile. */
		const secondsUntil = (count: number) => {
			let seconds = 0
			for (; lookups() < count && seconds < 3600; seconds += 1) {
				stage.wait(1000)
				if (stage.asked(node(1).address)[0]?.ask.method === 'ping') stage.answer(node(1))
			}
			return seconds
		}
		expect(secondsUntil(2)).toBe(15 * 60)
		stage.answer(node(1))
		expect(secondsUntil(3)).toBe(5 * 60)
		expect(secondsUntil(4)).toBeLessThan(60)
	})

	it('takes an id that fits the address under which four nodes of different nets see it (BEP 42)', () => {
		const stage = new Stage()
		const before = stage.slice().tables[0]?.id
		stage.know(node(1), node(2), node(3))
		expect(stage.slice().tables[0]?.id).toBe(before)
		const liar = { ...node(4), address: { host: '20.3.7.200', port: 6881 } }
		stage.know(liar)
		expect(stage.slice().tables[0]?.id).toBe(before)
		stage.know(node(5))
		const [table] = stage.slice().tables
		expect(table?.idReason).toEqual({ code: 'for-voted-address', host: us.host, votes: 4 })
		expect(standingOf(Buffer.from(table?.id ?? '', 'hex'), us.host)).toBe('verified')
		expect(stage.hosts().length).toBeGreaterThanOrEqual(4)
	})

	it('finds its way into the IPv6 DHT by what IPv4 nodes tell (BEP 32)', () => {
		const stage = new Stage({}, [4, 6])
		stage.feed({ type: 'NodesNamed', addresses: [node(1).address] })
		expect(stage.asked(node(1).address)[0]?.ask).toMatchObject({ method: 'find_node', want: [4, 6] })
		stage.answer(node(1), { nodes: [], nodes6: [node6(2)] })
		stage.answer(node6(2))
		expect(stage.slice().tables.map(({ bootstrap }) => bootstrap.code)).toEqual(['joined', 'joined'])
	})

	it('says that it only asks, where it does (BEP 43)', () => {
		const stage = new Stage({ readOnly: true })
		stage.feed({ type: 'NodesNamed', addresses: [node(1).address] })
		expect(stage.asked(node(1).address)[0]?.readOnly).toBe(true)
		expect(stage.ask(node(2), { method: 'ping' })).toEqual([])
	})

	it('finds peers that were left with itself', () => {
		const stage = new Stage()
		const [answer] = stage.ask(node(1), { method: 'get_peers', infoHash, want: undefined })
		const token = answer?.message.type === 'response' ? answer.message.token! : new Uint8Array()
		stage.ask(node(1), { method: 'announce_peer', infoHash, port: 7000, impliedPort: false, token })
		stage.know(node(2))
		stage.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		expect(stage.effects).toContainEqual({
			type: 'PeersFound',
			infoHash,
			addresses: [{ host: hostOf(1), port: 7000 }],
		})
	})

	it('asks those that it knew when the network is back, and holds nothing against them (threats S3)', () => {
		const stage = new Stage()
		stage.know(node(1), node(2), node(3))
		stage.wait(2 * 60 * 60_000)
		expect(stage.slice().tables[0]).toMatchObject({ good: 0, bad: 3 })
		stage.sent.length = 0
		stage.feed({ type: 'NetworkReturned' })
		expect(stage.sent.map(({ to }) => to.host).sort()).toEqual([1, 2, 3].map(hostOf))
		for (const number of [1, 2, 3]) stage.answer(node(number))
		expect(stage.slice().tables[0]).toMatchObject({ good: 3, bad: 0, bootstrap: { code: 'joined' } })
	})

	it('goes on from a copy of its state', () => {
		const stage = new Stage()
		stage.know(node(1), node(2))
		const copy = new Dht(stage.dht.state.options, sha1, structuredClone(stage.dht.state))
		const input = {
			type: 'LookupRequested',
			request: 1,
			family: 4,
			purpose: 'node',
			target: target,
			announcePort: undefined,
		} as const
		expect(copy.handle(input, 10)).toEqual(stage.dht.handle(input, 10))
	})
})
