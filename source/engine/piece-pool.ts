// Memory of the pieces that are being downloaded: blocks are copied here out of the shared read buffer, never
// into shared memory, which costs a multiple. Pieces up to 4 MiB lie in one buffer each; larger ones go to the
// disk while they fill (large-piece.ts), so that memory stays bounded whatever the piece length is.
import { type Geometry, pieceBytes } from '../protocol/geometry.ts'
import { blockBytes } from '../protocol/message.ts'
import { BufferStack } from './buffer-stack.ts'
import type { Hasher, IncrementalHash, Outcome } from './environment.ts'
import { LargePiece, type PiecePart, spanBytes } from './large-piece.ts'

export type { PiecePart } from './large-piece.ts'

export type PiecePoolOptions = {
	readonly geometry: Geometry
	readonly hasher: Hasher
	/** Puts bytes of a piece that is not whole yet on disk: `FileStorage.writePiece`. */
	readonly spill: (piece: number, parts: readonly PiecePart[]) => Promise<Outcome<undefined>>
	/** Open pieces may take this much; 64 MiB where not given. */
	readonly capacityBytes?: number
	/** Memory kept for the next piece; 16 MiB where not given. */
	readonly idleBytes?: number
}

/** The largest piece that is kept in one buffer and hashed in one call. */
export const largestPieceInMemory = 4 << 20
const defaultCapacityBytes = 64 << 20
const defaultIdleBytes = 16 << 20

export class PiecePool {
	readonly #geometry: Geometry
	readonly #capacityBytes: number
	readonly #small = new Map<number, Uint8Array<ArrayBuffer>>()
	readonly #large = new Map<number, LargePiece>()
	/** Released pieces of which something is on its way to the disk. */
	readonly #leaving = new Map<number, Promise<unknown>>()
	readonly #buffers: BufferStack
	readonly #startLarge: (piece: number) => LargePiece
	#bytesInUse = 0
	#writingBytes = 0

	constructor(options: PiecePoolOptions) {
		const { geometry, hasher, spill } = options
		const idleBytes = options.idleBytes ?? defaultIdleBytes
		this.#geometry = geometry
		this.#capacityBytes = options.capacityBytes ?? defaultCapacityBytes
		this.#buffers = new BufferStack(Math.min(geometry.pieceLength, largestPieceInMemory), idleBytes)
		const means = {
			geometry,
			spill,
			blocks: new BufferStack(blockBytes, idleBytes),
			spans: new BufferStack(spanBytes, idleBytes),
			startHash: () => hasher.startSha1(),
			onBytes: (difference: number, of: 'waiting' | 'writing') => {
				this.#bytesInUse += difference
				if (of === 'writing') this.#writingBytes += difference
			},
		}
		this.#startLarge = piece => new LargePiece(piece, means, this.#leaving.get(piece) ?? Promise.resolve())
	}

	/** All memory that open pieces take, and what of large ones is on its way to the disk. */
	get bytesInUse(): number {
		return this.#bytesInUse
	}

	/** Whether sockets should stop reading until the disk has caught up (D14). */
	get congested(): boolean {
		return this.#bytesInUse > this.#capacityBytes * 1.5
	}

	/** Whether one more piece may be opened. */
	hasRoom(): boolean {
		return this.#bytesInUse < this.#capacityBytes
	}

	/**
	 * Where the payload of a block goes, allocated on first use. The slice is good until `received` for this
	 * block or `release` of its piece; whoever still fills it then has to be pointed elsewhere first.
	 */
	target(piece: number, offset: number, length: number): Uint8Array {
		if (this.#geometry.pieceLength > largestPieceInMemory)
			return this.#largePiece(piece).target(offset, length)
		let buffer = this.#small.get(piece)
		if (buffer === undefined) {
			buffer = this.#buffers.take()
			this.#small.set(piece, buffer)
			this.#bytesInUse += buffer.length
		}
		return buffer.subarray(offset, offset + length)
	}

	/** The payload of a block is whole in its target. */
	received(piece: number, offset: number): void {
		const large = this.#large.get(piece)
		if (large === undefined) return
		large.received(offset)
		if (this.#bytesInUse - this.#writingBytes > this.#capacityBytes) this.#spillOne()
	}

	/** What `WritePiece` has to put on disk; empty when it all is there. */
	parts(piece: number): readonly PiecePart[] {
		const bytes = this.whole(piece)
		if (bytes !== undefined) return [{ offset: 0, bytes }]
		return this.#large.get(piece)?.parts() ?? []
	}

	/** Waits for what of a piece is on its way to the disk; a failure is that of a write that failed. */
	async settled(piece: number): Promise<Outcome<undefined>> {
		return (await this.#large.get(piece)?.settled()) ?? { ok: true, value: undefined }
	}

	/** Frees the piece, written or discarded. */
	release(piece: number): void {
		const buffer = this.#small.get(piece)
		if (buffer !== undefined) {
			this.#small.delete(piece)
			this.#bytesInUse -= buffer.length
			this.#buffers.give(buffer)
		}
		const large = this.#large.get(piece)
		if (large === undefined) return
		this.#large.delete(piece)
		large.release()
		const leaving = large.writes.finally(() => {
			if (this.#leaving.get(piece) === leaving) this.#leaving.delete(piece)
		})
		this.#leaving.set(piece, leaving)
	}

	/** The bytes of a piece that is in one buffer; undefined for large ones and those that are not open. */
	whole(piece: number): Uint8Array | undefined {
		return this.#small.get(piece)?.subarray(0, pieceBytes(this.#geometry, piece))
	}

	/** The hash of the first `bytes` bytes of a large piece, once: whoever takes it goes on with it. */
	takeRunningHash(piece: number): { readonly hash: IncrementalHash; readonly bytes: number } | undefined {
		return this.#large.get(piece)?.takeRunningHash()
	}

	#largePiece(piece: number): LargePiece {
		let large = this.#large.get(piece)
		if (large === undefined) {
			large = this.#startLarge(piece)
			this.#large.set(piece, large)
		}
		return large
	}

	/** The piece that was opened first gives up memory first: it has waited longest for its missing blocks. */
	#spillOne(): void {
		for (const large of this.#large.values()) if (large.spillOne()) return
	}
}
