// What becomes of whole pieces: hashed, written, lost, wanted or not. A piece is missing again after every
// failure; how often its hash failed is kept until it matches, so that it then comes from one peer alone.
import { clearPiece, hasPiece, setPiece } from '../protocol/bitfield.ts'
import { type Block, pieceBytes } from '../protocol/geometry.ts'
import type { PeerNumber, PieceIndex } from '../protocol/ids.ts'
import { copies } from './availability.ts'
import {
	askerSlots,
	dropBlocksFrom,
	isInFlightEntry,
	type PartialPiece,
	peerOfEntry,
	sourcesOf,
} from './partial-piece.ts'
import {
	blockAt,
	closePiece,
	isWanted,
	type PickerState,
	settlePartial,
	settleState,
} from './picker-state.ts'
import { pieceStates } from './snapshot.ts'

/**
 * The hash of a full piece was computed. When it matches the piece is to be written next; otherwise it is
 * missing again. Returns who delivered each block.
 */
export function pieceHashed(state: PickerState, piece: PieceIndex, matches: boolean): readonly PeerNumber[] {
	const partial = state.open.get(piece)
	if (partial === undefined || state.states[piece] !== pieceStates.hashing) return []
	const sources = sourcesOf(partial)
	if (matches) {
		state.states[piece] = pieceStates.writing
		state.failures.delete(piece)
	} else {
		state.failures.set(piece, (state.failures.get(piece) ?? 0) + 1)
		closePiece(state, partial)
	}
	return sources
}

/**
 * The peer is convicted of lies: what it delivered of pieces that are not full yet is fetched again, so that
 * they need not fail first. Returns how many blocks that are. O(blocks of open pieces).
 */
export function dropBlocksOf(state: PickerState, peer: PeerNumber): number {
	let dropped = 0
	for (const partial of state.open.values()) {
		if (state.states[partial.piece] !== pieceStates.open) continue
		dropped += dropBlocksFrom(partial, peer)
		settlePartial(state, partial)
	}
	state.doubleChanges += 1
	return dropped
}

/** The piece is on disk: we have it. */
export function pieceWritten(state: PickerState, piece: PieceIndex): void {
	markHave(state, piece)
}

/** The piece could not be written: it is missing again. */
export function pieceWriteFailed(state: PickerState, piece: PieceIndex): void {
	const partial = state.open.get(piece)
	if (partial !== undefined) closePiece(state, partial)
}

/** We have the piece, wherever it came from. */
export function markHave(state: PickerState, piece: PieceIndex): void {
	if (setPiece(state.have, piece) && isWanted(state, piece)) {
		state.completedWantedBytes += pieceBytes(state.geometry, piece)
	}
	const partial = state.open.get(piece)
	if (partial === undefined) settleState(state, piece)
	else closePiece(state, partial)
}

/** A piece that we had is not on disk any more. */
export function pieceLost(state: PickerState, piece: PieceIndex): void {
	if (clearPiece(state.have, piece) && isWanted(state, piece)) {
		state.completedWantedBytes -= pieceBytes(state.geometry, piece)
	}
	settleState(state, piece)
}

/** A request that has become needless. */
export type NeedlessAsk = { readonly peer: PeerNumber; readonly block: Block }

/**
 * Other files are wanted: `wanted` has a 1 for each of their pieces. Open pieces that nobody wants any more are
 * given up, unless they are full. Returns what is to be cancelled and what to discard. O(pieces).
 */
export function setWanted(
	state: PickerState,
	wanted: Uint8Array,
): { readonly cancel: readonly NeedlessAsk[]; readonly discard: readonly PieceIndex[] } {
	const cancel: NeedlessAsk[] = []
	const discard: PieceIndex[] = []
	for (let piece = 0; piece < state.geometry.pieceCount; piece += 1) {
		if (wanted[piece] === state.wanted[piece]) continue
		const sign = wanted[piece] === 1 ? 1 : -1
		const bytes = sign * pieceBytes(state.geometry, piece)
		state.wanted[piece] = wanted[piece] === 1 ? 1 : 0
		state.wantedBytes += bytes
		if (hasPiece(state.have, piece)) state.completedWantedBytes += bytes
		const partial = state.open.get(piece)
		if (partial !== undefined && sign === -1 && state.states[piece] === pieceStates.open) {
			collectAsks(state, partial, cancel)
			discard.push(partial.piece)
			closePiece(state, partial)
		} else settleState(state, piece)
	}
	return { cancel, discard }
}

/**
 * Closes an open piece that nobody works at, so that a peer that has none of the open ones can go on: first one
 * with nothing received, then one that no connected peer has, then the one with the least received. Returns it
 * (to be discarded), or undefined when every open piece is being worked at. O(open pieces).
 */
export function makeRoom(state: PickerState): PieceIndex | undefined {
	let victim: PartialPiece | undefined
	let least = Number.POSITIVE_INFINITY
	for (const partial of state.open.values()) {
		if (state.states[partial.piece] !== pieceStates.open || partial.asked > 0) continue
		const isReachable = copies(state.availability, partial.piece) > 0
		const loss = partial.received === 0 ? -1 : partial.received + (isReachable ? partial.blockCount : 0)
		if (loss < least) {
			least = loss
			victim = partial
		}
	}
	if (victim !== undefined) closePiece(state, victim)
	return victim?.piece
}

function collectAsks(state: PickerState, partial: PartialPiece, asks: NeedlessAsk[]): void {
	const slots = askerSlots(partial.maxAskers)
	partial.askers.forEach((entry, slot) => {
		if (isInFlightEntry(entry)) {
			asks.push({ peer: peerOfEntry(entry), block: blockAt(state, partial.piece, Math.floor(slot / slots)) })
		}
	})
}
