import { describe, expect, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { ourExtensionIds, parseExtensionHandshake } from '../../source/protocol/extension.ts'
import { type PeerNumber, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { decodePex, encodePex, maxPexPeers, type PexMessage, pexFlags } from '../../source/protocol/ut-pex.ts'
import type { Effect } from '../../source/torrent/boundary.ts'
import { effectsOf, LoneTorrent, type LoneOptions, sentTo } from '../helpers/lone-torrent.ts'

const theirId = 7
const minuteMs = 60_000

/** A peer that takes PEX under id 7; `p` is where it listens. */
function join(
	lone: LoneTorrent,
	number: number,
	{ p, e, host }: { p?: number; e?: number; host?: string } = {},
) {
	const peer = lone.connect(number, { extended: true, ...(host === undefined ? {} : { host }) })
	const known = { ...(p === undefined ? {} : { p }), ...(e === undefined ? {} : { e }) }
	lone.say(peer, { type: 'haveNone' }, greeting({ m: { ut_pex: theirId }, ...known }))
	return peer
}

const greeting = (dictionary: Parameters<typeof encodeBencode>[0]): Message => ({
	type: 'extended',
	id: 0,
	payload: encodeBencode(dictionary),
})
const told = (effects: readonly Effect[], peer: PeerNumber): PexMessage[] =>
	sentTo(effects, peer, 'extended')
		.filter(({ id }) => id === theirId)
		.map(({ payload }) => decodePex(payload))
const names = (message: PexMessage | undefined) => ({
	added: message?.added.map(({ address: { host, port } }) => `${host}:${port}`) ?? [],
	dropped: message?.dropped.map(({ host, port }) => `${host}:${port}`) ?? [],
})
const saying = (message: PexMessage): Message => ({
	type: 'extended',
	id: ourExtensionIds.ut_pex,
	payload: encodePex(message),
})
const adding = (...addresses: Address[]) =>
	saying({ added: addresses.map(address => ({ address, flags: 0 })), dropped: [] })
const global = (count: number, from = 0): Address[] =>
	Array.from({ length: count }, (_, n) => ({
		host: `203.${Math.floor((from + n) / 250)}.113.${((from + n) % 250) + 1}`,
		port: 6881,
	}))
const dials = (lone: LoneTorrent) =>
	effectsOf(lone.effects, 'Dial').map(({ address: { host, port } }) => `${host}:${port}`)
const offers = (effects: readonly Effect[], peer: PeerNumber) =>
	sentTo(effects, peer, 'extended')
		.filter(({ id }) => id === 0)
		.map(({ payload }) => parseExtensionHandshake(payload).ids.has('ut_pex'))
/** Everything is dialled in vain until nothing more is due at once. */
function failAll(lone: LoneTorrent): void {
	for (let round = 0; round < 20; round += 1) {
		for (const peer of [...lone.torrent.core.dialling.keys()])
			lone.feed({ type: 'DialFailed', peer, error: 'ECONNREFUSED' })
		lone.advance(1000)
	}
}

describe('what we tell', () => {
	test('is who is connected and where it listens, with what is known of it, a moment after the handshake', () => {
		const lone = new LoneTorrent()
		const seed = lone.connect(2, { extended: true })
		lone.say(seed, { type: 'haveAll' })
		join(lone, 3, { p: 7000, e: 1 })
		join(lone, 5)
		const peer = join(lone, 7, { p: 7007 })
		expect(told(lone.effects, peer)).toEqual([])
		lone.advance(1000)
		const [message, ...more] = told(lone.effects, peer)
		expect(more).toEqual([])
		expect(message).toEqual({
			added: [
				{ address: { host: '10.0.0.2', port: 6881 }, flags: pexFlags.seed | pexFlags.reachable },
				{ address: { host: '10.0.0.3', port: 7000 }, flags: pexFlags.prefersEncryption },
			],
			dropped: [],
		})
	})

	test('names who talks encrypted as preferring that', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2)
		lone.feed({
			type: 'HandshakeReceived',
			peer: toPeerNumber(4),
			address: { host: '10.0.0.4', port: 6881 },
			incoming: false,
			peerId: toPeerId(new Uint8Array(20).fill(4)),
			flags: { extended: true, fast: true, dht: false, v2: false },
			encryption: 'rc4',
		})
		lone.advance(1000)
		expect(told(lone.effects, peer)[0]?.added.map(({ flags }) => flags)).toEqual([
			pexFlags.prefersEncryption | pexFlags.reachable,
		])
	})

	test('changes once a minute at most: who came and who left', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2)
		const first = join(lone, 4)
		lone.advance(1000)
		lone.effects.length = 0
		const second = join(lone, 6)
		lone.feed({ type: 'PeerClosed', peer: first, reason: { code: 'remote-closed' } })
		lone.advance(minuteMs - 1001)
		expect(told(lone.effects, peer)).toEqual([])
		lone.advance(2000)
		expect(told(lone.effects, peer).map(names)).toEqual([
			{ added: ['10.0.0.6:6881'], dropped: ['10.0.0.4:6881'] },
		])
		lone.feed({ type: 'PeerClosed', peer: second, reason: { code: 'remote-closed' } })
		lone.advance(minuteMs)
		expect(told(lone.effects, peer).slice(1).map(names)).toEqual([{ added: [], dropped: ['10.0.0.6:6881'] }])
	})

	test('leaves out whoever came and went, or went and came, in between', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2)
		const stays = join(lone, 4)
		lone.advance(1000)
		lone.effects.length = 0
		const passing = join(lone, 6)
		lone.feed({ type: 'PeerClosed', peer: passing, reason: { code: 'remote-closed' } })
		lone.feed({ type: 'PeerClosed', peer: stays, reason: { code: 'remote-closed' } })
		lone.connect(8, { host: '10.0.0.4' })
		lone.advance(2 * minuteMs)
		expect(told(lone.effects, peer)).toEqual([])
	})

	test('is nothing, and costs no wake, while nothing changes', () => {
		const lone = new LoneTorrent()
		const alone = join(lone, 2)
		lone.advance(5000)
		expect(told(lone.effects, alone)).toEqual([])
		const wakes = lone.advance(10_000)
		expect(wakes).toBeLessThan(5)
	})

	test('is at most fifty at once, of both families together, and the rest a minute later', () => {
		const lone = new LoneTorrent({ maxPeers: 200 })
		const peer = join(lone, 2)
		for (let number = 4; number < 144; number += 2) lone.connect(number, { host: `10.0.1.${number}` })
		lone.advance(1000)
		lone.advance(minuteMs)
		lone.say(peer, { type: 'keepAlive' })
		const [first, second] = told(lone.effects, peer)
		expect(first?.added).toHaveLength(maxPexPeers)
		expect(second?.added).toHaveLength(20)
		for (let number = 4; number < 144; number += 2)
			lone.feed({ type: 'PeerClosed', peer: number as PeerNumber, reason: { code: 'remote-closed' } })
		lone.advance(2 * minuteMs)
		const [third, fourth] = told(lone.effects, peer).slice(2)
		expect(third?.dropped).toHaveLength(maxPexPeers)
		expect(fourth?.dropped).toHaveLength(20)
	})

	test('never leads from the internet into a local net, nor from another machine to this one', () => {
		const lone = new LoneTorrent()
		join(lone, 2, { host: '127.0.0.1' })
		join(lone, 4, { host: '192.168.1.4' })
		join(lone, 6, { host: '203.0.113.6' })
		const here = join(lone, 8, { host: '127.0.0.8' })
		const near = join(lone, 10, { host: '192.168.1.10' })
		const far = join(lone, 12, { host: '203.0.113.12' })
		lone.advance(1000)
		const hosts = (peer: PeerNumber) => told(lone.effects, peer)[0]?.added.map(({ address }) => address.host)
		expect(hosts(far)).toEqual(['203.0.113.6'])
		expect(hosts(near)).toEqual(['192.168.1.4', '203.0.113.6', '203.0.113.12'])
		expect(hosts(here)).toEqual(['127.0.0.1', '192.168.1.4', '203.0.113.6', '192.168.1.10', '203.0.113.12'])
	})

	test('goes to nobody who did not ask for it, or does not any more', () => {
		const lone = new LoneTorrent()
		const never = lone.connect(2, { extended: true })
		lone.say(never, { type: 'haveNone' }, greeting({ m: { ut_metadata: 1 } }))
		const nomore = join(lone, 4)
		lone.say(nomore, greeting({ m: { ut_pex: 0 } }))
		lone.advance(1000)
		const extended = [never, nomore].flatMap(peer => sentTo(lone.effects, peer, 'extended'))
		expect(extended.filter(({ id }) => id !== 0)).toEqual([])
	})
})

