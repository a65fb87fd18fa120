import { describe, expect, it } from 'vitest'
import { encodeSaved, type SavedDht } from '../../source/dht/saved-state.ts'
import type { DatagramSocket } from '../../source/engine/environment.ts'
import { TorrentDht } from '../../source/engine/torrent-dht.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { toHex, utf8 } from '../../source/protocol/bytes.ts'
import { toNodeId } from '../../source/protocol/ids.ts'
import { decodeKrpc, type KrpcQuery } from '../../source/protocol/krpc.ts'
import { clientBytes, encodeResponse } from '../../source/protocol/krpc-encode.ts'
import type { Input } from '../../source/torrent/boundary.ts'
import { LoneTorrent, type LoneOptions } from '../helpers/lone-torrent.ts'
import { MemoryEnvironment } from '../helpers/memory-environment.ts'
import { settle } from '../helpers/torrent-disk.ts'

const router = { host: '198.51.100.7', port: 6881 }
const peer = { host: '203.0.113.5', port: 7000 }
const theirId = toNodeId(utf8('mnopqrstuvwxyz123456'))
const flags = { extended: true, fast: true, dht: true, v2: false }

type Scene = LoneOptions & {
	readonly nodes?: readonly Address[]
	readonly saved?: SavedDht | Uint8Array
	readonly routers?: readonly Address[]
}

/** The DHT of one torrent, whose socket the test holds. */
async function open({ nodes = [], saved, routers = [router], ...options }: Scene = {}) {
	const world = new MemoryEnvironment()
	world.storage.put('/state/.keep', new Uint8Array())
	if (saved !== undefined) {
		world.storage.put('/state/dht.state', saved instanceof Uint8Array ? saved : encodeSaved(saved))
	}
	const lone = new LoneTorrent({ flags, ...options })
	const sent: { readonly to: Address; readonly query: KrpcQuery }[] = []
	const handlers = new Set<Parameters<DatagramSocket['subscribe']>[0]>()
	const socket: DatagramSocket = {
		port: 6881,
		send: (bytes, to) => {
			const query = decodeKrpc(bytes)
			if (query.type === 'query') sent.push({ to, query })
		},
		subscribe: handler => {
			handlers.add(handler)
			return () => handlers.delete(handler)
		},
		close: () => Promise.resolve(),
	}
	const fed: Input[] = []
	const dht = new TorrentDht({
		environment: world,
		settings: { readOnly: false, routers, routersServe: true },
		stateDirectory: '/state',
		core: lone.torrent.core,
		nodes,
		sockets: [socket],
		feed: input => {
			fed.push(input)
			lone.feed(input)
			dht.poke()
		},
		tap: () => undefined,
		onMoved: () => undefined,
	})
	await dht.start()
	await settle()
	const receive = (bytes: Uint8Array, from: Address) => [...handlers].some(handler => handler(bytes, from))
	/** Answers the last query as the node there would. */
	const answer = (values: readonly Address[] = []) => {
		const { to, query } = sent.at(-1)!
		const { transaction } = query
		const client = clientBytes('0.1.0')
		receive(encodeResponse({ transaction, client, id: theirId, to: router, token: utf8('tok'), values }), to)
	}
	const methods = () => sent.map(({ query }) => query.ask.method)
	return { world, lone, dht, sent, fed, handlers, receive, answer, methods }
}

