// Decides which block is asked of whom (BEP 3, BEP 6), and follows every block from there to the disk. The order
// of considerations stands in piece-choice.ts. Invariant: outside the endgame no block is in flight twice.
// Costs nothing per block that grows with pieces or peers, and allocates nothing but the result.
import { type Block, blockLength } from '../protocol/geometry.ts'
import type { PeerNumber, PieceIndex } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import { takeDuplicates } from './endgame.ts'
import {
	askerSlots,
	isInFlightEntry,
	isReceived,
	markAsked,
	markReceived,
	markReleased,
	type PartialPiece,
	peerOfEntry,
	takeFreeBlock,
	wasAsked,
} from './partial-piece.ts'
import {
	blockAt,
	closePiece,
	endAsk,
	forgetDry,
	mustComeFromOne,
	type PickerState,
	recordOf,
	setOwner,
	settlePartial,
} from './picker-state.ts'
import { choosePiece, type PickerPeer } from './piece-choice.ts'
import type { RandomState } from './random.ts'
import type { PickReason } from './reasons.ts'
import { pieceStates } from './snapshot.ts'

/** A block to ask for, and why. */
export type Picked = { readonly block: Block; readonly reason: PickReason }

/** What a block that came in leads to. */
export type Receipt = {
	/** False: somebody else was faster, the block is waste. */
	readonly accepted: boolean
	/** Others who were asked for it. */
	readonly cancel: readonly PeerNumber[]
	/** It was the last one: the piece is to be hashed. */
	readonly pieceFull: boolean
}

const noPeers: readonly PeerNumber[] = []
const noPieces: readonly PieceIndex[] = []
const noExceptions: ReadonlySet<number> = new Set()
const wasted: Receipt = { accepted: false, cancel: noPeers, pieceFull: false }
const accepted: Receipt = { accepted: true, cancel: noPeers, pieceFull: false }
const acceptedLast: Receipt = { accepted: true, cancel: noPeers, pieceFull: true }

/** Picks up to `count` blocks for a peer and marks them as asked of it. Fewer: there is nothing else for it now. */
export function pickBlocks(
	state: PickerState,
	peer: PickerPeer,
	{ count, random }: { count: number; random: RandomState },
): Picked[] {
	const picked: Picked[] = []
	while (picked.length < count) {
		const partial = choosePiece(state, peer, random)
		if (partial === undefined) break
		takeRun(state, peer, { partial, picked, count })
	}
	if (picked.length < count) {
		for (const { partial, block, askedOf } of takeDuplicates(state, peer, count - picked.length)) {
			picked.push({
				block: blockAt(state, partial.piece, block),
				reason: { code: 'picked-endgame', askedOf },
			})
		}
	}
	return picked
}

/**
 * Whether a block on its way in is to be kept: it was asked of this peer, be it long ago, and is still missing.
 * Safe with any numbers. O(1).
 */
export function wantsBlock(
	state: PickerState,
	peer: PeerNumber,
	fields: { readonly piece: number; readonly offset: number; readonly length: number },
): boolean {
	const partial = state.open.get(fields.piece)
	if (partial === undefined) return false
	const block = fields.offset / blockBytes
	if (!Number.isInteger(block) || block < 0 || block >= partial.blockCount) return false
	if (fields.length !== blockLength(state.geometry, partial.piece, block)) return false
	return isAwaited(partial, block, peer)
}

/** A block that was let in is whole. O(1). */
export function blockReceived(state: PickerState, peer: PeerNumber, block: Block): Receipt {
	const partial = state.open.get(block.piece)
	const index = block.offset / blockBytes
	if (partial === undefined || !isAwaited(partial, index, peer)) return wasted
	pardonPeer(state, peer)
	const cancel = endAsks(state, { partial, block: index, except: peer })
	markReceived(partial, index, peer)
	const pieceFull = partial.received === partial.blockCount
	if (pieceFull) state.states[partial.piece] = pieceStates.hashing
	settlePartial(state, partial)
	if (cancel.length > 0) return { accepted: true, cancel, pieceFull }
	return pieceFull ? acceptedLast : accepted
}

/**
 * A request is not in flight any more: time-out, cancel, rejected by choking. The peer's late answer stays
 * welcome. Returns pieces that are given up with it: whatever the pool holds of them is to be discarded.
 */
