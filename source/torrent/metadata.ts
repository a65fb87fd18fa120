// The metadata of a magnet link from several peers at once (BEP 9): what answers, refusals, silence and the hash
// mean. Nobody is trusted: what one peer alone got wrong convicts it; of a wrong copy from several each has
// to give all of it alone, and who sent a piece that the right one does not have is convicted in the end.
import type { Address } from '../protocol/address.ts'
import { equalBytes } from '../protocol/bytes.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { metadataPieceBytes, metadataPieceLength } from '../protocol/ut-metadata.ts'
import { doubleAfterMs, openCopy } from './metadata-choice.ts'
import {
	copyOf,
	dropCopy,
	isWhole,
	keepPiece,
	maxHeldBytes,
	type MetadataCopy,
	type MetadataPeer,
	type MetadataState,
} from './metadata-state.ts'

const firstWindow = 4
const largestWindow = 32
/** A piece that did not come within this time is asked of somebody else. */
const overdueAfterMs = 20_000
const mostOverdue = 64
/** Who refuses may get the metadata later, or was asked too much at once (BEP 9). */
const refusedRestMs = 60_000
const crowdedRestMs = 5000
const silentRestMs = 30_000
const longestRestMs = 600_000

/** Who sent wrong metadata, and where it was. */
export type MetadataLiar = { readonly peer: PeerNumber; readonly address: Address }

/** What became of a piece that came. */
export type MetadataReceipt = 'taken' | 'unasked' | 'unwanted' | 'other-size' | 'no-room'

/** A peer says that it speaks ut_metadata, or tells the size; said again, the first size counts. Returns whether that is news. */
export function metadataOffered(
	state: MetadataState,
	offer: {
		readonly number: PeerNumber
		readonly address: Address
		readonly totalBytes: number | undefined
		/** It cannot keep two requests in mind. */
		readonly oneAtATime: boolean
	},
	now: number,
): boolean {
	const known = state.peers.get(offer.number)
	if (known === undefined) {
		const { number, address, totalBytes, oneAtATime } = offer
		state.peers.set(number, {
			number,
			address,
			totalBytes,
			asked: new Map(),
			overdue: new Set(),
			window: oneAtATime ? 1 : firstWindow,
			largestWindow: oneAtATime ? 1 : largestWindow,
			failures: 0,
			restsUntilAt: now,
			isGiving: false,
		})
	} else if (known.totalBytes === undefined && offer.totalBytes !== undefined) {
		known.totalBytes = offer.totalBytes
		known.restsUntilAt = Math.min(known.restsUntilAt, now)
	} else return false
	return true
}

/** The peer is gone, or speaks ut_metadata no more. What it gave stays: it may be right, and proves what it said. */
export function metadataPeerLost(state: MetadataState, number: PeerNumber): boolean {
	if (!state.peers.delete(number)) return false
	const own = state.copies.find(({ only, pieces }) => only === number && pieces.size === 0)
	if (own !== undefined) dropCopy(state, own)
	return true
}

/** A piece came; `bytes` is kept as it is. */
export function metadataPieceCame(
	state: MetadataState,
	peer: MetadataPeer,
	data: {
		readonly piece: number
		readonly totalBytes: number
		readonly bytes: Uint8Array
		readonly now: number
	},
): MetadataReceipt {
	const { piece, totalBytes, bytes, now } = data
	if (!takeAsked(peer, piece)) return 'unasked'
	if (peer.totalBytes === undefined) {
		peer.totalBytes = totalBytes
		openCopy(state, peer, { totalBytes, now })
	}
	if (peer.totalBytes !== totalBytes) {
		peer.restsUntilAt = Infinity
		return 'other-size'
	}
	peer.failures = 0
	peer.isGiving = true
	peer.window = Math.min(peer.window + 1, peer.largestWindow)
	if (state.checking?.totalBytes === totalBytes) return 'unwanted'
	if (state.heldBytes + bytes.length > maxHeldBytes) return 'no-room'
	const copy = copyOf(state, peer)
	if (copy === undefined || copy.pieces.has(piece)) return 'unwanted'
	keepPiece(state, copy, { index: piece, bytes, from: peer.number, address: peer.address })
	return 'taken'
}

/** The peer will not give a piece that was asked of it, or what it gave cannot be read. Returns whether that is news. */
export function metadataRefused(peer: MetadataPeer, now: number): boolean {
	// What was asked together is refused together.
	if (peer.restsUntilAt > now) return false
	peer.failures += 1
	// A flood protection: so much was too much at once.
	const isCrowded = peer.isGiving
	peer.isGiving = false
	peer.window = Math.max(1, peer.window >>> 1)
	rest(peer, now, isCrowded ? crowdedRestMs : refusedRestMs)
	return true
}

