// The info dictionary of a magnet link from peers: BEP 9, threats M1 and M2.
import { describe, expect, test } from 'vitest'
import { maxMetadataBytes } from '../../source/protocol/extension.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import { metadataPieceLength } from '../../source/protocol/ut-metadata.ts'
import { maxCopies, maxHeldBytes } from '../../source/torrent/metadata-state.ts'
import { TestNetwork } from '../helpers/core-pair.ts'
import { effectsOf } from '../helpers/lone-torrent.ts'
import { infoOf, MagnetStage } from '../helpers/metadata-peers.ts'

const piece = metadataPieceLength

describe('metadata', () => {
	test('comes from one peer, piece after piece, and is handed out whole', () => {
		const stage = new MagnetStage(2 * piece + 5)
		const peer = stage.join(1)
		expect(stage.asked(peer)).toEqual([0, 1, 2])
		for (const index of [2, 0, 1]) stage.give(peer, index)
		const [check] = effectsOf(stage.lone.effects, 'CheckMetadata')
		expect(Buffer.compare(check!.bytes, stage.info)).toBe(0)
		expect(stage.judge()).toBe('right')
		expect(stage.reasons).toEqual([
			'awaiting-peers',
			'awaiting-offer',
			'fetching-metadata',
			'checking-metadata',
			'metadata-verified',
		])
	})

	test('comes from several peers at once, no piece twice', () => {
		const stage = new MagnetStage(40 * piece)
		const peers = [1, 3, 5].map(number => stage.join(number))
		const asked = peers.map(peer => stage.asked(peer))
		expect(new Set(asked.flat()).size).toBe(asked.flat().length)
		expect(asked.every(pieces => pieces.length > 0)).toBe(true)
		for (const [at, peer] of peers.entries()) for (const index of asked[at] ?? []) stage.give(peer, index)
		let given = 0
		for (let round = 0; round < 40; round += 1) {
			for (const peer of peers)
				for (const index of stage.asked(peer)) {
					stage.give(peer, index)
					given += 1
				}
		}
		expect(given + asked.flat().length).toBe(40)
		expect(stage.judge()).toBe('right')
	})

	test('is asked of rTorrent one piece at a time, which would never answer a second', () => {
		const stage = new MagnetStage(3 * piece)
		const peer = stage.lone.connect(1, { extended: true, client: '-lt0D80-' })
		stage.lone.say(peer, { type: 'haveNone' })
		stage.greet(peer, { size: stage.info.length })
		for (const index of [0, 1, 2]) {
			expect(stage.asked(peer)).toEqual([index])
			stage.give(peer, index)
		}
		expect(stage.judge()).toBe('right')
	})

	test('of thirty megabytes comes too, in memory that is bounded', () => {
		const stage = new MagnetStage(maxMetadataBytes)
		const peers = [1, 3].map(number => stage.join(number))
		while (effectsOf(stage.lone.effects, 'CheckMetadata').length === 0) {
			for (const peer of peers) for (const index of stage.asked(peer)) stage.give(peer, index)
		}
		expect(stage.metadata.heldBytes).toBeLessThanOrEqual(maxHeldBytes)
		expect(stage.judge()).toBe('right')
		expect(stage.metadata.heldBytes).toBe(0)
	})

	test('is asked of one who tells no length: the answer tells it', () => {
		const stage = new MagnetStage(piece + 1)
		const peer = stage.join(1, 'untold')
		expect(stage.asked(peer)).toEqual([0])
		stage.give(peer, 0)
		expect(stage.asked(peer)).toEqual([1])
		stage.give(peer, 1)
		expect(stage.judge()).toBe('right')
	})

	test('stays when who gave it hangs up with the last piece', () => {
		const stage = new MagnetStage(2 * piece)
		const [one, other] = [stage.join(1), stage.join(3)]
		stage.give(one, 0)
		stage.lone.feed({ type: 'PeerClosed', peer: one, reason: { code: 'remote-closed' } })
		const rest = stage.asked(other)
		expect(rest).toContain(1)
		stage.give(other, 1)
		expect(stage.judge()).toBe('right')
	})

	test('is waited for with a reason', () => {
		const stage = new MagnetStage(10)
		expect(stage.metadata.history.at(-1)?.reason).toEqual({ code: 'awaiting-peers', known: 0 })
		const dumb = stage.lone.connect(1)
		stage.lone.say(dumb, { type: 'haveNone' })
		expect(stage.metadata.history.at(-1)?.reason).toEqual({ code: 'awaiting-offer', connected: 1 })
		expect(stage.lone.peer(dumb).download.at(-1)?.reason.code).toBe('metadata-not-offered')
		const peer = stage.join(3)
		expect(stage.metadata.history.at(-1)?.reason).toEqual({
			code: 'fetching-metadata',
			peers: 1,
			inFlight: 1,
		})
		expect(stage.lone.peer(peer).download.at(-1)?.reason).toEqual({ code: 'metadata-asked', inFlight: 1 })
		stage.reject(peer, 0)
		expect(stage.metadata.history.slice(-2).map(({ reason }) => reason)).toEqual([
			{ code: 'metadata-refused-by', host: '10.0.0.3', port: 6881 },
			{ code: 'awaiting-metadata-peers', peers: 1, untilAt: stage.lone.now + 60_000 },
		])
	})
})

