// One torrent core whose peers, disk and trackers are the test's own: inputs go in by hand, effects are looked at.
import { createHash } from 'node:crypto'
import { bitfieldToWire, createBitfield, setPiece } from '../../source/protocol/bitfield.ts'
import { utf8 } from '../../source/protocol/bytes.ts'
import { createGeometry } from '../../source/protocol/geometry.ts'
import { type PeerNumber, toInfoHash, toPeerId, toPeerNumber } from '../../source/protocol/ids.ts'
import { blockBytes, type BlockFields, type Message } from '../../source/protocol/message.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { Effect, Input, TorrentEvent } from '../../source/torrent/boundary.ts'
import type { Content } from '../../source/torrent/content.ts'
import type { CoreOptions } from '../../source/torrent/core.ts'
import type { Peer } from '../../source/torrent/peer.ts'
import { Torrent } from '../../source/torrent/torrent.ts'

export type LoneOptions = Partial<Omit<CoreOptions, 'content'>> & {
	/** What differs from pieces that are all wanted; undefined: a magnet link. */
	readonly content?: Partial<Content> | undefined
	readonly pieces?: number
	readonly blocksPerPiece?: number
	/** Pieces that are on disk; none unless told. */
	readonly have?: 'all' | readonly number[]
	/** False: not checked, not started. */
	readonly running?: boolean
}

export class LoneTorrent {
	readonly torrent: Torrent
	/** What the torrent consists of, known to it or not. */
	readonly content: Content
	readonly effects: Effect[] = []
	now = 1000
	/** Whether files turn out to be as they should be, at once. */
	finishes = true
	readonly #have: Uint8Array

	constructor(options: LoneOptions = {}) {
		const { pieces = 8, blocksPerPiece = 2, have = [], running = true, content, ...core } = options
		const pieceLength = blocksPerPiece * blockBytes
		const geometry = createGeometry(pieceLength, pieces * pieceLength)
		this.content = {
			name: safeText('lone'),
			infoBytes: new Uint8Array(0),
			geometry,
			wanted: new Uint8Array(pieces).fill(1),
			private: false,
			maxOpenPieces: 16,
			piecesInMemory: true,
			...content,
		}
		this.torrent = new Torrent(
			{
				infoHash: toInfoHash(new Uint8Array(20)),
				infoHashHex: '00'.repeat(20),
				nameHint: safeText('hint'),
				content: 'content' in options && content === undefined ? undefined : this.content,
				tiers: [],
				announceAll: false,
				minimumIntervalS: undefined,
				peerId: toPeerId(utf8('-SS0000-000000000000')),
				flags: { extended: true, fast: true, dht: false, v2: false },
				client: 'test',
				maxPeers: 50,
				maxDownBytesPerSecond: undefined,
				maxUpBytesPerSecond: undefined,
				sequential: false,
				peerExchange: true,
				randomSeed: 1,
				startedAt: this.now,
				clockSpeed: 1,
				uploadedBefore: 0,
				downloadedBefore: 0,
				...core,
			},
			bytes => new Uint8Array(createHash('sha1').update(bytes).digest()),
		)
		const bits = createBitfield(pieces)
		for (let piece = 0; piece < pieces; piece += 1) {
			if (have === 'all' || have.includes(piece)) setPiece(bits, piece)
		}
		this.#have = bitfieldToWire(bits)
		if (running) this.start()
	}

	/** The data was checked, the torrent starts. */
	start(): void {
		this.checked()
		this.feed({ type: 'Started', listeningPort: 6881 })
	}

	checked(): readonly Effect[] {
		return this.feed({ type: 'DataChecked', have: this.#have })
	}

	feed(input: Input): readonly Effect[] {
		const effects = this.torrent.handle(input, this.now)
		this.effects.push(...effects)
		if (this.finishes && effects.some(({ type }) => type === 'FinishFiles'))
			return [...effects, ...this.feed({ type: 'FilesFinished', error: undefined })]
		return effects
	}

	/** A peer connects; without `fast` it speaks nothing but BEP 3. */
	connect(
		number: number,
		{ fast = true, extended = false, host = `10.0.0.${number}`, client = '' } = {},
	): PeerNumber {
		const peer = toPeerNumber(number)
		this.feed({
			type: 'HandshakeReceived',
			peer,
			address: { host, port: 6881 },
			incoming: number % 2 === 1,
			peerId: toPeerId(Uint8Array.from({ length: 20 }, (_, at) => client.charCodeAt(at) || number)),
			flags: { extended, fast, dht: false, v2: false },
		})
		return peer
	}

	say(peer: PeerNumber, ...messages: readonly Message[]): readonly Effect[] {
		const effects = messages.flatMap(message => [...this.feed({ type: 'MessageReceived', peer, message })])
		return [...effects, ...this.feed({ type: 'BurstEnded', peer })]
	}

	/** The peer brings a block that it was asked for. */
	bring(peer: PeerNumber, block: BlockFields): readonly Effect[] {
		const { piece, offset, length } = block
		const fields = { piece, offset, length }
		if (!this.torrent.wantsBlock(peer, fields)) throw new Error('expected a block that was asked for')
		return this.feed({ type: 'BlockReceived', peer, block: fields })
	}

	/** Lets time pass with every wake that the core asks for. */
	advance(ms: number): number {
		const until = this.now + ms
		let wakes = 0
		for (; this.torrent.nextWakeAt <= until; wakes += 1) {
			if (wakes > 100_000) throw new Error('the core never comes to rest')
			this.now = Math.max(this.now, this.torrent.nextWakeAt)
			this.feed({ type: 'Woken' })
		}
		this.now = until
		return wakes
	}

	peer(number: PeerNumber): Peer {
		const peer = this.torrent.core.peers.get(number)
		if (peer === undefined) throw new Error(`expected peer ${number} to be connected`)
		return peer
	}

	get events(): TorrentEvent[] {
		return this.effects.flatMap(effect => (effect.type === 'Report' ? [effect.event] : []))
	}
}

/** A peer that has everything connects. */
export function seedPeer(lone: LoneTorrent, number: number): PeerNumber {
	const peer = lone.connect(number)
	lone.say(peer, { type: 'haveAll' })
	return peer
}

/** Messages to a peer, of one type. */
export function sentTo<Type extends Message['type']>(
	effects: readonly Effect[],
	peer: PeerNumber,
	type: Type,
): Extract<Message, { type: Type }>[] {
	return effects
		.flatMap(effect => (effect.type === 'SendMessages' && effect.peer === peer ? effect.messages : []))
		.filter((message): message is Extract<Message, { type: Type }> => message.type === type)
}

/** Effects of one type. */
export function effectsOf<Type extends Effect['type']>(
	effects: readonly Effect[],
	type: Type,
): Extract<Effect, { type: Type }>[] {
	return effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)
}
