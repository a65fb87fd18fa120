// What can happen to a torrent, drawn from the bytes of an input: peers that come, talk and go, answers of the
// disk and of trackers, time, and the user.
import { geometryOf } from '../../../source/torrent/content.ts'
import type { Address } from '../../../source/protocol/address.ts'
import { utf8 } from '../../../source/protocol/bytes.ts'
import { pieceBytes } from '../../../source/protocol/geometry.ts'
import { toPieceIndex } from '../../../source/protocol/ids.ts'
import type { Message } from '../../../source/protocol/message.ts'
import { safe } from '../../../source/protocol/safe-text.ts'
import { wireBytes } from '../../helpers/arbitrary-message.ts'
import { concatBytes } from '../../../source/protocol/bytes.ts'
import { type Draw, splitBy } from '../draw.ts'
import { blockMessage, blocksIn, type Link, type PeerWorld } from './peer-world.ts'

const addresses: readonly Address[] = [
	...Array.from({ length: 6 }, (_, index) => ({ host: '127.0.0.1', port: 7_000 + index })),
	{ host: '203.0.113.9', port: 6881 },
	{ host: '203.0.113.9', port: 6882 },
	{ host: '198.51.100.3', port: 51_413 },
	{ host: '2001:db8::5', port: 1 },
	{ host: '127.0.0.1', port: 6881 },
	{ host: '0.0.0.0', port: 9 },
]
const extensionHandshakes = [
	'd1:md11:ut_metadatai2ee4:reqqi1e1:v3:abce',
	'd11:upload_onlyi1e4:reqqi65535ee',
	'd6:yourip4:\x7f\x00\x00\x01e',
	'd1:md0:i1ee',
	'i1e',
	'd11:upload_onlyi0e4:reqqi250ee',
].map(utf8)
const diskErrors = ['ENOSPC', 'EIO', 'EROFS']
const spansMs = [1, 20, 60, 500, 1_000, 5_000, 10_500, 21_000, 31_000, 61_000, 130_000, 650_000, 3_700_000]

/** Lets the next thing happen. */
export function happen(world: PeerWorld, draw: Draw): void {
	const kind = draw.byte()
	if (kind < 16) join(world, draw)
	else if (kind < 28) endDial(world, draw)
	else if (kind < 80) talk(world, draw)
	else if (kind < 130) deliver(world, draw)
	else if (kind < 140) sendBytes(world, draw)
	else if (kind < 156) endHash(world, draw)
	else if (kind < 160) endFinish(world, draw)
	else if (kind < 175) endWrite(world, draw)
	else if (kind < 190) endServe(world, draw)
	else if (kind < 205) hearTracker(world, draw)
	else if (kind < 232) world.advance(draw.pick(spansMs) ?? 1)
	else if (kind < 236) closeOne(world, draw)
	else command(world, draw)
}

function join(world: PeerWorld, draw: Draw): void {
	const bits = draw.byte()
	world.join(world.nextIncoming(), {
		address: draw.pick(addresses) ?? addresses[0]!,
		incoming: true,
		peerId: draw.byte() % 9,
		fast: (bits & 1) === 0,
		extended: (bits & 2) === 0,
	})
}

function endDial(world: PeerWorld, draw: Draw): void {
	const dial = draw.pick([...world.dials])
	if (dial === undefined) return
	const [peer, address] = dial
	if (draw.byte() % 4 === 0) {
		world.dials.delete(peer)
		world.feed({ type: 'DialFailed', peer, error: 'ECONNREFUSED' })
	} else
		world.join(peer, {
			address,
			incoming: false,
			peerId: 1 + (draw.byte() % 20),
			fast: draw.flag(),
			extended: true,
		})
}

function talk(world: PeerWorld, draw: Draw): void {
	const link = draw.pick([...world.links.values()])
	if (link !== undefined) send(world, link, draw, [drawMessage(world, draw)])
}

function send(world: PeerWorld, link: Link, draw: Draw, messages: readonly Message[]): void {
	const bytes = concatBytes(messages.map(wireOf))
	for (const part of splitBy(bytes, draw)) {
		world.receive(link, part)
		// A stream of blocks is not worth a byte of the input for each 64 bytes.
		if (bytes.length > 1_000) {
			world.receive(link, bytes.slice(part.length))
			return
		}
	}
}

function wireOf(message: Message): Uint8Array {
	return message.type === 'piece' ? blockMessage(message) : wireBytes(message)
}

