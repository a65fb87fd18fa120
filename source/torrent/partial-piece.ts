// An open piece: for each block who was asked, who delivered it. All functions are O(askers of one block).
// Invariant: every block is received, asked (somebody's request is in flight) or free, and free blocks are
// those from `frontier` on and those of `freed` that are neither asked nor received by now.

import { invariant } from '../protocol/errors.ts'
import { blockCount, type Geometry } from '../protocol/geometry.ts'
import { type PeerNumber, type PieceIndex, toPeerNumber } from '../protocol/ids.ts'
import type { PickReason } from './reasons.ts'

export type PartialPiece = {
	readonly piece: PieceIndex
	readonly blockCount: number
	readonly openedBy: PeerNumber
	/** Why it was opened. */
	readonly reason: PickReason
	/** Set: the piece is to come from this peer alone. */
	owner: PeerNumber | undefined
	/** A slow peer was asked for some of it. */
	slow: boolean
	received: number
	/** Blocks that are in flight from at least one peer. */
	asked: number
	/** Blocks in flight that one more peer may be asked for. */
	spare: number
	frontier: number
	readonly freed: number[]
	/** Who delivered each block, as number + 1; 0 for a block not received. */
	readonly sources: number[]
	/** `askerSlots` entries a block: number of the peer + 1 above two flags, 0 for an empty one. */
	readonly askers: number[]
	readonly maxAskers: number
	/** Peers that rejected a block of it, each with its pardon of that time (see PeerRecord). */
	refusals: Map<PeerNumber, number> | undefined
	/** Place in the picker's list of joinable pieces, -1 when not there. */
	joinableAt: number
	/** Free blocks as the picker has counted them. */
	countedFree: number
}

const inFlightFlag = 1
const duplicateFlag = 2

/** A piece with every block free. `maxAskers` bounds how many peers may be asked for one block at a time. */
export function createPartialPiece(
	geometry: Geometry,
	piece: PieceIndex,
	opened: { by: PeerNumber; reason: PickReason; maxAskers: number },
): PartialPiece {
	const blocks = blockCount(geometry, piece)
	return {
		piece,
		blockCount: blocks,
		openedBy: opened.by,
		reason: opened.reason,
		owner: undefined,
		slow: false,
		received: 0,
		asked: 0,
		spare: 0,
		frontier: 0,
		freed: [],
		sources: new Array<number>(blocks).fill(0),
		askers: new Array<number>(blocks * askerSlots(opened.maxAskers)).fill(0),
		maxAskers: opened.maxAskers,
		refusals: undefined,
		joinableAt: -1,
		countedFree: 0,
	}
}

/** Blocks that nobody is asked for. */
export function freeBlocks(partial: PartialPiece): number {
	return partial.blockCount - partial.received - partial.asked
}

/** Whether the block was received. */
export function isReceived(partial: PartialPiece, block: number): boolean {
	return (partial.sources[block] ?? 0) !== 0
}

/** Whether the peer was asked for the block, be it long ago: a late answer is welcome. */
export function wasAsked(partial: PartialPiece, block: number, peer: PeerNumber): boolean {
	return findSlot(partial, block, peer) !== -1
}

/** Whether a request for the block is in flight to the peer. */
export function isInFlight(partial: PartialPiece, block: number, peer: PeerNumber): boolean {
	const slot = findSlot(partial, block, peer)
	return slot !== -1 && ((partial.askers[slot] ?? 0) & inFlightFlag) !== 0
}

/** Peers to whom a request for the block is in flight. */
export function countAskers(partial: PartialPiece, block: number): number {
	const { askers } = partial
	const slots = askerSlots(partial.maxAskers)
	let count = 0
	for (let slot = block * slots; slot < (block + 1) * slots; slot += 1)
		count += (askers[slot] ?? 0) & inFlightFlag
	return count
}

/** Whether a request for the block is in flight to one of these peers. */
export function isAskedOfAny(partial: PartialPiece, block: number, peers: ReadonlySet<PeerNumber>): boolean {
	const slots = askerSlots(partial.maxAskers)
	for (let slot = block * slots; slot < (block + 1) * slots; slot += 1) {
		const entry = partial.askers[slot] ?? 0
		if (isInFlightEntry(entry) && peers.has(peerOfEntry(entry))) return true
	}
	return false
}

