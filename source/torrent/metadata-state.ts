// What is known of the metadata of a magnet link while it comes in (BEP 9), as plain data: who offers it, what
// was asked of whom, and the copies of the info dictionary that grow. Invariant: what all copies hold together
// stays below `maxHeldBytes`, whatever sizes peers speak of (threats M1).
import type { Address } from '../protocol/address.ts'
import { maxMetadataBytes } from '../protocol/extension.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { countMetadataPieces, metadataPieceBytes } from '../protocol/ut-metadata.ts'
import type { DecisionHistory, MetadataReason } from './reasons.ts'

/** Memory for pieces of metadata that nobody has verified: the largest twice, and a little. */
export const maxHeldBytes = 2 * maxMetadataBytes + 2 ** 20

/** Copies that may grow at once, and remains of those whose only source is gone. */
export const maxCopies = 64

/** A piece of metadata as somebody sent it. */
export type MetadataPiece = {
	readonly bytes: Uint8Array
	readonly from: PeerNumber
	/** Where that was: who lies and hangs up is banned like who stays. */
	readonly address: Address
}

/** An info dictionary that grows. */
export type MetadataCopy = {
	readonly totalBytes: number
	/** The only peer whose pieces go in; undefined: everybody's who speaks of this size. */
	readonly only: PeerNumber | undefined
	readonly pieces: Map<number, MetadataPiece>
}

/** Somebody who speaks ut_metadata. */
export type MetadataPeer = {
	readonly number: PeerNumber
	readonly address: Address
	/** Length of the info dictionary as it says; undefined while it does not. */
	totalBytes: number | undefined
	/** Pieces that were asked of it, and when. */
	readonly asked: Map<number, number>
	/** Pieces that were asked and did not come in time; they may still. */
	readonly overdue: Set<number>
	/** Requests that may be on their way to it at once, and the most that these may become. */
	window: number
	readonly largestWindow: number
	/** Refusals and silences in a row. */
	failures: number
	/** Nothing is asked of it before; Infinity: never again. */
	restsUntilAt: number
	/** It delivered a piece since it last refused one. */
	isGiving: boolean
}

export type MetadataState = {
	readonly peers: Map<PeerNumber, MetadataPeer>
	readonly copies: MetadataCopy[]
	/** Sizes of which a copy from several peers was wrong: from now on each must give all of it alone. */
	readonly distrusted: Set<number>
	/** A whole copy whose hash is being taken. */
	checking: MetadataCopy | undefined
	heldBytes: number
	/** What we waited for, oldest first. */
	readonly history: DecisionHistory<MetadataReason>
}

/** Nothing is known, and nobody was asked. */
export function createMetadata(): MetadataState {
	return {
		peers: new Map(),
		copies: [],
		distrusted: new Set(),
		checking: undefined,
		heldBytes: 0,
		history: [],
	}
}

/** The copy to which what this peer sends belongs; undefined while there is none or its size is unknown. */
export function copyOf(state: MetadataState, peer: MetadataPeer): MetadataCopy | undefined {
	const only = onlyOf(state, peer)
	return state.copies.find(copy => copy.totalBytes === peer.totalBytes && copy.only === only)
}

/** Whose copy the pieces of this peer go into: undefined for the one that is everybody's. */
export function onlyOf(state: MetadataState, peer: MetadataPeer): PeerNumber | undefined {
	return peer.totalBytes !== undefined && state.distrusted.has(peer.totalBytes) ? peer.number : undefined
}

/** Whether every piece is there. */
export function isWhole({ totalBytes, pieces }: MetadataCopy): boolean {
	return pieces.size === countMetadataPieces(totalBytes)
}

/** Puts a piece in its place, unless one is there. */
export function keepPiece(
	state: MetadataState,
	copy: MetadataCopy,
	{ index, ...piece }: MetadataPiece & { readonly index: number },
): void {
	if (copy.pieces.has(index)) return
	copy.pieces.set(index, piece)
	state.heldBytes += piece.bytes.length
}

/** Throws a copy away. */
export function dropCopy(state: MetadataState, copy: MetadataCopy): void {
	const at = state.copies.indexOf(copy)
	if (at >= 0) state.copies.splice(at, 1)
	for (const { bytes } of copy.pieces.values()) state.heldBytes -= bytes.length
	copy.pieces.clear()
}

/** The bytes of a whole copy. */
export function assemble({ totalBytes, pieces }: MetadataCopy): Uint8Array {
	const bytes = new Uint8Array(totalBytes)
	let at = 0
	for (let index = 0; at < totalBytes; index += 1) {
		bytes.set(pieces.get(index)?.bytes ?? [], at)
		at += metadataPieceBytes(totalBytes, index)
	}
	return bytes
}
