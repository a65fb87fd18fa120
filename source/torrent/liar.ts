// Finds who sent wrong data. A piece that failed from one source convicts it at once. From several, the digest
// of each block is kept with its source: when the piece matches later, whose block differs is convicted, and
// until then its sources are on parole, asked for pieces of their own only. Invariant: nobody is convicted who
// did not send at least one wrong block. What is remembered is bounded by pieces and by blocks.
import type { PeerNumber, PieceIndex } from '../protocol/ids.ts'

/** One try at a piece: who sent each block, and the SHA-1 of each. */
export type PieceAttempt = { readonly sources: readonly PeerNumber[]; readonly digests: readonly string[] }

export type LiarState = {
	/** Failed attempts at pieces that have not matched since, oldest piece first. */
	readonly failed: Map<PieceIndex, PieceAttempt[]>
	/** Pieces that each peer on parole is suspected for. */
	readonly suspects: Map<PeerNumber, PieceIndex[]>
	/** Blocks in all attempts. */
	blocks: number
}

/** `wrongBlocks` blocks of this peer were wrong, at least. */
export type Conviction = { readonly peer: PeerNumber; readonly wrongBlocks: number }

const maxPieces = 64
const maxBlocks = 65_536
const maxAttempts = 4

/** Nobody is suspected. */
export function createLiars(): LiarState {
	return { failed: new Map(), suspects: new Map(), blocks: 0 }
}

/**
 * A piece did not match. `sources` and `digests` have an entry a block; without digests nobody but a single
 * source can be found. Returns who is convicted and who is on parole for this piece from now on. A conviction
 * may come again for a peer that was convicted before.
 */
export function pieceFailed(
	state: LiarState,
	piece: PieceIndex,
	{ sources, digests }: { sources: readonly PeerNumber[]; digests: readonly string[] | undefined },
): { readonly convicted: readonly Conviction[]; readonly suspects: readonly PeerNumber[] } {
	const peers = new Set(sources)
	if (peers.size === 1)
		return { convicted: convict(state, new Map([...peers].map(peer => [peer, 1]))), suspects: [] }
	if (digests?.length !== sources.length) return { convicted: [], suspects: [] }
	const attempt = { sources, digests }
	const wrong = new Map<PeerNumber, number>()
	for (const earlier of state.failed.get(piece) ?? []) countContradictions(earlier, attempt, wrong)
	remember(state, piece, attempt)
	const convicted = convict(state, wrong)
	const suspects = [...peers].filter(peer => !wrong.has(peer))
	for (const peer of suspects) suspect(state, peer, piece)
	return { convicted, suspects }
}

/**
 * A piece matched; `digests` of its blocks are the right ones. Returns whose blocks were wrong in earlier
 * attempts. Its other sources are suspected for this piece no longer.
 */
export function pieceMatched(
	state: LiarState,
	piece: PieceIndex,
	digests: readonly string[] | undefined,
): readonly Conviction[] {
	const wrong = new Map<PeerNumber, number>()
	for (const { sources, digests: sent } of digests === undefined ? [] : (state.failed.get(piece) ?? [])) {
		sources.forEach((peer, block) => {
			if (sent[block] !== digests?.[block]) addTo(wrong, peer)
		})
	}
	forget(state, piece)
	return convict(state, wrong)
}

/** Whether digests of the piece's blocks are needed when it is hashed. */
export function needsDigests(state: LiarState, piece: PieceIndex): boolean {
	return state.failed.has(piece)
}

/** Whether the peer was in a piece that failed and has not matched since. */
export function isOnParole(state: LiarState, peer: PeerNumber): boolean {
	return state.suspects.has(peer)
}

/** The piece that a peer on parole should be asked for first, alone: it clears or convicts it. */
export function parolePieceFor(state: LiarState, peer: PeerNumber): PieceIndex | undefined {
	return state.suspects.get(peer)?.[0]
}

/** Whether the peer can still be convicted after it has left: its address is to be kept until then. */
export function isRemembered(state: LiarState, peer: PeerNumber): boolean {
	return state.suspects.has(peer)
}

function countContradictions(
	earlier: PieceAttempt,
	later: PieceAttempt,
	wrong: Map<PeerNumber, number>,
): void {
	later.sources.forEach((peer, block) => {
		if (earlier.sources[block] === peer && earlier.digests[block] !== later.digests[block]) addTo(wrong, peer)
	})
}

function addTo(counts: Map<PeerNumber, number>, peer: PeerNumber): void {
	counts.set(peer, (counts.get(peer) ?? 0) + 1)
}

function convict(state: LiarState, wrong: ReadonlyMap<PeerNumber, number>): Conviction[] {
	return Array.from(wrong, ([peer, wrongBlocks]) => {
		state.suspects.delete(peer)
		return { peer, wrongBlocks }
	})
}

function suspect(state: LiarState, peer: PeerNumber, piece: PieceIndex): void {
	const pieces = state.suspects.get(peer)
	if (pieces === undefined) state.suspects.set(peer, [piece])
	else if (!pieces.includes(piece)) pieces.push(piece)
}

function remember(state: LiarState, piece: PieceIndex, attempt: PieceAttempt): void {
	const attempts = state.failed.get(piece) ?? []
	state.failed.set(piece, attempts)
	attempts.push(attempt)
	state.blocks += attempt.sources.length
	if (attempts.length > maxAttempts) forgetOldestAttempt(state, piece, attempts)
	for (const oldest of state.failed.keys()) {
		if (oldest === piece || (state.failed.size <= maxPieces && state.blocks <= maxBlocks)) break
		forget(state, oldest)
	}
}

function forget(state: LiarState, piece: PieceIndex): void {
	const attempts = state.failed.get(piece) ?? []
	while (attempts.length > 0) forgetOldestAttempt(state, piece, attempts)
	state.failed.delete(piece)
}

function forgetOldestAttempt(state: LiarState, piece: PieceIndex, attempts: PieceAttempt[]): void {
	const oldest = attempts.shift()
	if (oldest === undefined) return
	state.blocks -= oldest.sources.length
	for (const peer of new Set(oldest.sources)) {
		if (!attempts.some(attempt => attempt.sources.includes(peer))) clear(state, peer, piece)
	}
}

function clear(state: LiarState, peer: PeerNumber, piece: PieceIndex): void {
	const pieces = state.suspects.get(peer)?.filter(other => other !== piece)
	if (pieces === undefined) return
	if (pieces.length === 0) state.suspects.delete(peer)
	else state.suspects.set(peer, pieces)
}
