// The canonical allowed fast set: BEP 6, "Allowed Fast Set Generation". One set per /24 of the peer's IPv4
// address and torrent, so that many addresses of one network do not add up to many pieces for nothing.

import { parseHost } from './address.ts'
import type { InfoHash, PieceIndex } from './ids.ts'
import { isPieceIndex } from './ids.ts'
import { readUint32 } from './message-decoder.ts'

/** Pieces in a set (BEP 6). */
const allowedFastCount = 10

export type AllowedFastOptions = {
	/** IPv4 host of the peer that is granted the pieces; BEP 6 has no set for any other. */
	readonly host: string
	readonly infoHash: InfoHash
	readonly pieceCount: number
	/** How many pieces, `k` of BEP 6. */
	readonly count?: number
	readonly sha1: (bytes: Uint8Array) => Uint8Array
}

/** The pieces in the order in which BEP 6 draws them; all of them where there are fewer than asked for. */
export function allowedFastSet(options: AllowedFastOptions): PieceIndex[] {
	const { infoHash, pieceCount, sha1 } = options
	const host = parseHost(options.host)
	if (host?.length !== 4) return []
	const wanted = Math.min(options.count ?? allowedFastCount, pieceCount)
	const pieces = new Set<PieceIndex>()
	let digest = new Uint8Array(4 + infoHash.length)
	digest.set(host.subarray(0, 3))
	digest.set(infoHash, 4)
	while (pieces.size < wanted) {
		digest = Uint8Array.from(sha1(digest))
		for (let at = 0; at < 20 && pieces.size < wanted; at += 4) {
			// As a small integer: of one index that V8 keeps as a float every message with a `piece` becomes slower.
			const piece = (readUint32(digest, at) % pieceCount) | 0
			if (isPieceIndex(piece, pieceCount)) pieces.add(piece)
		}
	}
	return [...pieces]
}
