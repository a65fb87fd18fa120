// What the screen and the summary want to know of the picker: numbers that it keeps anyway, and copies of the
// states of pieces. Only the view of open pieces allocates.

import { distributedCopies } from './availability.ts'
import { inEndgame } from './endgame.ts'
import type { PickerState } from './picker-state.ts'
import type { OpenPieceView } from './snapshot.ts'

/** The picker in numbers. */
export type PickerProgress = {
	readonly have: number
	/** Wanted pieces that we lack. */
	readonly lacking: number
	readonly wantedBytes: number
	/** Bytes of wanted pieces that we have. */
	readonly completedWantedBytes: number
	/** Open, hashing and being written. */
	readonly openPieces: number
	readonly inFlight: number
	readonly copies: number
	readonly endgame: boolean
}

/** The numbers of this instant. O(1). */
export function pickerProgress(state: PickerState): PickerProgress {
	return {
		have: state.have.count,
		lacking: state.lacking.count,
		wantedBytes: state.wantedBytes,
		completedWantedBytes: state.completedWantedBytes,
		openPieces: state.open.size,
		inFlight: state.inFlight,
		copies: distributedCopies(state.availability),
		endgame: inEndgame(state),
	}
}

/** Pieces that are open, hashing or being written, in the order in which they were opened. */
export function openPieceViews(state: PickerState): OpenPieceView[] {
	return Array.from(state.open.values(), ({ piece, blockCount, received, asked, reason }) => ({
		piece,
		blockCount,
		received,
		requested: asked,
		reason,
	}))
}

/** One of `pieceStates`. `piece` must be below the piece count. */
export function pieceState(state: PickerState, piece: number): number {
	return state.states[piece] ?? 0
}

/** Copies the state of every piece into `target`, which has room for all. */
export function fillStates(state: PickerState, target: Uint8Array): void {
	target.set(state.states)
}

/** Copies into `target` how many connected peers have each piece. */
export function fillCopies(state: PickerState, target: Uint16Array): void {
	const { counts, seeds } = state.availability
	for (let piece = 0; piece < counts.length; piece += 1) target[piece] = (counts[piece] ?? 0) + seeds
}
