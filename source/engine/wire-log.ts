// The tap's memory for the screen: the last messages of all peers, as rows. Bounded by rows and, a message,
// by bytes; what a row holds is copied, since the tap's views die. It keeps nothing until somebody watches.
import type { Address } from '../protocol/address.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { Direction, Tap, TapDetails } from '../inspect/tap.ts'
import type { WireRow, WireSlice } from '../torrent/snapshot.ts'

const keptRows = 4096
const keptBytes = 4096

export class WireLog implements Tap {
	readonly #rows: WireRow[] = []
	readonly #addressOf: (peer: PeerNumber) => Address | undefined
	#total = 0

	constructor(addressOf: (peer: PeerNumber) => Address | undefined) {
		this.#addressOf = addressOf
	}

	/** Rows so far: a version for the slice. */
	get total(): number {
		return this.#total
	}

	message(
		direction: Direction,
		peer: PeerNumber,
		message: Message,
		_raw: Uint8Array | undefined,
		now: number,
		details: TapDetails | undefined,
	): void {
		this.#add({ direction, peer, message: withoutViews(message), at: now, details })
	}

	handshake(direction: Direction, peer: PeerNumber, _raw: Uint8Array, now: number): void {
		this.#add({ direction, peer, message: { type: 'handshake' }, at: now, details: undefined })
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
		const address = this.#addressOf(entry.peer)
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

function withoutViews(message: Message): Message {
	if (message.type === 'bitfield') return { type: 'bitfield', bits: message.bits.slice(0, keptBytes) }
	if (message.type === 'extended') return { ...message, payload: message.payload.slice(0, keptBytes) }
	return message
}
