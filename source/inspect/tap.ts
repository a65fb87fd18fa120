// The tap: the one place behind the decoder where every message and every byte that is no payload can be
// seen, what goes on beside the peers included: datagrams of the DHT, of local discovery and of trackers, and
// what is said over HTTP. Off, it costs an undefined check; on, it is handed views that die when the call returns.
import type { Address } from '../protocol/address.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { DatagramReason, MessageReason } from '../torrent/reasons.ts'

export type Direction = 'in' | 'out'

/** What is known about a message beside itself. */
export type TapDetails = {
	/** Request to whole block, in ms, for a `piece`. */
	readonly latencyMs: number | undefined
	readonly reason: MessageReason | undefined
}

/** Whose datagrams they are. */
export type DatagramChannel = 'dht' | 'lsd' | 'tracker'

/** A datagram, or the head and body of an HTTP message, secrets masked. */
export type TapExchange = {
	/** Whom it came from or went to. */
	readonly address: Address
	readonly bytes: Uint8Array
	readonly now: number
	/** From question to answer, in ms. */
	readonly latencyMs?: number | undefined
	/** Why we sent it. */
	readonly reason?: DatagramReason | undefined
	/** KRPC: the method that a response or an error answers, since it does not say so itself. */
	readonly answers?: string | undefined
	/** KRPC: the id or info hash that was asked about, 40 hexadecimal digits: distances are told to it. */
	readonly target?: string | undefined
	/** What is wrong with it, or why nothing was done with it. */
	readonly fault?: string | undefined
}

/** Bytes of a connection, enciphered ones deciphered, and when they came or went. */
export type TapPart = {
	readonly raw: Uint8Array
	readonly now: number
	/** Bytes of the sender's first pad that stand in front of a request or an answer. */
	readonly padBytes?: number
}

/** Flights of an encrypted handshake (MSE): a key and its pad each way, the request of who dialled, the answer of the other. */
export type EncryptionStep = 'key' | 'request' | 'answer'

/** `raw` is the message with its length prefix, of a `piece` only the 13 bytes before the payload. */
export type Tap = {
	message(
		direction: Direction,
		peer: PeerNumber,
		message: Message,
		raw: Uint8Array | undefined,
		now: number,
		details: TapDetails | undefined,
	): void
	handshake(direction: Direction, peer: PeerNumber, raw: Uint8Array, now: number): void
	/** A message of theirs that breaks the rules, as much of it as had come; `fault` says which. */
	malformed(peer: PeerNumber, raw: Uint8Array, fault: string, now: number): void
	/** A flight of the encrypted handshake, what is enciphered in it deciphered. */
	encryption(direction: Direction, peer: PeerNumber, step: EncryptionStep, part: TapPart): void
	datagram(direction: Direction, channel: DatagramChannel, exchange: TapExchange): void
	/** A request to or an answer of a tracker over HTTP; `bytes` are its head and its body. */
	http(direction: Direction, exchange: TapExchange): void
}
