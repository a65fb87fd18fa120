// Small pieces that lie side by side: fetched one after the other where that costs no rarity, they can be written
// by one call. A disk has its price a write, and four writes of 256 KiB cost nearly four times as much as one of
// 1 MiB (test/bench/README.md). Libtorrent knows the habit as piece extent affinity.
import { type Bitfield, hasPiece } from '../protocol/bitfield.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { PieceOrder } from './piece-order.ts'
import type { PickerState } from './picker-state.ts'
import { pieceStates } from './snapshot.ts'

/** Pieces within such a stretch of the torrent, from a multiple of it on, are beside one another. */
const extentBytes = 1 << 20
/** A torrent of small pieces is small itself: more of them in a row would leave little to the lot. */
const mostPieces = 4

/** The pieces beside this one and itself: `first` ≤ piece < `end`. */
export function extentOf(
	{ pieceLength, pieceCount }: Pick<Geometry, 'pieceLength' | 'pieceCount'>,
	piece: number,
): { readonly first: number; readonly end: number } {
	const pieces = Math.min(mostPieces, Math.max(1, Math.floor(extentBytes / pieceLength)))
	const first = piece - (piece % pieces)
	return { first, end: Math.min(first + pieces, pieceCount) }
}

/**
 * The piece beside `piece` that a peer goes on with, upwards first: filed, in `have`, and no more common than
 * `mostCopies`; undefined where there is none.
 */
export function findBeside(
	order: PieceOrder,
	geometry: Geometry,
	{
		piece,
		have,
		mostCopies,
	}: { readonly piece: number; readonly have: Bitfield; readonly mostCopies: number },
): number | undefined {
	if (piece < 0) return undefined
	const { first, end } = extentOf(geometry, piece)
	for (let step = 1; step < end - first; step += 1) {
		const beside = piece + step < end ? piece + step : piece + step - end + first
		order.visits += 1
		if (!hasPiece(order.filed, beside) || !hasPiece(have, beside)) continue
		if ((order.bucketOf[beside] ?? 0) <= mostCopies) return beside
	}
	return undefined
}

/** Whether a piece beside this one is being fetched or hashed, and so may have to be written soon. */
export function isFetchedBeside({ geometry, states }: PickerState, piece: number): boolean {
	const { first, end } = extentOf(geometry, piece)
	for (let beside = first; beside < end; beside += 1) {
		if (beside === piece) continue
		if (states[beside] === pieceStates.open || states[beside] === pieceStates.hashing) return true
	}
	return false
}
