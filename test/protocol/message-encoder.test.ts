import { expect, test } from 'vitest'
import { toHex } from '../../source/protocol/bytes.ts'
import type { Message } from '../../source/protocol/message.ts'
import {
	encodedLength,
	encodeMessage,
	wireLength,
	writeMessage,
	writePieceHeader,
} from '../../source/protocol/message-encoder.ts'

const block = { piece: 1, offset: 0x4000, length: 0x3fff }
const examples: [Message, string][] = [
	[{ type: 'keepAlive' }, '00000000'],
	[{ type: 'choke' }, '0000000100'],
	[{ type: 'unchoke' }, '0000000101'],
	[{ type: 'interested' }, '0000000102'],
	[{ type: 'notInterested' }, '0000000103'],
	[{ type: 'have', piece: 0xdeadbeef }, '0000000504deadbeef'],
	[{ type: 'bitfield', bits: Uint8Array.of(0x81, 0x06) }, '00000003058106'],
	[{ type: 'request', ...block }, '0000000d06000000010000400000003fff'],
	[{ type: 'piece', ...block }, '00004008070000000100004000'],
	[{ type: 'cancel', ...block }, '0000000d08000000010000400000003fff'],
	[{ type: 'port', port: 6881 }, '00000003091ae1'],
	[{ type: 'suggest', piece: 9 }, '000000050d00000009'],
	[{ type: 'haveAll' }, '000000010e'],
	[{ type: 'haveNone' }, '000000010f'],
	[{ type: 'reject', ...block }, '0000000d10000000010000400000003fff'],
	[{ type: 'allowedFast', piece: 9 }, '000000051100000009'],
	[{ type: 'extended', id: 3, payload: Uint8Array.of(0x64, 0x65) }, '0000000414036465'],
]

test.each(examples)('%j goes over the wire as %s', (message, hex) => {
	expect(toHex(encodeMessage(message))).toBe(hex)
	expect(encodedLength(message)).toBe(hex.length / 2)
	const payload = message.type === 'piece' ? message.length : 0
	expect(wireLength(message)).toBe(hex.length / 2 + payload)
	expect(Number.parseInt(hex.slice(0, 8), 16) + 4).toBe(wireLength(message))
})

test('many messages go into one buffer, one behind the other', () => {
	const total = examples.reduce((sum, [message]) => sum + encodedLength(message), 0)
	const buffer = new Uint8Array(total + 3)
	let at = 3
	for (const [message] of examples) at = writeMessage(message, buffer, at)
	expect(at).toBe(buffer.length)
	expect(toHex(buffer)).toBe(`000000${examples.map(([, hex]) => hex).join('')}`)
})

test('the header of a block leaves the place behind it to the payload', () => {
	const slab = new Uint8Array(20).fill(0xee)
	expect(writePieceHeader(block, slab, 2)).toBe(15)
	expect(toHex(slab)).toBe('eeee00004008070000000100004000eeeeeeeeee')
})

test('what fits no field is our own bug', () => {
	for (const piece of [-1, 2 ** 32, 1.5, Number.NaN]) {
		expect(() => encodeMessage({ type: 'have', piece })).toThrow('invariant')
	}
	expect(() => encodeMessage({ type: 'port', port: 65_536 })).toThrow('invariant')
	expect(() => encodeMessage({ type: 'extended', id: 256, payload: new Uint8Array() })).toThrow('invariant')
	expect(() => encodeMessage({ type: 'unknown', id: 99, length: 0 })).toThrow('invariant')
	expect(() => writeMessage({ type: 'choke' }, new Uint8Array(8), 4)).toThrow('invariant')
	expect(() => writePieceHeader(block, new Uint8Array(12), 0)).toThrow('invariant')
})
