import { describe, expect, test } from 'vitest'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { openStage, type Stage } from './stage.ts'

const second = 1000
const mostStrangers = 50

describe('who does not finish its handshake', () => {
	test('is gone after ten seconds, and its place is free again', async () => {
		const stage = await openStage({ seeding: true })
		const silent = Array.from({ length: mostStrangers }, () => stage.connect())
		expect(silent.every(({ isClosed }) => !isClosed)).toBe(true)
		await stage.run(9.9 * second)
		expect(silent.filter(({ isClosed }) => isClosed)).toEqual([])
		await stage.run(0.2 * second)
		expect(silent.every(({ isClosed }) => isClosed)).toBe(true)
		expect(stage.join().handshake).toBeDefined()
		await stage.endsWell()
	})

	test('gains no time by sending a byte now and then', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.connect()
		const bytes = peer.handshakeBytes()
		for (let at = 0; at < 68 && !peer.isClosed; at += 1) {
			peer.sayBytes(bytes.slice(at, at + 1))
			await stage.run(0.5 * second, 100)
		}
		expect(peer.isClosed).toBe(true)
		expect(peer.writtenBytes).toBe(0)
		await stage.endsWell()
	})

	test('gains none after the info hash either', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.connect()
		peer.sayBytes(peer.handshakeBytes().subarray(0, 67))
		await stage.run(10.1 * second)
		expect(peer.isClosed).toBe(true)
		expect(peer.writtenBytes).toBe(68)
		await stage.endsWell()
	})

	test('in thousands costs those who are there nothing, and keeps nobody out for long', async () => {
		const stage = await openStage({ seeding: true })
		const before = stage.world.clock.waiting
		const crowd = Array.from({ length: 3_000 }, () => stage.connect())
		expect(crowd.filter(({ isClosed }) => !isClosed)).toHaveLength(mostStrangers)
		expect(stage.world.clock.waiting - before).toBeLessThanOrEqual(mostStrangers)
		await stage.run(1.1 * second)
		stage.addHonest(stage.join({ host: '192.0.2.2' }))
		await stage.endsWell()
	})
})

describe('who fills all places', () => {
	test('from outside leaves a quarter of them to those whom we dial', async () => {
		const stage = await openStage({ alone: true, engine: { maxPeers: 8 } })
		const crowd = Array.from({ length: 20 }, () => stage.join())
		for (const peer of crowd) if (!peer.isClosed) peer.say({ type: 'haveNone' }, { type: 'interested' })
		expect(crowd.filter(({ isClosed }) => !isClosed)).toHaveLength(6)
		const dialled = await stage.dial({ host: '198.51.100.7', port: 6881 })
		stage.addHonest(dialled)
		await stage.endsWell()
	})

	test('and wants nothing for half a minute makes room for somebody new', async () => {
		const stage = await openStage({ seeding: true, alone: true, engine: { maxPeers: 4 } })
		const crowd = Array.from({ length: 4 }, () => stage.join())
		await stage.run(29 * second, 500)
		expect(stage.join().isClosed).toBe(true)
		await stage.run(2 * second, 500)
		stage.addHonest()
		expect(crowd.filter(({ isClosed }) => isClosed)).toHaveLength(1)
		expect(await stage.endOf(crowd[0] ?? stage.join())).toBe('replaced-by-better')
		await stage.endsWell()
	})

	test('but wants something of us keeps its place', async () => {
		const stage = await openStage({ seeding: true, engine: { maxPeers: 4 } })
		const crowd = [stage.join(), stage.join(), stage.join()]
		for (const peer of crowd) peer.say({ type: 'interested' })
		await stage.run(40 * second, 500)
		expect(stage.join().isClosed).toBe(true)
		expect(crowd.some(({ isClosed }) => isClosed)).toBe(false)
		await stage.endsWell()
	})
})

