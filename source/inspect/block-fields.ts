// What the numbers of a block mean in this torrent: which piece, which of its blocks, whole or short (BEP 3).
import { blockCount, blockLength, type Geometry, pieceBytes } from '../protocol/geometry.ts'
import { type BlockFields, blockBytes } from '../protocol/message.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import type { Reading } from './field.ts'
import { hexNumber, lengthWords } from './field-words.ts'

/** `#812 of 2636`; pieces are counted from zero. */
export function readPiece(piece: number, geometry: Geometry | undefined): Reading {
	const lore = 'pieceIndex'
	if (geometry === undefined) return { value: safe`#${piece}`, lore }
	const value = safe`#${piece} of ${geometry.pieceCount}`
	if (piece < geometry.pieceCount) return { value, lore }
	return { value, lore, problem: safe`expected a piece below ${geometry.pieceCount}, got ${piece}` }
}

/** `0x4000, block 2 of 16`. */
export function readOffset(
	{ piece, offset }: Pick<BlockFields, 'piece' | 'offset'>,
	geometry: Geometry | undefined,
): Reading {
	const lore = 'blockOffset'
	const index = Math.floor(offset / blockBytes)
	const place = offset % blockBytes === 0 ? safe`block` : safe`inside block`
	if (geometry === undefined || piece >= geometry.pieceCount) {
		return { value: safe`${hexNumber(offset)}, ${place} ${index + 1}`, lore }
	}
	const length = pieceBytes(geometry, piece)
	if (offset >= length) {
		const problem = safe`expected an offset below ${hexNumber(length)}, got ${hexNumber(offset)}`
		return { value: hexNumber(offset), lore, problem }
	}
	return {
		value: safe`${hexNumber(offset)}, ${place} ${index + 1} of ${blockCount(geometry, piece)}`,
		lore,
	}
}

/** `16 KiB`, `3200 B, the last block, short`. */
export function readLength(block: BlockFields, geometry: Geometry | undefined): Reading {
	const { length } = block
	return {
		value: lengthValue(block, geometry),
		lore: 'blockLength',
		problem: lengthProblem(length, block, geometry),
	}
}

function lengthValue(block: BlockFields, geometry: Geometry | undefined): SafeText {
	const value = lengthWords(block.length)
	const full = fullLength(block, geometry)
	if (full === undefined || block.length > full) return value
	if (block.length < full) return safe`${value}, part of the block`
	return full < blockBytes ? safe`${value}, the last block, short` : safe`${value}, the whole block`
}

function lengthProblem(
	length: number,
	{ piece, offset }: BlockFields,
	geometry: Geometry | undefined,
): SafeText | undefined {
	if (length === 0) return safe`expected at least 1 byte, got 0`
	if (length > blockBytes) return safe`expected at most ${blockBytes} bytes, got ${length}`
	if (geometry === undefined || piece >= geometry.pieceCount) return undefined
	const left = pieceBytes(geometry, piece) - offset
	return left > 0 && length > left
		? safe`expected at most ${left} bytes up to the end of the piece, got ${length}`
		: undefined
}

/** Bytes of the block that starts at the offset; undefined where none does. */
function fullLength({ piece, offset }: BlockFields, geometry: Geometry | undefined): number | undefined {
	if (geometry === undefined || piece >= geometry.pieceCount || offset % blockBytes !== 0) return undefined
	const index = offset / blockBytes
	return index < blockCount(geometry, piece) ? blockLength(geometry, piece, index) : undefined
}