function drawMessage(world: PeerWorld, draw: Draw): Message {
	const geometry = geometryOf(world.torrent.core)
	const piece = draw.byte() < 250 ? draw.below(geometry.pieceCount) : draw.number()
	const blocks = blocksIn(pieceBytes(geometry, Math.min(piece, geometry.pieceCount - 1)))
	const offset = draw.byte() < 240 ? draw.below(Math.max(1, blocks)) * 16_384 : draw.number()
	const rest = pieceBytes(geometry, Math.min(piece, geometry.pieceCount - 1)) - offset
	const length = draw.byte() < 240 ? Math.max(0, Math.min(16_384, rest)) : draw.number()
	const block = { piece, offset, length }
	switch (draw.byte() % 20) {
		case 0:
			return { type: 'choke' }
		case 1:
		case 2:
		case 3:
			return { type: 'unchoke' }
		case 4:
		case 5:
			return { type: 'interested' }
		case 6:
			return { type: 'notInterested' }
		case 7:
			return { type: 'have', piece }
		case 8:
			return { type: 'bitfield', bits: drawBits(geometry.pieceCount, draw) }
		case 9:
		case 10:
			return { type: 'haveAll' }
		case 11:
			return { type: 'haveNone' }
		case 12:
		case 13:
		case 14:
			return { type: 'request', ...block }
		case 15:
			return { type: 'cancel', ...block }
		case 16:
			return { type: 'reject', ...block }
		case 17:
			return { type: draw.flag() ? 'allowedFast' : 'suggest', piece }
		case 18:
			return { type: 'extended', id: draw.byte() % 4, payload: draw.pick(extensionHandshakes) ?? utf8('de') }
		default:
			return length === 0
				? { type: 'keepAlive' }
				: { type: 'piece', ...block, length: Math.min(length, 16_384) }
	}
}

function drawBits(pieceCount: number, draw: Draw): Uint8Array {
	const bits = new Uint8Array(Math.ceil(pieceCount / 8)).map(() => draw.byte())
	const spare = bits.length * 8 - pieceCount
	const last = bits.length - 1
	bits[last] = ((bits[last] ?? 0) >> spare) << spare
	return bits
}

/** A peer answers some of its oldest requests: with blocks, or with rejects. */
function deliver(world: PeerWorld, draw: Draw): void {
	const link = draw.pick([...world.links.values()])
	if (link === undefined) return
	const count = 1 + (draw.byte() % 8)
	const type = draw.byte() < 230 ? 'piece' : 'reject'
	const answers = world
		.owed(link.peer)
		.slice(0, count)
		.map((block): Message => ({ type, ...block }))
	if (answers.length > 0) send(world, link, draw, answers)
}

function sendBytes(world: PeerWorld, draw: Draw): void {
	const link = draw.pick([...world.links.values()])
	if (link !== undefined) world.receive(link, draw.bytes(1 + (draw.byte() % 40)))
}

function endHash(world: PeerWorld, draw: Draw): void {
	const job = world.hashing.splice(draw.below(Math.max(1, world.hashing.length)), 1)[0]
	if (job === undefined) return
	const { piece } = job
	const outcome = draw.byte()
	if (outcome < 10) {
		world.feed({ type: 'PieceHashFailed', piece, error: 'EIO' })
		return
	}
	const matches = outcome < 190
	const blocks = blocksIn(pieceBytes(geometryOf(world.torrent.core), piece))
	const digests = Array.from({ length: blocks }, () => (matches ? 'right' : `wrong ${draw.byte() % 3}`))
	world.feed({ type: 'PieceHashed', piece, matches, digests: matches && !job.digests ? undefined : digests })
}

function endWrite(world: PeerWorld, draw: Draw): void {
	const piece = world.writing.splice(draw.below(Math.max(1, world.writing.length)), 1)[0]
	if (piece === undefined) return
	world.pool.delete(piece)
	if (draw.byte() < 220) world.feed({ type: 'PieceWritten', piece })
	else world.feed({ type: 'PieceWriteFailed', piece, error: draw.pick(diskErrors) ?? 'EIO' })
}

/** The look at the files ends: all as it was written, or what is gone is told first, as the engine tells it. */
export function endFinish(world: PeerWorld, draw: Draw): void {
	if (!world.finishing) return
	world.finishing = false
	const { pieceCount } = geometryOf(world.torrent.core)
	const lost = draw.byte() < 200 ? 0 : draw.below(pieceCount + 1)
	for (let piece = 0; piece < lost; piece += 1)
		world.feed({ type: 'PieceLost', piece: toPieceIndex(piece, pieceCount) })
	const error = lost > 0 ? 'ESTALE' : draw.byte() < 240 ? undefined : draw.pick(diskErrors)
	world.feed({ type: 'FilesFinished', error })
}

