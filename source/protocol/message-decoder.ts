// Bytes to messages: BEP 3, 5, 6, 10. How long a message of each type may be is decided here on its first five
// bytes, before anything is kept of it; one that is too short is refused when it is whole.

import { bitfieldBytes, maxPieceCount } from './bitfield.ts'
import { ProtocolError } from './errors.ts'
import { type BlockFields, blockBytes, type Message } from './message.ts'
import { messageId } from './message-id.ts'

/** The largest length prefix that is accepted, in bytes; longer messages are refused on their first four. */
const maxMessageBytes = 1 << 20

const fixedLengths = new Map<number, number>([
	[messageId.choke, 1],
	[messageId.unchoke, 1],
	[messageId.interested, 1],
	[messageId.notInterested, 1],
	[messageId.haveAll, 1],
	[messageId.haveNone, 1],
	[messageId.port, 3],
	[messageId.have, 5],
	[messageId.suggest, 5],
	[messageId.allowedFast, 5],
	[messageId.request, 13],
	[messageId.cancel, 13],
	[messageId.reject, 13],
])
const lengthById = Uint8Array.from({ length: 256 }, (_, id) => fixedLengths.get(id) ?? 0)

/** Whether a message of this id is one that we decode. */
export function isKnownId(id: number): boolean {
	return (
		lengthById[id] !== 0 || id === messageId.piece || id === messageId.bitfield || id === messageId.extended
	)
}

/**
 * Throws a ProtocolError where a message with this length prefix is longer than anything (`message-too-long`)
 * or than its type may be: `message-length`, `block-length`, `bitfield-length`. `id` is undefined before it
 * came, `pieceCount` before the metadata came. Unknown ids may have any length up to the largest.
 */
export function checkMessageLength(length: number, id?: number, pieceCount?: number): void {
	if (length > maxMessageBytes) {
		throw new ProtocolError('message-too-long', `expected at most ${maxMessageBytes} bytes, got ${length}`)
	}
	if (id === undefined) return
	const fixed = lengthById[id] ?? 0
	if (fixed !== 0) {
		if (length > fixed) throw wrongLength('message-length', `${fixed} bytes for message ${id}`, length)
	} else if (id === messageId.piece) {
		if (length > 9 + blockBytes) {
			throw wrongLength('block-length', `a block of at most ${blockBytes} bytes`, length - 9)
		}
	} else if (id === messageId.bitfield) {
		checkBitfieldLength(length - 1, pieceCount)
	}
}

/**
 * The message that starts at `at` with its length prefix. Views (`bits`, `payload`) are into `bytes`, and of
 * `piece` and of unknown messages only the head has to be there. Throws a ProtocolError `message-length` or
 * `block-length` where the message is shorter than its type needs; checkMessageLength() looked at the rest.
 */
export function decodeMessage(bytes: Uint8Array, at = 0): Message {
	const length = readUint32(bytes, at)
	if (length === 0) return plain.keepAlive
	const id = bytes[at + 4] ?? 0
	const end = at + 4 + length
	if (length < (lengthById[id] ?? 0)) throw wrongLength('message-length', `more for message ${id}`, length)
	switch (id) {
		case messageId.choke:
			return plain.choke
		case messageId.unchoke:
			return plain.unchoke
		case messageId.interested:
			return plain.interested
		case messageId.notInterested:
			return plain.notInterested
		case messageId.haveAll:
			return plain.haveAll
		case messageId.haveNone:
			return plain.haveNone
		case messageId.have:
			return { type: 'have', piece: readUint32(bytes, at + 5) }
		case messageId.suggest:
			return { type: 'suggest', piece: readUint32(bytes, at + 5) }
		case messageId.allowedFast:
			return { type: 'allowedFast', piece: readUint32(bytes, at + 5) }
		case messageId.request:
			return { type: 'request', ...readBlock(bytes, at) }
		case messageId.cancel:
			return { type: 'cancel', ...readBlock(bytes, at) }
		case messageId.reject:
			return { type: 'reject', ...readBlock(bytes, at) }
		case messageId.piece:
			return { type: 'piece', ...readPieceHeader(bytes, at) }
		case messageId.port:
			return { type: 'port', port: ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0) }
		case messageId.bitfield:
			return { type: 'bitfield', bits: bytes.subarray(at + 5, end) }
		case messageId.extended:
			if (length < 2) throw wrongLength('message-length', 'the id of an extended message', length)
			return { type: 'extended', id: bytes[at + 5] ?? 0, payload: bytes.subarray(at + 6, end) }
		default:
			return { type: 'unknown', id, length: length - 1 }
	}
}

/** The message with bytes of its own, for whoever keeps it; without views it is the same value. */
export function copyMessage(message: Message): Message {
	switch (message.type) {
		case 'bitfield':
			return { ...message, bits: message.bits.slice() }
		case 'extended':
			return { ...message, payload: message.payload.slice() }
		default:
			return message
	}
}

/** The block that a `piece` message carries; its 13-byte head starts at `at`. Throws as decodeMessage() does. */
export function readPieceHeader(bytes: Uint8Array, at: number): BlockFields {
	const length = readUint32(bytes, at) - 9
	if (length < 1) throw wrongLength('block-length', 'a block of at least one byte', length)
	return { piece: readUint32(bytes, at + 5), offset: readUint32(bytes, at + 9), length }
}

/** An unsigned number of 32 bits, big-endian. */
export function readUint32(bytes: Uint8Array, at: number): number {
	const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
	return high * 0x1_0000 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
}

// Messages without fields are values that everybody may share.
const plain = {
	keepAlive: { type: 'keepAlive' },
	choke: { type: 'choke' },
	unchoke: { type: 'unchoke' },
	interested: { type: 'interested' },
	notInterested: { type: 'notInterested' },
	haveAll: { type: 'haveAll' },
	haveNone: { type: 'haveNone' },
} as const

function readBlock(bytes: Uint8Array, at: number): BlockFields {
	return {
		piece: readUint32(bytes, at + 5),
		offset: readUint32(bytes, at + 9),
		length: readUint32(bytes, at + 13),
	}
}

function checkBitfieldLength(length: number, pieceCount: number | undefined): void {
	if (pieceCount === undefined) {
		if (length > bitfieldBytes(maxPieceCount)) {
			throw wrongLength('bitfield-length', `at most ${bitfieldBytes(maxPieceCount)} bytes`, length)
		}
	} else if (length !== bitfieldBytes(pieceCount)) {
		throw wrongLength(
			'bitfield-length',
			`${bitfieldBytes(pieceCount)} bytes for ${pieceCount} pieces`,
			length,
		)
	}
}

function wrongLength(code: string, expected: string, length: number): ProtocolError {
	return new ProtocolError(code, `expected ${expected}, got ${length}`)
}