describe('what we hear', () => {
	test('is dialled, as found by PEX', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2, { host: '203.0.113.200' })
		const v6 = { host: '2001:db8:1::1', port: 6881 }
		lone.say(peer, adding(...global(2), v6))
		expect(dials(lone).sort()).toEqual(['2001:db8:1::1:6881', '203.0.113.1:6881', '203.0.113.2:6881'])
		expect([...lone.torrent.core.dialling.values()].map(({ source }) => source)).toEqual([
			'pex',
			'pex',
			'pex',
		])
	})

	test('is dialled twenty-nine times a second at most, however many there are', () => {
		const lone = new LoneTorrent({ maxPeers: 500 })
		for (let number = 2; number < 12; number += 2)
			lone.say(join(lone, number, { host: `203.0.113.${200 + number}` }), adding(...global(50, number * 50)))
		const dialledBy = (ms: number) => {
			lone.advance(ms)
			for (const peer of [...lone.torrent.core.dialling.keys()])
				lone.feed({ type: 'DialFailed', peer, error: 'ECONNREFUSED' })
			return dials(lone).length
		}
		let before = dialledBy(0)
		for (let second = 0; second < 8; second += 1) {
			const now = dialledBy(1000)
			expect(now - before).toBeLessThanOrEqual(30)
			before = now
		}
	})

	test.each([
		['203.0.113.200', []],
		['192.168.1.200', ['10.1.1.1:6881', '192.168.1.1:6881']],
		['127.0.0.1', ['10.1.1.1:6881', '127.0.0.9:6881', '192.168.1.1:6881']],
	])('from %s leads only where its sender may point', (host, expected) => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2, { host })
		lone.say(
			peer,
			adding(
				{ host: '127.0.0.9', port: 6881 },
				{ host: '10.1.1.1', port: 6881 },
				{ host: '192.168.1.1', port: 6881 },
				{ host: '203.0.113.9', port: 25 },
				{ host: '169.254.169.254', port: 80 },
				{ host: '224.0.0.1', port: 6881 },
				{ host: '203.0.113.9', port: 0 },
			),
		)
		expect(dials(lone).sort()).toEqual(expected)
	})

	test('is one address a host, and never our own', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2, { host: '203.0.113.200' })
		lone.say(peer, greeting({ m: { ut_pex: theirId }, yourip: Uint8Array.of(203, 0, 113, 77) }))
		lone.say(
			peer,
			adding(
				{ host: '203.0.113.9', port: 6881 },
				{ host: '203.0.113.9', port: 6882 },
				{ host: '203.0.113.77', port: 6881 },
			),
		)
		expect(dials(lone)).toEqual(['203.0.113.9:6881'])
	})

	test('of a seed is left alone while we have everything', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = join(lone, 2, { host: '203.0.113.200' })
		const [seed, leecher] = global(2)
		lone.say(
			peer,
			saying({
				added: [
					{ address: seed!, flags: pexFlags.seed },
					{ address: leecher!, flags: 0 },
				],
				dropped: [],
			}),
		)
		expect(dials(lone)).toEqual(['203.0.113.2:6881'])
	})

	test('of a peer whose names were all dead is not taken any more', () => {
		const lone = new LoneTorrent()
		const liar = join(lone, 2, { host: '203.0.113.200' })
		const honest = join(lone, 4, { host: '203.0.113.201' })
		lone.say(liar, adding(...global(20)))
		failAll(lone)
		lone.advance(minuteMs)
		const before = lone.torrent.core.candidates.known.size
		lone.say(liar, adding(...global(20, 100)))
		expect(lone.torrent.core.candidates.known.size).toBe(before)
		lone.say(honest, adding(...global(20, 200)))
		expect(lone.torrent.core.candidates.known.size).toBe(before + 20)
	})

	test('of one peer never fills more than a hundred places before any was tried', () => {
		const lone = new LoneTorrent({ maxPeers: 2 })
		const peer = join(lone, 2, { host: '203.0.113.200' })
		join(lone, 4, { host: '203.0.113.201' })
		for (let minute = 0; minute < 5; minute += 1) {
			lone.say(peer, adding(...global(50, minute * 50)))
			lone.advance(minuteMs)
		}
		expect(lone.torrent.core.candidates.known.size).toBeLessThanOrEqual(100)
	})

	test('goes before nothing that a tracker named when there is no place for all', () => {
		const lone = new LoneTorrent({ maxPeers: 1 })
		const { candidates } = lone.torrent.core
		join(lone, 2, { host: '198.51.100.1' })
		lone.feed({ type: 'AddressesFound', source: 'tracker', addresses: global(2900) })
		for (let minute = 0; minute < 5; minute += 1) {
			const flood = Array.from({ length: 100 }, (_, n) => ({ host: `198.${minute}.7.${n + 1}`, port: 6881 }))
			lone.feed({ type: 'AddressesFound', source: 'pex', addresses: flood })
		}
		expect(candidates.known.size).toBe(3000)
		expect([...candidates.known.values()].filter(({ source }) => source === 'tracker')).toHaveLength(2900)
	})
})

