import { describe, expect, test } from 'vitest'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import type { Effect } from '../../source/torrent/boundary.ts'
import { uploadQueueLimit } from '../../source/torrent/serving.ts'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'

const block = 16_384
const request = (piece: number, offset = 0, length = block): Message => ({
	type: 'request',
	piece,
	offset,
	length,
})

/** A seed of forty pieces of four blocks, and a peer that wants them. */
function seeding(options: { fast?: boolean; unchoked?: boolean } = {}) {
	const lone = new LoneTorrent({ have: 'all', pieces: 40, blocksPerPiece: 4 })
	const peer = lone.connect(1, { fast: options.fast ?? true })
	if (options.fast !== false) lone.say(peer, { type: 'haveNone' })
	if (options.unchoked !== false) {
		lone.say(peer, { type: 'interested' })
		expect(lone.peer(peer).session.amChoking).toBe(false)
	}
	return { lone, peer }
}

const served = (effects: readonly Effect[]): BlockFields[] =>
	effectsOf(effects, 'ServeBlocks').flatMap(({ blocks }) => blocks)

/** What was handed to disk and socket went out. */
function sendOut(lone: LoneTorrent, peer: PeerNumber, effects: readonly Effect[]): readonly Effect[] {
	const blocks = served(effects)
	return lone.feed({ type: 'BlocksSent', peer, blocks: blocks.length, bytes: blocks.length * block })
}

