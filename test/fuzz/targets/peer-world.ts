// The world around one torrent, without sockets, disk or clock: it does with the core's effects what the driver
// does, keeps what is under way, and lets whoever drives it decide how each of it ends and when.
import { geometryOf } from '../../../source/torrent/content.ts'
import { createHash } from 'node:crypto'
import type { Address } from '../../../source/protocol/address.ts'
import { ProtocolError } from '../../../source/protocol/errors.ts'
import { FrameDecoder, type FrameSink } from '../../../source/protocol/frame-decoder.ts'
import { type Block, blockLength, createGeometry } from '../../../source/protocol/geometry.ts'
import {
	type PeerNumber,
	type PieceIndex,
	toBlockOffset,
	toInfoHash,
	toPeerId,
	toPeerNumber,
	toPieceIndex,
	toTrackerNumber,
	type TrackerNumber,
} from '../../../source/protocol/ids.ts'
import { blockBytes, type BlockFields } from '../../../source/protocol/message.ts'
import { safe } from '../../../source/protocol/safe-text.ts'
import type { Effect, Input } from '../../../source/torrent/boundary.ts'
import type { DropReason } from '../../../source/torrent/reasons.ts'
import { Torrent } from '../../../source/torrent/torrent.ts'
import { check } from '../target.ts'

export type Link = { readonly peer: PeerNumber; readonly decoder: FrameDecoder }

export type WorldOptions = {
	readonly pieceLength: number
	readonly pieceCount: number
	readonly lastBytes: number
	readonly maxPeers: number
	readonly maxOpenPieces: number
	readonly sequential: boolean
	readonly seed: number
	readonly have: number
}

export class PeerWorld {
	readonly torrent: Torrent
	now = 1_000
	stopped = false
	readonly links = new Map<PeerNumber, Link>()
	readonly dials = new Map<PeerNumber, Address>()
	readonly hashing: { readonly piece: PieceIndex; readonly digests: boolean }[] = []
	readonly writing: PieceIndex[] = []
	readonly serving: { readonly peer: PeerNumber; readonly block: Block }[] = []
	readonly announcing = new Set<TrackerNumber>()
	readonly scraping: TrackerNumber[] = []
	checking = false
	/** The files are being looked at, once everything is there. */
	finishing = false
	/** Pieces of which the pool holds memory. */
	readonly pool = new Set<number>()
	/** What happened, for the fuzzer's feedback: each word, and each word after the one before. */
	readonly reached = new Set<string>()
	#last = ''
	#nextIncoming = 1

	constructor(options: WorldOptions) {
		this.torrent = createTorrent(options)
		this.feed({ type: 'DataChecked', have: haveBits(options) })
		this.feed({ type: 'Started', listeningPort: 6881 })
	}

	note(word: string): void {
		this.reached.add(word)
		this.reached.add(`${this.#last}, ${word}`)
		this.#last = word
	}

	/** As the driver does, without its queue: nothing here answers at once. */
	feed(input: Input): void {
		for (const effect of this.torrent.handle(input, this.now)) this.#perform(effect)
	}