describe('a peer that speaks too often', () => {
	test('is not heard between, and is let go when it goes on', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2, { host: '203.0.113.200' })
		lone.say(peer, adding(...global(1)))
		lone.say(peer, adding(...global(1, 1)))
		for (let time = 2; time < 7; time += 1) lone.say(peer, adding(...global(1, time)))
		expect(lone.torrent.core.candidates.known.size).toBe(2)
		const effects = lone.say(peer, adding(...global(1, 9)))
		expect(effectsOf(effects, 'ClosePeer')).toEqual([
			{ type: 'ClosePeer', peer, reason: { code: 'pex-too-often', messages: 6 } },
		])
	})

	test('once a minute for hours is heard each time', () => {
		const lone = new LoneTorrent({ maxPeers: 2 })
		const peer = join(lone, 2, { host: '203.0.113.200' })
		for (let minute = 0; minute < 90; minute += 1) {
			lone.say(peer, adding(...global(1, minute)))
			lone.advance(minute % 2 === 0 ? minuteMs - 4000 : minuteMs + 4000)
			lone.say(peer, { type: 'keepAlive' })
			if (minute === 0) lone.say(peer, { type: 'interested' })
		}
		expect(lone.torrent.core.candidates.known.size).toBe(90)
	})

	test('breaks the protocol by what is no message', () => {
		const lone = new LoneTorrent()
		const peer = join(lone, 2)
		const say = (payload: Uint8Array) => () =>
			lone.say(peer, { type: 'extended', id: ourExtensionIds.ut_pex, payload })
		expect(say(new Uint8Array(70_000))).toThrow(expect.objectContaining({ code: 'pex-length' }))
		expect(say(encodeBencode(5))).toThrow(expect.objectContaining({ code: 'pex-dictionary' }))
	})
})

