// Peers that offer the info dictionary of a torrent that was started from a magnet link (BEP 9), made by hand.
import {
	encodeExtensionHandshake,
	type ExtensionName,
	ourExtensionIds,
} from '../../source/protocol/extension.ts'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import type { Message } from '../../source/protocol/message.ts'
import {
	countMetadataPieces,
	encodeMetadataData,
	encodeMetadataReject,
	encodeMetadataRequest,
	type MetadataMessage,
	parseMetadataMessage,
} from '../../source/protocol/ut-metadata.ts'
import type { Effect } from '../../source/torrent/boundary.ts'
import { effectsOf, LoneTorrent, sentTo } from './lone-torrent.ts'

/** Bytes that stand for an info dictionary of this length. */
export function infoOf(length: number, salt = 7): Uint8Array {
	const bytes = new Uint8Array(length)
	for (let at = 0; at < length; at += 1) bytes[at] = at * 31 + (at >>> 8) * salt + salt
	return bytes
}

/** A torrent that knows nothing but its info hash, and what peers may know. */
export class MagnetStage {
	readonly lone: LoneTorrent
	readonly info: Uint8Array

	constructor(infoLength: number) {
		this.info = infoOf(infoLength)
		this.lone = new LoneTorrent({ content: undefined, running: false })
		this.lone.feed({ type: 'Started', listeningPort: 6881 })
	}

	/** Somebody connects and says how long the metadata is. */
	join(number: number, size: number | 'untold' = this.info.length): PeerNumber {
		const peer = this.lone.connect(number, { extended: true })
		this.lone.say(peer, { type: 'haveNone' })
		this.greet(peer, { size: size === 'untold' ? undefined : size })
		return peer
	}

	/** An extension handshake. */
	greet(
		peer: PeerNumber,
		{ size, extensions = ['ut_metadata'] }: { size?: number | undefined; extensions?: ExtensionName[] },
	): void {
		const payload = encodeExtensionHandshake({
			extensions,
			client: 'test',
			requestQueue: 500,
			metadataBytes: size,
		})
		this.lone.say(peer, { type: 'extended', id: 0, payload })
	}

	/** A ut_metadata message of the peer. */
	tell(peer: PeerNumber, payload: Uint8Array): readonly Effect[] {
		return this.lone.say(peer, { type: 'extended', id: ourExtensionIds.ut_metadata, payload })
	}

	/** Pieces that were asked of the peer since this was last asked. */
	asked(peer: PeerNumber): number[] {
		const pieces = metadataTo(this.lone.effects, peer).flatMap(message =>
			message.type === 'request' ? [message.piece] : [],
		)
		this.#forget(effect => effect.type === 'SendMessages' && effect.peer === peer)
		return pieces
	}

	/** The peer gives a piece of what it says is the metadata. */
	give(peer: PeerNumber, piece: number, info = this.info): readonly Effect[] {
		return this.tell(peer, encodeMetadataData(piece, info))
	}

	reject(peer: PeerNumber, piece: number): readonly Effect[] {
		return this.tell(peer, encodeMetadataReject(piece))
	}

	request(peer: PeerNumber, piece: number): readonly Effect[] {
		return this.tell(peer, encodeMetadataRequest(piece))
	}

	/** The peer answers all that is asked of it until nothing more is; returns how many pieces it gave. */
	answerAll(peer: PeerNumber, info = this.info): number {
		let given = 0
		for (let asked = this.asked(peer); asked.length > 0; asked = this.asked(peer)) {
			for (const piece of asked) {
				this.give(peer, piece, info)
				given += 1
			}
		}
		return given
	}

	/** Copies that were handed out to be checked, each answered as its bytes are. */
	judge(): 'right' | 'wrong' | 'none' {
		const [check] = effectsOf(this.lone.effects, 'CheckMetadata')
		this.#forget(({ type }) => type === 'CheckMetadata')
		if (check === undefined) return 'none'
		if (Buffer.compare(check.bytes, this.info) !== 0) {
			this.lone.feed({ type: 'MetadataRejected' })
			return 'wrong'
		}
		this.lone.feed({ type: 'ContentKnown', content: { ...this.lone.content, infoBytes: this.info } })
		return 'right'
	}

	#forget(isDone: (effect: Effect) => boolean): void {
		const { effects } = this.lone
		const rest = effects.filter(effect => !isDone(effect))
		effects.splice(0, effects.length, ...rest)
	}

	get metadata() {
		return this.lone.torrent.core.metadata
	}

	/** Codes of what was waited for, oldest first. */
	get reasons(): string[] {
		return this.metadata.history.map(({ reason }) => reason.code)
	}

	get pieceCount(): number {
		return countMetadataPieces(this.info.length)
	}
}

/** ut_metadata messages to a peer whose id for them is ours as well. */
export function metadataTo(effects: readonly Effect[], peer: PeerNumber): MetadataMessage[] {
	const isOurs = (message: Extract<Message, { type: 'extended' }>) =>
		message.id === ourExtensionIds.ut_metadata
	return sentTo(effects, peer, 'extended')
		.filter(isOurs)
		.map(({ payload }) => parseMetadataMessage(payload))
}