describe('requests', () => {
	test('of one burst are served together, in their order', () => {
		const { lone, peer } = seeding()
		const effects = lone.say(peer, request(1), request(0, block), request(1, block))
		expect(effectsOf(effects, 'ServeBlocks')).toHaveLength(1)
		expect(served(effects).map(({ piece, offset }) => [piece, offset])).toEqual([
			[1, 0],
			[0, block],
			[1, block],
		])
	})

	test('beyond the queue stay with the peer where it cannot be told, until half of the queue is gone', () => {
		const lone = new LoneTorrent({ have: 'all', pieces: 200, blocksPerPiece: 4 })
		const peer = lone.connect(1, { fast: false })
		lone.say(peer, { type: 'interested' })
		const requests = Array.from({ length: uploadQueueLimit + 100 }, (_, index) =>
			request(index >> 2, (index & 3) * block),
		)
		let effects = lone.say(peer, ...requests)
		const holds = [...effectsOf(effects, 'HoldPeer')]
		expect(holds.map(({ held }) => held)).toEqual([true])
		expect(lone.peer(peer).uploadQueue.size).toBeGreaterThan(uploadQueueLimit)
		let blocks = served(effects).length
		for (let round = 0; round < 100 && served(effects).length > 0; round += 1) {
			effects = sendOut(lone, peer, effects)
			blocks += served(effects).length
			const change = effectsOf(effects, 'HoldPeer')
			if (change.length > 0)
				expect(lone.peer(peer).uploadQueue.size).toBeLessThanOrEqual(uploadQueueLimit / 2)
			holds.push(...change)
		}
		expect(holds.map(({ held }) => held)).toEqual([true, false])
		expect(blocks).toBe(requests.length)
	})

	test('of a peer that nothing is read from do not make it silent', () => {
		const lone = new LoneTorrent({ have: 'all', pieces: 200, blocksPerPiece: 4, maxUpBytesPerSecond: block })
		const peer = lone.connect(1, { fast: false })
		lone.say(peer, { type: 'interested' })
		for (let index = 0; index < uploadQueueLimit + 100; index += 1)
			lone.say(peer, request(index >> 2, (index & 3) * block))
		for (let second = 0; second < 200; second += 1) {
			lone.advance(1000)
			const { serving } = lone.peer(peer)
			if (serving > 0) lone.feed({ type: 'BlocksSent', peer, blocks: serving, bytes: serving * block })
		}
		expect(lone.peer(peer).isHeld).toBe(true)
	})

	test('of the same bytes twice are served once and refused once', () => {
		const { lone, peer } = seeding()
		const effects = lone.say(peer, request(1), request(1))
		expect(served(effects)).toHaveLength(1)
		expect(sentTo(effects, peer, 'reject')).toHaveLength(1)
	})

	test('at one offset, of different lengths, get one answer each', () => {
		const { lone, peer } = seeding()
		const effects = lone.say(peer, request(1, 0, 100), request(1, 0, 200))
		expect(served(effects)).toEqual([{ piece: 1, offset: 0, length: 100 }])
		expect(sentTo(effects, peer, 'reject')).toEqual([{ type: 'reject', piece: 1, offset: 0, length: 200 }])
	})

	test('of nobody interested are served while it is unchoked', () => {
		const { lone, peer } = seeding()
		lone.say(peer, { type: 'notInterested' })
		expect(served(lone.say(peer, request(1)))).toHaveLength(1)
	})

	test('while choked are refused, and ignored where nobody could hear it', () => {
		const fast = seeding({ unchoked: false })
		const other = fast.lone.peer(fast.peer).session.grantedFast
		const piece = Array.from({ length: 40 }, (_, index) => index).find(index => !other.has(index)) ?? -1
		expect(sentTo(fast.lone.say(fast.peer, request(piece)), fast.peer, 'reject')).toHaveLength(1)
		const plain = seeding({ unchoked: false, fast: false })
		expect(plain.lone.say(plain.peer, request(0))).toEqual([])
	})

	test('that cannot be read back are refused, and count no longer as under way', () => {
		const { lone, peer } = seeding()
		const [first, second] = served(lone.say(peer, request(1), request(2)))
		if (first === undefined || second === undefined) throw new Error('expected two blocks')
		lone.feed({ type: 'BlocksSent', peer, blocks: 1, bytes: block })
		const failed = effectsOf(lone.effects, 'ServeBlocks')[0]?.blocks[1]
		if (failed === undefined) throw new Error('expected two blocks')
		const effects = lone.feed({ type: 'BlockReadFailed', peer, block: failed, error: 'EIO' })
		expect(sentTo(effects, peer, 'reject')).toEqual([{ type: 'reject', ...failed }])
		expect(lone.peer(peer).serving).toBe(0)
	})

	test('that cannot be read are told to the user once an outage, and the files are looked at', () => {
		const { lone, peer } = seeding()
		const fail = (piece: number): readonly Effect[] => {
			const [failed] = effectsOf(lone.say(peer, request(piece)), 'ServeBlocks').flatMap(
				({ blocks }) => blocks,
			)
			if (failed === undefined) throw new Error('expected a block')
			return lone.feed({ type: 'BlockReadFailed', peer, block: failed, error: 'EIO' })
		}
		const told = (effects: readonly Effect[]): unknown[] =>
			effectsOf(effects, 'Report').flatMap(({ event }) => (event.type === 'note' ? [event.code] : []))
		const first = fail(1)
		expect(told(first)).toEqual(['unreadable'])
		expect(effectsOf(first, 'FinishFiles')).toHaveLength(1)
		expect(lone.torrent.core.problem).toBe('disk error (EIO): some blocks cannot be read')
		expect(lone.torrent.core.state).toBe('seeding')
		for (const piece of [2, 3, 4]) {
			const next = fail(piece)
			expect(told(next)).toEqual([])
			expect(effectsOf(next, 'FinishFiles')).toEqual([])
		}
		lone.feed({ type: 'FilesFinished', error: undefined })
		lone.feed({ type: 'DiskRetryRequested' })
		expect(lone.torrent.core.problem).toBeUndefined()
		expect(told(fail(5))).toEqual(['unreadable'])
	})

	test('that cannot be read end the connection to who cannot be told otherwise', () => {
		const { lone, peer } = seeding({ fast: false })
		const [failed] = effectsOf(lone.say(peer, request(1)), 'ServeBlocks').flatMap(({ blocks }) => blocks)
		if (failed === undefined) throw new Error('expected a block')
		const effects = lone.feed({ type: 'BlockReadFailed', peer, block: failed, error: 'EIO' })
		expect(effectsOf(effects, 'ClosePeer')).toMatchObject([{ peer, reason: { code: 'unreadable' } }])
	})

	test('beyond the queue are refused, and each one of a flood has exactly one answer', () => {
		const { lone, peer } = seeding()
		const flood = Array.from({ length: uploadQueueLimit + 100 }, (_, at) =>
			request(at % 8, Math.floor(at / 8), 100),
		)
		let effects = lone.say(peer, ...flood)
		expect(sentTo(effects, peer, 'reject')).toHaveLength(100)
		// Not a write each: a flood would cost more to turn down than to send.
		expect(effectsOf(effects, 'SendMessages')).toHaveLength(1)
		let blocks = 0
		for (let round = 0; round < 100 && served(effects).length > 0; round += 1) {
			blocks += served(effects).length
			effects = sendOut(lone, peer, effects)
		}
		expect(blocks).toBe(uploadQueueLimit)
	})
})

