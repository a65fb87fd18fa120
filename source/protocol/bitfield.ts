// Which pieces somebody has: BEP 3 `bitfield`, the first piece in the highest bit of the first byte. Plain
// data that structuredClone copies; `count` always equals the number of set bits, and spare bits stay zero.

import { ProtocolError } from './errors.ts'
import { isPieceIndex, type PieceIndex } from './ids.ts'

/** Pieces that a torrent is believed to have at most while its metadata is unknown. */
export const maxPieceCount = 2 ** 21

/** `size` pieces, `count` of them set; `bytes` holds ⌈size / 8⌉ bytes as they stand on the wire. */
export type Bitfield = { readonly bytes: Uint8Array; readonly size: number; count: number }

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => {
	let bits = 0
	for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1
	return bits
})

/** Bytes that the bitfield of `size` pieces takes. */
export function bitfieldBytes(size: number): number {
	return Math.ceil(size / 8)
}

/** No piece of `size` is set. */
export function createBitfield(size: number): Bitfield {
	return { bytes: new Uint8Array(bitfieldBytes(size)), size, count: 0 }
}

/** Every piece of `size` is set. */
export function createFullBitfield(size: number): Bitfield {
	const bitfield = createBitfield(size)
	setAllPieces(bitfield)
	return bitfield
}

/** A bitfield of its own with the same pieces. */
export function copyBitfield(bitfield: Bitfield): Bitfield {
	return { bytes: bitfield.bytes.slice(), size: bitfield.size, count: bitfield.count }
}

/** Whether the piece is set; false for whatever is no piece. */
export function hasPiece(bitfield: Bitfield, piece: number): boolean {
	if (!(piece >= 0 && piece < bitfield.size)) return false
	return ((bitfield.bytes[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) !== 0
}

/** Sets the piece; false when it was set before. Throws a RangeError for whatever is no piece. */
export function setPiece(bitfield: Bitfield, piece: number): boolean {
	checkPiece(bitfield, piece)
	if (hasPiece(bitfield, piece)) return false
	flip(bitfield, piece)
	bitfield.count += 1
	return true
}

/** Clears the piece; false when it was clear before. Throws a RangeError for whatever is no piece. */
export function clearPiece(bitfield: Bitfield, piece: number): boolean {
	checkPiece(bitfield, piece)
	if (!hasPiece(bitfield, piece)) return false
	flip(bitfield, piece)
	bitfield.count -= 1
	return true
}

/** Sets every piece. */
export function setAllPieces(bitfield: Bitfield): void {
	bitfield.bytes.fill(0xff)
	const spareBits = bitfield.bytes.length * 8 - bitfield.size
	if (spareBits > 0) bitfield.bytes[bitfield.bytes.length - 1] = (0xff << spareBits) & 0xff
	bitfield.count = bitfield.size
}

/** Clears every piece. */
export function clearAllPieces(bitfield: Bitfield): void {
	bitfield.bytes.fill(0)
	bitfield.count = 0
}

/** Whether every piece is set. */
export function isFull(bitfield: Bitfield): boolean {
	return bitfield.count === bitfield.size
}

/** Whether no piece is set. */
export function isEmpty(bitfield: Bitfield): boolean {
	return bitfield.count === 0
}

/** Visits the set pieces in ascending order; eight clear pieces cost one look. */
export function forEachPiece(bitfield: Bitfield, visit: (piece: PieceIndex) => void): void {
	const { bytes, size } = bitfield
	for (let at = 0; at < bytes.length; at += 1) {
		let byte = bytes[at] ?? 0
		while (byte !== 0) {
			const bit = Math.clz32(byte) - 24
			byte &= ~(0x80 >>> bit)
			const piece = at * 8 + bit
			if (isPieceIndex(piece, size)) visit(piece)
		}
	}
}

/** Whether `theirs` has a piece that `ours` lacks: the question behind `interested`. Both have one size. */
export function hasPieceBeyond(theirs: Bitfield, ours: Bitfield): boolean {
	if (theirs.count > ours.count) return true
	if (theirs.count === 0 || isFull(ours)) return false
	return theirs.bytes.some((byte, at) => (byte & ~(ours.bytes[at] ?? 0)) !== 0)
}

/**
 * The bitfield of `size` pieces from the payload of a `bitfield` message, copied. Throws a ProtocolError
 * `bitfield-length` unless there are ⌈size / 8⌉ bytes, `bitfield-spare-bits` where a bit behind the last
 * piece is set (BEP 3: spare bits are zero).
 */
export function bitfieldFromWire(bits: Uint8Array, size: number): Bitfield {
	if (bits.length !== bitfieldBytes(size)) {
		throw new ProtocolError(
			'bitfield-length',
			`expected ${bitfieldBytes(size)} bytes for ${size} pieces, got ${bits.length}`,
		)
	}
	const spareBits = bits.length * 8 - size
	if (((bits[bits.length - 1] ?? 0) & ((1 << spareBits) - 1)) !== 0) {
		throw new ProtocolError('bitfield-spare-bits', `expected ${spareBits} spare bits to be zero`)
	}
	return { bytes: bits.slice(), size, count: countBits(bits) }
}

/** How many bits are set. */
export function countBits(bits: Uint8Array): number {
	let count = 0
	for (const byte of bits) count += bitCounts[byte] ?? 0
	return count
}

/** The payload of a `bitfield` message: a copy that later changes do not reach. */
export function bitfieldToWire(bitfield: Bitfield): Uint8Array {
	return bitfield.bytes.slice()
}

function flip(bitfield: Bitfield, piece: number): void {
	const at = piece >>> 3
	bitfield.bytes[at] = (bitfield.bytes[at] ?? 0) ^ (0x80 >>> (piece & 7))
}

function checkPiece(bitfield: Bitfield, piece: number): void {
	if (!isPieceIndex(piece, bitfield.size)) {
		throw new RangeError(`expected a piece below ${bitfield.size}, got ${piece}`)
	}
}
