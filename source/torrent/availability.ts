// How many connected peers have each piece. Seeds are counted apart, so a seed that joins or leaves costs one
// addition. Invariant: a peer is among `seeds` exactly when its bitfield is full, otherwise among `counts`;
// `histogram[c]` always is the number of pieces with `counts` = c.
import { type Bitfield, forEachPiece, isFull } from '../protocol/bitfield.ts'

export type Availability = {
	/** Peers that are no seeds, a number a piece. */
	readonly counts: Uint16Array
	/** Pieces by their count. */
	readonly histogram: number[]
	seeds: number
}

/** Nobody is connected. */
export function createAvailability(pieceCount: number): Availability {
	return { counts: new Uint16Array(pieceCount), histogram: [pieceCount], seeds: 0 }
}

/**
 * A peer told that it has `piece`, which is set in `have` by now and was not before. O(1), but O(pieces) for
 * the piece that makes the peer a seed.
 */
export function addPiece(availability: Availability, have: Bitfield, piece: number): void {
	if (!isFull(have)) {
		change(availability, piece, 1)
		return
	}
	forEachPiece(have, other => {
		if (other !== piece) change(availability, other, -1)
	})
	availability.seeds += 1
}

/** A peer told that it lost `piece`, which is clear in `have` by now and was set before. As addPiece(). */
export function removePiece(availability: Availability, have: Bitfield, piece: number): void {
	if (have.count < have.size - 1) {
		change(availability, piece, -1)
		return
	}
	forEachPiece(have, other => change(availability, other, 1))
	availability.seeds -= 1
}

/** A peer with these pieces joined, or its pieces became known. O(1) for a seed. */
export function addBitfield(availability: Availability, have: Bitfield): void {
	if (isFull(have)) availability.seeds += 1
	else forEachPiece(have, piece => change(availability, piece, 1))
}

/** A peer left, or these are not its pieces any more. O(1) for a seed. */
export function removeBitfield(availability: Availability, have: Bitfield): void {
	if (isFull(have)) availability.seeds -= 1
	else forEachPiece(have, piece => change(availability, piece, -1))
}

/** Connected peers that have the piece. */
export function copies(availability: Availability, piece: number): number {
	return (availability.counts[piece] ?? 0) + availability.seeds
}

/**
 * Whole copies of the torrent among connected peers (those of the rarest piece), and as a fraction the share of
 * pieces with more copies than that. Ours are not counted. 0 for a torrent without pieces.
 */
export function distributedCopies(availability: Availability): number {
	const pieceCount = availability.counts.length
	const rarest = availability.histogram.findIndex(pieces => pieces > 0)
	if (pieceCount === 0 || rarest === -1) return 0
	return availability.seeds + rarest + 1 - (availability.histogram[rarest] ?? 0) / pieceCount
}

function change(availability: Availability, piece: number, by: 1 | -1): void {
	const { counts, histogram } = availability
	const before = counts[piece] ?? 0
	const after = before + by
	counts[piece] = after
	histogram[before] = (histogram[before] ?? 0) - 1
	histogram[after] = (histogram[after] ?? 0) + 1
}
