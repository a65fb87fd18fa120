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

export class BlockIntake {
	readonly #pool: PiecePool
	/** Who fills which place of the pool. */
	readonly #filling = new Map<number, PeerLink>()
	/** The place that each peer fills, or `nowhere`: entries stay while the peer does, since one comes and goes with every block. */
	readonly #places = new Map<PeerNumber, number>()
	/** Buffers of those who came second. */
	readonly #spares = new Map<PeerLink, Uint8Array>()

	constructor(pool: PiecePool) {
		this.#pool = pool
	}

	/** Where this link's block is to be put. */
	start(link: PeerLink, block: BlockFields): Uint8Array {
		const place = placeOf(block)
		if (this.#filling.has(place)) {
			const spare = new Uint8Array(block.length)
			this.#spares.set(link, spare)
			return spare
		}
		this.#filling.set(place, link)
		this.#places.set(link.peer, place)
		return this.#pool.target(block.piece, block.offset, block.length)
	}

	/** The link brought its block, wanted or not by now. */
	end(link: PeerLink, block: BlockFields, wanted: boolean): void {
		const spare = this.#spares.size === 0 ? undefined : this.#spares.get(link)
		if (spare !== undefined) this.#spares.delete(link)
		const place = placeOf(block)
		if (spare === undefined) this.#leave(link)
		if (!wanted) return
		if (spare !== undefined) {
			this.#filling.get(place)?.withdrawTarget(block.piece)
			this.#pool.target(block.piece, block.offset, block.length).set(spare)
		}
		this.#pool.received(block.piece, block.offset)
	}

	/** The piece was given up: whoever fills it loses the place. */
	discard(piece: number): void {
		for (const [place, link] of this.#filling) {
			if (Math.floor(place / blocksPerPiece) !== piece) continue
			link.withdrawTarget(piece)
			this.#leave(link)
		}
	}

	/** The link is gone. */
	forget(link: PeerLink): void {
		this.#spares.delete(link)
		this.#leave(link)
		this.#places.delete(link.peer)
	}

	#leave(link: PeerLink): void {
		const place = this.#places.get(link.peer) ?? nowhere
		if (place === nowhere) return
		this.#places.set(link.peer, nowhere)
		if (this.#filling.get(place) === link) this.#filling.delete(place)
	}
}

function placeOf({ piece, offset }: BlockFields): number {
	return piece * blocksPerPiece + offset / blockBytes
}
