// What a peer says it has while the metadata is unknown (BEP 9 downloads): kept as it came, in at most two
// bitfields of maxPieceCount, and checked once the number of pieces is known.

import {
	type Bitfield,
	bitfieldFromWire,
	createBitfield,
	createFullBitfield,
	maxPieceCount,
	setPiece,
} from './bitfield.ts'
import { ProtocolError } from './errors.ts'

/** Plain data. `haves` came after `base`; of them the bits, as far as any was set. */
export type PendingHave = {
	base: 'none' | 'all' | Uint8Array
	haves: Uint8Array
	highest: number
}

export function createPendingHave(): PendingHave {
	return { base: 'none', haves: new Uint8Array(0), highest: -1 }
}

/** A `bitfield` (copied), `haveAll` or `haveNone` replaces all that was said. */
export function replacePendingHave(pending: PendingHave, base: 'none' | 'all' | Uint8Array): void {
	pending.base = typeof base === 'string' ? base : base.slice()
	pending.haves = new Uint8Array(0)
	pending.highest = -1
}

/** A `have`; false, and nothing is kept, for a piece that no torrent is believed to have. */
export function addPendingHave(pending: PendingHave, piece: number): boolean {
	if (piece >= maxPieceCount) return false
	const at = piece >>> 3
	if (at >= pending.haves.length) {
		const grown = new Uint8Array(Math.max(at + 1, pending.haves.length * 2))
		grown.set(pending.haves)
		pending.haves = grown
	}
	pending.haves[at] = (pending.haves[at] ?? 0) | (0x80 >>> (piece & 7))
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
		if (((pending.haves[piece >>> 3] ?? 0) & (0x80 >>> (piece & 7))) !== 0) setPiece(have, piece)
	}
	return have
}

function settleBase(base: PendingHave['base'], pieceCount: number): Bitfield {
	if (base === 'none') return createBitfield(pieceCount)
	return base === 'all' ? createFullBitfield(pieceCount) : bitfieldFromWire(base, pieceCount)
}
