// Which piece a peer is asked for next. The considerations, in order:
//   1. a peer on parole: the piece that is to clear or convict it, whole, from it alone; else pieces of its own
//   2. choked: only pieces that it allowed (BEP 6), open ones first
//   3. the piece that it is at already, or another one of its own: blocks in a row come from one peer
//   4. an open piece that nobody works at; at the start any open one: four whole pieces make us worth trading with
//   5. a new piece, while there is room: one it suggested (BEP 6); the first by lot until we have four; then in
//      sequence, or the rarest, among equals one beside its last small piece, by lot otherwise. A slow peer gets a
//      common one: it would hold up a rare one
//   6. any open piece, those where peers of its speed work first
import { type Bitfield, hasPiece } from '../protocol/bitfield.ts'
import type { PeerNumber, PieceIndex } from '../protocol/ids.ts'
import { copies } from './availability.ts'
import { findBeside } from './extent.ts'
import { freeBlocks, type PartialPiece } from './partial-piece.ts'
import {
	type Memo,
	openPiece,
	type PeerRecord,
	type PickerState,
	recordOf,
	setOwner,
} from './picker-state.ts'
import { findCommonest, findFirst, findRandom, findRarest } from './piece-order.ts'
import type { RandomState } from './random.ts'
import type { PickReason } from './reasons.ts'
import { pieceStates } from './snapshot.ts'

/** A peer may be asked for what was asked of these: for so many blocks at a time, beside at most so many others. */
export type Help = {
	readonly peers: ReadonlySet<PeerNumber>
	readonly most: number
	readonly beside: number
}

/** What the picker needs to know of a peer. */
export type PickerPeer = {
	readonly peer: PeerNumber
	readonly have: Bitfield
	/** It chokes us: nothing but pieces of `allowedFast` may be asked for. */
	readonly choked: boolean
	/** Pieces of its `allowedFast` and `suggest` messages; the caller bounds both. */
	readonly allowedFast: ReadonlySet<number>
	readonly suggested: ReadonlySet<number>
	/** It was in a piece that failed: every piece that it begins is to come from it alone. */
	readonly onParole: boolean
	/** The piece that it should begin with while it is on parole. */
	readonly parolePiece: PieceIndex | undefined
	/** Snubbing us, or snubbed by the user: no rare new pieces, nothing at the end that others were asked for. */
	readonly slow: boolean
	/** What it may be asked for at the end although others were. */
	readonly helps: Help
}

/** Pieces that we fetch by lot before the rarest come first. */
const randomFirstPieces = 4
const joinProbes = 64
const suggestionProbes = 32

/** The piece that the peer's next request goes to, with at least one free block; opened if need be. */
export function choosePiece(
	state: PickerState,
	peer: PickerPeer,
	random: RandomState,
): PartialPiece | undefined {
	const record = recordOf(state, peer.peer)
	const parole = peer.parolePiece === undefined ? undefined : chooseParole(state, peer, peer.parolePiece)
	if (parole !== undefined) return parole
	if (peer.choked) return chooseAllowedFast(state, peer)
	const current = state.open.get(record.current)
	if (current !== undefined && mayTake(state, peer, current)) return current
	const own = record.owned > 0 ? findOwn(state, peer) : undefined
	if (own !== undefined) return own
	const joinable = peer.onParole ? undefined : findJoinable(state, peer, { record, probes: joinProbes })
	const isUrgent = state.have.count < randomFirstPieces
	if (joinable !== undefined && (joinable.asked === 0 || isUrgent)) return joinable
	return (
		chooseNew(state, peer, { record, random }) ??
		joinable ??
		findJoinable(state, peer, { record, probes: state.joinable.length })
	)
}

/** Whether another piece may be opened. */
export function hasRoom(state: PickerState): boolean {
	return state.open.size < state.maxOpenPieces
}

/** Whether a search found nothing and nothing has changed since. */
export function isDry(memo: Memo, changes: number, have: Bitfield): boolean {
	return memo.changes === changes && memo.pieces === have.count
}

/** Remembers that a search found nothing. */
export function markDry(memo: Memo, changes: number, have: Bitfield): void {
	memo.changes = changes
	memo.pieces = have.count
}

/** Whether the peer rejected a block of the piece and has delivered nothing since. */
export function hasRefused(state: PickerState, peer: PeerNumber, partial: PartialPiece): boolean {
	return partial.refusals !== undefined && partial.refusals.get(peer) === state.peers.get(peer)?.pardon
}

function mayTake(state: PickerState, peer: PickerPeer, partial: PartialPiece): boolean {
	return (
		state.states[partial.piece] === pieceStates.open &&
		freeBlocks(partial) > 0 &&
		!hasRefused(state, peer.peer, partial) &&
		(partial.owner === undefined || partial.owner === peer.peer) &&
		hasPiece(peer.have, partial.piece)
	)
}

function chooseParole(state: PickerState, peer: PickerPeer, piece: PieceIndex): PartialPiece | undefined {
	if (peer.choked && !peer.allowedFast.has(piece)) return undefined
	const partial = state.open.get(piece)
	if (partial === undefined) return openFor(state, peer, { piece, reason: { code: 'picked-on-parole' } })
	if (!mayTake(state, peer, partial)) return undefined
	if (partial.owner === undefined && partial.received + partial.asked > 0) return undefined
	if (partial.owner === undefined) setOwner(state, partial, peer.peer)
	return partial
}

