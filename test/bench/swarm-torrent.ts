// Torrents for measuring growth, whose content is made up on the fly: every piece repeats the same bytes, so that
// any number of peers can serve any size without reading a disk.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'

export interface SwarmTorrent {
	readonly path: string
	/** Hex. */
	readonly infoHash: string
	readonly totalBytes: number
	readonly pieceBytes: number
	readonly pieceCount: number
}

export const blockBytes = 16_384

/** The bytes of one piece; the last piece is a prefix of them. */
export function pieceContent(pieceBytes: number): Buffer {
	const bytes = Buffer.allocUnsafe(pieceBytes)
	for (let at = 0; at < pieceBytes; at++) bytes[at] = (at * 31 + (at >> 8)) & 255
	return bytes
}

/**
 * Writes a .torrent of about `sizeBytes` in `pieceCount` pieces (each a whole number of blocks) and `fileCount`
 * files of equal size.
 */
export function writeSwarmTorrent(
	path: string,
	shape: { readonly sizeBytes: number; readonly pieceCount: number; readonly fileCount: number },
): SwarmTorrent {
	const blocksAPiece = Math.max(1, Math.round(shape.sizeBytes / shape.pieceCount / blockBytes))
	const pieceBytes = blocksAPiece * blockBytes
	const pieceCount = Math.max(1, Math.round(shape.sizeBytes / pieceBytes))
	const totalBytes = pieceCount * pieceBytes
	const digest = createHash('sha1').update(pieceContent(pieceBytes)).digest()
	const pieces = new Uint8Array(pieceCount * digest.length)
	for (let piece = 0; piece < pieceCount; piece++) pieces.set(digest, piece * digest.length)
	const info = encodeBencode({
		name: 'growth',
		'piece length': pieceBytes,
		pieces,
		...(shape.fileCount === 1 ? { length: totalBytes } : { files: filesOf(totalBytes, shape.fileCount) }),
	})
	writeFileSync(path, Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')]))
	const infoHash = createHash('sha1').update(info).digest('hex')
	return { path, infoHash, totalBytes, pieceBytes, pieceCount }
}

/** Files in folders of 100, the last of which takes the rest. */
function filesOf(totalBytes: number, fileCount: number) {
	const each = Math.floor(totalBytes / fileCount)
	return Array.from({ length: fileCount }, (_, index) => ({
		length: index === fileCount - 1 ? totalBytes - each * index : each,
		path: [`folder-${Math.floor(index / 100)}`, `file-${index}.bin`],
	}))
}
