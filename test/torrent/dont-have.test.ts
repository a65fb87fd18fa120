import { describe, expect, test } from 'vitest'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { bitfieldToWire, createBitfield, setPiece } from '../../source/protocol/bitfield.ts'
import { encodeDontHave, ourExtensionIds } from '../../source/protocol/extension.ts'
import { type PeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import { copies } from '../../source/torrent/availability.ts'
import { effectsOf, LoneTorrent, type LoneOptions, sentTo } from '../helpers/lone-torrent.ts'

const pieces = 8
const piece = (index: number) => toPieceIndex(index, pieces)
const dontHave = (index: number): Message => ({
	type: 'extended',
	id: ourExtensionIds.lt_donthave,
	payload: encodeDontHave(index),
})

/** A torrent and a peer that speaks the extension protocol and has everything. */
function withSeed({ fast = true, ...options }: LoneOptions & { fast?: boolean } = {}) {
	const lone = new LoneTorrent(options)
	const peer = lone.connect(2, { fast, extended: true })
	lone.say(peer, fast ? { type: 'haveAll' } : { type: 'bitfield', bits: Uint8Array.of(0xff) })
	return { lone, peer }
}

const copiesOf = (lone: LoneTorrent) =>
	Array.from({ length: pieces }, (_, index) => copies(lone.torrent.core.picker!.availability, index))
const asked = (lone: LoneTorrent, peer: PeerNumber) => [
	...new Set(sentTo(lone.effects, peer, 'request').map(request => request.piece)),
]

describe('a peer that lost a piece', () => {
	test('is a seed no more, and its other pieces stay what they were', () => {
		const { lone, peer } = withSeed()
		lone.say(peer, dontHave(3))
		expect(copiesOf(lone)).toEqual([1, 1, 1, 0, 1, 1, 1, 1])
		expect(lone.peer(peer).interesting).toBe(7)
		lone.say(peer, dontHave(3), dontHave(4))
		expect(copiesOf(lone)).toEqual([1, 1, 1, 0, 0, 1, 1, 1])
		lone.say(peer, { type: 'have', piece: 3 }, { type: 'have', piece: 4 })
		expect(copiesOf(lone)).toEqual(new Array(pieces).fill(1))
		lone.feed({ type: 'PeerClosed', peer, reason: { code: 'remote-closed' } })
		expect(copiesOf(lone)).toEqual(new Array(pieces).fill(0))
	})

	test('is not asked for it', () => {
		const { lone, peer } = withSeed()
		for (const index of [0, 1, 2, 3, 5, 6, 7]) lone.say(peer, dontHave(index))
		lone.say(peer, { type: 'unchoke' })
		expect(asked(lone, peer)).toEqual([4])
	})

	test('is of no interest when it was the last one that we lacked', () => {
		const { lone, peer } = withSeed({ have: [0, 1, 2, 3, 4, 5, 6] })
		expect(lone.peer(peer).session.amInterested).toBe(true)
		lone.say(peer, dontHave(7))
		expect(lone.peer(peer).session.amInterested).toBe(false)
		lone.say(peer, { type: 'have', piece: 7 })
		expect(lone.peer(peer).session.amInterested).toBe(true)
	})

	test('does not answer for it without the fast extension: others are asked at once', () => {
		const { lone, peer } = withSeed({ fast: false, have: [0, 1, 2, 3, 4, 5, 6] })
		lone.say(peer, { type: 'unchoke' })
		expect(lone.peer(peer).pipeline.requests.size).toBe(2)
		const other = lone.connect(4)
		lone.say(other, { type: 'haveAll' }, { type: 'unchoke' })
		lone.say(peer, dontHave(7))
		expect(lone.peer(peer).pipeline.requests.size).toBe(0)
		expect(asked(lone, other)).toEqual([7])
		expect(lone.torrent.core.picker?.inFlight).toBe(2)
	})

	test('rejects what is under way of it with the fast extension', () => {
		const { lone, peer } = withSeed({ have: [0, 1, 2, 3, 4, 5, 6] })
		lone.say(peer, { type: 'unchoke' })
		lone.say(peer, dontHave(7))
		expect(lone.peer(peer).pipeline.requests.size).toBe(2)
		for (const request of sentTo(lone.effects, peer, 'request'))
			lone.say(peer, { ...request, type: 'reject' })
		expect(lone.peer(peer).pipeline.requests.size).toBe(0)
		expect(lone.torrent.core.picker?.inFlight).toBe(0)
	})

	test('that it never had says nothing new', () => {
		const { lone, peer } = withSeed()
		lone.say(peer, { type: 'haveNone' }, dontHave(1))
		expect(copiesOf(lone)).toEqual(new Array(pieces).fill(0))
	})

	test.each([
		['beyond the torrent', encodeDontHave(8), 'have-out-of-range'],
		['in three bytes', new Uint8Array(3), 'dont-have-length'],
		['in five bytes', new Uint8Array(5), 'dont-have-length'],
	])('%s breaks the protocol', (_, payload, code) => {
		const { lone, peer } = withSeed()
		const message = { type: 'extended', id: ourExtensionIds.lt_donthave, payload } as const
		expect(() => lone.say(peer, message)).toThrow(expect.objectContaining({ code }))
	})

	test('before the metadata came is not counted when it is there', () => {
		const lone = new LoneTorrent({ content: undefined, running: false })
		lone.feed({ type: 'Started', listeningPort: 6881 })
		const all = lone.connect(2, { extended: true })
		lone.say(all, { type: 'haveAll' }, dontHave(2), dontHave(5), { type: 'have', piece: 5 })
		const some = lone.connect(4, { extended: true })
		const bits = createBitfield(pieces)
		setPiece(bits, 1)
		setPiece(bits, 2)
		lone.say(some, { type: 'bitfield', bits: bitfieldToWire(bits) }, dontHave(1), { type: 'have', piece: 0 })
		lone.feed({ type: 'ContentKnown', content: lone.content })
		lone.start()
		expect(copiesOf(lone)).toEqual([2, 1, 1, 1, 1, 1, 1, 1])
	})
})

describe('a piece that we lost', () => {
	const speaks = (lone: LoneTorrent, peer: PeerNumber) =>
		lone.say(peer, { type: 'extended', id: 0, payload: encodeBencode({ m: { lt_donthave: 9 } }) })

	test('is told to those who understand, before what waits of it is rejected', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const one = lone.connect(2, { extended: true })
		const other = lone.connect(4, { extended: true })
		for (const peer of [one, other]) lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		speaks(lone, one)
		const effects = lone.feed({ type: 'PieceLost', piece: piece(3) })
		expect(sentTo(effects, one, 'extended')).toEqual([
			{ type: 'extended', id: 9, payload: encodeDontHave(3) },
		])
		expect(sentTo(effects, other, 'extended')).toEqual([])
		expect(effectsOf(effects, 'ClosePeer')).toEqual([])
		expect(sentTo(lone.feed({ type: 'PieceLost', piece: piece(3) }), one, 'extended')).toEqual([])
	})

	test('is not announced any more', () => {
		const { lone } = withSeed({ have: [1] })
		lone.torrent.core.havesToSend.push(1)
		lone.feed({ type: 'PieceLost', piece: piece(1) })
		expect(lone.torrent.core.havesToSend).toEqual([])
	})
})