function endServe(world: PeerWorld, draw: Draw): void {
	const job = world.serving.splice(draw.below(Math.max(1, world.serving.length)), 1)[0]
	// The server forgets what it was to send to a peer that is gone.
	if (job === undefined || !world.links.has(job.peer)) return
	const { peer, block } = job
	if (draw.byte() < 220) world.feed({ type: 'BlocksSent', peer, blocks: 1, bytes: block.length })
	else world.feed({ type: 'BlockReadFailed', peer, block, error: 'EIO' })
}

function hearTracker(world: PeerWorld, draw: Draw): void {
	const scrape = world.scraping.pop()
	if (scrape !== undefined)
		world.feed({
			type: 'ScrapeSucceeded',
			tracker: scrape,
			counts: { seeders: draw.number(), leechers: draw.number() },
		})
	const tracker = draw.pick([...world.announcing])
	if (tracker === undefined) return
	world.announcing.delete(tracker)
	if (draw.byte() % 3 === 0) {
		const failure = { type: 'failed', code: 'timeout', message: safe`no answer` } as const
		const retry = draw.flag()
			? { type: 'never' as const }
			: { type: 'later' as const, retryIn: draw.number() * 60_000 }
		world.feed({
			type: 'AnnounceFailed',
			tracker,
			failure: draw.flag() ? failure : { ...failure, code: 'refused', retry },
		})
		return
	}
	const peers = Array.from({ length: draw.byte() % 6 }, () => draw.pick(addresses) ?? addresses[0]!)
	const intervalS = draw.flag() ? draw.number() : 1800
	world.feed({ type: 'AnnounceSucceeded', tracker, response: { type: 'announced', intervalS, peers } })
}

function closeOne(world: PeerWorld, draw: Draw): void {
	const link = draw.pick([...world.links.values()])
	if (link !== undefined) world.close(link, { code: 'remote-closed' })
}

function command(world: PeerWorld, draw: Draw): void {
	const peer = draw.pick([...world.links.keys()])
	const { pieceCount } = geometryOf(world.torrent.core)
	const limit = draw.flag() ? undefined : draw.number() * 16_384
	switch (draw.byte() % 16) {
		case 0: {
			world.feed({ type: 'Paused' })
			return
		}
		case 1:
		case 2: {
			world.feed({ type: 'Resumed' })
			return
		}
		case 3:
			world.feed({ type: 'RecheckRequested' })
			return
		case 4:
		case 5:
		case 6: {
			endCheck(world, draw)
			return
		}
		case 7: {
			world.feed({
				type: 'LimitsChanged',
				maxDownBytesPerSecond: limit,
				maxUpBytesPerSecond: undefined,
			})
			return
		}
		case 8: {
			world.feed({
				type: 'LimitsChanged',
				maxDownBytesPerSecond: undefined,
				maxUpBytesPerSecond: limit,
			})
			return
		}
		case 9:
			if (peer !== undefined) world.feed({ type: 'PeerBanRequested', peer })
			return
		case 10:
			if (peer !== undefined) world.feed({ type: 'PeerCloseRequested', peer })
			return
		case 11:
			if (peer !== undefined) world.feed({ type: 'PeerSnubRequested', peer, snubbed: draw.flag() })
			return
		case 12: {
			world.feed(draw.flag() ? { type: 'DiskFailed', error: 'ENOSPC' } : { type: 'DiskRetryRequested' })
			return
		}
		case 13: {
			world.feed({
				type: 'AddressesFound',
				addresses: addresses.slice(draw.byte() % 6),
				source: 'user',
			})
			return
		}
		case 14: {
			world.feed(draw.flag() ? { type: 'AnnounceRequested' } : { type: 'NetworkReturned' })
			return
		}
		default:
			if (world.torrent.core.picker?.have.count === pieceCount)
				world.feed({ type: 'PieceLost', piece: toPieceIndex(draw.below(pieceCount), pieceCount) })
	}
}

/** The check of the data ends, as the engine ends it: with what is there, and a start. */
export function endCheck(world: PeerWorld, draw: Draw): void {
	if (!world.checking) return
	world.checking = false
	const geometry = geometryOf(world.torrent.core)
	world.feed({ type: 'DataChecked', have: drawBits(geometry.pieceCount, draw) })
	world.feed({ type: 'Started', listeningPort: 6881 })
}
