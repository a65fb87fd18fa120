// Any message that a peer may legally send before the metadata is known, for properties.
import fc from 'fast-check'
import { concatBytes } from '../../source/protocol/bytes.ts'
import type { Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const plainTypes = [
	'keepAlive',
	'choke',
	'unchoke',
	'interested',
	'notInterested',
	'haveAll',
	'haveNone',
] as const
const pieceTypes = ['have', 'suggest', 'allowedFast'] as const
const blockTypes = ['request', 'cancel', 'reject'] as const

export const arbitraryMessage: fc.Arbitrary<Message> = fc.oneof(
	fc.constantFrom(...plainTypes).map(type => ({ type })),
	fc.record({ type: fc.constantFrom(...pieceTypes), piece: uint32 }),
	fc.record({ type: fc.constantFrom(...blockTypes), piece: uint32, offset: uint32, length: uint32 }),
	fc.record({
		type: fc.constant('piece' as const),
		piece: uint32,
		offset: uint32,
		// Short, so that a failure is shrunk and shown in no time.
		length: fc.integer({ min: 1, max: 300 }),
	}),
	fc.record({ type: fc.constant('port' as const), port: fc.nat(65_535) }),
	fc.record({ type: fc.constant('bitfield' as const), bits: fc.uint8Array({ maxLength: 200 }) }),
	fc.record({
		type: fc.constant('extended' as const),
		id: fc.nat(255),
		payload: fc.uint8Array({ maxLength: 300 }),
	}),
	fc.record({
		type: fc.constant('unknown' as const),
		id: fc.integer({ min: 21, max: 255 }),
		length: fc.nat(100),
	}),
)

/** The bytes of the message on the wire; a block's payload counts up from its offset. */
export function wireBytes(message: Message): Uint8Array {
	if (message.type === 'piece') {
		return concatBytes([encodeMessage(message), blockPayload(message.offset, message.length)])
	}
	if (message.type === 'unknown') {
		const length = message.length + 1
		return Uint8Array.of(0, 0, length >>> 8, length, message.id, ...new Uint8Array(message.length))
	}
	return encodeMessage(message)
}

export function blockPayload(offset: number, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, at) => offset + at)
}