describe('one who does not give it', () => {
	test('rests after a refusal, and is asked again', () => {
		const stage = new MagnetStage(10)
		const peer = stage.join(1)
		stage.asked(peer)
		stage.reject(peer, 0)
		stage.lone.advance(59_000)
		expect(stage.asked(peer)).toEqual([])
		stage.lone.advance(2000)
		expect(stage.asked(peer)).toEqual([0])
	})

	test('and refuses several pieces at once has refused once', () => {
		const stage = new MagnetStage(3 * piece)
		const peer = stage.join(1)
		for (const index of stage.asked(peer)) stage.reject(peer, index)
		expect(stage.metadata.peers.get(peer)?.restsUntilAt).toBe(stage.lone.now + 60_000)
	})

	test('is asked at once when it tells that it has the metadata now', () => {
		const stage = new MagnetStage(10)
		const peer = stage.join(1, 'untold')
		stage.asked(peer)
		stage.reject(peer, 0)
		stage.greet(peer, { size: 10 })
		expect(stage.asked(peer)).toEqual([0])
	})

	test('and is silent loses its request to another, but may still come late', () => {
		const stage = new MagnetStage(piece + 1)
		const silent = stage.join(1)
		expect(stage.asked(silent)).toEqual([0, 1])
		stage.lone.advance(21_000)
		expect(stage.lone.peer(silent).download.at(-1)?.reason.code).toBe('metadata-silent')
		const other = stage.join(3)
		expect(stage.asked(other)).toEqual([0, 1])
		stage.give(silent, 1)
		stage.give(other, 0)
		expect(stage.judge()).toBe('right')
	})

	test('in time is helped out by another who has nothing to do', () => {
		const stage = new MagnetStage(piece)
		const slow = stage.join(1)
		stage.asked(slow)
		const other = stage.join(3)
		expect(stage.asked(other)).toEqual([])
		expect(stage.lone.peer(other).download.at(-1)?.reason.code).toBe('metadata-all-asked')
		stage.lone.advance(2100)
		expect(stage.asked(other)).toEqual([0])
	})

	test('and protects itself from a flood is asked for less, soon', () => {
		const stage = new MagnetStage(40 * piece)
		const peer = stage.join(1)
		const [first, second] = stage.asked(peer)
		stage.give(peer, first!)
		stage.reject(peer, second!)
		stage.asked(peer)
		stage.lone.advance(6000)
		expect(stage.metadata.peers.get(peer)?.restsUntilAt).toBeLessThanOrEqual(stage.lone.now)
		expect(stage.metadata.peers.get(peer)?.window).toBeLessThan(5)
	})
})

