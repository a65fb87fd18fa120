// The pieces of peers as the picker sees them: how rare each piece is, and which peer has something for us.
import { type Bitfield, forEachPiece, hasPiece, isFull } from '../protocol/bitfield.ts'
import type { PieceIndex } from '../protocol/ids.ts'
import * as availability from './availability.ts'
import { type PickerState, settlePartial } from './picker-state.ts'
import { refilePiece } from './piece-order.ts'

/** A peer told that it has one more piece, which is set in `have` by now. See availability.ts. */
export function addPiece(state: PickerState, have: Bitfield, piece: PieceIndex): void {
	availability.addPiece(state.availability, have, piece)
	if (!isFull(have)) {
		refile(state, piece)
		return
	}
	refileAll(state, have)
	settleAll(state)
}

/** A peer told that it lost a piece, which is clear in `have` by now. See availability.ts. */
export function removePiece(state: PickerState, have: Bitfield, piece: PieceIndex): void {
	availability.removePiece(state.availability, have, piece)
	refile(state, piece)
	if (have.count === have.size - 1) refileAll(state, have)
	settleAll(state)
}

/** A peer with these pieces joined. O(1) for a seed. */
export function addBitfield(state: PickerState, have: Bitfield): void {
	availability.addBitfield(state.availability, have)
	if (!isFull(have)) refileAll(state, have)
	settleAll(state)
}

/** A peer with these pieces left, or these are not its pieces any more. O(1) for a seed. */
export function removeBitfield(state: PickerState, have: Bitfield): void {
	availability.removeBitfield(state.availability, have)
	if (!isFull(have)) refileAll(state, have)
	settleAll(state)
}

/** Whether the peer has a wanted piece that we lack. */
export function isInteresting(state: PickerState, have: Bitfield): boolean {
	if (state.lacking.count === 0) return false
	if (isFull(have)) return true
	return state.lacking.bytes.some((byte, at) => (byte & (have.bytes[at] ?? 0)) !== 0)
}

/**
 * How many wanted pieces that we lack the peer has. O(pieces / 8); keep it with `isLacking`: one more for a
 * `have` of theirs that we lack, one less when we complete a piece that they have.
 */
export function countInteresting(state: PickerState, have: Bitfield): number {
	if (isFull(have)) return state.lacking.count
	let count = 0
	for (let at = 0; at < have.bytes.length; at += 1) {
		let both = (have.bytes[at] ?? 0) & (state.lacking.bytes[at] ?? 0)
		for (; both !== 0; both &= both - 1) count += 1
	}
	return count
}

/** Whether the piece is wanted and we lack it. O(1). */
export function isLacking(state: PickerState, piece: number): boolean {
	return hasPiece(state.lacking, piece)
}

function refile(state: PickerState, piece: number): void {
	refilePiece(state.order, piece, state.availability.counts[piece] ?? 0)
	const partial = state.open.get(piece)
	if (partial !== undefined) settlePartial(state, partial)
}

function refileAll(state: PickerState, have: Bitfield): void {
	const { order, availability: known } = state
	forEachPiece(have, piece => refilePiece(order, piece, known.counts[piece] ?? 0))
}

function settleAll(state: PickerState): void {
	for (const partial of state.open.values()) settlePartial(state, partial)
	state.openChanges += 1
	state.joinChanges += 1
	state.doubleChanges += 1
}
