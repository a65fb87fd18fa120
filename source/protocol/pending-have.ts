// What a peer says it has while the metadata is unknown (BEP 9 downloads): kept as it came, in at most three
// bitfields of maxPieceCount, and checked once the number of pieces is known. Invariant: no piece is both in
// `haves` and in `losses`; the last word about each counts.

import {
	type Bitfield,
	bitfieldFromWire,
	clearPiece,
	createBitfield,
	createFullBitfield,
	maxPieceCount,
	setPiece,
} from './bitfield.ts'
import { ProtocolError } from './errors.ts'

/** Plain data. `haves` and `losses` came after `base`; of them the bits, as far as any was set. */
export type PendingHave = {
	base: 'none' | 'all' | Uint8Array
	haves: Uint8Array
	/** Pieces that the peer does not have any more (BEP 54). */
	losses: Uint8Array
	/** The highest piece in any of them. */
	highest: number
}

export function createPendingHave(): PendingHave {
	return { base: 'none', haves: new Uint8Array(0), losses: new Uint8Array(0), highest: -1 }
}

/** A `bitfield` (copied), `haveAll` or `haveNone` replaces all that was said. */
export function replacePendingHave(pending: PendingHave, base: 'none' | 'all' | Uint8Array): void {
	pending.base = typeof base === 'string' ? base : base.slice()
	pending.haves = new Uint8Array(0)
	pending.losses = new Uint8Array(0)
	pending.highest = -1
}

/** A `have`; false, and nothing is kept, for a piece that no torrent is believed to have. */
export function addPendingHave(pending: PendingHave, piece: number): boolean {
	if (piece >= maxPieceCount) return false
	pending.haves = withBit(pending.haves, piece)
	clearBit(pending.losses, piece)
	pending.highest = Math.max(pending.highest, piece)
	return true
}

/** As addPendingHave(), for a piece that the peer lost. */
export function removePendingHave(pending: PendingHave, piece: number): boolean {
	if (piece >= maxPieceCount) return false
	pending.losses = withBit(pending.losses, piece)
	clearBit(pending.haves, piece)
	pending.highest = Math.max(pending.highest, piece)
	return true
}

/**
 * The bitfield that was meant, now that there are `pieceCount` pieces. Throws a ProtocolError as
 * bitfieldFromWire() does, or `have-out-of-range`.
 */
export function settlePendingHave(pending: PendingHave, pieceCount: number): Bitfield {
	if (pending.highest >= pieceCount) {
		throw new ProtocolError(
			'have-out-of-range',
			`expected a piece below ${pieceCount}, got ${pending.highest}`,
		)
	}
	const have = settleBase(pending.base, pieceCount)
	for (let piece = 0; piece <= pending.highest; piece += 1) {
		if (hasBit(pending.haves, piece)) setPiece(have, piece)
		else if (hasBit(pending.losses, piece)) clearPiece(have, piece)
	}
	return have
}

function hasBit(bits: Uint8Array, piece: number): boolean {
	return ((bits[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) !== 0
}

function clearBit(bits: Uint8Array, piece: number): void {
	const at = piece >>> 3
	if (at < bits.length) bits[at] = (bits[at] ?? 0) & ~(0x80 >>> (piece & 7))
}

function withBit(bits: Uint8Array, piece: number): Uint8Array {
	const at = piece >>> 3
	const grown = at < bits.length ? bits : new Uint8Array(Math.max(at + 1, bits.length * 2))
	if (grown !== bits) grown.set(bits)
	grown[at] = (grown[at] ?? 0) | (0x80 >>> (piece & 7))
	return grown
}

function settleBase(base: PendingHave['base'], pieceCount: number): Bitfield {
	if (base === 'none') return createBitfield(pieceCount)
	return base === 'all' ? createFullBitfield(pieceCount) : bitfieldFromWire(base, pieceCount)
}
