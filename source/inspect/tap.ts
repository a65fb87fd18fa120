// The tap: the one place behind the decoder where every message and every byte that is no payload can be
// seen. Off, it costs an undefined check; on, it is handed views that die when the call returns.
import type { PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { PickReason, UploadReason } from '../torrent/reasons.ts'

export type Direction = 'in' | 'out'

/** What is known about a message beside itself. */
export type TapDetails = {
	/** Request to whole block, in ms, for a `piece`. */
	readonly latencyMs: number | undefined
	readonly reason: PickReason | UploadReason | undefined
}

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
}