/** Whether the piece was asked of the peer; from here on it is not. */
export function takeAsked(peer: MetadataPeer, piece: number): boolean {
	const wasOverdue = peer.overdue.delete(piece)
	return peer.asked.delete(piece) || wasOverdue
}

/** Requests that were not answered in time end; returns whether there were any. */
export function metadataOverdue(state: MetadataState, now: number): boolean {
	let isLate = false
	for (const peer of state.peers.values()) {
		let wasLate = false
		for (const [piece, at] of peer.asked) {
			if (now < at + overdueAfterMs) continue
			peer.asked.delete(piece)
			if (peer.overdue.size < mostOverdue) peer.overdue.add(piece)
			wasLate = true
		}
		if (!wasLate) continue
		isLate = true
		peer.failures += 1
		peer.window = 1
		peer.isGiving = false
		rest(peer, now, silentRestMs)
	}
	return isLate
}

/** When something may change by time alone: Infinity when nothing will. */
export function nextMetadataDeadline(state: MetadataState, now: number): number {
	let next = Infinity
	for (const { asked, restsUntilAt } of state.peers.values()) {
		for (const at of asked.values()) {
			next = Math.min(next, at + overdueAfterMs)
			if (at + doubleAfterMs > now) next = Math.min(next, at + doubleAfterMs)
		}
		if (restsUntilAt > now) next = Math.min(next, restsUntilAt)
	}
	return next
}

/** Takes out a whole copy to be checked; nothing is asked meanwhile. Undefined while there is none. */
export function takeWhole(state: MetadataState): MetadataCopy | undefined {
	if (state.checking !== undefined) return undefined
	const whole = state.copies.find(isWhole)
	if (whole === undefined) return undefined
	state.copies.splice(state.copies.indexOf(whole), 1)
	state.checking = whole
	return whole
}

/**
 * The copy that was checked is not the torrent's. Returns who is convicted by that: whoever gave all of it.
 * From several sources, each goes on alone with the pieces that were its own.
 */
export function metadataWrong(state: MetadataState): {
	readonly sources: number
	readonly liars: MetadataLiar[]
} {
	const { checking } = state
	state.checking = undefined
	if (checking === undefined) return { sources: 0, liars: [] }
	const liars = sourcesOf(checking)
	const [first] = liars
	if (liars.length === 1 && first !== undefined) {
		state.peers.delete(first.peer)
		dropCopy(state, checking)
		return { sources: 1, liars }
	}
	state.distrusted.add(checking.totalBytes)
	const pieces = [...checking.pieces]
	dropCopy(state, checking)
	for (const { peer } of liars) {
		const copy: MetadataCopy = { totalBytes: checking.totalBytes, only: peer, pieces: new Map() }
		state.copies.push(copy)
		for (const [index, piece] of pieces) if (piece.from === peer) keepPiece(state, copy, { index, ...piece })
	}
	return { sources: liars.length, liars: [] }
}

/**
 * `infoBytes` is the torrent's info dictionary. Everything else is forgotten; returns who sent pieces of another
 * one, and how many gave the right one.
 */
export function metadataRight(
	state: MetadataState,
	infoBytes: Uint8Array,
): { readonly sources: number; readonly liars: MetadataLiar[] } {
	const sources = state.checking === undefined ? 0 : sourcesOf(state.checking).length
	const liars = new Map<PeerNumber, MetadataLiar>()
	for (const copy of state.copies) {
		for (const [index, { bytes, from, address }] of copy.pieces) {
			const start = index * metadataPieceLength
			const right = infoBytes.subarray(start, start + metadataPieceBytes(infoBytes.length, index))
			if (copy.totalBytes !== infoBytes.length || !equalBytes(bytes, right))
				liars.set(from, { peer: from, address })
		}
	}
	state.checking = undefined
	state.copies.length = 0
	state.heldBytes = 0
	state.peers.clear()
	state.distrusted.clear()
	return { sources, liars: [...liars.values()] }
}

function sourcesOf({ pieces }: MetadataCopy): MetadataLiar[] {
	const sources = new Map<PeerNumber, MetadataLiar>()
	for (const { from, address } of pieces.values()) sources.set(from, { peer: from, address })
	return [...sources.values()]
}

function rest(peer: MetadataPeer, now: number, leastMs: number): void {
	const restMs = Math.min(longestRestMs, leastMs * 2 ** Math.min(peer.failures - 1, 10))
	peer.restsUntilAt = Math.max(peer.restsUntilAt, now + restMs)
}
