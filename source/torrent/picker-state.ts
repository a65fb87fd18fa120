// What the piece picker knows, as plain data, and how a piece passes from one state to the next. Invariants:
// a piece is filed in `order` exactly when its state is `missing`, it is in `open` exactly when its state is
// `open`, `hashing` or `writing`; `inFlight`, `freeBlocks` and the other counts equal what one would count.
import {
	type Bitfield,
	clearPiece,
	copyBitfield,
	createBitfield,
	hasPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import { invariant } from '../protocol/errors.ts'
import { type Block, blockLength, type Geometry, pieceBytes } from '../protocol/geometry.ts'
import { type PeerNumber, type PieceIndex, toBlockOffset, toPieceIndex } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import { type Availability, createAvailability } from './availability.ts'
import {
	askerSlots,
	createPartialPiece,
	freeBlocks,
	isDuplicateEntry,
	isInFlightEntry,
	type PartialPiece,
	peerOfEntry,
} from './partial-piece.ts'
import { createPieceOrder, filePiece, type PieceOrder, unfilePiece } from './piece-order.ts'
import type { PickReason } from './reasons.ts'
import { pieceStates } from './snapshot.ts'

/** What the picker remembers of a peer from its first request until it is released. */
export type PeerRecord = {
	/** The piece that its requests go on with, -1 for none. */
	current: number
	inFlight: number
	/** Of those, how many double another request. */
	duplicates: number
	/** Pieces that are to come from this peer alone. */
	owned: number
	/** A refusal counts until the peer's pardon is another: until it delivers something. */
	pardon: number
	/** It refused something since then. */
	hasRefused: boolean
	/** Where a search among filed pieces goes on. */
	scanByte: number
	/** Nothing was found when the changes and the peer's pieces were as many as this. */
	readonly nothingToOpen: Memo
	readonly nothingToJoin: Memo
	readonly nothingToDouble: Memo
}
export type Memo = { changes: number; pieces: number }

export type PickerState = {
	readonly geometry: Geometry
	/** Pieces by their first block in order instead of the rarest first. May be changed at any time. */
	sequential: boolean
	/** Pieces open, hashing or being written at once. May be changed at any time. */
	maxOpenPieces: number
	/** Peers that may be asked for one block at once, at the end. */
	readonly maxAskers: number
	/** Requests a peer may have in flight that double another one. */
	readonly maxDuplicates: number
	readonly have: Bitfield
	readonly wanted: Uint8Array
	/** Wanted pieces that we lack: what makes a peer interesting. */
	readonly lacking: Bitfield
	/** One of `pieceStates` a piece. */
	readonly states: Uint8Array
	readonly availability: Availability
	readonly order: PieceOrder
	/** In the order in which they were opened. */
	readonly open: Map<number, PartialPiece>
	/** Open pieces with free blocks that anybody may be asked for. */
	readonly joinable: number[]
	/** Where the search among joinable pieces goes on. */
	joinFrom: number
	readonly peers: Map<PeerNumber, PeerRecord>
	/** How often each piece failed its hash since we last had it. */
	readonly failures: Map<number, number>
	/** Free blocks of joinable pieces that some peer has. */
	freeBlocks: number
	inFlight: number
	nextPardon: number
	wantedBytes: number
	completedWantedBytes: number
	/** Events after which a search that found nothing may find something. */
	openChanges: number
	joinChanges: number
	doubleChanges: number
}

/** `wanted` has a 1 for every piece of a chosen file. */
export type PickerOptions = {
	readonly geometry: Geometry
	readonly have: Bitfield
	readonly wanted: Uint8Array
	readonly sequential: boolean
	readonly maxOpenPieces: number
	readonly maxAskers?: number
	readonly maxDuplicates?: number
}

/** A picker that knows no peer. Copies `have` and `wanted`. */
export function createPicker(options: PickerOptions): PickerState {
	const { geometry, sequential, maxOpenPieces, maxAskers = 3, maxDuplicates = 20 } = options
	const { pieceCount } = geometry
	const state: PickerState = {
		geometry,
		sequential,
		maxOpenPieces,
		maxAskers,
		maxDuplicates,
		have: copyBitfield(options.have),
		wanted: options.wanted.slice(),
		lacking: createBitfield(pieceCount),
		states: new Uint8Array(pieceCount).fill(pieceStates.unwanted),
		availability: createAvailability(pieceCount),
		order: createPieceOrder(pieceCount),
		open: new Map(),
		joinable: [],
		joinFrom: 0,
		peers: new Map(),
		failures: new Map(),
		freeBlocks: 0,
		inFlight: 0,
		nextPardon: 0,
		wantedBytes: 0,
		completedWantedBytes: 0,
		openChanges: 0,
		joinChanges: 0,
		doubleChanges: 0,
	}
	for (let piece = 0; piece < pieceCount; piece += 1) {
		if (isWanted(state, piece)) {
			const bytes = pieceBytes(geometry, piece)
			state.wantedBytes += bytes
			if (hasPiece(state.have, piece)) state.completedWantedBytes += bytes
		}
		settleState(state, piece)
	}
	return state
}

/** Whether the piece belongs to a chosen file. */
export function isWanted(state: PickerState, piece: number): boolean {
	return state.wanted[piece] === 1
}

/** The record of a peer, made when there is none. */
export function recordOf(state: PickerState, peer: PeerNumber): PeerRecord {
	const known = state.peers.get(peer)
	if (known !== undefined) return known
	const record: PeerRecord = {
		current: -1,
		inFlight: 0,
		duplicates: 0,
		owned: 0,
		pardon: state.nextPardon,
		hasRefused: false,
		// 31 bits: V8 keeps what was computed beyond as a float, and every request made of it afterwards.
		scanByte: (Math.imul(peer, 0x9e3779b1) >>> 1) % Math.max(1, state.order.filed.bytes.length),
		nothingToOpen: { changes: -1, pieces: 0 },
		nothingToJoin: { changes: -1, pieces: 0 },
		nothingToDouble: { changes: -1, pieces: 0 },
	}
	state.nextPardon += 1
	state.peers.set(peer, record)
	return record
}

/** What was searched in vain is searched anew. */
export function forgetDry(record: PeerRecord): void {
	record.nothingToOpen.changes = -1
	record.nothingToJoin.changes = -1
	record.nothingToDouble.changes = -1
}

/** The block of a piece with this index. */
export function blockAt(state: PickerState, piece: PieceIndex, block: number): Block {
	return {
		piece,
		offset: toBlockOffset(block * blockBytes),
		length: blockLength(state.geometry, piece, block),
	}
}

/** Opens a missing piece for a peer. */
export function openPiece(
	state: PickerState,
	index: number,
	opened: { by: PeerNumber; reason: PickReason; alone: boolean },
): PartialPiece {
	const piece = toPieceIndex(index, state.geometry.pieceCount)
	invariant(state.states[piece] === pieceStates.missing, `piece ${piece} may be opened`)
	unfilePiece(state.order, piece)
	state.states[piece] = pieceStates.open
	const partial = createPartialPiece(state.geometry, piece, { ...opened, maxAskers: state.maxAskers })
	state.open.set(piece, partial)
	state.doubleChanges += 1
	if (opened.alone || mustComeFromOne(state, piece)) setOwner(state, partial, opened.by)
	return partial
}

/** Whether the piece failed so often that it is to come from one peer alone, which then answers for it. */
export function mustComeFromOne(state: PickerState, piece: number): boolean {
	return (state.failures.get(piece) ?? 0) >= 2
}

/** Gives the piece to one peer alone, or to all. */
export function setOwner(state: PickerState, partial: PartialPiece, owner: PeerNumber | undefined): void {
	if (partial.owner !== undefined) recordOf(state, partial.owner).owned -= 1
	partial.owner = owner
	if (owner !== undefined) recordOf(state, owner).owned += 1
	settlePartial(state, partial)
}

/** Counts the piece's free blocks anew, after anything about it has changed. O(1). */
export function settlePartial(state: PickerState, partial: PartialPiece): void {
	const { piece } = partial
	const joinable =
		state.states[piece] === pieceStates.open && partial.owner === undefined && freeBlocks(partial) > 0
	if (joinable !== (partial.joinableAt !== -1)) {
		if (joinable) addJoinable(state, partial)
		else removeJoinable(state, partial)
	}
	const { counts, seeds } = state.availability
	const counted = joinable && (counts[piece] ?? 0) + seeds > 0 ? freeBlocks(partial) : 0
	state.freeBlocks += counted - partial.countedFree
	partial.countedFree = counted
}

/** Forgets an open piece with all it received, and every request for it. O(blocks of the piece). */
export function closePiece(state: PickerState, partial: PartialPiece): void {
	const slots = askerSlots(partial.maxAskers)
	for (let slot = 0; partial.asked > 0 && slot < partial.blockCount * slots; slot += 1) {
		endAsk(state, partial.askers[slot] ?? 0)
	}
	state.states[partial.piece] = pieceStates.unwanted
	setOwner(state, partial, undefined)
	state.open.delete(partial.piece)
	settleState(state, partial.piece)
}

/** Counts a request out that is not in flight any more; `entry` is how the piece had it. */
export function endAsk(state: PickerState, entry: number): void {
	if (!isInFlightEntry(entry)) return
	const record = recordOf(state, peerOfEntry(entry))
	record.inFlight -= 1
	if (isDuplicateEntry(entry)) record.duplicates -= 1
	state.inFlight -= 1
}

/** Brings state, files and counts of a piece that is not open in line with `have` and `wanted`. O(1). */
export function settleState(state: PickerState, piece: number): void {
	const has = hasPiece(state.have, piece)
	const wanted = isWanted(state, piece)
	const filed = hasPiece(state.order.filed, piece)
	if (wanted && !has) setPiece(state.lacking, piece)
	else clearPiece(state.lacking, piece)
	if (state.open.has(piece)) return
	state.states[piece] = has ? pieceStates.have : wanted ? pieceStates.missing : pieceStates.unwanted
	if (filed && (has || !wanted)) unfilePiece(state.order, piece)
	if (!filed && wanted && !has) {
		filePiece(state.order, piece, state.availability.counts[piece] ?? 0)
		state.openChanges += 1
	}
}

function addJoinable(state: PickerState, partial: PartialPiece): void {
	partial.joinableAt = state.joinable.length
	state.joinable.push(partial.piece)
	state.joinChanges += 1
}

function removeJoinable(state: PickerState, partial: PartialPiece): void {
	const last = state.joinable.pop()
	if (last !== undefined && last !== partial.piece) {
		state.joinable[partial.joinableAt] = last
		const moved = state.open.get(last)
		invariant(moved !== undefined, `joinable piece ${last} is open`)
		moved.joinableAt = partial.joinableAt
	}
	partial.joinableAt = -1
}