	/** The number of a connection that comes in next. */
	nextIncoming(): PeerNumber {
		this.#nextIncoming += 2
		return toPeerNumber(this.#nextIncoming)
	}

	join(
		peer: PeerNumber,
		arrival: { address: Address; incoming: boolean; peerId: number; fast: boolean; extended: boolean },
	): void {
		const { pieceCount } = geometryOf(this.torrent.core)
		this.links.set(peer, { peer, decoder: new FrameDecoder(pieceCount) })
		this.dials.delete(peer)
		this.feed({
			type: 'HandshakeReceived',
			peer,
			address: arrival.address,
			incoming: arrival.incoming,
			peerId: toPeerId(new Uint8Array(20).fill(arrival.peerId)),
			flags: { fast: arrival.fast, extended: arrival.extended, dht: false, v2: false },
		})
	}

	/** Bytes of the peer came; the buffer is used again afterwards. */
	receive(link: Link, bytes: Uint8Array): void {
		try {
			link.decoder.push(bytes, this.#sinkOf(link))
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			this.note(error.code)
			this.close(link, { code: 'protocol-error', error: error.code, detail: error.message })
		}
		bytes.fill(0xaa)
		if (this.links.has(link.peer)) this.feed({ type: 'BurstEnded', peer: link.peer })
	}

	/** The blocks that a peer was asked for and owes us, oldest first. */
	owed(peer: PeerNumber): Block[] {
		const { core } = this.torrent
		const geometry = geometryOf(core)
		return [...(core.peers.get(peer)?.pipeline.requests.values() ?? [])].map(request => {
			const at = request.block * blockBytes
			const piece = toPieceIndex(Math.floor(at / geometry.pieceLength), geometry.pieceCount)
			const offset = toBlockOffset(at - piece * geometry.pieceLength)
			return { piece, offset, length: blockLength(geometry, piece, offset / blockBytes) }
		})
	}

	/** The socket is gone. */
	close(link: Link, reason: DropReason): void {
		if (!this.links.delete(link.peer)) return
		link.decoder.stop()
		this.feed({ type: 'PeerClosed', peer: link.peer, reason })
	}

	/** Time goes by; the timer fires as often as the core wants it to. */
	advance(ms: number): void {
		this.now += ms
		for (let times = 0; this.now >= this.torrent.nextWakeAt; times += 1) {
			check(times < 20, 'to be woken again and again at one instant')
			this.feed({ type: 'Woken' })
		}
	}

	#sinkOf(link: Link): FrameSink {
		const { peer } = link
		return {
			onMessage: message => {
				if (this.links.has(peer)) this.feed({ type: 'MessageReceived', peer, message })
			},
			onBlockStart: fields => {
				if (!this.torrent.wantsBlock(peer, fields)) return undefined
				this.pool.add(fields.piece)
				return new Uint8Array(fields.length)
			},
			onBlockEnd: (fields, taken) => {
				if (taken && this.torrent.wantsBlock(peer, fields))
					this.feed({ type: 'BlockReceived', peer, block: fields })
				else this.feed({ type: 'BlockWasted', peer, fields })
			},
		}
	}

	#perform(effect: Effect): void {
		this.note(effect.type === 'Report' ? effect.event.type : effect.type)
		switch (effect.type) {
			case 'Dial':
				this.dials.set(effect.peer, effect.address)
				return
			case 'ClosePeer':
				this.note(effect.reason.code)
				this.links.get(effect.peer)?.decoder.stop()
				this.links.delete(effect.peer)
				this.dials.delete(effect.peer)
				return
			case 'SendMessages':
				check(effect.messages.length > 0, 'a write has messages')
				for (const { type } of effect.messages) this.note(type)
				return
			case 'ServeBlocks':
				for (const block of effect.blocks) this.serving.push({ peer: effect.peer, block })
				return
			case 'VerifyPiece':
				check(this.pool.has(effect.piece), 'a piece that is hashed is in the pool')
				this.hashing.push(effect)
				return
			case 'WritePiece':
				this.writing.push(effect.piece)
				return
			case 'DiscardPiece':
				for (const { decoder } of this.links.values())
					if (decoder.block?.piece === effect.piece) decoder.withdrawTarget()
				this.pool.delete(effect.piece)
				return
			case 'FinishFiles':
				check(!this.finishing, 'the files are looked at once at a time')
				this.finishing = true
				return
			case 'Announce':
				this.announcing.add(effect.order.tracker)
				return
			case 'Scrape':
				this.scraping.push(effect.tracker)
				return
			case 'CheckData':
				check(
					this.hashing.length === 0 && this.writing.length === 0,
					'no piece is under way when the data is checked',
				)
				check(!this.finishing, 'the files are not looked at while the data is checked')
				this.checking = true
				return
			default:
		}
	}
}

function createTorrent(options: WorldOptions): Torrent {
	const { pieceLength, pieceCount, lastBytes } = options
	const geometry = createGeometry(
		pieceLength,
		(pieceCount - 1) * pieceLength + Math.min(pieceLength, lastBytes),
	)
	const wanted = new Uint8Array(geometry.pieceCount).fill(1)
	if (options.seed % 5 === 0) wanted[0] = 0
	return new Torrent(
		{
			...{
				nameHint: safe`hint`,
				infoHash: toInfoHash(new Uint8Array(20).fill(1)),
				infoHashHex: '01'.repeat(20),
			},
			content: {
				name: safe`fuzzed`,
				infoBytes: new Uint8Array(0),
				...{ geometry, wanted, private: options.seed % 2 === 1 },
				...{ maxOpenPieces: options.maxOpenPieces, piecesInMemory: options.seed % 2 === 0 },
			},
			tiers: [[toTrackerNumber(0), toTrackerNumber(1)], [toTrackerNumber(2)]],
			...{ announceAll: options.seed % 3 === 0, minimumIntervalS: undefined },
			peerId: toPeerId(new Uint8Array(20)),
			flags: { extended: true, fast: true, dht: false, v2: false },
			...{
				client: 'swarmscope',
				maxPeers: options.maxPeers,
				sequential: options.sequential,
				peerExchange: true,
			},
			...{ maxDownBytesPerSecond: undefined, maxUpBytesPerSecond: undefined },
			...{ randomSeed: options.seed, startedAt: 1_000, clockSpeed: 1 },
			...{ uploadedBefore: 0, downloadedBefore: 0 },
		},
		bytes => new Uint8Array(createHash('sha1').update(bytes).digest()),
	)
}

function haveBits({ have, pieceCount }: WorldOptions): Uint8Array {
	const bits = new Uint8Array(Math.ceil(pieceCount / 8))
	for (let piece = 0; piece < pieceCount; piece += 1)
		if (((have >> (piece % 8)) & 1) === 1) bits[piece >> 3] = (bits[piece >> 3] ?? 0) | (0x80 >> (piece & 7))
	return bits
}

/** A `piece` message as it stands on the wire; the payload is zeros. */
export function blockMessage({ piece, offset, length }: BlockFields): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(13 + length)
	const view = new DataView(bytes.buffer)
	view.setUint32(0, 9 + length)
	view.setUint8(4, 7)
	view.setUint32(5, piece)
	view.setUint32(9, offset)
	return bytes
}

/** Blocks of a piece that long. */
export function blocksIn(bytes: number): number {
	return Math.ceil(bytes / blockBytes)
}
