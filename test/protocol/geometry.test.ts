import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	blockCount,
	blockLength,
	createGeometry,
	fileSpans,
	isValidBlock,
	maxPieceLength,
	pieceBytes,
	pieceOffset,
} from '../../source/protocol/geometry.ts'
import { blockBytes } from '../../source/protocol/message.ts'

const kib = 1024

describe('geometry', () => {
	it('cuts a torrent into whole pieces and a shorter last one', () => {
		const geometry = createGeometry(32 * kib, 80 * kib + 1)
		expect(geometry).toEqual({ pieceLength: 32 * kib, totalBytes: 80 * kib + 1, pieceCount: 3 })
		expect([0, 1, 2].map(piece => pieceBytes(geometry, piece))).toEqual([32 * kib, 32 * kib, 16 * kib + 1])
		expect([0, 1, 2].map(piece => blockCount(geometry, piece))).toEqual([2, 2, 2])
		expect(blockLength(geometry, 2, 0)).toBe(16 * kib)
		expect(blockLength(geometry, 2, 1)).toBe(1)
		expect(pieceOffset(geometry, 2)).toBe(64 * kib)
	})

	it('has no piece when there are no bytes, and no empty last piece', () => {
		expect(createGeometry(16 * kib, 0).pieceCount).toBe(0)
		const even = createGeometry(16 * kib, 64 * kib)
		expect(even.pieceCount).toBe(4)
		expect(pieceBytes(even, 3)).toBe(16 * kib)
	})

	it('counts pieces exactly near 2^53', () => {
		const total = Number.MAX_SAFE_INTEGER - maxPieceLength
		const geometry = createGeometry(3, total)
		expect(BigInt(geometry.pieceCount)).toBe((BigInt(total) + 2n) / 3n)
	})

	it.each([
		[0, 1],
		[-1, 1],
		[1.5, 1],
		[Number.NaN, 1],
		[maxPieceLength + 1, 1],
		[1, -1],
		[1, 0.5],
		[1, 2 ** 53],
		[16_384, Number.MAX_SAFE_INTEGER],
	])('refuses a piece length of %d with a total of %d', (pieceLength, totalBytes) => {
		expect(() => createGeometry(pieceLength, totalBytes)).toThrow(RangeError)
	})

	it('adds up: the blocks are the pieces, the pieces the torrent', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 70_000 }),
				fc.integer({ min: 0, max: 1_000_000 }),
				(length, total) => {
					const geometry = createGeometry(length, total)
					fc.pre(geometry.pieceCount < 2_000)
					let sum = 0
					for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
						let bytes = 0
						for (let block = 0; block < blockCount(geometry, piece); block += 1) {
							const blockFields = {
								piece,
								offset: block * blockBytes,
								length: blockLength(geometry, piece, block),
							}
							expect(isValidBlock(geometry, blockFields)).toBe(true)
							bytes += blockFields.length
						}
						expect(bytes).toBe(pieceBytes(geometry, piece))
						sum += bytes
					}
					expect(sum).toBe(total)
				},
			),
		)
	})

	it.each([
		['a piece past the end', { piece: 3, offset: 0, length: 16_384 }],
		['a negative piece', { piece: -1, offset: 0, length: 16_384 }],
		['a fraction', { piece: 0.5, offset: 0, length: 16_384 }],
		['an unaligned offset', { piece: 0, offset: 1, length: 16_384 }],
		['an unaligned end of a piece', { piece: 0, offset: 20_000, length: 12_768 }],
		['a negative offset', { piece: 0, offset: -16_384, length: 16_384 }],
		['an offset past the piece', { piece: 2, offset: 32_768, length: 16_384 }],
		['an offset at the end of the piece', { piece: 0, offset: 32_768, length: 0 }],
		['a shorter block', { piece: 0, offset: 0, length: 16_383 }],
		['a longer block', { piece: 0, offset: 0, length: 16_385 }],
		['the length of a full block at the short end', { piece: 2, offset: 16_384, length: 16_384 }],
		['not a number', { piece: Number.NaN, offset: Number.NaN, length: Number.NaN }],
	])('sees that %s is no block', (_, fields) => {
		expect(isValidBlock(createGeometry(32 * kib, 80 * kib + 1), fields)).toBe(false)
	})
})

describe('file spans', () => {
	const files = [10, 0, 5, 0, 0, 20].map((lengthBytes, index, lengths) => ({
		lengthBytes,
		offsetBytes: lengths.slice(0, index).reduce((sum, length) => sum + length, 0),
	}))

	it('splits a range at the borders of files and leaves empty files out', () => {
		expect(fileSpans(files, 8, 10)).toEqual([
			{ file: 0, fileOffset: 8, at: 0, length: 2 },
			{ file: 2, fileOffset: 0, at: 2, length: 5 },
			{ file: 5, fileOffset: 0, at: 7, length: 3 },
		])
		expect(fileSpans(files, 10, 1)).toEqual([{ file: 2, fileOffset: 0, at: 0, length: 1 }])
		expect(fileSpans(files, 35, 0)).toEqual([])
	})

	it('refuses a range that goes past the files', () => {
		expect(() => fileSpans(files, 30, 6)).toThrow(RangeError)
		expect(() => fileSpans(files, -1, 3)).toThrow(RangeError)
		expect(() => fileSpans([], 0, 1)).toThrow(RangeError)
	})

	it('names every byte once, as a byte-by-byte search does', () => {
		const lengths = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 })
		fc.assert(
			fc.property(lengths, fc.nat(), fc.nat(), (sizes, from, count) => {
				const extents: { offsetBytes: number; lengthBytes: number }[] = []
				const owner: [number, number][] = []
				for (const [file, lengthBytes] of sizes.entries()) {
					extents.push({ offsetBytes: owner.length, lengthBytes })
					for (let byte = 0; byte < lengthBytes; byte += 1) owner.push([file, byte])
				}
				const offset = from % (owner.length + 1)
				const length = count % (owner.length - offset + 1)
				const seen = fileSpans(extents, offset, length).flatMap(span =>
					Array.from({ length: span.length }, (_, index) => [span.file, span.fileOffset + index]),
				)
				expect(seen).toEqual(owner.slice(offset, offset + length))
			}),
		)
	})
})
