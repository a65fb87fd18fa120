// Peers that say the same few bytes over and over: what each of them costs us is bounded.
import { describe, expect, test } from 'vitest'
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
