// Memory of the pieces that are being downloaded: blocks are copied here out of the shared read buffer.
import type { Geometry } from '../protocol/geometry.ts'
import type { Hasher, IncrementalHash, Outcome } from './environment.ts'

/** Bytes of a piece that are in memory and not on disk yet; `offset` counts from the start of the piece. */
export type PiecePart = { readonly offset: number; readonly bytes: Uint8Array }

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

export declare class PiecePool {
	constructor(options: PiecePoolOptions)
	/** All memory that open pieces take, and what is on its way to the disk. */
	get bytesInUse(): number
	/** Whether sockets should stop reading until the disk has caught up (D14). */
	get congested(): boolean
	/** Whether one more piece may be opened. */
	hasRoom(): boolean
	/**
	 * Where the payload of a block goes, allocated on first use. The slice is good until `received` for this
	 * block or `release` of its piece; whoever still fills it then has to be pointed elsewhere first.
	 */
	target(piece: number, offset: number, length: number): Uint8Array
	/** The payload of a block is whole in its target. */
	received(piece: number, offset: number, length: number): void
	/** What `WritePiece` has to put on disk; empty when it all is there. */
	parts(piece: number): PiecePart[]
	/** Waits for what is on its way to the disk; a failure is that of the first write that failed. */
	settled(piece: number): Promise<Outcome<undefined>>
	/** Frees the piece, written or discarded. */
	release(piece: number): void
	/** The piece in one go, when it is whole in memory. */
	whole(piece: number): Uint8Array | undefined
	/** Hash of the first `bytes` bytes of a large piece that came in order. */
	runningHash(piece: number): { readonly hash: IncrementalHash; readonly bytes: number } | undefined
}