describe.each<[string, LoneOptions]>([
	['a private torrent', { content: { private: true } }],
	['a torrent without peer exchange', { peerExchange: false }],
])('in %s', (_, options) => {
	test('it is neither offered nor sent nor heard', () => {
		const lone = new LoneTorrent(options)
		const peer = join(lone, 2, { p: 6881 })
		join(lone, 4)
		lone.advance(2 * minuteMs)
		for (let time = 0; time < 20; time += 1) lone.say(peer, adding(...global(5)))
		lone.say(peer, { type: 'extended', id: ourExtensionIds.ut_pex, payload: new Uint8Array(70_000) })
		expect(offers(lone.effects, peer)).toEqual([false])
		expect(told(lone.effects, peer)).toEqual([])
		expect(dials(lone)).toEqual([])
		expect(lone.peer(peer).isLeaving).toBe(false)
	})
})

test('other torrents offer it', () => {
	const lone = new LoneTorrent()
	expect(offers(lone.effects, join(lone, 2))).toEqual([true])
})

describe('a magnet link whose torrent proves to be private', () => {
	const awaiting = () => {
		const lone = new LoneTorrent({ content: undefined, running: false })
		lone.feed({ type: 'Started', listeningPort: 6881 })
		return lone
	}

	test('lets go whoever came from outside its trackers, and tells nobody of anybody any more', () => {
		const lone = awaiting()
		const incoming = join(lone, 1, { host: '203.0.113.101', p: 6881 })
		expect(offers(lone.effects, incoming)).toEqual([true])
		lone.say(incoming, adding(...global(3)))
		const [connected, connectedToo, dialling] = [...lone.torrent.core.dialling.keys()]
		for (const [peer, [address]] of [
			[connected!, global(1, 0)],
			[connectedToo!, global(1, 1)],
		] as const) {
			lone.feed({
				type: 'HandshakeReceived',
				peer,
				address: address!,
				incoming: false,
				peerId: toPeerId(new Uint8Array(20).fill(peer)),
				flags: { extended: true, fast: true, dht: false, v2: false },
			})
		}
		lone.feed({
			type: 'AddressesFound',
			source: 'tracker',
			addresses: [{ host: '203.0.113.150', port: 6881 }],
		})
		lone.feed({ type: 'AddressesFound', source: 'magnet', addresses: global(1, 70) })
		const linked = [...lone.torrent.core.dialling.keys()].at(-1)
		// What a tracker names as well is the tracker's.
		lone.feed({ type: 'AddressesFound', source: 'tracker', addresses: global(1, 1) })
		const effects = lone.feed({ type: 'ContentKnown', content: { ...lone.content, private: true } })
		const closed = effectsOf(effects, 'ClosePeer')
		expect(closed.map(({ peer, reason }) => [peer, reason.code]).sort()).toEqual(
			[
				[connected, 'private-torrent'],
				[dialling, 'private-torrent'],
				[linked, 'private-torrent'],
			].sort(),
		)
		const left = [...lone.torrent.core.candidates.known.values()]
		expect(left.map(({ address }) => address.host).sort()).toEqual(['203.0.113.150', '203.0.113.2'])
		expect([...lone.torrent.core.peers.keys()].sort()).toEqual([incoming, connectedToo].sort())
		expect(offers(effects, incoming)).toEqual([false])
		expect(sentTo(effects, incoming, 'extended').map(({ payload }) => payload.length > 0)).toEqual([true])
		lone.start()
		join(lone, 5, { p: 7000 })
		lone.advance(3 * minuteMs)
		expect(told(lone.effects, incoming)).toEqual([])
		lone.feed({ type: 'AddressesFound', source: 'lsd', addresses: global(5, 50) })
		lone.say(incoming, adding(...global(5, 60)))
		expect(lone.torrent.core.candidates.known.size).toBe(2)
	})

	test('that proves to be public keeps them', () => {
		const lone = awaiting()
		const incoming = join(lone, 1, { host: '203.0.113.101', p: 6881 })
		lone.say(incoming, adding(...global(3)))
		const effects = lone.feed({ type: 'ContentKnown', content: lone.content })
		expect(effectsOf(effects, 'ClosePeer')).toEqual([])
		expect(lone.torrent.core.candidates.known.size).toBe(3)
	})
})