describe('a cancel', () => {
	// Under way already: what comes later waits.
	const busy = () => {
		const pair = seeding()
		pair.lone.say(pair.peer, ...Array.from({ length: 64 }, (_, at) => request(at % 8, at, 100)))
		return pair
	}

	test('of a waiting request is confirmed by a reject', () => {
		const { lone, peer } = busy()
		lone.say(peer, request(3, 3 * block))
		const effects = lone.say(peer, { type: 'cancel', piece: 3, offset: 3 * block, length: block })
		expect(sentTo(effects, peer, 'reject')).toHaveLength(1)
	})

	test('of other bytes at the same place changes nothing', () => {
		const { lone, peer } = busy()
		lone.say(peer, request(3, 3 * block))
		const waiting = lone.peer(peer).uploadQueue.size
		const effects = lone.say(peer, { type: 'cancel', piece: 3, offset: 3 * block, length: 77 })
		const beyond = lone.say(peer, { type: 'cancel', piece: 2, offset: 7 * block, length: block })
		expect([...effects, ...beyond]).toEqual([])
		expect(lone.peer(peer).uploadQueue.size).toBe(waiting)
	})

	test('of what was never asked changes nothing', () => {
		const { lone, peer } = seeding()
		expect(lone.say(peer, { type: 'cancel', piece: 2 ** 32 - 1, offset: 5, length: 9 })).toEqual([])
	})
})

describe('a choke', () => {
	test('refuses what waits, after the choke, and lets what is under way end', () => {
		const { lone, peer } = seeding()
		const requests = Array.from({ length: 300 }, (_, at) => request(at % 8, at, 100))
		const under = served(lone.say(peer, ...requests)).length
		lone.say(peer, { type: 'notInterested' })
		lone.effects.length = 0
		lone.advance(10_000)
		const messages = effectsOf(lone.effects, 'SendMessages').flatMap(effect => effect.messages)
		const types = messages.map(message => message.type)
		expect(types.indexOf('choke')).toBeGreaterThanOrEqual(0)
		expect(types.indexOf('choke')).toBeLessThan(types.indexOf('reject'))
		const { uploadQueue, serving } = lone.peer(peer)
		expect(types.filter(type => type === 'reject').length + uploadQueue.size + serving).toBe(300)
		expect(serving).toBeGreaterThanOrEqual(under)
	})
})

describe('pieces that may be asked for while choked', () => {
	const granted = (lone: LoneTorrent, peer: PeerNumber): number => {
		const [piece] = lone.peer(peer).session.grantedFast
		if (piece === undefined) throw new Error('expected a piece that was granted')
		return piece
	}

	test('are served', () => {
		const { lone, peer } = seeding({ unchoked: false })
		expect(served(lone.say(peer, request(granted(lone, peer))))).toHaveLength(1)
	})

	test('are given three times and not over and over', () => {
		const { lone, peer } = seeding({ unchoked: false })
		const piece = granted(lone, peer)
		let blocks = 0
		for (let round = 0; round < 100; round += 1) {
			const effects = lone.say(peer, request(piece, (round % 4) * block))
			blocks += served(effects).length
			sendOut(lone, peer, effects)
		}
		expect(blocks).toBe(3 * 4)
	})
})

describe('who asks without end', () => {
	test('for what it may not have is let go', () => {
		const { lone, peer } = seeding({ unchoked: false, fast: false })
		lone.now += 2001
		for (let count = 0; count < 51; count += 1) lone.say(peer, request(0))
		expect(lone.torrent.core.peers.size).toBe(0)
	})

	test('right after a choke is given time, but no endless stream of answers', () => {
		const { lone, peer } = seeding()
		lone.say(peer, { type: 'notInterested' })
		lone.advance(10_000)
		lone.peer(peer).chokedAt = lone.now
		lone.peer(peer).session.amChoking = true
		let sent = 0
		for (let count = 0; count < 20_000 && lone.torrent.core.peers.size > 0; count += 1) {
			sent += sentTo(lone.say(peer, request(99)), peer, 'reject').length
		}
		expect(sent).toBeGreaterThan(2 * uploadQueueLimit)
		expect(sent).toBeLessThan(5000)
		expect(lone.torrent.core.peers.size).toBe(0)
	})

	test('and does not read is let go in the end', () => {
		const { lone, peer } = seeding()
		expect(served(lone.say(peer, request(1), request(2)))).toHaveLength(2)
		for (let minute = 0; minute < 4; minute += 1) {
			lone.advance(60_000)
			if (lone.torrent.core.peers.size > 0) lone.say(peer, { type: 'keepAlive' })
		}
		const reasons = lone.events.flatMap(event => (event.type === 'peerDropped' ? [event.reason.code] : []))
		expect(reasons).toEqual(['slow-reader'])
	})
})
