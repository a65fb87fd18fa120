// The bytes of a message of the wire log. What has one form only is written anew from its fields, byte for byte
// as it was; of other messages the bytes themselves have to be kept, and here is told how many there were.
import { handshakeBytes } from '../protocol/handshake.ts'
import { encodeMessage } from '../protocol/message-encoder.ts'
import { pieceHeaderBytes } from '../protocol/message-id.ts'
import type { WireMessage } from '../torrent/snapshot.ts'

/** Bytes that the message had on the wire, length prefix and payload included. */
export function totalBytesOf(message: WireMessage): number {
	switch (message.type) {
		case 'handshake':
			return handshakeBytes
		case 'bitfield':
			return 5 + message.payloadBytes
		case 'extended':
			return 6 + message.payloadBytes
		case 'piece':
			return pieceHeaderBytes + message.length
		case 'unknown':
			return 5 + message.length
		default:
			return 'bytes' in message ? message.bytes : encodeMessage(message).length
	}
}

/** Its bytes where its fields tell them all: of a piece the head, of an unknown message length and id. */
export function bytesOfMessage(message: WireMessage): Uint8Array | undefined {
	switch (message.type) {
		case 'handshake':
		case 'bitfield':
		case 'extended':
			return undefined
		case 'unknown': {
			const length = message.length + 1
			return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, message.id)
		}
		default:
			return 'bytes' in message ? undefined : encodeMessage(message)
	}
}
