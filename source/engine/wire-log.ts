// The tap's memory for the screen: the last messages of all peers, as rows. Bounded by rows; what a row holds is
// copied, since the tap's views die. Bytes are kept of those messages alone that cannot be written anew from
// their fields: bitfields, extended messages, handshakes, and what breaks the rules. It keeps nothing until somebody watches.
import type { Direction, Tap, TapDetails } from '../inspect/tap.ts'
import type { Address } from '../protocol/address.ts'
import { countBits } from '../protocol/bitfield.ts'
import type { ExtensionName } from '../protocol/extension.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import { encodeMessage } from '../protocol/message-encoder.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { WireMessage, WireRow, WireSlice } from '../torrent/snapshot.ts'
import { WireBytes } from './wire-bytes.ts'

const keptRows = 4096

/** What the log asks about a peer. */
export type WireLogFacts = {
	readonly addressOf: (peer: PeerNumber) => Address | undefined
	/** The extension that an id stands for in messages of this direction. */
	readonly extensionOf: (direction: Direction, peer: PeerNumber, id: number) => ExtensionName | undefined
}

export class WireLog implements Tap {
	readonly #rows: WireRow[] = []
	readonly #bytes = new WireBytes()
	readonly #facts: WireLogFacts
	#total = 0

	constructor(facts: WireLogFacts) {
		this.#facts = facts
	}

	/** Rows so far: a version for the slice. */
	get total(): number {
		return this.#total
	}

	message(
		direction: Direction,
		peer: PeerNumber,
		message: Message,
		raw: Uint8Array | undefined,
		now: number,
		details: TapDetails | undefined,
	): void {
		if (message.type === 'bitfield' || message.type === 'extended') {
			this.#bytes.keep(this.#total, raw ?? encodeMessage(message))
		}
		const name =
			message.type === 'extended' ? this.#facts.extensionOf(direction, peer, message.id) : undefined
		this.#add({ direction, peer, message: summariseMessage(message, name), at: now, details })
	}

	handshake(direction: Direction, peer: PeerNumber, raw: Uint8Array, now: number): void {
		this.#bytes.keep(this.#total, raw)
		this.#add({ direction, peer, message: { type: 'handshake' }, at: now, details: undefined })
	}

	malformed(peer: PeerNumber, raw: Uint8Array, fault: string, now: number): void {
		this.#bytes.keep(this.#total, raw)
		const message = { type: 'malformed', fault: safeText(fault), bytes: raw.length } as const
		this.#add({ direction: 'in', peer, message, at: now, details: undefined })
	}

	/** The bytes of a bitfield, extended message, handshake or malformed message, while they are kept. */
	bytesOf(sequence: number): Uint8Array | undefined {
		return this.#bytes.get(sequence)
	}

	/** The newest `count` rows, oldest first, of all peers or of one. */
	slice(at: number, count: number, peer: PeerNumber | undefined): WireSlice {
		if (peer === undefined) {
			const first = Math.max(0, this.#total - Math.min(count, keptRows))
			const rows: WireRow[] = []
			for (let sequence = first; sequence < this.#total; sequence += 1) this.#push(rows, sequence)
			return { at, total: this.#total, rows }
		}
		const rows: WireRow[] = []
		const oldest = Math.max(0, this.#total - keptRows)
		for (let sequence = this.#total - 1; sequence >= oldest && rows.length < count; sequence -= 1) {
			const row = this.#rows[sequence % keptRows]
			if (row?.peer === peer) rows.push(row)
		}
		return { at, total: this.#total, rows: rows.reverse() }
	}

	#push(rows: WireRow[], sequence: number): void {
		const row = this.#rows[sequence % keptRows]
		if (row !== undefined) rows.push(row)
	}

	#add(
		entry: Pick<WireRow, 'direction' | 'peer' | 'message' | 'at'> & { details: TapDetails | undefined },
	): void {
		const address = this.#facts.addressOf(entry.peer)
		this.#rows[this.#total % keptRows] = {
			sequence: this.#total,
			at: entry.at,
			direction: entry.direction,
			peer: entry.peer,
			host: address?.host ?? '',
			port: address?.port ?? 0,
			message: entry.message,
			latencyMs: entry.details?.latencyMs,
			reason: entry.details?.reason,
		}
		this.#total += 1
	}
}

/** The message without its views; `name` is what the id of an extended one stands for. */
export function summariseMessage(message: Message, name: ExtensionName | undefined): WireMessage {
	if (message.type === 'bitfield') {
		const { type, bits } = message
		return { type, pieces: countBits(bits), payloadBytes: bits.length }
	}
	if (message.type !== 'extended') return message
	const { type, id, payload } = message
	return { type, id, name, payloadBytes: payload.length }
}
