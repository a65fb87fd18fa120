// Messages to bytes: BEP 3, 5, 6, 10. Everything is written into the caller's buffer, so that all requests
// of a refill leave in one write. Values that fit no field are our own bug and break an invariant.

import { invariant } from './errors.ts'
import type { BlockFields, Message } from './message.ts'
import { messageId, pieceHeaderBytes } from './message-id.ts'

/**
 * The bytes of one message. Of a `piece` these are the 13 before its payload, which never is part of a
 * message value. An `unknown` message has no bytes that we could send: an invariant breaks.
 */
export function encodeMessage(message: Message): Uint8Array {
	const bytes = new Uint8Array(encodedLength(message))
	writeMessage(message, bytes, 0)
	return bytes
}

/** Bytes that writeMessage() writes, length prefix included; the payload of a `piece` does not count. */
export function encodedLength(message: Message): number {
	switch (message.type) {
		case 'keepAlive':
			return 4
		case 'choke':
		case 'unchoke':
		case 'interested':
		case 'notInterested':
		case 'haveAll':
		case 'haveNone':
			return 5
		case 'port':
			return 7
		case 'have':
		case 'suggest':
		case 'allowedFast':
			return 9
		case 'bitfield':
			return 5 + message.bits.length
		case 'request':
		case 'cancel':
		case 'reject':
			return 17
		case 'piece':
			return pieceHeaderBytes
		case 'extended':
			return 6 + message.payload.length
		case 'unknown':
			return 5 + message.length
	}
}

/** Bytes that the message takes on the wire, the payload of a `piece` included. */
export function wireLength(message: Message): number {
	return message.type === 'piece' ? pieceHeaderBytes + message.length : encodedLength(message)
}

/** Writes the message at `offset` and returns the offset behind it; `target` must have room for it. */
export function writeMessage(message: Message, target: Uint8Array, offset: number): number {
	const end = offset + encodedLength(message)
	invariant(message.type !== 'unknown', 'a message of unknown type is never sent')
	invariant(end <= target.length, 'room for the message')
	writeUint32(wireLength(message) - 4, target, offset)
	if (message.type !== 'keepAlive') {
		target[offset + 4] = messageId[message.type]
		writeFields(message, target, offset + 5)
	}
	return end
}

/**
 * Writes the 13 bytes before the payload of a block at `at` and returns the offset behind them: the payload
 * itself is read from the disk to that place.
 */
export function writePieceHeader(block: BlockFields, target: Uint8Array, at: number): number {
	invariant(at + pieceHeaderBytes <= target.length, 'room for the header of a block')
	writeUint32(pieceHeaderBytes - 4 + block.length, target, at)
	target[at + 4] = messageId.piece
	writeUint32(block.piece, target, at + 5)
	writeUint32(block.offset, target, at + 9)
	return at + pieceHeaderBytes
}

function writeFields(message: Message, target: Uint8Array, at: number): void {
	switch (message.type) {
		case 'request':
		case 'cancel':
		case 'reject':
			writeUint32(message.length, target, at + 8)
			writeUint32(message.offset, target, at + 4)
			writeUint32(message.piece, target, at)
			return
		case 'piece':
			writeUint32(message.offset, target, at + 4)
			writeUint32(message.piece, target, at)
			return
		case 'have':
		case 'suggest':
		case 'allowedFast':
			writeUint32(message.piece, target, at)
			return
		case 'port':
			invariant(isUnsigned(message.port, 0xffff), 'a port of 16 bits')
			target[at] = message.port >>> 8
			target[at + 1] = message.port
			return
		case 'bitfield':
			target.set(message.bits, at)
			return
		case 'extended':
			invariant(isUnsigned(message.id, 0xff), 'an extended id of one byte')
			target[at] = message.id
			target.set(message.payload, at + 1)
			return
		default:
	}
}

// The fields are numbers of 32 bits by contract; a cheap check keeps a wrong one from being cut silently.
function writeUint32(value: number, target: Uint8Array, at: number): void {
	invariant(isUnsigned(value, 0xffff_ffff), 'a field of 32 bits')
	target[at] = value >>> 24
	target[at + 1] = value >>> 16
	target[at + 2] = value >>> 8
	target[at + 3] = value
}

function isUnsigned(value: number, largest: number): boolean {
	return value >= 0 && value <= largest && Math.floor(value) === value
}