/** Takes the next free block, lowest first unless one came back; undefined when there is none. */
export function takeFreeBlock(partial: PartialPiece): number | undefined {
	for (let block = partial.freed.pop(); block !== undefined; block = partial.freed.pop()) {
		if (!isReceived(partial, block) && countAskers(partial, block) === 0) return block
	}
	if (partial.frontier >= partial.blockCount) return undefined
	partial.frontier += 1
	return partial.frontier - 1
}

/** A request for the block, taken before or in flight to others, goes to the peer. */
export function markAsked(
	partial: PartialPiece,
	block: number,
	ask: { peer: PeerNumber; duplicate: boolean },
): void {
	const before = countAskers(partial, block)
	const slot = slotFor(partial, block, ask.peer)
	partial.askers[slot] = ((ask.peer + 1) << 2) | inFlightFlag | (ask.duplicate ? duplicateFlag : 0)
	recount(partial, before, countAskers(partial, block))
}

/**
 * The request of this peer is not in flight any more; the peer stays known as asked. Returns its entry as it
 * was, 0 when no request was in flight. The block becomes free when nobody else is asked for it.
 */
export function markReleased(partial: PartialPiece, block: number, peer: PeerNumber): number {
	const slot = findSlot(partial, block, peer)
	const entry = slot === -1 ? 0 : (partial.askers[slot] ?? 0)
	if (!isInFlightEntry(entry)) return 0
	const before = countAskers(partial, block)
	partial.askers[slot] = entry & ~(inFlightFlag | duplicateFlag)
	recount(partial, before, before - 1)
	if (before === 1) partial.freed.push(block)
	return entry
}

/** The block is here, from `source`; every request for it ends. */
export function markReceived(partial: PartialPiece, block: number, source: PeerNumber): void {
	recount(partial, countAskers(partial, block), 0)
	const slots = askerSlots(partial.maxAskers)
	partial.askers.fill(0, block * slots, (block + 1) * slots)
	partial.sources[block] = source + 1
	partial.received += 1
}

/** What `source` delivered counts as not received; returns how many blocks that are. O(blocks). */
export function dropBlocksFrom(partial: PartialPiece, source: PeerNumber): number {
	let dropped = 0
	partial.sources.forEach((entry, block) => {
		if (entry !== source + 1) return
		partial.sources[block] = 0
		partial.freed.push(block)
		dropped += 1
	})
	partial.received -= dropped
	return dropped
}

/** Entries a block has for those who were asked: one over, so that somebody who was late is remembered. */
export function askerSlots(maxAskers: number): number {
	return maxAskers + 1
}

/** Whether the entry stands for a request in flight. */
export function isInFlightEntry(entry: number): boolean {
	return (entry & inFlightFlag) !== 0
}

/** Whether the entry stands for a request that doubles another one. */
export function isDuplicateEntry(entry: number): boolean {
	return (entry & duplicateFlag) !== 0
}

/** The peer of an entry that is not 0. */
export function peerOfEntry(entry: number): PeerNumber {
	return toPeerNumber((entry >>> 2) - 1)
}

/** Who delivered each block of a piece that is whole. */
export function sourcesOf(partial: PartialPiece): PeerNumber[] {
	return partial.sources.map(source => toPeerNumber(source - 1))
}

function findSlot(partial: PartialPiece, block: number, peer: PeerNumber): number {
	const slots = askerSlots(partial.maxAskers)
	for (let slot = block * slots; slot < (block + 1) * slots; slot += 1) {
		if ((partial.askers[slot] ?? 0) >>> 2 === peer + 1) return slot
	}
	return -1
}

function slotFor(partial: PartialPiece, block: number, peer: PeerNumber): number {
	const own = findSlot(partial, block, peer)
	if (own !== -1) return own
	const slots = askerSlots(partial.maxAskers)
	let late = -1
	for (let slot = block * slots; slot < (block + 1) * slots; slot += 1) {
		const entry = partial.askers[slot] ?? 0
		if (entry === 0) return slot
		if (!isInFlightEntry(entry)) late = slot
	}
	invariant(late !== -1, `block ${block} of piece ${partial.piece} has room for another asker`)
	return late
}

function recount(partial: PartialPiece, before: number, after: number): void {
	partial.asked += Number(after > 0) - Number(before > 0)
	partial.spare += Number(isSpare(partial, after)) - Number(isSpare(partial, before))
}

function isSpare(partial: PartialPiece, askers: number): boolean {
	return askers > 0 && askers < partial.maxAskers
}
