import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
	bitfieldFromWire,
	bitfieldToWire,
	clearAllPieces,
	clearPiece,
	copyBitfield,
	createBitfield,
	createFullBitfield,
	forEachPiece,
	hasPiece,
	hasPieceBeyond,
	isEmpty,
	isFull,
	setAllPieces,
	setPiece,
	type Bitfield,
} from '../../source/protocol/bitfield.ts'

const piecesOf = (bitfield: Bitfield) => {
	const found: number[] = []
	forEachPiece(bitfield, piece => found.push(piece))
	return found
}

describe('bitfield', () => {
	test('puts the first piece in the highest bit of the first byte', () => {
		const bitfield = createBitfield(11)
		setPiece(bitfield, 0)
		setPiece(bitfield, 9)
		expect([...bitfieldToWire(bitfield)]).toEqual([0x80, 0x40])
	})

	test('agrees with a set of numbers after any changes', () => {
		const change = fc.tuple(fc.constantFrom('set', 'clear'), fc.nat(69))
		fc.assert(
			fc.property(fc.array(change), changes => {
				const bitfield = createBitfield(70)
				const model = new Set<number>()
				for (const [what, piece] of changes) {
					if (what === 'set') {
						expect(setPiece(bitfield, piece)).toBe(!model.has(piece))
						model.add(piece)
					} else {
						expect(clearPiece(bitfield, piece)).toBe(model.delete(piece))
					}
				}
				expect(bitfield.count).toBe(model.size)
				expect(piecesOf(bitfield)).toEqual([...model].sort((a, b) => a - b))
				expect(bitfieldFromWire(bitfieldToWire(bitfield), 70)).toEqual(bitfield)
			}),
		)
	})

	test('sets all pieces and leaves the spare bits zero', () => {
		for (const size of [0, 1, 7, 8, 9, 16, 1313]) {
			const bitfield = createFullBitfield(size)
			expect(isFull(bitfield)).toBe(true)
			expect(bitfieldFromWire(bitfieldToWire(bitfield), size)).toEqual(bitfield)
			expect(piecesOf(bitfield)).toHaveLength(size)
			clearAllPieces(bitfield)
			expect(bitfield).toEqual(createBitfield(size))
			expect(isEmpty(bitfield)).toBe(true)
		}
	})

	test('knows nothing of pieces beyond its size', () => {
		const bitfield = createFullBitfield(11)
		for (const piece of [-1, 11, 15, 16, 2 ** 31, 2 ** 32 - 1, Number.NaN, 21.5]) {
			expect(hasPiece(bitfield, piece)).toBe(false)
			expect(() => setPiece(bitfield, piece)).toThrow(RangeError)
			expect(() => clearPiece(bitfield, piece)).toThrow(RangeError)
		}
	})

	test('refuses a bitfield of the wrong length or with a spare bit set', () => {
		expect(() => bitfieldFromWire(Uint8Array.of(0xff), 11)).toThrow(
			expect.objectContaining({ code: 'bitfield-length' }),
		)
		expect(() => bitfieldFromWire(Uint8Array.of(0xff, 0xe0, 0), 11)).toThrow(
			expect.objectContaining({ code: 'bitfield-length' }),
		)
		expect(() => bitfieldFromWire(Uint8Array.of(0xff, 0xf0), 11)).toThrow(
			expect.objectContaining({ code: 'bitfield-spare-bits' }),
		)
		expect(isFull(bitfieldFromWire(Uint8Array.of(0xff, 0xe0), 11))).toBe(true)
	})

	test('shares no bytes with what it came from or went to', () => {
		const wire = Uint8Array.of(0x80)
		const bitfield = bitfieldFromWire(wire, 8)
		wire.fill(0xff)
		bitfieldToWire(bitfield).fill(0xff)
		setAllPieces(copyBitfield(bitfield))
		setAllPieces(structuredClone(bitfield))
		expect(piecesOf(bitfield)).toEqual([0])
	})

	test('finds a piece that the other side lacks', () => {
		const size = 20
		const set = fc.uniqueArray(fc.nat(size - 1))
		fc.assert(
			fc.property(set, set, (theirs, ours) => {
				const a = createBitfield(size)
				const b = createBitfield(size)
				for (const piece of theirs) setPiece(a, piece)
				for (const piece of ours) setPiece(b, piece)
				expect(hasPieceBeyond(a, b)).toBe(theirs.some(piece => !ours.includes(piece)))
			}),
		)
	})
})
