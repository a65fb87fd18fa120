// One conversation after the handshake: BEP 3, 5 (port), 6 (fast), 10 (extended). Plain data; receive() and
// send() are the only ways to move it. What the peer breaks is a ProtocolError, what we break an invariant.
// Every message costs O(1), but those that name all pieces at once.

import { type Bitfield, createBitfield, isFull } from './bitfield.ts'
import { noExtensions, type PeerExtensions } from './extension.ts'
import { commonFlags, type HandshakeFlags } from './handshake.ts'
import type { MessageType } from './message.ts'
import { createPendingHave, type PendingHave, settlePendingHave } from './pending-have.ts'

export type PeerSession = {
	/** What both sides can do. */
	readonly common: HandshakeFlags
	/** Undefined while the metadata is unknown. */
	pieceCount: number | undefined
	amChoking: boolean
	amInterested: boolean
	peerChoking: boolean
	peerInterested: boolean
	/** What the peer has; undefined while the metadata is unknown. */
	peerHave: Bitfield | undefined
	/** What the peer said it has before the metadata came. */
	pendingHave: PendingHave | undefined
	/** Times that all of peerHave was replaced. */
	haveReplacements: number
	/** Pieces that we may ask for while choked; only pieces of the torrent once it is known. */
	readonly allowedFast: Set<number>
	/** Pieces that the peer may ask for while we choke it. */
	readonly grantedFast: Set<number>
	/** The last pieces that the peer suggested, oldest first. */
	readonly suggested: Set<number>
	peerExtensions: PeerExtensions
	/** Messages by type, without those that were refused. */
	readonly received: MessageCounts
	readonly sent: MessageCounts
	/** Requests that the peer sent while we choked it, since we last unchoked it; allowed fast ones do not count. */
	requestsWhileChoked: number
	/** Requests of ours that the peer rejected, since its last block. */
	rejectsInARow: number
}

export type MessageCounts = Record<MessageType, number>

export type PeerSessionOptions = {
	readonly ours: HandshakeFlags
	readonly theirs: HandshakeFlags
	readonly pieceCount: number | undefined
}

/** The state right after the handshake: both sides choke, nobody is interested, the peer has nothing yet. */
export function createPeerSession({ ours, theirs, pieceCount }: PeerSessionOptions): PeerSession {
	return {
		common: commonFlags(ours, theirs),
		pieceCount,
		amChoking: true,
		amInterested: false,
		peerChoking: true,
		peerInterested: false,
		peerHave: pieceCount === undefined ? undefined : createBitfield(pieceCount),
		pendingHave: pieceCount === undefined ? createPendingHave() : undefined,
		haveReplacements: 0,
		allowedFast: new Set(),
		grantedFast: new Set(),
		suggested: new Set(),
		peerExtensions: noExtensions,
		received: createCounts(),
		sent: createCounts(),
		requestsWhileChoked: 0,
		rejectsInARow: 0,
	}
}

/**
 * The metadata came: checks what the peer said before and makes it peerHave. Pieces beyond the torrent are
 * dropped from the advice (allowed fast, suggested). Throws a ProtocolError where the peer claimed pieces
 * that do not exist.
 */
export function learnPieceCount(session: PeerSession, pieceCount: number): void {
	if (session.pendingHave === undefined) return
	session.peerHave = settlePendingHave(session.pendingHave, pieceCount)
	session.pendingHave = undefined
	session.pieceCount = pieceCount
	for (const advice of [session.allowedFast, session.suggested]) {
		for (const piece of advice) if (piece >= pieceCount) advice.delete(piece)
	}
}

/** Whether we may ask for blocks of this piece now. */
export function mayRequest(session: PeerSession, piece: number): boolean {
	return !session.peerChoking || session.allowedFast.has(piece)
}

/** Whether the peer has every piece. */
export function isSeed(session: PeerSession): boolean {
	return session.peerHave !== undefined && session.peerHave.size > 0 && isFull(session.peerHave)
}

/** Messages of all types together. */
export function totalCount(counts: MessageCounts): number {
	let total = 0
	for (const count of Object.values(counts)) total += count
	return total
}

function createCounts(): MessageCounts {
	return {
		keepAlive: 0,
		choke: 0,
		unchoke: 0,
		interested: 0,
		notInterested: 0,
		have: 0,
		bitfield: 0,
		request: 0,
		piece: 0,
		cancel: 0,
		port: 0,
		suggest: 0,
		haveAll: 0,
		haveNone: 0,
		reject: 0,
		allowedFast: 0,
		extended: 0,
		unknown: 0,
	}
}
