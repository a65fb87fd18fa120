// What a driver has of a torrent whose content is known: blocks in, blocks out, pieces to disk. Until then there
// is no such desk, and nobody is asked for blocks or served any.
import type { Block } from '../protocol/geometry.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { BlockFields } from '../protocol/message.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { Input, TorrentEvent } from '../torrent/boundary.ts'
import { BlockIntake } from './block-intake.ts'
import { BlockServer } from './block-server.ts'
import type { Clock } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import type { PeerLink } from './peer-link.ts'
import type { PieceDoubts } from './piece-doubts.ts'
import type { PiecePool } from './piece-pool.ts'
import { PieceWork } from './piece-work.ts'
import type { Resume } from './resume.ts'
import type { Verifier } from './verifier.ts'

/** Where the pieces of a torrent live. */
export type ContentParts = {
	readonly pool: PiecePool
	readonly files: FileStorage
	readonly verifier: Verifier
	readonly resume: Resume
	readonly doubts: PieceDoubts
}

export type ContentDeskOptions = ContentParts & {
	readonly clock: Clock
	readonly feed: (input: Input) => void
	readonly report: (event: TorrentEvent) => void
	/** Memory of the pool came free. */
	readonly onReleased: () => void
	/** A block leaves for a peer. */
	readonly onBlock: (peer: PeerNumber, block: Block) => void
}

export class ContentDesk {
	readonly pieces: PieceWork
	readonly server: BlockServer
	readonly #pool: PiecePool
	readonly #intake: BlockIntake
	readonly #doubts: PieceDoubts

	constructor(options: ContentDeskOptions) {
		const { feed, report, pool, files, doubts, onBlock } = options
		this.#pool = pool
		this.#doubts = doubts
		this.#intake = new BlockIntake(pool)
		this.pieces = new PieceWork({
			...options,
			onLarger: file => {
				const text = `${files.pathOf(file)} is longer than it should be: what is beyond stays as it is`
				report({ type: 'note', code: 'file-larger', text: safeText(text) })
			},
		})
		this.server = new BlockServer({
			files,
			doubts,
			onSent: sent => feed({ type: 'BlocksSent', ...sent }),
			onFailed: failed => feed({ type: 'BlockReadFailed', ...failed }),
			onBlock,
		})
	}

	/** Too much waits for the disk: sockets should wait as well (threats D14). */
	get isCongested(): boolean {
		return this.#pool.congested
	}

	/** It ends: nothing waits for anything but the disk any more, and nothing more is read back. */
	hurry(): void {
		this.pieces.hurry()
		this.#doubts.end()
	}

	/** Where this link's block is to be put. */
	start(link: PeerLink, block: BlockFields): Uint8Array {
		return this.#intake.start(link, block)
	}

	/** The link brought its block, wanted or not by now. */
	end(link: PeerLink, block: BlockFields, wanted: boolean): void {
		this.#intake.end(link, block, wanted)
	}

	discard(piece: number): void {
		// A block on its way into this piece must not write into memory that another piece has by then.
		this.#intake.discard(piece)
		this.#pool.release(piece)
	}

	/** The peer is gone, whether it had a connection or was only dialled. */
	forget(peer: PeerNumber, link: PeerLink | undefined): void {
		if (link !== undefined) this.#intake.forget(link)
		this.server.forget(peer)
	}
}
