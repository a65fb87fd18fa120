import { describe, expect, test } from 'vitest'
import type { ConnectionHandler, Environment } from '../../source/engine/environment.ts'
import { Driver } from '../../source/engine/driver.ts'
import { PeerLink } from '../../source/engine/peer-link.ts'
import { PieceDoubts } from '../../source/engine/piece-doubts.ts'
import { PiecePool } from '../../source/engine/piece-pool.ts'
import type { Tap } from '../../source/inspect/tap.ts'
import { encodeHandshake, parseHandshake } from '../../source/protocol/handshake.ts'
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import { toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { encodedLength, writeMessage } from '../../source/protocol/message-encoder.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { FakeConnection } from '../helpers/fake-connection.ts'
import { frameCollector } from '../helpers/frame-collector.ts'
import { LoneTorrent } from '../helpers/lone-torrent.ts'
import { MemoryEnvironment } from '../helpers/memory-environment.ts'
import { openTorrentDisk, settle } from '../helpers/torrent-disk.ts'

const block = 16_384
const flags = { extended: false, fast: true, dht: false, v2: false }

type SetUp = { readonly have?: 'all'; readonly capacityBytes?: number; readonly pieces?: number }

/** A driver around a torrent of pieces of two blocks on a disk in memory, and peers made of bytes. */
async function drive({ have, capacityBytes = 64 << 20, pieces = 4 }: SetUp = {}) {
	const disk = openTorrentDisk({ files: { data: pieces * 2 * block }, pieceLength: 2 * block })
	if (have === 'all') disk.fill(0)
	await disk.files.prepare()
	const world = new MemoryEnvironment(disk.memory)
	const dialled: FakeConnection[] = []
	const transport: Environment['transport'] = {
		...world.transport,
		dial: (options, handlerFor) => {
			const connection = new FakeConnection(options.address)
			dialled.push(connection)
			return Promise.resolve().then(() => {
				connection.handler = handlerFor(connection)
				return { ok: true, value: connection }
			})
		},
	}
	const { random, resolver, storage, hasher, datagrams, processes, network } = world
	const environment: Environment = {
		random,
		resolver,
		storage,
		hasher,
		datagrams,
		processes,
		network,
		transport,
		clock: disk.clock,
	}
	const lone = new LoneTorrent({
		running: false,
		startedAt: 0,
		pieces,
		...(have === undefined ? {} : { have }),
	})
	const events: TorrentEvent[] = []
	const faults: unknown[] = []
	let handled = 0
	const pool = new PiecePool({
		geometry: disk.geometry,
		hasher: disk.hasher,
		spill: (piece, parts) => disk.files.writePiece(piece, parts),
		capacityBytes,
	})
	const { files, verifier } = disk
	const resume = disk.resume()
	const doubts = new PieceDoubts({
		...{ files, verifier, resume },
		feed: input => driver.feed(input),
		report: event => events.push(event),
	})
	const driver: Driver = new Driver({
		environment,
		torrent: lone.torrent,
		content: { pool, files, verifier, resume, doubts },
		trackers: {
			announce: () => Promise.reject(new Error('no tracker here')),
			scrape: () => Promise.reject(new Error('no tracker here')),
		},
		trackerUrls: [],
		announceKey: 1,
		peerId: lone.torrent.core.options.peerId,
		bind: undefined,
		report: event => events.push(event),
		checkData: () => undefined,
		checkMetadata: () => undefined,
		onHandled: () => {
			handled += 1
		},
		onFault: error => faults.push(error),
	})
	lone.feed = input => {
		driver.feed(input)
		return []
	}
	lone.start()
	const infoHash = lone.torrent.core.options.infoHash
	let accepted = 1
	/** Somebody connects, or answers our dial, and says who it is. */
	const join = (connection = new FakeConnection({ host: `192.0.2.${accepted}`, port: 6881 })) => {
		let handler: ConnectionHandler | undefined = connection.handler
		if (handler === undefined) {
			const link: PeerLink = new PeerLink({
				connection,
				clock: environment.clock,
				incoming: true,
				peer: toPeerNumber(accepted),
				route: () => {
					driver.adopt(link)
					return driver
				},
			})
			handler = link
			connection.handler = link
		}
		accepted += 2
		handler.onData(encodeHandshake({ flags, infoHash, peerId: toPeerId(new Uint8Array(20).fill(accepted)) }))
		return {
			connection,
			say: (...messages: Message[]) => handler.onData(encode(...messages)),
			bring: ({ piece, offset, length }: { piece: number; offset: number; length: number }) => {
				const head = encode({ type: 'piece', piece, offset, length })
				const bytes = new Uint8Array(13 + length)
				bytes.set(head.subarray(0, 13))
				bytes.set(disk.piece(piece).subarray(offset, offset + length), 13)
				handler.onData(bytes)
			},
			/** What it heard since the handshake. */
			heard: (): Message[] => {
				const { sink, collected } = frameCollector()
				new FrameDecoder(pieces).push(connection.bytes.subarray(68), sink)
				return collected.map(item => ('message' in item ? item.message : { type: 'piece', ...item.block }))
			},
		}
	}
	return { disk, lone, driver, pool, dialled, events, faults, join, handled: () => handled }
}

function encode(...messages: Message[]): Uint8Array {
	const bytes = new Uint8Array(messages.reduce((sum, message) => sum + encodedLength(message), 0))
	let at = 0
	for (const message of messages) at = writeMessage(message, bytes, at)
	return bytes
}

const requestsOf = (messages: readonly Message[]) => messages.filter(message => message.type === 'request')
const seed: Message[] = [{ type: 'haveAll' }, { type: 'unchoke' }]

describe('a driver', () => {
	test('downloads: what a peer brings is hashed, written and claimed', async () => {
		const { disk, lone, join, events, faults } = await drive()
		const peer = join()
		peer.say(...seed)
		for (const request of requestsOf(peer.heard())) peer.bring(request)
		await settle()
		expect(lone.torrent.core.state).toBe('seeding')
		expect(disk.memory.get(disk.files.pathOf(0))).toEqual(disk.content)
		expect(events.filter(({ type }) => type === 'pieceVerified')).toHaveLength(4)
		expect(faults).toEqual([])
	})

	test('serves: a burst of requests is one read and one write', async () => {
		const { disk, lone, join } = await drive({ have: 'all' })
		const peer = join()
		peer.say({ type: 'haveNone' }, { type: 'interested' })
		const before = peer.connection.written.length
		peer.say(
			{ type: 'request', piece: 1, offset: 0, length: block },
			{ type: 'request', piece: 1, offset: block, length: block },
		)
		await settle()
		expect(peer.connection.written.length - before).toBe(1)
		const wire = peer.connection.written.at(-1)
		expect(wire?.subarray(13, 13 + block)).toEqual(disk.piece(1).subarray(0, block))
		expect(lone.torrent.core.uploadedBytes).toBe(2 * block)
	})

	test('closes the one peer that breaks a rule, and no other', async () => {
		const { lone, join, events } = await drive()
		const [bad, good] = [join(), join()]
		good.say(...seed)
		bad.say({ type: 'have', piece: 4 })
		expect(bad.connection.destroyed).toBe(true)
		expect(good.connection.destroyed).toBe(false)
		expect(lone.torrent.core.peers.size).toBe(1)
		const dropped = events.flatMap(event => (event.type === 'peerDropped' ? [event.reason.code] : []))
		expect(dropped).toEqual(['protocol-error'])
		for (const request of requestsOf(good.heard())) good.bring(request)
		await settle()
		expect(lone.torrent.core.state).toBe('seeding')
	})

	test('dials, and gives up on a peer that says nothing for ten seconds', async () => {
		const { disk, lone, driver, dialled } = await drive()
		driver.feed({ type: 'AddressesFound', addresses: [{ host: '192.0.2.9', port: 1 }], source: 'tracker' })
		await settle()
		const [connection] = dialled
		expect(parseHandshake(connection?.bytes ?? new Uint8Array()).peerId).toEqual(
			lone.torrent.core.options.peerId,
		)
		disk.clock.advance(10_000)
		expect(connection?.destroyed).toBe(true)
		expect(lone.torrent.core.dialling.size).toBe(0)
	})

	test('wakes the torrent when it asked for it, with one timer at most', async () => {
		const { disk, lone, join, handled } = await drive({ have: 'all' })
		await settle()
		disk.clock.advance(1)
		expect(disk.clock.waiting).toBe(0)
		const peer = join()
		peer.say({ type: 'haveNone' })
		disk.clock.advance(10_000)
		expect(disk.clock.waiting).toBe(1)
		const before = handled()
		disk.clock.advance(100_000)
		expect(handled() - before).toBeLessThan(20)
		expect(peer.heard().some(({ type }) => type === 'keepAlive')).toBe(true)
		disk.clock.advance(60_000)
		expect(lone.torrent.core.peers.size).toBe(0)
	})

	test('lets sockets wait for a slow disk, those as well that come meanwhile', async () => {
		const { join } = await drive({ pieces: 8, capacityBytes: 2 * block })
		const peer = join()
		peer.say(...seed)
		const requests = requestsOf(peer.heard())
		for (const request of requests.slice(0, 4)) peer.bring(request)
		expect(peer.connection.paused).toBe(true)
		const late = join()
		expect(late.connection.paused).toBe(true)
		await settle()
		expect(peer.connection.paused).toBe(false)
		expect(late.connection.paused).toBe(false)
	})

	test('keeps the addresses of peers that were of use, after they are gone as well', async () => {
		const { driver, dialled, join } = await drive()
		const address = { host: '192.0.2.9', port: 4321 }
		driver.feed({ type: 'AddressesFound', addresses: [address], source: 'tracker' })
		await settle()
		const peer = join(dialled[0])
		peer.say(...seed)
		for (const request of requestsOf(peer.heard())) peer.bring(request)
		await settle()
		expect(driver.facts().peers).toEqual([address])
		driver.feed({ type: 'Stopped' })
		expect(driver.facts().peers).toEqual([address])
		expect(driver.facts().downloadedBytes).toBe(8 * block)
	})

	test('shows the tap every message and whole handshakes', async () => {
		const { driver, join } = await drive()
		const seen: string[] = []
		const tap: Tap = {
			message: (direction, _peer, message) => seen.push(`${direction} ${message.type}`),
			handshake: (direction, _peer, raw) => seen.push(`${direction} handshake ${raw.length}`),
			malformed: (_peer, raw, fault) => seen.push(`malformed ${raw.length}: ${fault}`),
			encryption: () => {},
			datagram: () => {},
			http: () => {},
		}
		driver.setTap(tap)
		const peer = join()
		peer.say(...seed)
		expect(seen.slice(0, 3)).toEqual(['out handshake 68', 'in handshake 68', 'out haveNone'])
		expect(seen).toContain('in haveAll')
		expect(seen).toContain('out request')
		const breaker = join()
		breaker.connection.handler?.onData(Uint8Array.of(0, 0, 0, 2, 4, 9))
		expect(seen.at(-1)).toMatch(/^malformed 6: expected /u)
		driver.setTap(undefined)
		const count = seen.length
		peer.say({ type: 'keepAlive' })
		expect(seen).toHaveLength(count)
	})

	test('leaves no timer and no connection at its end, and hears nothing any more', async () => {
		const { disk, driver, join, handled } = await drive()
		const peer = join()
		peer.say(...seed)
		await driver.dispose()
		expect(peer.connection.destroyed).toBe(true)
		expect(disk.clock.waiting).toBe(0)
		const before = handled()
		driver.feed({ type: 'NetworkReturned' })
		expect(handled()).toBe(before)
	})
})