export function releaseBlock(state: PickerState, peer: PeerNumber, block: Block): readonly PieceIndex[] {
	const partial = state.open.get(block.piece)
	if (partial === undefined) return noPieces
	endAsk(state, markReleased(partial, block.offset / blockBytes, peer))
	state.doubleChanges += 1
	return settleReleased(state, peer, partial) ? [partial.piece] : noPieces
}

/** As `releaseBlock`, for a reject (BEP 6) while unchoked: the piece is not asked of the peer again until `pardonPeer`. */
export function blockRejected(state: PickerState, peer: PeerNumber, block: Block): readonly PieceIndex[] {
	const record = state.peers.get(peer)
	if (record !== undefined) {
		record.hasRefused = true
		const partial = state.open.get(block.piece)
		if (partial !== undefined) (partial.refusals ??= new Map()).set(peer, record.pardon)
	}
	return releaseBlock(state, peer, block)
}

/** Pieces of which the peer rejected a block are asked of it again: it delivered something, or time went by. */
export function pardonPeer(state: PickerState, peer: PeerNumber): void {
	const record = state.peers.get(peer)
	if (!record?.hasRefused) return
	record.hasRefused = false
	record.pardon = state.nextPardon
	state.nextPardon += 1
	forgetDry(record)
}

/**
 * The peer is gone, or chokes us but for the pieces of `except` (its allowed fast ones): its other requests are
 * released, and nothing else is to come from it alone. Returns pieces to discard, as `releaseBlock`.
 */
export function releasePeer(
	state: PickerState,
	peer: PeerNumber,
	except: ReadonlySet<number> = noExceptions,
): readonly PieceIndex[] {
	const record = state.peers.get(peer)
	if (record === undefined) return noPieces
	const discard: PieceIndex[] = []
	if (record.inFlight > 0 || record.owned > 0) {
		for (const partial of state.open.values()) {
			if ((partial.asked === 0 && partial.owner !== peer) || except.has(partial.piece)) continue
			// Last block first: the one that came free last is taken first.
			for (let block = partial.blockCount - 1; block >= 0 && record.inFlight > 0; block -= 1) {
				endAsk(state, markReleased(partial, block, peer))
			}
			if (settleReleased(state, peer, partial)) discard.push(partial.piece)
		}
	}
	state.doubleChanges += 1
	if (record.inFlight === 0 && record.owned === 0) state.peers.delete(peer)
	return discard
}

function takeRun(
	state: PickerState,
	peer: PickerPeer,
	{ partial, picked, count }: { partial: PartialPiece; picked: Picked[]; count: number },
): void {
	const record = recordOf(state, peer.peer)
	const reason: PickReason =
		partial.openedBy === peer.peer
			? partial.reason
			: { code: 'picked-partial', receivedBlocks: partial.received, blockCount: partial.blockCount }
	partial.slow = peer.slow || (partial.slow && partial.asked > 0)
	while (picked.length < count) {
		const block = takeFreeBlock(partial)
		if (block === undefined) break
		markAsked(partial, block, { peer: peer.peer, duplicate: false })
		record.inFlight += 1
		state.inFlight += 1
		picked.push({ block: blockAt(state, partial.piece, block), reason })
	}
	record.current = partial.piece
	settlePartial(state, partial)
}

function isAwaited(partial: PartialPiece, block: number, peer: PeerNumber): boolean {
	if (partial.owner !== undefined && partial.owner !== peer) return false
	return !isReceived(partial, block) && wasAsked(partial, block, peer)
}

function endAsks(
	state: PickerState,
	{ partial, block, except }: { partial: PartialPiece; block: number; except: PeerNumber },
): readonly PeerNumber[] {
	let others: PeerNumber[] | undefined
	const slots = askerSlots(partial.maxAskers)
	for (let slot = block * slots; slot < (block + 1) * slots; slot += 1) {
		const entry = partial.askers[slot] ?? 0
		if (!isInFlightEntry(entry)) continue
		endAsk(state, entry)
		const peer = peerOfEntry(entry)
		if (peer !== except) (others ??= []).push(peer)
	}
	return others ?? noPeers
}

/** True when the piece was given up: it had to come from this peer alone, which nothing is asked of any more. */
function settleReleased(state: PickerState, peer: PeerNumber, partial: PartialPiece): boolean {
	if (partial.owner === peer && partial.asked === 0) {
		if (state.states[partial.piece] === pieceStates.open && mustComeFromOne(state, partial.piece)) {
			closePiece(state, partial)
			return true
		}
		setOwner(state, partial, undefined)
	}
	settlePartial(state, partial)
	return false
}
