// Blocks by one number each, as requests in flight and queues of uploads are keyed.
import { type Block, blockLength } from '../protocol/geometry.ts'
import { toBlockOffset, toPieceIndex } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import { geometryOf } from './content.ts'
import type { Core } from './core.ts'

/** The number of a block in the whole torrent: its place in blocks of 16 KiB, a fraction where pieces are no multiple of it. */
export function numberOfBlock(
	core: Core,
	block: { readonly piece: number; readonly offset: number },
): number {
	return (block.piece * geometryOf(core).pieceLength + block.offset) / blockBytes
}

/** The block of a number. */
export function blockOfNumber(core: Core, number: number): Block {
	const geometry = geometryOf(core)
	const at = number * blockBytes
	const piece = toPieceIndex(Math.floor(at / geometry.pieceLength), geometry.pieceCount)
	const offset = toBlockOffset(at - piece * geometry.pieceLength)
	return { piece, offset, length: blockLength(geometry, piece, offset / blockBytes) }
}
