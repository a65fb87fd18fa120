// Where payload goes on its way in: straight into the piece pool, or, while another peer is filling the same
// place, into a buffer of its own. Whoever is first to bring the whole block wins; nobody writes into a place
// that was received, hashed or given to another piece (threats P4, D1).
import type { BlockFields } from '../protocol/message.ts'
import { blockBytes } from '../protocol/message.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { PeerLink } from './peer-link.ts'
import type { PiecePool } from './piece-pool.ts'

/** Blocks in the largest piece (512 MiB). */
const blocksPerPiece = 2 ** 15
const nowhere = -1

type Filler = {
	readonly link: PeerLink
	/** The place of the pool that it fills, or `nowhere`. */
	place: number
	/** Its buffer while it came second. */
	spare: Uint8Array | undefined
}

export class BlockIntake {
	readonly #pool: PiecePool
	// One record a peer for as long as it is there: in a map by place, entries would come and go with every block.
	readonly #fillerOf = new Map<PeerNumber, Filler>()
	readonly #fillers: Filler[] = []

	constructor(pool: PiecePool) {
		this.#pool = pool
	}

	/** Where this link's block is to be put. */
	start(link: PeerLink, block: BlockFields): Uint8Array {
		const place = placeOf(block)
		const filler = this.#know(link)
		if (this.#fillerAt(place) !== undefined) {
			filler.spare = new Uint8Array(block.length)
			return filler.spare
		}
		filler.place = place
		return this.#pool.target(block.piece, block.offset, block.length)
	}

	/** The link brought its block, wanted or not by now. */
	end(link: PeerLink, block: BlockFields, wanted: boolean): void {
		const filler = this.#know(link)
		const { spare } = filler
		filler.spare = undefined
		if (spare === undefined) filler.place = nowhere
		if (!wanted) return
		if (spare !== undefined) {
			this.#fillerAt(placeOf(block))?.link.withdrawTarget(block.piece)
			this.#pool.target(block.piece, block.offset, block.length).set(spare)
		}
		this.#pool.received(block.piece, block.offset)
	}

	/** The piece was given up: whoever fills it loses the place. */
	discard(piece: number): void {
		for (const filler of this.#fillers) {
			if (filler.place === nowhere || Math.floor(filler.place / blocksPerPiece) !== piece) continue
			filler.link.withdrawTarget(piece)
			filler.place = nowhere
		}
	}

	/** The link is gone. */
	forget(link: PeerLink): void {
		const filler = this.#fillerOf.get(link.peer)
		if (filler === undefined) return
		this.#fillerOf.delete(link.peer)
		this.#fillers.splice(this.#fillers.indexOf(filler), 1)
	}

	#know(link: PeerLink): Filler {
		const known = this.#fillerOf.get(link.peer)
		if (known !== undefined) return known
		const filler: Filler = { link, place: nowhere, spare: undefined }
		this.#fillerOf.set(link.peer, filler)
		this.#fillers.push(filler)
		return filler
	}

	#fillerAt(place: number): Filler | undefined {
		for (const filler of this.#fillers) if (filler.place === place) return filler
		return undefined
	}
}

function placeOf({ piece, offset }: BlockFields): number {
	return piece * blocksPerPiece + offset / blockBytes
}
