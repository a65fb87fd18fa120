// How a torrent's bytes fall into pieces, blocks and files (BEP 3). A Geometry is plain data made by
// createGeometry alone, so pieceCount always is totalBytes / pieceLength rounded up, and every sum of offsets
// stays a safe integer. The functions that run for each block allocate nothing.

import type { BlockOffset, PieceIndex } from './ids.ts'
import { isPieceIndex } from './ids.ts'
import type { BlockFields } from './message.ts'
import { blockBytes } from './message.ts'

/** The largest piece length that is accepted, in bytes: 512 MiB, over any seen in use. */
export const maxPieceLength = 2 ** 29

export type Geometry = {
	/** Bytes of every piece but the last. */
	readonly pieceLength: number
	readonly totalBytes: number
	readonly pieceCount: number
}

/** A block that is exactly one of the torrent's: offset a multiple of 16 KiB, length the whole block. */
export type Block = { readonly piece: PieceIndex; readonly offset: BlockOffset; readonly length: number }

/** Where a file lies in the torrent's bytes. Files follow one another without gaps, in the torrent's order. */
export type FileExtent = { readonly offsetBytes: number; readonly lengthBytes: number }

/** A run of bytes within one file; `at` counts from the start of the range that was asked for. */
export type FileSpan = {
	readonly file: number
	readonly fileOffset: number
	readonly at: number
	readonly length: number
}

/**
 * The geometry of `totalBytes` bytes in pieces of `pieceLength` bytes; no bytes make no pieces.
 * Throws a RangeError unless 1 ≤ pieceLength ≤ maxPieceLength and totalBytes is a safe integer from 0.
 */
export function createGeometry(pieceLength: number, totalBytes: number): Geometry {
	if (!Number.isInteger(pieceLength) || pieceLength < 1 || pieceLength > maxPieceLength) {
		throw new RangeError(`expected a piece length from 1 to ${maxPieceLength}, got ${pieceLength}`)
	}
	if (
		!Number.isSafeInteger(totalBytes) ||
		totalBytes < 0 ||
		totalBytes > Number.MAX_SAFE_INTEGER - pieceLength
	) {
		throw new RangeError(`expected a total of bytes, got ${totalBytes}`)
	}
	return { pieceLength, totalBytes, pieceCount: countPieces(pieceLength, totalBytes) }
}

/** Pieces that `totalBytes` bytes need; exact for all safe integers (a division of doubles would round). */
export function countPieces(pieceLength: number, totalBytes: number): number {
	const rest = totalBytes % pieceLength
	return (totalBytes - rest) / pieceLength + (rest === 0 ? 0 : 1)
}

/** Offset of a piece's first byte in the torrent. */
export function pieceOffset(geometry: Geometry, piece: number): number {
	return piece * geometry.pieceLength
}

/** Bytes of a piece: pieceLength, less for the last one. `piece` must be below pieceCount. */
export function pieceBytes(geometry: Geometry, piece: number): number {
	const rest = geometry.totalBytes - piece * geometry.pieceLength
	return rest < geometry.pieceLength ? rest : geometry.pieceLength
}

/** Blocks of a piece: whole blocks of 16 KiB and one shorter at the end. */
export function blockCount(geometry: Geometry, piece: number): number {
	return Math.ceil(pieceBytes(geometry, piece) / blockBytes)
}

/** Bytes of the block with this index in its piece; `blockIndex` must be below blockCount. */
export function blockLength(geometry: Geometry, piece: number, blockIndex: number): number {
	const rest = pieceBytes(geometry, piece) - blockIndex * blockBytes
	return rest < blockBytes ? rest : blockBytes
}

/** Whether the numbers of a message name exactly one block of this torrent. Safe with any numbers. */
export function isValidBlock(geometry: Geometry, fields: BlockFields): fields is Block {
	const { piece, offset, length } = fields
	if (!isPieceIndex(piece, geometry.pieceCount)) return false
	if (!Number.isInteger(offset) || offset < 0 || offset % blockBytes !== 0) return false
	const rest = pieceBytes(geometry, piece) - offset
	return rest > 0 && length === Math.min(rest, blockBytes)
}

/**
 * The parts of files that the `length` bytes from `offset` lie in, in order; empty files have none.
 * O(log files + spans). Throws a RangeError when the range goes past the last file.
 */
export function fileSpans(files: readonly FileExtent[], offset: number, length: number): FileSpan[] {
	const spans: FileSpan[] = []
	let at = 0
	for (let file = firstFileEndingAfter(files, offset); at < length; file += 1) {
		const extent = files[file]
		if (extent === undefined || offset < 0) {
			throw new RangeError(`expected a range within the files, got ${length} bytes from ${offset}`)
		}
		const fileOffset = offset + at - extent.offsetBytes
		const spanLength = Math.min(extent.lengthBytes - fileOffset, length - at)
		if (spanLength > 0) spans.push({ file, fileOffset, at, length: spanLength })
		at += Math.max(spanLength, 0)
	}
	return spans
}

function firstFileEndingAfter(files: readonly FileExtent[], offset: number): number {
	let low = 0
	let high = files.length
	while (low < high) {
		const middle = (low + high) >>> 1
		const extent = files[middle]
		if (extent !== undefined && extent.offsetBytes + extent.lengthBytes <= offset) low = middle + 1
		else high = middle
	}
	return low
}