describe('who says something else than a handshake', () => {
	const text = (words: string) => new TextEncoder().encode(words)
	const name = text('BitTorrent protocol')
	test.each([
		['length 0', Uint8Array.of(0, ...name)],
		['length 18', Uint8Array.of(18, ...name)],
		['length 255', Uint8Array.of(255, ...name)],
		['another protocol of that length', text('\x13BitTorrent protocoL')],
		['an HTTP request', text('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')],
		['a TLS hello', Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...new Uint8Array(200).fill(7))],
		['noise', Uint8Array.from({ length: 3_000 }, (_, index) => (index * 7919 + 104_729) >> 3)],
	])('is let go without a word: %s', async (_, bytes) => {
		const stage = await openStage({ seeding: true })
		const [incoming, dialled] = [stage.connect(), await stage.dial({ host: '198.51.100.7', port: 6881 })]
		incoming.sayBytes(bytes)
		dialled.sayBytes(bytes)
		expect(incoming.isClosed).toBe(true)
		expect(incoming.writtenBytes).toBe(0)
		expect(dialled.isClosed).toBe(true)
		expect(dialled.writtenBytes).toBe(68)
		await stage.endsWell()
	})
})

describe('an info hash', () => {
	const otherHash = toInfoHash(new Uint8Array(20).fill(9))

	test('alone is answered: the peer id need not have come', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.connect()
		const bytes = peer.handshakeBytes()
		peer.sayBytes(bytes.slice(0, 48))
		expect(peer.handshake?.infoHash).toEqual(stage.torrent.infoHash)
		peer.sayBytes(bytes.slice(48))
		expect(peer.count('haveAll')).toBe(1)
		await stage.endsWell()
	})

	test('of a torrent that we do not have ends the connection without a word', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.connect()
		peer.sayBytes(peer.handshakeBytes(otherHash))
		expect(peer.isClosed).toBe(true)
		expect(peer.writtenBytes).toBe(0)
		await stage.endsWell()
	})

	test('that is another than we asked for ends the connection, and is not asked for again at once', async () => {
		const stage = await openStage()
		const peer = await stage.dial({ host: '198.51.100.7', port: 6881 })
		peer.sayBytes(peer.handshakeBytes(otherHash))
		expect(peer.isClosed).toBe(true)
		expect(peer.heard).toEqual([])
		await stage.run(0.9 * second)
		expect(stage.dialled).toHaveLength(1)
		await stage.endsWell()
	})

	test('of a paused torrent ends the connection, until it goes on', async () => {
		const stage = await openStage({ seeding: true, alone: true })
		stage.engine.command({ type: 'pause' })
		await stage.run(100)
		const peer = stage.join()
		expect(peer.isClosed).toBe(true)
		expect(peer.heard).toEqual([])
		stage.engine.command({ type: 'resume' })
		await stage.run(100)
		stage.addHonest()
		await stage.endsWell()
	})

	test('of a torrent that is being ended does so as well', async () => {
		const stage = await openStage({ seeding: true, alone: true })
		const [early] = [stage.connect()]
		stage.engine.command({ type: 'stop' })
		await stage.run(100)
		early.sayBytes(early.handshakeBytes())
		expect(early.isClosed).toBe(true)
		expect(early.heard).toEqual([])
		expect(stage.connect().isClosed).toBe(true)
	})
})

