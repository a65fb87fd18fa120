// Blocks of pieces in doubt: none of them leaves as it was read before somebody proved its piece (threats D13).
import type { Block } from '../protocol/geometry.ts'
import type { BlocksRead } from './block-reader.ts'
import type { PieceDoubts } from './piece-doubts.ts'

export type Doubts = Pick<PieceDoubts, 'count' | 'has' | 'settle'>

export type VouchOptions = {
	readonly doubts: Doubts
	readonly blocks: readonly Block[]
	/** What was read of the blocks, perhaps before there were doubts. */
	readonly read: BlocksRead
	/** Reads blocks again, over what was read before. */
	readonly readAgain: (blocks: readonly Block[]) => Promise<BlocksRead>
}

/** What may leave of `blocks`; whatever cannot be vouched for has failed. */
export async function vouchFor({ doubts, blocks, read, readAgain }: VouchOptions): Promise<BlocksRead> {
	const errors = new Map<number, string>()
	let kept = blocks
	let last = read
	for (;;) {
		const doubted = new Set(kept.flatMap(({ piece }) => (doubts.has(piece) ? [piece] : [])))
		if (doubted.size === 0) break
		for (const piece of doubted) {
			const error = await doubts.settle(piece)
			if (error !== undefined) errors.set(piece, error)
		}
		kept = kept.filter(({ piece }) => !errors.has(piece))
		last = await readAgain(kept)
	}
	const failed = blocks.flatMap(block => {
		const error = errors.get(block.piece)
		return error === undefined ? [] : [{ block, error }]
	})
	return { wire: last.wire, failed: [...last.failed, ...failed] }
}
