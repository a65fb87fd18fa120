// Uploading: reads batches of blocks into slabs as they stand on the wire and writes each in one go. A peer
// that does not read holds one batch at most on its way and hears nothing more until it does (threats P8).
import type { Block } from '../protocol/geometry.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import { pieceHeaderBytes } from '../protocol/message-id.ts'
import type { FileStorage } from './file-storage.ts'
import type { PeerLink } from './peer-link.ts'
import { SlabPool } from './slab-pool.ts'
import { type Doubts, vouchFor } from './vouched-blocks.ts'

const batchBlocks = 32

export type SentBlocks = { readonly peer: PeerNumber; readonly blocks: number; readonly bytes: number }

/** Where blocks are read. */
export type BlockSource = Pick<FileStorage, 'readBlocks'>

export type BlockServerOptions = {
	readonly files: BlockSource
	readonly doubts: Doubts
	readonly onSent: (sent: SentBlocks) => void
	readonly onFailed: (failed: {
		readonly peer: PeerNumber
		readonly block: Block
		readonly error: string
	}) => void
	/** A block leaves for a peer. */
	readonly onBlock: (peer: PeerNumber, block: Block) => void
}

type Waiting = { readonly slab: Uint8Array; readonly sent: SentBlocks }

export class BlockServer {
	readonly #options: BlockServerOptions
	readonly #slabs = new SlabPool(batchBlocks * (blockBytes + pieceHeaderBytes))
	/** Slabs that sockets have not let go of yet. */
	readonly #waiting = new Map<PeerNumber, Waiting[]>()

	constructor(options: BlockServerOptions) {
		this.#options = options
	}

	/** At most 32 blocks. */
	async serve(link: PeerLink, blocks: readonly Block[]): Promise<void> {
		const slab = this.#slabs.take()
		const { files, doubts } = this.#options
		const read = await files.readBlocks(blocks, slab)
		const { wire, failed } =
			doubts.count === 0
				? read
				: await vouchFor({ doubts, blocks, read, readAgain: kept => files.readBlocks(kept, slab) })
		if (link.isClosed) {
			this.#slabs.giveBack(slab)
			return
		}
		const missing = new Set(failed.map(({ block }) => block))
		let bytes = 0
		for (const block of blocks) {
			if (missing.has(block)) continue
			bytes += block.length
			this.#options.onBlock(link.peer, block)
		}
		const sent = { peer: link.peer, blocks: blocks.length - failed.length, bytes }
		if (wire.length > 0) link.write(wire)
		if (link.queuedBytes === 0) {
			this.#slabs.giveBack(slab)
			this.#options.onSent(sent)
		} else this.#wait(link.peer, { slab, sent })
		for (const { block, error } of failed) {
			const asked = blocks.find(one => one === block)
			if (asked !== undefined) this.#options.onFailed({ peer: link.peer, block: asked, error })
		}
	}

	/** The socket has let go of everything. */
	drained(link: PeerLink): void {
		const waiting = this.#waiting.get(link.peer)
		if (waiting === undefined) return
		this.#waiting.delete(link.peer)
		for (const { slab, sent } of waiting) {
			this.#slabs.giveBack(slab)
			this.#options.onSent(sent)
		}
	}

	/** The connection is gone; its slabs may still be in the system's hands and are left to the collector. */
	forget(peer: PeerNumber): void {
		this.#waiting.delete(peer)
	}

	#wait(peer: PeerNumber, entry: Waiting): void {
		const waiting = this.#waiting.get(peer)
		if (waiting === undefined) this.#waiting.set(peer, [entry])
		else waiting.push(entry)
	}
}
