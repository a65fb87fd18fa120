// Peers that say the same few bytes over and over: what each of them costs us is bounded.
import { describe, expect, test } from 'vitest'
import { toPieceIndex } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { effectsOf, LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

test('choking and unchoking at full speed brings one batch of requests a second', () => {
	const lone = new LoneTorrent({ pieces: 400 })
	const peer = seedPeer(lone, 1)
	lone.effects.length = 0
	for (let flip = 0; flip < 1000; flip += 1) lone.say(peer, { type: 'unchoke' }, { type: 'choke' })
	const { window } = lone.peer(peer).pipeline
	expect(sentTo(lone.effects, peer, 'request').length).toBeLessThanOrEqual(window)
	lone.say(peer, { type: 'unchoke' })
	lone.effects.length = 0
	lone.advance(1000)
	expect(sentTo(lone.effects, peer, 'request')).toHaveLength(window)
})

test('losing and gaining interest at full speed looks at the slots once a second', () => {
	const lone = new LoneTorrent({ have: 'all' })
	for (let number = 3; number < 60; number += 2) {
		lone.say(lone.connect(number), { type: 'haveNone' }, { type: 'interested' })
	}
	const peer = lone.connect(1)
	lone.say(peer, { type: 'haveNone' })
	const { upload } = lone.peer(peer)
	const before = upload.length
	let looks = 0
	const { peers } = lone.torrent.core
	const values = peers.values.bind(peers)
	peers.values = () => {
		looks += 1
		return values()
	}
	for (let flip = 0; flip < 1000; flip += 1) {
		lone.say(peer, { type: 'interested' }, { type: 'notInterested' })
	}
	expect(looks).toBeLessThan(20)
	expect(upload.length).toBe(before)
})

test('rejects of what was never asked cost no look at other peers', () => {
	const lone = new LoneTorrent({ pieces: 2 })
	const peer = seedPeer(lone, 1)
	seedPeer(lone, 3)
	let looks = 0
	const { peers } = lone.torrent.core
	const values = peers.values.bind(peers)
	peers.values = () => {
		looks += 1
		return values()
	}
	for (let count = 0; count < 1000; count += 1) {
		lone.say(peer, { type: 'reject', piece: 0, offset: 0, length: 16_384 })
	}
	expect(looks).toBe(0)
})

test('a file that is gone costs no count of all pieces for each of them', () => {
	const pieces = 4000
	const lone = new LoneTorrent({ pieces, have: 'all' })
	const peer = lone.connect(2)
	lone.say(peer, { type: 'bitfield', bits: new Uint8Array(pieces / 8).fill(0b0101_0101) })
	const { peerHave } = lone.peer(peer).session
	if (peerHave === undefined) throw new Error('expected the pieces of the peer')
	const { bytes } = peerHave
	let looks = 0
	Object.defineProperty(peerHave, 'bytes', {
		get: () => {
			looks += 1
			return bytes
		},
	})
	for (let piece = 0; piece < pieces; piece += 1)
		lone.feed({ type: 'PieceLost', piece: toPieceIndex(piece, pieces) })
	// It is said twice of a piece that lies in two files.
	lone.feed({ type: 'PieceLost', piece: toPieceIndex(1, pieces) })
	expect(lone.peer(peer).interesting).toBe(pieces / 2)
	expect(lone.peer(peer).session.amInterested).toBe(true)
	expect(looks).toBeLessThan(3 * pieces)
})

describe('a peer that rejects every request', () => {
	/** Answers requests by rejects until there are none, and says how many there were. */
	const rejectAll = (lone: LoneTorrent, peer: ReturnType<typeof seedPeer>): number => {
		let asked = sentTo(lone.effects.splice(0), peer, 'request')
		let count = 0
		while (asked.length > 0 && count < 20_000) {
			count += asked.length
			lone.say(peer, ...asked.map((request): Message => ({ ...request, type: 'reject' })))
			asked = sentTo(lone.effects.splice(0), peer, 'request')
		}
		return count
	}

	test('is not asked in a tight loop', () => {
		const lone = new LoneTorrent({ pieces: 4000, content: { maxOpenPieces: 4 } })
		const peer = seedPeer(lone, 1)
		lone.say(peer, { type: 'unchoke' })
		expect(rejectAll(lone, peer)).toBeLessThan(300)
	})

	test('for a while only is asked again later, when nobody else has the pieces', () => {
		const lone = new LoneTorrent({ pieces: 2 })
		const peer = seedPeer(lone, 1)
		lone.say(peer, { type: 'unchoke' })
		expect(rejectAll(lone, peer)).toBeGreaterThan(0)
		lone.advance(60_000)
		expect(sentTo(lone.effects, peer, 'request').length).toBeGreaterThan(0)
	})
})

describe('a peer that chokes us and turns down what it allowed', () => {
	const pieces = 8
	const allowAll = Array.from({ length: pieces }, (_, piece): Message => ({ type: 'allowedFast', piece }))
	const asked = (lone: LoneTorrent, peer: ReturnType<typeof seedPeer>) =>
		sentTo(lone.effects.splice(0), peer, 'request')
	/** Turns each request down until there are none, and says how many there were. */
	const rejectEach = (
		lone: LoneTorrent,
		peer: ReturnType<typeof seedPeer>,
		{ allowingAgain = false } = {},
	): number => {
		let count = 0
		for (
			let requests = asked(lone, peer);
			requests.length > 0 && count < 5000;
			requests = asked(lone, peer)
		) {
			for (const request of requests) {
				count += 1
				lone.now += 1
				lone.say(peer, { ...request, type: 'reject' })
				if (allowingAgain) lone.say(peer, { type: 'allowedFast', piece: request.piece })
			}
		}
		return count
	}

	test('is asked for each block once at most', () => {
		const lone = new LoneTorrent({ pieces })
		const peer = seedPeer(lone, 2)
		lone.say(peer, ...allowAll)
		expect(rejectEach(lone, peer)).toBeGreaterThan(0)
		lone.advance(60_000)
		expect(asked(lone, peer)).toEqual([])
		expect(lone.peer(peer).pipeline.requests.size).toBe(0)
	})

	test('and allows it anew is asked for it once more in ten seconds, not at once', () => {
		const lone = new LoneTorrent({ pieces })
		const peer = seedPeer(lone, 2)
		lone.say(peer, ...allowAll)
		expect(rejectEach(lone, peer, { allowingAgain: true })).toBeLessThanOrEqual(2 * pieces)
		lone.advance(11_000)
		const again = asked(lone, peer)
		expect(again.length).toBeGreaterThan(0)
		expect(again.length).toBeLessThanOrEqual(2 * pieces)
	})

	test('leaves the whole piece to others at once, and what comes of it late is welcome', () => {
		const lone = new LoneTorrent({ pieces: 1, blocksPerPiece: 4 })
		const [peer, other] = [seedPeer(lone, 2), seedPeer(lone, 4)]
		lone.say(other, { type: 'unchoke' })
		lone.say(other, { type: 'choke' })
		lone.say(peer, { type: 'allowedFast', piece: 0 })
		const [first, second] = asked(lone, peer)
		if (first === undefined || second === undefined) throw new Error('expected requests')
		lone.say(peer, { ...first, type: 'reject' })
		expect(lone.peer(peer).pipeline.requests.size).toBe(0)
		lone.now += 2000
		lone.say(other, { type: 'unchoke' })
		expect(lone.peer(other).pipeline.requests.size).toBe(4)
		lone.effects.length = 0
		lone.bring(peer, second)
		expect(sentTo(lone.effects, other, 'cancel')).toMatchObject([{ offset: second.offset }])
	})

	test('is asked for it again as soon as it unchokes us', () => {
		const lone = new LoneTorrent({ pieces: 1 })
		const peer = seedPeer(lone, 2)
		lone.say(peer, { type: 'allowedFast', piece: 0 })
		expect(rejectEach(lone, peer)).toBeGreaterThan(0)
		lone.say(peer, { type: 'unchoke' })
		expect(asked(lone, peer)).toHaveLength(2)
	})

	test('holds no piece back that was to come from it alone', () => {
		const lone = new LoneTorrent({ pieces: 1, blocksPerPiece: 4 })
		const [peer, other] = [seedPeer(lone, 2), seedPeer(lone, 4)]
		lone.peer(peer).onParole = true
		lone.say(peer, { type: 'allowedFast', piece: 0 })
		const [first, second] = asked(lone, peer)
		if (first === undefined || second === undefined) throw new Error('expected requests')
		lone.say(other, { type: 'unchoke' })
		expect(asked(lone, other)).toEqual([])
		lone.bring(peer, first)
		lone.say(peer, { ...second, type: 'reject' })
		expect(asked(lone, other)).toHaveLength(3)
	})
})

test('a peer whose request became needless is given another at once', () => {
	const lone = new LoneTorrent({ pieces: 1, blocksPerPiece: 8 })
	const [slow, quick] = [seedPeer(lone, 1), seedPeer(lone, 3)]
	lone.say(slow, { type: 'unchoke' })
	lone.now += 5000
	const [first, second] = sentTo(lone.effects, slow, 'request')
	if (first === undefined || second === undefined) throw new Error('expected requests')
	lone.peer(quick).pipeline.window = 1
	lone.say(quick, { type: 'unchoke' })
	expect(lone.peer(quick).pipeline.requests.size).toBe(1)
	const [double] = sentTo(lone.effects, quick, 'request')
	if (double === undefined) throw new Error('expected a request')
	// The slow peer delivers the very block that the quick one was asked for too.
	const effects = lone.bring(slow, double)
	expect(sentTo(effects, quick, 'cancel')).toHaveLength(1)
	expect(sentTo(effects, quick, 'request')).toHaveLength(1)
	expect(effectsOf(effects, 'ClosePeer')).toHaveLength(0)
})
