// The end of a download: every missing block is in flight, and a slow peer would hold up the whole. Blocks that
// have been in flight longest are then asked of a second and third peer, where that helps (laggard.ts).
// Invariants: no peer has two requests for one block, no block more than `maxAskers`, no peer more than
// `maxDuplicates` duplicates.
import { hasPiece } from '../protocol/bitfield.ts'
import {
	countAskers,
	isAskedOfAny,
	isInFlight,
	isReceived,
	markAsked,
	type PartialPiece,
} from './partial-piece.ts'
import { type PickerState, recordOf } from './picker-state.ts'
import { hasRefused, isDry, markDry, type PickerPeer } from './piece-choice.ts'
import { countWithoutCopies } from './piece-order.ts'
import { pieceStates } from './snapshot.ts'

/** A block to be asked for once more. */
export type Duplicate = { readonly partial: PartialPiece; readonly block: number; readonly askedOf: number }

/** Whether every missing wanted block that some peer has is in flight, at least one. */
export function inEndgame(state: PickerState): boolean {
	const { order, availability } = state
	const outOfReach = availability.seeds > 0 ? 0 : countWithoutCopies(order)
	return state.inFlight > 0 && state.freeBlocks === 0 && order.filed.count === outOfReach
}

/** Marks up to `count` blocks of peers that `helps` names, oldest first, as asked of this peer too, and returns them. */
export function takeDuplicates(state: PickerState, peer: PickerPeer, count: number): readonly Duplicate[] {
	if (peer.helps.peers.size === 0 || peer.slow || peer.choked || peer.onParole || !inEndgame(state))
		return none
	const record = recordOf(state, peer.peer)
	const most = Math.min(state.maxDuplicates, peer.helps.most)
	const room = Math.min(count, most - record.duplicates)
	if (room <= 0 || isDry(record.nothingToDouble, state.doubleChanges, peer.have)) return none
	const search: Search = { peer, room, taken: [], passedBy: 0 }
	for (const partial of state.open.values()) {
		if (search.taken.length === room) break
		state.order.visits += 1
		if (mayDouble(state, peer, partial)) takeFrom(state, partial, search)
	}
	const { taken } = search
	// Who needs no help now may need it later.
	if (taken.length < room && search.passedBy === 0)
		markDry(record.nothingToDouble, state.doubleChanges, peer.have)
	record.inFlight += taken.length
	record.duplicates += taken.length
	state.inFlight += taken.length
	return taken
}

type Search = {
	readonly peer: PickerPeer
	readonly room: number
	readonly taken: Duplicate[]
	/** Blocks that only peers in no need of help were asked for, or too many. */
	passedBy: number
}

const none: readonly Duplicate[] = []

function mayDouble(state: PickerState, peer: PickerPeer, partial: PartialPiece): boolean {
	return (
		state.states[partial.piece] === pieceStates.open &&
		partial.spare > 0 &&
		partial.owner === undefined &&
		hasPiece(peer.have, partial.piece) &&
		!hasRefused(state, peer.peer, partial)
	)
}

function takeFrom(state: PickerState, partial: PartialPiece, search: Search): void {
	const { peer, room, taken } = search
	for (let block = 0; block < partial.blockCount && taken.length < room; block += 1) {
		state.order.visits += 1
		if (isReceived(partial, block) || isInFlight(partial, block, peer.peer)) continue
		const askedOf = countAskers(partial, block)
		if (askedOf === 0 || askedOf >= partial.maxAskers) continue
		if (askedOf > peer.helps.beside || !isAskedOfAny(partial, block, peer.helps.peers)) {
			search.passedBy += 1
			continue
		}
		markAsked(partial, block, { peer: peer.peer, duplicate: true })
		taken.push({ partial, block, askedOf })
	}
}