describe('a liar', () => {
	test('who alone gave a wrong copy is banned, and another is asked', () => {
		const stage = new MagnetStage(100)
		const liar = stage.join(1)
		stage.asked(liar)
		const honest = stage.join(3)
		stage.give(liar, 0, infoOf(100, 9))
		expect(stage.judge()).toBe('wrong')
		expect([...stage.lone.torrent.core.peers.keys()]).toEqual([honest])
		expect(effectsOf(stage.lone.effects, 'ClosePeer')).toMatchObject([{ reason: { code: 'wrong-metadata' } }])
		expect(stage.lone.events).toContainEqual(expect.objectContaining({ type: 'peerBanned', peer: liar }))
		stage.answerAll(honest)
		expect(stage.judge()).toBe('right')
	})

	test('beside an honest one costs one more round, and is found', () => {
		const stage = new MagnetStage(6 * piece)
		const wrong = infoOf(6 * piece, 9)
		const liar = stage.join(1)
		const honest = stage.join(3)
		let rounds = 0
		for (let judged = ''; judged !== 'right'; ) {
			stage.answerAll(honest)
			stage.answerAll(liar, wrong)
			judged = stage.judge()
			if (judged !== 'none') rounds += 1
			expect(rounds).toBeLessThan(4)
		}
		// A mixture, then each alone: the liar's may be looked at first.
		expect(rounds).toBeLessThanOrEqual(3)
		expect([...stage.lone.torrent.core.peers.keys()]).toEqual([honest])
		expect(stage.lone.events.filter(({ type }) => type === 'peerBanned')).toHaveLength(1)
	})

	test('who hung up is banned as well', () => {
		const stage = new MagnetStage(2 * piece)
		const liar = stage.join(1)
		const honest = stage.join(3)
		stage.give(liar, 0, infoOf(2 * piece, 9))
		stage.lone.feed({ type: 'PeerClosed', peer: liar, reason: { code: 'remote-closed' } })
		stage.answerAll(honest)
		expect(stage.judge()).toBe('wrong')
		stage.answerAll(honest)
		expect(stage.judge()).toBe('right')
		expect(stage.lone.events).toContainEqual(expect.objectContaining({ type: 'peerBanned', peer: liar }))
	})

	test('about the length blocks nobody', () => {
		const stage = new MagnetStage(piece + 9)
		const liars = [1, 3, 5].map((number, at) => stage.join(number, maxMetadataBytes - at))
		const honest = stage.join(7)
		for (const liar of liars) expect(stage.asked(liar).length).toBeGreaterThan(0)
		stage.answerAll(honest)
		expect(stage.judge()).toBe('right')
	})

	test('who speaks of another length than it told is asked nothing more', () => {
		const stage = new MagnetStage(100)
		const liar = stage.join(1)
		stage.asked(liar)
		stage.give(liar, 0, infoOf(101))
		expect(stage.lone.peer(liar).download.at(-1)?.reason.code).toBe('metadata-other-size')
		stage.lone.advance(100_000)
		expect(stage.asked(liar)).toEqual([])
		expect(stage.metadata.copies.every(({ pieces }) => pieces.size === 0)).toBe(true)
	})

	test('with every length there is makes us keep a bounded lot', () => {
		const stage = new MagnetStage(50)
		for (let number = 1; number < 400; number += 2) {
			const size = piece + (number % 97) + 1
			const liar = stage.join(number, size)
			// The last piece is a few bytes: as many copies as possible for as little as possible.
			stage.give(liar, 1, infoOf(size))
			stage.lone.feed({ type: 'PeerClosed', peer: liar, reason: { code: 'remote-closed' } })
		}
		expect(stage.metadata.copies.length).toBeLessThanOrEqual(maxCopies)
		expect(stage.metadata.heldBytes).toBeLessThanOrEqual(maxHeldBytes)
		const honest = stage.join(1001)
		stage.answerAll(honest)
		expect(stage.judge()).toBe('right')
	})

	test('with data that nobody asked for is not heard', () => {
		const stage = new MagnetStage(10 * piece)
		const liar = stage.lone.connect(1, { extended: true })
		stage.lone.say(liar, { type: 'haveNone' })
		stage.give(liar, 0)
		const other = stage.join(3)
		stage.give(other, 9)
		expect(stage.metadata.heldBytes).toBe(0)
	})
})

test('memory full of one large copy gives way to one that more believe in', () => {
	const stage = new MagnetStage(3 * piece)
	const sizes = [maxMetadataBytes, maxMetadataBytes - 1, maxMetadataBytes - 2]
	const wrong = infoOf(maxMetadataBytes)
	const liars = sizes.map((size, at) => stage.join(2 * at + 1, size))
	for (let round = 0; round < 200; round += 1) {
		for (const [at, liar] of liars.entries())
			for (const index of stage.asked(liar)) stage.give(liar, index, wrong.subarray(0, sizes[at]))
	}
	expect(stage.metadata.heldBytes).toBeLessThanOrEqual(maxHeldBytes)
	const honest = [101, 103].map(number => stage.join(number))
	for (let round = 0, judged = ''; judged !== 'right'; round += 1) {
		for (const peer of honest) stage.answerAll(peer)
		judged = stage.judge()
		expect(round).toBeLessThan(5)
	}
})

test('two clients, one with nothing but the info hash, end with the same content', () => {
	const network = new TestNetwork(4 * 16_384, 20 * 16_384, infoOf(100_000))
	const seed = network.add({ have: 'all' })
	const leech = network.add({ magnet: true })
	leech.dial(seed)
	network.advance(60_000)
	expect(leech.torrent.core.state).toBe('seeding')
	expect(leech.isComplete).toBe(true)
	expect([...leech.torrent.core.peers.keys()]).not.toContain(toPeerNumber(99))
})

test('who learned it gives it on, to those who were connected before', () => {
	const network = new TestNetwork(4 * 16_384, 20 * 16_384, infoOf(100_000))
	const first = network.add({ magnet: true })
	const second = network.add({ magnet: true })
	first.dial(second)
	network.advance(5000)
	const seed = network.add({ have: 'all' })
	second.dial(seed)
	network.advance(120_000)
	expect([first.isComplete, second.isComplete]).toEqual([true, true])
})