describe('the DHT of a torrent', () => {
	it('begins at the routers, looks for peers once it has joined, and announces itself', async () => {
		const { sent, answer, methods, fed, dht } = await open()
		expect(sent.map(({ to }) => addressKey(to))).toEqual([addressKey(router)])
		answer()
		expect(methods()).toEqual(['find_node', 'get_peers'])
		answer([peer, { host: '127.0.0.1', port: 22 }, { host: '10.0.0.9', port: 6881 }])
		expect(fed).toContainEqual({ type: 'AddressesFound', addresses: [peer], source: 'dht' })
		expect(sent.at(-1)?.query.ask).toMatchObject({ method: 'announce_peer', port: 6881, token: utf8('tok') })
		expect(dht.slice().state).toBe('joined')
	})

	it('tells nobody of us while the content of a magnet link is unknown', async () => {
		const scene = await open({ content: undefined, running: false })
		scene.lone.feed({ type: 'Started', listeningPort: 6881 })
		scene.dht.poke()
		scene.answer()
		scene.answer([peer])
		expect(scene.methods()).toEqual(['find_node', 'get_peers'])
		const { content } = scene.lone
		scene.lone.feed({ type: 'ContentKnown', content })
		scene.lone.start()
		scene.dht.poke()
		scene.answer()
		expect(scene.methods()).toContain('announce_peer')
	})

	it('ends when a magnet link proves to be private, and says nothing more (threats M5)', async () => {
		const scene = await open({ content: undefined, running: false })
		scene.lone.feed({ type: 'Started', listeningPort: 6881 })
		scene.dht.poke()
		scene.answer()
		const before = scene.sent.length
		scene.lone.feed({ type: 'ContentKnown', content: { ...scene.lone.content, private: true } })
		scene.dht.poke()
		scene.world.clock.advance(3_600_000)
		scene.dht.nodeNamed(peer)
		await settle()
		expect(scene.sent.length).toBe(before)
		expect(scene.handlers.size).toBe(0)
		expect(scene.dht.slice().state).toBe('off')
		expect(scene.lone.torrent.core.dhtPorts).toEqual({ 4: undefined, 6: undefined })
	})

	it('is not there for a private torrent', async () => {
		const { sent, handlers, dht } = await open({ content: { private: true } })
		expect(sent).toEqual([])
		expect(handlers.size).toBe(0)
		expect(dht.slice().state).toBe('off')
	})

	it('rests while the torrent is paused', async () => {
		const { lone, dht, answer, methods, world } = await open()
		answer()
		lone.feed({ type: 'Paused' })
		dht.poke()
		answer()
		world.clock.advance(60 * 60_000)
		expect(methods().filter(method => method === 'get_peers' || method === 'announce_peer')).toEqual([
			'get_peers',
		])
	})

	it('asks the nodes that a torrent names, but none of the local net', async () => {
		const named = { host: '203.0.113.77', port: 6881 }
		const nodes = [{ host: '127.0.0.1', port: 6881 }, { host: '10.0.0.1', port: 6881 }, named]
		const { sent } = await open({ nodes, routers: [] })
		expect(sent.map(({ to }) => addressKey(to))).toEqual([addressKey(named)])
	})

	it('asks the node of a peer that says where it is (PORT)', async () => {
		const { sent, dht } = await open({ routers: [] })
		dht.nodeNamed({ host: '203.0.113.78', port: 7777 })
		await settle()
		expect(sent.map(({ to }) => addressKey(to))).toEqual(['203.0.113.78:7777'])
	})

	it('begins with the nodes of the last run, and keeps those that answer', async () => {
		const contact = { id: theirId, address: { host: '192.0.2.44', port: 6881 } }
		const none = { nodes: [], external: undefined }
		const saved = { 4: { nodes: [contact], external: '203.0.113.1' }, 6: none }
		const { sent, world, dht, answer } = await open({ saved, routers: [] })
		expect(sent.map(({ to }) => addressKey(to))).toEqual(['192.0.2.44:6881'])
		expect(dht.slice().tables[0]?.idReason).toEqual({ code: 'for-saved-address', host: '203.0.113.1' })
		answer()
		world.storage.put('/state/dht.state', new Uint8Array())
		await dht.end()
		const kept = await world.storage.readFile('/state/dht.state', 1 << 16)
		expect(toHex(kept ?? new Uint8Array())).toContain(toHex(theirId))
	})

	it('begins anew with a file that is damaged', async () => {
		const { sent } = await open({ saved: utf8('d6:formati1e2:n4i5ee') })
		expect(sent.length).toBe(1)
	})

	it('leaves datagrams of others alone, and hears nothing more once it has ended', async () => {
		const { receive, dht, sent, world } = await open()
		expect(receive(Uint8Array.of(0, 0, 0, 3), router)).toBe(false)
		expect(receive(utf8('d1:x1:ye'), router)).toBe(true)
		expect(dht.slice().counters.dropped.malformed).toBe(1)
		await dht.end()
		expect(receive(utf8('d1:x1:ye'), router)).toBe(false)
		const before = sent.length
		world.clock.advance(60 * 60_000)
		expect(sent.length).toBe(before)
		expect(world.clock.waiting).toBe(0)
	})
})