describe('a peer id', () => {
	const ourIdIn = (stage: Stage) => {
		const id = stage.join().handshake?.peerId
		if (id === undefined) throw new Error('expected a handshake')
		return id
	}

	test('of ours is us: that address is not dialled again', async () => {
		const stage = await openStage()
		const peerId = ourIdIn(stage)
		const self = { host: '198.51.100.7', port: 6881 }
		const dialled = await stage.dial(self)
		const bytes = dialled.handshakeBytes()
		bytes.set(peerId, 48)
		dialled.sayBytes(bytes)
		expect(dialled.isClosed).toBe(true)
		stage.engine.command({ type: 'addPeer', address: self })
		await stage.run(61 * second, 500)
		expect(stage.dialled).toHaveLength(1)
		expect(stage.join({ peerId }).isClosed).toBe(true)
		await stage.endsWell()
	})

	test.each([
		['smaller', 0x00, 'ours'],
		['greater', 0xff, 'theirs'],
	])('%s than ours on two connections leaves the one that the greater dialled', async (_, fill, kept) => {
		for (const order of ['ours first', 'theirs first']) {
			const stage = await openStage({ seeding: true })
			const peerId = new Uint8Array(20).fill(fill)
			const dialled = await stage.dial({ host: '198.51.100.7', port: 6881 })
			const answer = dialled.handshakeBytes()
			answer.set(peerId, 48)
			if (order === 'ours first') dialled.sayBytes(answer)
			const incoming = stage.join({ host: '198.51.100.7', port: 40_000, peerId })
			if (order === 'theirs first') dialled.sayBytes(answer)
			await stage.run(100)
			expect({ order, dialled: dialled.isClosed, incoming: incoming.isClosed }).toEqual({
				order,
				dialled: kept === 'theirs',
				incoming: kept === 'ours',
			})
			await stage.endsWell()
		}
	})

	test('of a peer that is there already does not take its place, whoever claims it', async () => {
		for (const fill of [0x00, 0xff]) {
			const stage = await openStage({ seeding: true, alone: true })
			const peerId = new Uint8Array(20).fill(fill)
			const dialled = await stage.dial({ host: '198.51.100.7', port: 6881 })
			const answer = dialled.handshakeBytes()
			answer.set(peerId, 48)
			dialled.sayBytes(answer)
			stage.addHonest(dialled)
			await stage.run(11 * second, 500)
			expect(stage.join({ peerId }).isClosed).toBe(true)
			expect(dialled.isClosed).toBe(false)
			await stage.endsWell()
		}
	})

	test('each time another from one host brings that host one connection', async () => {
		const stage = await openStage({ seeding: true })
		const host = '198.51.100.7'
		const crowd = Array.from({ length: 20 }, (_, index) => stage.join({ host, port: 40_000 + index }))
		expect(crowd.filter(({ isClosed }) => !isClosed)).toHaveLength(1)
		await stage.endsWell()
	})

	test('of control characters and bytes that are no text reaches nobody’s terminal', async () => {
		const stage = await openStage({ seeding: true })
		const peerId = Uint8Array.of(
			0x2d,
			0,
			0x1b,
			0x5b,
			0x32,
			0x4a,
			0x07,
			0xff,
			0xfe,
			0xc0,
			0x9b,
			...Array<number>(9).fill(0x0a),
		)
		const peer = stage.join({ peerId })
		expect(await stage.endOf(peer)).toBeUndefined()
		const names = stage.events.flatMap(event => (event.type === 'peerConnected' ? [event.client] : []))
		expect(names).toHaveLength(2)
		for (const name of names) expect(name).not.toMatch(/[\x00-\x1f\x7f-\x9f]/u)
		await stage.endsWell()
	})
})

describe('reserved bits', () => {
	const everyBit = (bytes: Uint8Array) => bytes.fill(0xff, 20, 28)

	test('all set are those we know, and nothing else', async () => {
		const stage = await openStage()
		const peer = stage.connect()
		peer.sayBytes(everyBit(peer.handshakeBytes()))
		peer.say({ type: 'haveAll' }, { type: 'unchoke' })
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('request')).toBeGreaterThan(0)
		expect(peer.count('port')).toBe(0)
		await stage.endsWell()
	})

	test('that claim a second version bring no hashes to a torrent of the first', async () => {
		const stage = await openStage({ seeding: true })
		const peer = stage.join({ flags: { v2: true } })
		// Hash request, hashes, and hash reject (BEP 52).
		for (const id of [21, 22, 23]) peer.sayBytes(Uint8Array.of(0, 0, 0, 49, id), new Uint8Array(48).fill(1))
		peer.sayBytes(Uint8Array.of(0, 0, 0, 129, 22), new Uint8Array(128))
		peer.say({ type: 'interested' })
		expect(await stage.endOf(peer)).toBeUndefined()
		expect(peer.count('unchoke')).toBe(1)
		expect(peer.count('unknown')).toBe(0)
		await stage.endsWell()
	})
})

test('handshake and first messages come to the same however they are cut', async () => {
	const stage = await openStage()
	const { pieceCount } = stage.torrent
	const bits = new Uint8Array(Math.ceil(pieceCount / 8))
	bits[0] = 0xff
	for (let cut = 0; cut <= 68 + 5 + bits.length + 5; cut += 1) {
		const peer = stage.connect()
		const stream = new Uint8Array([
			...peer.handshakeBytes(),
			...[0, 0, 0, 1 + bits.length, 5, ...bits],
			...[0, 0, 0, 1, 1],
		])
		peer.sayBytes(stream.slice(0, cut))
		peer.sayBytes(stream.slice(cut))
		expect(peer.count('interested')).toBe(1)
		peer.leave()
	}
	await stage.endsWell()
})
