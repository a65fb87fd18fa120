// Who a scripted peer is and which pieces it has when it comes, by lot.
import { type Bitfield, createBitfield, setPiece } from '../protocol/bitfield.ts'
import { utf8 } from '../protocol/bytes.ts'
import { type PeerId, toPeerId } from '../protocol/ids.ts'
import { nextRandom, randomBelow, type RandomState, shuffle } from '../torrent/random.ts'
import type { PeerScript } from './scenario.ts'

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Eight characters that are given, twelve that are drawn. */
export function drawPeerId(id: string, random: RandomState): PeerId {
	const tail = Array.from({ length: 12 }, () => alphabet.charAt(randomBelow(random, alphabet.length)))
	return toPeerId(utf8(`${id}${tail.join('')}`))
}

/** About the share that the script says, without those that it lacks in any case. */
export function drawPieces(
	pieceCount: number,
	{ share, lacks = [] }: PeerScript,
	random: RandomState,
): Bitfield {
	const pieces = Array.from({ length: pieceCount }, (_, piece) => piece)
	shuffle(pieces, random)
	const have = createBitfield(pieceCount)
	const fraction = share + (share > 0 && share < 1 ? (nextRandom(random) - 0.5) / 10 : 0)
	for (const piece of pieces.slice(0, Math.max(0, Math.round(pieceCount * fraction)))) {
		if (!lacks.includes(piece)) setPiece(have, piece)
	}
	return have
}
