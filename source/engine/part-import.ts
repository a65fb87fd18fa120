// Bytes of a file that nobody had chosen wait in the part file. When the file is chosen later they move to
// where they belong; the part file keeps its copy until the torrent is complete.
import type { FileHandle } from './environment.ts'
import { type FileLayout, partFile, type Placement, piecesOfFile, placementsOf } from './file-layout.ts'
import { readAll } from './transfer.ts'

const stepBytes = 1 << 20

/** Bytes of a file as they may lie in the part file. */
export type FilePart = { readonly fileOffset: number; readonly part: Placement }

/** Where bytes of this file can be in the part file: in its first and its last piece, if others share them. */
export function partsOfFile(layout: FileLayout, file: number, allInParts: Uint8Array): FilePart[] {
	const pieces = piecesOfFile(layout, file)
	const extent = layout.extents[file]
	if (pieces === undefined || extent === undefined) return []
	const { pieceLength } = layout.geometry
	const fileEnd = extent.offsetBytes + extent.lengthBytes
	return [...new Set([pieces.first, pieces.last])].flatMap(piece => {
		const offset = Math.max(extent.offsetBytes, piece * pieceLength)
		const length = Math.min(fileEnd, (piece + 1) * pieceLength) - offset
		const fileOffset = offset - extent.offsetBytes
		return placementsOf(layout, allInParts, { offset, length })
			.filter(placement => placement.file === partFile)
			.map(part => ({ fileOffset: fileOffset + part.at, part }))
	})
}

/** Copies what is there; bytes that are all zero were never written and are left out. */
export async function copyPart(
	from: FileHandle,
	part: Placement,
	write: (bytes: Uint8Array, at: number) => Promise<void>,
): Promise<void> {
	const { sizeBytes } = await from.stat()
	const end = Math.min(part.length, sizeBytes - part.position)
	for (let at = 0; at < end; at += stepBytes) {
		const bytes = new Uint8Array(Math.min(stepBytes, end - at))
		await readAll(from, bytes, part.position + at)
		if (bytes.some(byte => byte !== 0)) await write(bytes, at)
	}
}