function chooseAllowedFast(state: PickerState, peer: PickerPeer): PartialPiece | undefined {
	let missing: number | undefined
	for (const piece of peer.allowedFast) {
		state.order.visits += 1
		const partial = state.open.get(piece)
		if (partial !== undefined && mayTake(state, peer, partial)) return partial
		missing ??= isNewTo(state, peer, piece) ? piece : undefined
	}
	if (missing === undefined) return undefined
	return openFor(state, peer, { piece: missing, reason: { code: 'picked-allowed-fast' } })
}

/** Nobody else may be asked for what came free again in a piece of the peer alone. Rare, so O(open pieces) will do. */
function findOwn(state: PickerState, peer: PickerPeer): PartialPiece | undefined {
	for (const partial of state.open.values()) {
		state.order.visits += 1
		if (partial.owner === peer.peer && mayTake(state, peer, partial)) return partial
	}
	return undefined
}

function findJoinable(
	state: PickerState,
	peer: PickerPeer,
	{ record, probes }: { record: PeerRecord; probes: number },
): PartialPiece | undefined {
	const { joinable } = state
	if (isDry(record.nothingToJoin, state.joinChanges, peer.have)) return undefined
	let best: PartialPiece | undefined
	const tries = Math.min(probes, joinable.length)
	for (let step = 0; step < tries; step += 1) {
		state.order.visits += 1
		const piece = joinable[(state.joinFrom + step) % joinable.length] ?? -1
		const partial = state.open.get(piece)
		if (partial === undefined || !mayTake(state, peer, partial)) continue
		if (partial.asked === 0) return partial
		if (best === undefined || (best.slow !== peer.slow && partial.slow === peer.slow)) best = partial
	}
	if (best === undefined) {
		state.joinFrom = joinable.length === 0 ? 0 : (state.joinFrom + tries) % joinable.length
		if (tries === joinable.length) markDry(record.nothingToJoin, state.joinChanges, peer.have)
	}
	return best
}

function chooseNew(
	state: PickerState,
	peer: PickerPeer,
	{ record, random }: { record: PeerRecord; random: RandomState },
): PartialPiece | undefined {
	if (!hasRoom(state) || isDry(record.nothingToOpen, state.openChanges, peer.have)) return undefined
	const found = findSuggested(state, peer) ?? findNew(state, peer, { record, random })
	if (found !== undefined) return openFor(state, peer, found)
	markDry(record.nothingToOpen, state.openChanges, peer.have)
	return undefined
}

type Choice = { readonly piece: number; readonly reason: PickReason }

function findSuggested(state: PickerState, peer: PickerPeer): Choice | undefined {
	if (peer.suggested.size === 0 || peer.slow || state.sequential) return undefined
	let probes = 0
	for (const piece of peer.suggested) {
		state.order.visits += 1
		if (isNewTo(state, peer, piece)) {
			return { piece, reason: { code: 'picked-suggested' } }
		}
		probes += 1
		if (probes === suggestionProbes) break
	}
	return undefined
}

function findNew(
	state: PickerState,
	peer: PickerPeer,
	{ record, random }: { record: PeerRecord; random: RandomState },
): Choice | undefined {
	const { order, availability, have } = state
	const search = { have: peer.have, random, position: record }
	if (state.sequential) {
		const piece = findFirst(order, peer.have)
		return piece === undefined ? undefined : { piece, reason: { code: 'picked-sequential' } }
	}
	const code = peer.slow
		? 'picked-common'
		: have.count < randomFirstPieces
			? 'picked-random-first'
			: 'picked-rarest'
	const find = {
		'picked-common': findCommonest,
		'picked-random-first': findRandom,
		'picked-rarest': findRarest,
	}
	const piece = find[code](order, search)
	if (piece === undefined) return undefined
	const beside = code === 'picked-rarest' ? findAsRareBeside(state, peer, { record, piece }) : undefined
	return beside ?? { piece, reason: { code, copies: copies(availability, piece) } }
}

function findAsRareBeside(
	{ order, geometry, availability }: PickerState,
	{ have }: PickerPeer,
	{ record, piece }: { record: PeerRecord; piece: number },
): Choice | undefined {
	const mostCopies = order.bucketOf[piece] ?? 0
	const beside = findBeside(order, geometry, { piece: record.current, have, mostCopies })
	if (beside === undefined || beside === piece) return undefined
	const reason = {
		code: 'picked-beside',
		copies: copies(availability, beside),
		other: record.current,
	} as const
	return { piece: beside, reason }
}

function isNewTo(state: PickerState, peer: PickerPeer, piece: number): boolean {
	return hasPiece(state.order.filed, piece) && hasPiece(peer.have, piece)
}

function openFor(state: PickerState, peer: PickerPeer, { piece, reason }: Choice): PartialPiece | undefined {
	if (!hasRoom(state) || !isNewTo(state, peer, piece)) return undefined
	return openPiece(state, piece, { by: peer.peer, reason, alone: peer.onParole })
}
