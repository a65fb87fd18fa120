// The tap's memory for the screen: the last messages of all peers, and what went on beside them, as rows. Bounded
// by rows; what a row holds is copied, since the tap's views die. Bytes are kept of those messages alone that cannot
// be written anew from their fields: bitfields, extended messages, handshakes, datagrams, HTTP, and what breaks the
// rules. Datagrams are read when somebody looks: of a flood only the rows that are drawn cost more than a copy.
import type {
	DatagramChannel,
	Direction,
	EncryptionStep,
	Tap,
	TapDetails,
	TapExchange,
	TapPart,
} from '../inspect/tap.ts'
import type { Address } from '../protocol/address.ts'
import { countBits } from '../protocol/bitfield.ts'
import type { ExtensionName } from '../protocol/extension.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import { encodeMessage } from '../protocol/message-encoder.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { WireMessage, WireRow, WireSlice } from '../torrent/snapshot.ts'
import { type ExchangeKind, summariseExchange } from './summarise-exchange.ts'
import { WireBytes } from './wire-bytes.ts'

const keptRows = 4096
/** For all that is no message of a peer, so that a flood of datagrams pushes no handshake out. */
const exchangeBytes = 2 << 20

/** What the log asks about a peer. */
export type WireLogFacts = {
	readonly addressOf: (peer: PeerNumber) => Address | undefined
	/** The extension that an id stands for in messages of this direction. */
	readonly extensionOf: (direction: Direction, peer: PeerNumber, id: number) => ExtensionName | undefined
}

/** What was heard beside the peers and has not been read yet. */
type Unread = { readonly kind: ExchangeKind; readonly answers: string | undefined; readonly bytes: number }

type UnreadRow = Omit<WireRow, 'message'> & { readonly unread: Unread }

type KeptRow = WireRow | UnreadRow

export class WireLog implements Tap {
	readonly #rows: KeptRow[] = []
	readonly #bytes = new WireBytes()
	readonly #exchanges = new WireBytes(exchangeBytes)
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

	encryption(direction: Direction, peer: PeerNumber, step: EncryptionStep, part: TapPart): void {
		const { raw, now, padBytes = 0 } = part
		this.#bytes.keep(this.#total, raw)
		const message = { type: 'encryption', step, padBytes, bytes: raw.length } as const
		this.#add({ direction, peer, message, at: now, details: undefined })
	}

	datagram(direction: Direction, channel: DatagramChannel, exchange: TapExchange): void {
		const kinds = { dht: 'krpc', lsd: 'lsd', tracker: 'udpTracker' } as const
		this.#addExchange(direction, { channel, kind: kinds[channel], exchange })
	}

	http(direction: Direction, exchange: TapExchange): void {
		this.#addExchange(direction, { channel: 'tracker', kind: 'http', exchange })
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

	/** The bytes of whatever cannot be written anew from its row, while they are kept. */
	bytesOf(sequence: number): Uint8Array | undefined {
		return this.#bytes.get(sequence) ?? this.#exchanges.get(sequence)
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
			if (this.#rows[sequence % keptRows]?.peer === peer) this.#push(rows, sequence)
		}
		return { at, total: this.#total, rows: rows.reverse() }
	}

	#push(rows: WireRow[], sequence: number): void {
		const row = this.#rows[sequence % keptRows]
		if (row === undefined) return
		const read = 'unread' in row ? this.#read(row) : row
		this.#rows[sequence % keptRows] = read
		rows.push(read)
	}

	#read({ unread, ...row }: UnreadRow): WireRow {
		const { kind, answers, bytes } = unread
		const kept = this.#exchanges.get(row.sequence)
		if (kept === undefined) return { ...row, message: { type: 'datagram', bytes } }
		const family = row.host.includes(':') ? 6 : 4
		const exchange = { direction: row.direction, bytes: kept, totalBytes: bytes, answers, family } as const
		return { ...row, message: summariseExchange(kind, exchange) }
	}

	#addExchange(direction: Direction, { channel, kind, exchange }: NewExchange): void {
		const { address, bytes, now, latencyMs, reason, answers, target, fault } = exchange
		this.#exchanges.keep(this.#total, bytes)
		this.#keep({
			sequence: this.#total,
			at: now,
			direction,
			channel,
			peer: undefined,
			...address,
			unread: { kind, answers, bytes: bytes.length },
			latencyMs,
			reason,
			target,
			fault: fault === undefined ? undefined : safeText(fault),
		})
	}

	#add(
		entry: Pick<WireRow, 'direction' | 'at'> & {
			readonly peer: PeerNumber
			readonly message: WireMessage
			readonly details: TapDetails | undefined
		},
	): void {
		const address = this.#facts.addressOf(entry.peer)
		this.#keep({
			sequence: this.#total,
			at: entry.at,
			direction: entry.direction,
			channel: 'peer',
			peer: entry.peer,
			host: address?.host ?? '',
			port: address?.port ?? 0,
			message: entry.message,
			latencyMs: entry.details?.latencyMs,
			reason: entry.details?.reason,
		})
	}

	#keep(row: KeptRow): void {
		this.#rows[this.#total % keptRows] = row
		this.#total += 1
	}
}

type NewExchange = {
	readonly channel: DatagramChannel
	readonly kind: ExchangeKind
	readonly exchange: TapExchange
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
