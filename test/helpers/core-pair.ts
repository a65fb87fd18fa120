// Torrent cores wired back to back, without sockets or disk: effects of one become inputs of the other, time
// moves only when told. Pieces are "hashed" by comparing what was sent with the content that both know of.
import { createHash } from 'node:crypto'
import type { Address } from '../../source/protocol/address.ts'
import {
	bitfieldToWire,
	createBitfield,
	createFullBitfield,
	setPiece,
} from '../../source/protocol/bitfield.ts'
import { equalBytes, utf8 } from '../../source/protocol/bytes.ts'
import { type Block, createGeometry, pieceBytes } from '../../source/protocol/geometry.ts'
import { type PeerNumber, toInfoHash, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { Effect, Input, TorrentEvent } from '../../source/torrent/boundary.ts'
import type { Content } from '../../source/torrent/content.ts'
import type { CoreOptions } from '../../source/torrent/core.ts'
import { Torrent } from '../../source/torrent/torrent.ts'

const flags = { extended: true, fast: true, dht: false, v2: false }

export type NodeOptions = Partial<Omit<CoreOptions, 'content'>> & {
	readonly content?: Partial<Content>
	readonly have?: 'all' | 'none' | readonly number[]
	readonly lies?: boolean
	/** Starts without the info dictionary, which peers have. */
	readonly magnet?: boolean
}

type Link = { readonly other: TestNode; readonly theirNumber: PeerNumber }

/** One client: a core, and the little that a driver would do. */
export class TestNode {
	readonly torrent: Torrent
	readonly address: Address
	readonly events: TorrentEvent[] = []
	readonly effects: Effect[] = []
	readonly #network: TestNetwork
	readonly #links = new Map<PeerNumber, Link>()
	readonly #lies: boolean
	readonly #content: Content
	readonly #have: Uint8Array
	/** Offsets of the wrong blocks of each piece, as they lie in the pool. */
	readonly #wrong = new Map<number, Set<number>>()
	#nextAccepted = 1

	constructor(network: TestNetwork, index: number, options: NodeOptions) {
		const geometry = options.content?.geometry ?? network.geometry
		this.#network = network
		this.#lies = options.lies ?? false
		this.#content = {
			name: safeText('test'),
			infoBytes: network.infoBytes,
			geometry,
			wanted: new Uint8Array(geometry.pieceCount).fill(1),
			private: false,
			maxOpenPieces: 16,
			piecesInMemory: true,
			...options.content,
		}
		this.address = { host: `10.0.0.${index}`, port: 6881 }
		const core: CoreOptions = {
			infoHash: toInfoHash(new Uint8Array(20)),
			infoHashHex: '00'.repeat(20),
			nameHint: safeText('hint'),
			tiers: [],
			announceAll: false,
			minimumIntervalS: undefined,
			peerId: toPeerId(utf8(`-SS0000-${String(index).padStart(12, '0')}`)),
			flags,
			client: 'test',
			maxPeers: 50,
			maxDownBytesPerSecond: undefined,
			maxUpBytesPerSecond: undefined,
			sequential: false,
			peerExchange: true,
			randomSeed: index,
			startedAt: network.now,
			clockSpeed: 1,
			uploadedBefore: 0,
			downloadedBefore: 0,
			...options,
			content: options.magnet === true ? undefined : this.#content,
		}
		this.torrent = new Torrent(core, bytes => new Uint8Array(createHash('sha1').update(bytes).digest()))
		const have = options.have ?? 'none'
		const bits =
			have === 'all' ? createFullBitfield(geometry.pieceCount) : createBitfield(geometry.pieceCount)
		if (Array.isArray(have)) for (const piece of have as readonly number[]) setPiece(bits, piece)
		this.#have = bitfieldToWire(bits)
		if (options.magnet !== true) this.feed({ type: 'DataChecked', have: this.#have })
		this.feed({ type: 'Started', listeningPort: 6881 })
	}

	feed(input: Input): void {
		this.#network.post(() => this.#feedNow(input))
	}

	dial(other: TestNode): void {
		this.feed({ type: 'AddressesFound', addresses: [other.address], source: 'user' })
	}

	/** The link to another node ends, as when a cable is pulled. */
	cut(other: TestNode): void {
		for (const [number, link] of this.#links) {
			if (link.other !== other) continue
			this.#close(number)
			this.feed({
				type: 'PeerClosed',
				peer: number,
				reason: { code: 'connection-failed', error: 'ECONNRESET' },
			})
		}
	}

	get isComplete(): boolean {
		return this.torrent.core.picker?.lacking.count === 0
	}

	#feedNow(input: Input): void {
		const effects = this.torrent.handle(input, this.#network.now)
		this.effects.push(...effects)
		for (const effect of effects) this.#perform(effect)
	}

	#perform(effect: Effect): void {
		switch (effect.type) {
			case 'Dial': {
				const other = this.#network.nodeAt(effect.address)
				if (other === undefined) this.feed({ type: 'DialFailed', peer: effect.peer, error: 'ECONNREFUSED' })
				else this.#connect(effect.peer, other)
				return
			}
			case 'ClosePeer':
				this.#close(effect.peer)
				return
			case 'SendMessages': {
				const link = this.#links.get(effect.peer)
				for (const message of effect.messages)
					link?.other.feed({ type: 'MessageReceived', peer: link.theirNumber, message })
				link?.other.feed({ type: 'BurstEnded', peer: link.theirNumber })
				return
			}
			case 'ServeBlocks':
				this.#serve(this.#links.get(effect.peer), effect.blocks)
				this.feed({
					type: 'BlocksSent',
					peer: effect.peer,
					blocks: effect.blocks.length,
					bytes: effect.blocks.reduce((sum, block) => sum + block.length, 0),
				})
				return
			case 'VerifyPiece': {
				const wrong = this.#wrong.get(effect.piece) ?? new Set()
				const blocks = Math.ceil(pieceBytes(this.#network.geometry, effect.piece) / blockBytes)
				const digests = Array.from({ length: blocks }, (_, block) =>
					wrong.has(block * blockBytes) ? `wrong ${block}` : `right ${block}`,
				)
				this.feed({ type: 'PieceHashed', piece: effect.piece, matches: wrong.size === 0, digests })
				return
			}
			case 'FinishFiles':
				this.feed({ type: 'FilesFinished', error: undefined })
				return
			case 'WritePiece':
				this.feed({ type: 'PieceWritten', piece: effect.piece })
				return
			case 'DiscardPiece':
				this.#wrong.delete(effect.piece)
				return
			case 'CheckMetadata':
				this.#checkMetadata(effect.bytes)
				return
			case 'AwaitDrain':
				this.feed({ type: 'SocketDrained', peer: effect.peer })
				return
			case 'Report':
				this.events.push(effect.event)
				return
			default:
		}
	}

	#checkMetadata(bytes: Uint8Array): void {
		if (!equalBytes(bytes, this.#network.infoBytes)) {
			this.feed({ type: 'MetadataRejected' })
			return
		}
		this.feed({ type: 'ContentKnown', content: this.#content })
		this.feed({ type: 'DataChecked', have: this.#have })
		this.feed({ type: 'Started', listeningPort: 6881 })
	}

	#serve(link: Link | undefined, blocks: readonly Block[]): void {
		if (link === undefined) return
		for (const block of blocks) link.other.#deliver(link.theirNumber, block, this.#lies)
	}

	#deliver(from: PeerNumber, block: Block, lie: boolean): void {
		this.#network.post(() => {
			if (!this.torrent.wantsBlock(from, block)) {
				this.feed({ type: 'BlockWasted', peer: from, fields: block })
				return
			}
			const wrong = this.#wrong.get(block.piece) ?? new Set()
			this.#wrong.set(block.piece, wrong)
			if (lie) wrong.add(block.offset)
			else wrong.delete(block.offset)
			this.#feedNow({ type: 'BlockReceived', peer: from, block })
		})
	}

	#connect(ours: PeerNumber, other: TestNode): void {
		const theirs = toPeerNumber(other.#nextAccepted)
		other.#nextAccepted += 2
		this.#links.set(ours, { other, theirNumber: theirs })
		other.#links.set(theirs, { other: this, theirNumber: ours })
		const mine = this.torrent.core.options
		const their = other.torrent.core.options
		other.feed({
			type: 'HandshakeReceived',
			peer: theirs,
			address: this.address,
			incoming: true,
			peerId: mine.peerId,
			flags: mine.flags,
		})
		this.feed({
			type: 'HandshakeReceived',
			peer: ours,
			address: other.address,
			incoming: false,
			peerId: their.peerId,
			flags: their.flags,
		})
	}

	#close(number: PeerNumber): void {
		const link = this.#links.get(number)
		this.#links.delete(number)
		if (link === undefined || !link.other.#links.delete(link.theirNumber)) return
		link.other.feed({ type: 'PeerClosed', peer: link.theirNumber, reason: { code: 'remote-closed' } })
	}
}

/** Nodes, a queue of what happens next, and the time. */
export class TestNetwork {
	readonly geometry
	readonly nodes: TestNode[] = []
	/** The info dictionary, as far as anybody here looks into it. */
	readonly infoBytes: Uint8Array
	readonly #queue: (() => void)[] = []
	now = 1000

	constructor(pieceLength: number, totalBytes: number, infoBytes: Uint8Array = new Uint8Array(0)) {
		this.infoBytes = infoBytes
		this.geometry = createGeometry(pieceLength, totalBytes)
	}

	add(options: NodeOptions = {}): TestNode {
		const node = new TestNode(this, this.nodes.length + 1, options)
		this.nodes.push(node)
		this.settle()
		return node
	}

	nodeAt(address: Address): TestNode | undefined {
		return this.nodes.find(node => node.address.host === address.host)
	}

	post(work: () => void): void {
		this.#queue.push(work)
	}

	/** Everything that follows from what happened, without time passing. Throws when it never ends. */
	settle(): void {
		for (let steps = 0; this.#queue.length > 0; steps += 1) {
			if (steps > 1_000_000) throw new Error('the network does not come to rest')
			this.#queue.shift()?.()
		}
	}

	/** Lets time pass, waking each core when it asked for it. */
	advance(ms: number): void {
		const until = this.now + ms
		for (;;) {
			this.settle()
			const next = Math.min(...this.nodes.map(node => node.torrent.nextWakeAt))
			if (next > until) break
			this.now = Math.max(this.now, next)
			for (const node of this.nodes) if (node.torrent.nextWakeAt <= this.now) node.feed({ type: 'Woken' })
		}
		this.now = until
		this.settle()
	}
}
