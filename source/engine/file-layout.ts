// Which file holds which bytes of the torrent: files as they lie on disk, the part file for what belongs to
// files nobody chose, and padding (BEP 47), which is zeros and never on disk. Plain data and no I/O.
import { invariant } from '../protocol/errors.ts'
import { type FileExtent, fileSpans, type Geometry, pieceOffset } from '../protocol/geometry.ts'

/** A file of the torrent: path elements below the save directory, already made safe. */
export type LayoutFile = {
	readonly path: readonly string[]
	readonly lengthBytes: number
	readonly pad: boolean
}

export type FileLayout = {
	readonly geometry: Geometry
	readonly files: readonly LayoutFile[]
	readonly extents: readonly FileExtent[]
	/** Pieces that more than one file has bytes of, ascending: each has a slot of a piece in the part file. */
	readonly sharedPieces: readonly number[]
}

/** Bytes that lie together. `file` is an index of the layout, `partFile`, `padding` or `nowhere`. */
export type Placement = {
	readonly file: number
	readonly position: number
	/** Counted from the start of the range that was asked for. */
	readonly at: number
	readonly length: number
}

export const partFile = -1
export const padding = -2
/** Bytes inside an unchosen file that no chosen file shares a piece with: they are never kept. */
export const nowhere = -3

/** The layout of files that follow one another without gaps and make up the geometry's bytes. */
export function createFileLayout(geometry: Geometry, files: readonly LayoutFile[]): FileLayout {
	const { pieceLength } = geometry
	const extents: FileExtent[] = []
	const sharedPieces: number[] = []
	let offsetBytes = 0
	for (const { lengthBytes } of files) {
		extents.push({ offsetBytes, lengthBytes })
		const inPiece = offsetBytes % pieceLength
		const piece = (offsetBytes - inPiece) / pieceLength
		if (lengthBytes > 0 && inPiece > 0 && sharedPieces.at(-1) !== piece) sharedPieces.push(piece)
		offsetBytes += lengthBytes
	}
	invariant(offsetBytes === geometry.totalBytes, `files of ${geometry.totalBytes} bytes, got ${offsetBytes}`)
	return { geometry, files, extents, sharedPieces }
}

/** Where `length` bytes from `offset` in the torrent lie; `inParts[file]` is 1 for files kept in the part file. */
export function placementsOf(
	layout: FileLayout,
	inParts: Uint8Array,
	range: { readonly offset: number; readonly length: number },
): Placement[] {
	const placements: Placement[] = []
	for (const { file, fileOffset, at, length } of fileSpans(layout.extents, range.offset, range.length)) {
		if (layout.files[file]?.pad === true) placements.push({ file: padding, position: 0, at, length })
		else if (inParts[file] !== 1) placements.push({ file, position: fileOffset, at, length })
		else pushParts(layout, { offset: range.offset + at, at, length }, placements)
	}
	return placements
}

/** First and last piece with bytes of the file; undefined for an empty file. */
export function piecesOfFile(
	layout: FileLayout,
	file: number,
): { readonly first: number; readonly last: number } | undefined {
	const extent = layout.extents[file]
	if (extent === undefined || extent.lengthBytes === 0) return undefined
	const { pieceLength } = layout.geometry
	const end = extent.offsetBytes + extent.lengthBytes - 1
	return { first: Math.floor(extent.offsetBytes / pieceLength), last: Math.floor(end / pieceLength) }
}

function pushParts(
	layout: FileLayout,
	range: { readonly offset: number; readonly at: number; readonly length: number },
	placements: Placement[],
): void {
	const { pieceLength } = layout.geometry
	let done = 0
	while (done < range.length) {
		const piece = Math.floor((range.offset + done) / pieceLength)
		const inPiece = range.offset + done - pieceOffset(layout.geometry, piece)
		const length = Math.min(pieceLength - inPiece, range.length - done)
		const slot = slotOf(layout.sharedPieces, piece)
		const place =
			slot === undefined
				? { file: nowhere, position: 0 }
				: { file: partFile, position: slot * pieceLength + inPiece }
		placements.push({ ...place, at: range.at + done, length })
		done += length
	}
}

function slotOf(sharedPieces: readonly number[], piece: number): number | undefined {
	let low = 0
	let high = sharedPieces.length
	while (low < high) {
		const middle = (low + high) >>> 1
		if ((sharedPieces[middle] ?? 0) < piece) low = middle + 1
		else high = middle
	}
	return sharedPieces[low] === piece ? low : undefined
}
