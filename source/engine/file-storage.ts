// The files of one torrent.
import type { Bitfield } from '../protocol/bitfield.ts'
import type { BlockFields } from '../protocol/message.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Clock, FileStat, Outcome, Storage } from './environment.ts'
import type { FileLayout, LayoutFile } from './file-layout.ts'
import type { PiecePart } from './piece-pool.ts'

export type FileStorageOptions = {
	readonly storage: Storage
	readonly clock: Clock
	readonly geometry: Geometry
	readonly files: readonly LayoutFile[]
	/** The save directory, absolute; files are at their paths below it. */
	readonly directory: string
	/** Indexes of the files that are wanted; undefined: all. */
	readonly chosen: ReadonlySet<number> | undefined
	/** Absolute path of `<infohash>.parts`, for bytes of unchosen files. */
	readonly partPath: string
}

export type BlocksRead = {
	/** The blocks as `piece` messages, one after the other: a view of the slab. */
	readonly wire: Uint8Array
	/** Blocks that are not in `wire`. */
	readonly failed: readonly { readonly block: BlockFields; readonly error: string }[]
}

/** What is wrong with a file that ought to be complete. */
export type FileProblem = {
	readonly file: number
	readonly problem: 'missing' | 'short' | 'larger' | 'unlinked' | 'notAFile'
}

export declare class FileStorage {
	constructor(options: FileStorageOptions)
	readonly layout: FileLayout
	/** Bytes handed to writePiece() that are not on their way through yet. */
	get queuedWriteBytes(): number
	/** Looks at what is there and moves bytes of newly chosen files out of the part file. Creates nothing else. */
	prepare(): Promise<Outcome<undefined>>
	/** Writes these bytes of a piece wherever they belong. */
	writePiece(piece: number, parts: readonly PiecePart[]): Promise<Outcome<undefined>>
	/** Up to 32 blocks as `piece` messages into the start of `slab`, which holds at least wireBytes(blocks). */
	readBlocks(blocks: readonly BlockFields[], slab: Uint8Array): Promise<BlocksRead>
	/** Fills `target` from `offset` in the torrent. A short file is a failure with code `EIO`. */
	read(offset: number, target: Uint8Array): Promise<Outcome<undefined>>
	/** The pieces all of whose bytes could be on disk: what a check has to read. */
	checkable(): Promise<Bitfield>
	/** fdatasync of all files written since the last call. A file that fails stays to be synced. */
	sync(): Promise<Outcome<undefined>>
	/** One entry a file: undefined where there is none on disk. */
	stats(): Promise<readonly (FileStat | undefined)[]>
	/** Everything was downloaded: creates empty files and looks whether all files are what we wrote (D12). */
	finish(): Promise<Outcome<readonly FileProblem[]>>
	/** Closes every handle; nothing may be called afterwards. */
	close(): Promise<void>
}

/** Bytes that these blocks take as `piece` messages. */
export declare function wireBytes(blocks: readonly BlockFields[]): number
