import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, fromUtf8, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { maxMetadataBytes } from '../../source/protocol/extension.ts'
import {
	countMetadataPieces,
	encodeMetadataData,
	encodeMetadataReject,
	encodeMetadataRequest,
	metadataPieceBytes,
	metadataPieceLength,
	parseMetadataMessage,
} from '../../source/protocol/ut-metadata.ts'

const parse = (text: string) => parseMetadataMessage(utf8(text))

test('is written as BEP 9 has it', () => {
	expect(fromUtf8(encodeMetadataRequest(0))).toBe('d8:msg_typei0e5:piecei0ee')
	expect(fromUtf8(encodeMetadataReject(0))).toBe('d8:msg_typei2e5:piecei0ee')
	expect(fromUtf8(encodeMetadataData(0, utf8('de')))).toBe('d8:msg_typei1e5:piecei0e10:total_sizei2eede')
})

test('any piece of any metadata comes out as it went in', () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 3 * metadataPieceLength + 1 }), fc.nat(), (length, seed) => {
			const metadata = Uint8Array.from({ length }, (_, at) => (at * 7 + seed) & 0xff)
			const parts: Uint8Array[] = []
			for (let piece = 0; piece < countMetadataPieces(length); piece += 1) {
				const message = parseMetadataMessage(encodeMetadataData(piece, metadata))
				if (message.type !== 'data') throw new Error('expected data')
				expect([message.piece, message.totalBytes]).toEqual([piece, length])
				parts.push(message.bytes)
			}
			expect(toHex(concatBytes(parts)) === toHex(metadata)).toBe(true)
		}),
		{ numRuns: 30 },
	)
})

test('has a last piece that is shorter, and none beyond it', () => {
	expect([0, 1, 2, -1].map(piece => metadataPieceBytes(metadataPieceLength + 5, piece))).toEqual([
		metadataPieceLength,
		5,
		0,
		0,
	])
	expect([1, 16_384, 16_385].map(countMetadataPieces)).toEqual([1, 1, 2])
})

describe('theirs', () => {
	test('may ask for what does not exist: it is rejected, not an error', () => {
		for (const piece of [42, -1, 2 ** 40])
			expect(parse(`d8:msg_typei0e5:piecei${piece}ee`)).toEqual({ type: 'request', piece })
	})

	test('of a type that we do not know is told apart from nonsense', () => {
		expect(parse('d8:msg_typei9e5:piecei0ee')).toEqual({ type: 'unknown', id: 9 })
		expect(parse('d8:msg_typei-1ee')).toEqual({ type: 'unknown', id: -1 })
	})

	test('may have unsorted and unknown keys', () => {
		expect(parse('d5:piecei0e8:msg_typei1e1:x0:10:total_sizei1eeA')).toMatchObject({ type: 'data', piece: 0 })
	})

	test.each([
		['le', 'metadata-message'],
		['de', 'metadata-message'],
		['d8:msg_typei0ee', 'metadata-message'],
		['d8:msg_type1:05:piecei0ee', 'metadata-message'],
		['d8:msg_typei1e5:piecei0eefoo', 'metadata-size'],
		['d8:msg_typei1e5:piecei0e10:total_sizei0ee', 'metadata-size'],
		['d8:msg_typei1e5:piecei0e10:total_sizei-3eefoo', 'metadata-size'],
		[`d8:msg_typei1e5:piecei0e10:total_sizei${maxMetadataBytes + 1}eefoo`, 'metadata-size'],
		['d8:msg_typei1e5:piecei0e10:total_sizei3eefooo', 'metadata-piece'],
		['d8:msg_typei1e5:piecei0e10:total_sizei3eefo', 'metadata-piece'],
		['d8:msg_typei1e5:piecei1e10:total_sizei3eefoo', 'metadata-piece'],
		['d8:msg_typei1e5:piecei-1e10:total_sizei3eefoo', 'metadata-piece'],
		['d8:msg_typei1e5:piecei1099511627776e10:total_sizei3eefoo', 'metadata-piece'],
		['d8:msg_typei0e', 'bencode-truncated'],
	])('%s is an error: %s', (text, code) => {
		expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
	})
})
