import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, utf8 } from '../../source/protocol/bytes.ts'
import {
	commonFlags,
	decodeFlags,
	encodeFlags,
	encodeHandshake,
	HandshakeReader,
	parseHandshake,
} from '../../source/protocol/handshake.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'

const infoHash = toInfoHash(fromHex('0123456789abcdef0123456789abcdef01234567'))
const peerId = toPeerId(utf8('-SW0100-abcdefghijkl'))
const flags = { extended: true, dht: false, fast: true, v2: false }
const whole = encodeHandshake({ flags, infoHash, peerId })

describe('a handshake', () => {
	test('is 19, the protocol, reserved bits, info hash and peer id', () => {
		expect(whole).toHaveLength(68)
		expect([...whole.subarray(0, 20)]).toEqual([19, ...utf8('BitTorrent protocol')])
		expect([...whole.subarray(20, 28)]).toEqual([0, 0, 0, 0, 0, 0x10, 0, 0x04])
		expect(parseHandshake(whole)).toEqual({
			reserved: fromHex('0000000000100004'),
			flags,
			infoHash,
			peerId,
		})
	})

	test('keeps all reserved bits and uses those it knows', () => {
		const reserved = new Uint8Array(8).fill(0xff)
		const bytes = whole.slice()
		bytes.set(reserved, 20)
		expect(parseHandshake(bytes).reserved).toEqual(reserved)
		expect(decodeFlags(reserved)).toEqual({ extended: true, dht: true, fast: true, v2: true })
	})

	test('flags survive the way there and back, and count only where both sides set them', () => {
		const side = fc.record({
			extended: fc.boolean(),
			dht: fc.boolean(),
			fast: fc.boolean(),
			v2: fc.boolean(),
		})
		fc.assert(
			fc.property(side, side, (ours, theirs) => {
				expect(decodeFlags(encodeFlags(ours))).toEqual(ours)
				const common = commonFlags(ours, theirs)
				expect(common).toEqual(commonFlags(theirs, ours))
				expect(commonFlags(ours, ours)).toEqual(ours)
				expect(common.fast).toBe(ours.fast && theirs.fast)
			}),
		)
	})

	test('of another length or protocol is an error', () => {
		expect(() => parseHandshake(whole.subarray(0, 67))).toThrow(
			expect.objectContaining({ code: 'handshake-length' }),
		)
		expect(() => parseHandshake(whole.map((byte, at) => (at === 19 ? 0x58 : byte)))).toThrow(
			expect.objectContaining({ code: 'handshake-protocol', offset: 19 }),
		)
	})
})

describe('HandshakeReader', () => {
	test('gives the same for any split, and what follows is left over', () => {
		const stream = Uint8Array.of(...whole, 0, 0, 0, 1, 2)
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 1, max: 30 })), cuts => {
				const reader = new HandshakeReader()
				const rest: number[] = []
				let at = 0
				for (const size of [...cuts, stream.length]) {
					const part = stream.slice(at, at + size)
					rest.push(...reader.push(part))
					part.fill(0xee)
					at += size
				}
				expect(reader.handshake).toEqual(parseHandshake(whole))
				expect(rest).toEqual([0, 0, 0, 1, 2])
			}),
		)
	})

	test('knows the info hash after 48 bytes, before the peer id came', () => {
		const reader = new HandshakeReader()
		for (const [at, byte] of whole.entries()) {
			reader.push(Uint8Array.of(byte))
			expect(reader.head?.infoHash).toEqual(at >= 47 ? infoHash : undefined)
			expect(reader.handshake?.peerId).toEqual(at >= 67 ? peerId : undefined)
		}
	})

	test('refuses another protocol at the first byte that differs', () => {
		for (const text of ['GET / HTTP/1.1', '\u0012BitTorrent protoco', '\u0016\u0003\u0001', '\u0000']) {
			expect(() => new HandshakeReader().push(utf8(text))).toThrow(
				expect.objectContaining({ code: 'handshake-protocol', offset: 0 }),
			)
		}
		const reader = new HandshakeReader()
		reader.push(whole.subarray(0, 10))
		expect(() => reader.push(utf8('x'))).toThrow(expect.objectContaining({ offset: 10 }))
	})
})
