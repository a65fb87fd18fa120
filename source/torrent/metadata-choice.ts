// Which piece of metadata is asked of whom. Every size that somebody speaks of is fetched from those who speak of
// it, so that a liar's holds up nobody else's; memory goes to the copy that most believe in, and among equals
// to the smallest, which is the soonest found out.
import { metadataPieceLength, countMetadataPieces } from '../protocol/ut-metadata.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import {
	copyOf,
	dropCopy,
	maxCopies,
	maxHeldBytes,
	type MetadataCopy,
	type MetadataPeer,
	type MetadataState,
	onlyOf,
} from './metadata-state.ts'

export type MetadataRequest = { readonly peer: PeerNumber; readonly piece: number }

/** When all is asked for, what one peer owes for so long is asked of another as well. */
export const doubleAfterMs = 2000
const mostAskers = 2

/**
 * What is to be asked now, of `only` or of everybody, noted as asked. Of a peer that tells no size the first piece
 * is asked: the answer tells it.
 */
export function nextMetadataRequests(
	state: MetadataState,
	now: number,
	only?: MetadataPeer,
): MetadataRequest[] {
	const requests: MetadataRequest[] = []
	if (state.checking !== undefined) return requests
	const askers = new Map<MetadataCopy, Map<number, number[]>>()
	for (const peer of only === undefined ? state.peers.values() : [only]) {
		while (peer.restsUntilAt <= now && peer.asked.size < peer.window) {
			const piece = nextPiece(state, peer, { askers, now })
			if (piece === undefined) break
			peer.asked.set(piece, now)
			peer.overdue.delete(piece)
			requests.push({ peer: peer.number, piece })
		}
	}
	return requests
}

/** Sizes and by how many peers each is told, the most believed first, and among equals the smallest. */
export function rankedSizes(state: MetadataState): { readonly totalBytes: number; readonly votes: number }[] {
	const votes = new Map<number, number>()
	for (const { totalBytes } of state.peers.values())
		if (totalBytes !== undefined) votes.set(totalBytes, (votes.get(totalBytes) ?? 0) + 1)
	return Array.from(votes, ([totalBytes, count]) => ({ totalBytes, votes: count })).sort(
		(one, other) => other.votes - one.votes || one.totalBytes - other.totalBytes,
	)
}

/** The copy to which what the peer sends belongs, begun where there is none. */
export function openCopy(
	state: MetadataState,
	peer: MetadataPeer,
	{ totalBytes, now }: { readonly totalBytes: number; readonly now: number },
): MetadataCopy {
	const known = copyOf(state, peer)
	if (known !== undefined) return known
	const last = state.copies.length < maxCopies ? undefined : rankedCopies(state, now).at(-1)
	if (last !== undefined) dropCopy(state, last)
	const copy: MetadataCopy = { totalBytes, only: onlyOf(state, peer), pieces: new Map() }
	state.copies.push(copy)
	return copy
}

type Looked = { readonly askers: Map<MetadataCopy, Map<number, number[]>>; readonly now: number }

function nextPiece(state: MetadataState, peer: MetadataPeer, looked: Looked): number | undefined {
	const { totalBytes } = peer
	if (totalBytes === undefined) return peer.asked.size === 0 ? 0 : undefined
	const copy = openCopy(state, peer, { totalBytes, now: looked.now })
	if (!hasRoom(state, copy, looked.now)) return undefined
	const asked = looked.askers.get(copy) ?? askedPieces(state, copy)
	looked.askers.set(copy, asked)
	const piece = pickPiece(copy, peer, { asked, now: looked.now })
	if (piece !== undefined) asked.set(piece, [...(asked.get(piece) ?? []), looked.now])
	return piece
}

/** When each piece of the copy that is under way was asked for. */
function askedPieces(state: MetadataState, copy: MetadataCopy): Map<number, number[]> {
	const asked = new Map<number, number[]>()
	for (const peer of state.peers.values()) {
		if (copyOf(state, peer) !== copy) continue
		for (const [piece, at] of peer.asked) asked.set(piece, [...(asked.get(piece) ?? []), at])
	}
	return asked
}

// The first piece that is missing and that nobody was asked for, else the one that somebody owes for longest.
function pickPiece(
	copy: MetadataCopy,
	peer: MetadataPeer,
	{ asked, now }: { readonly asked: ReadonlyMap<number, readonly number[]>; readonly now: number },
): number | undefined {
	const count = countMetadataPieces(copy.totalBytes)
	let owed: number | undefined
	let owedSince = now - doubleAfterMs
	for (let piece = 0; piece < count; piece += 1) {
		if (copy.pieces.has(piece)) continue
		const times = asked.get(piece)
		if (times === undefined) return piece
		const lastAt = Math.max(...times)
		if (times.length >= mostAskers || peer.asked.has(piece) || lastAt > owedSince) continue
		owed = piece
		owedSince = lastAt
	}
	return owed
}

// A copy with less behind it makes room for one with more.
function hasRoom(state: MetadataState, copy: MetadataCopy, now: number): boolean {
	const needed = metadataPieceLength * (1 + totalAsked(state))
	if (state.heldBytes + needed <= maxHeldBytes) return true
	const ranked = rankedCopies(state, now)
	for (let last = ranked.pop(); last !== undefined && last !== copy; last = ranked.pop()) {
		dropCopy(state, last)
		if (state.heldBytes + needed <= maxHeldBytes) return true
	}
	return false
}

function totalAsked({ peers }: MetadataState): number {
	let total = 0
	for (const { asked } of peers.values()) total += asked.size
	return total
}

/** Best first: copies to which somebody can add, then by the rank of their size, then by the peer's number. */
function rankedCopies(state: MetadataState, now: number): MetadataCopy[] {
	const rank = new Map(rankedSizes(state).map(({ totalBytes }, at) => [totalBytes, at]))
	const alive = new Set<MetadataCopy | undefined>()
	for (const peer of state.peers.values()) if (peer.restsUntilAt <= now) alive.add(copyOf(state, peer))
	return state.copies.toSorted(
		(one, other) =>
			Number(alive.has(other)) - Number(alive.has(one)) ||
			(rank.get(one.totalBytes) ?? rank.size) - (rank.get(other.totalBytes) ?? rank.size) ||
			(one.only ?? -1) - (other.only ?? -1),
	)
}
