// What is known between runs.
import type { Address } from '../protocol/address.ts'
import type { Bitfield } from '../protocol/bitfield.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { Clock, Hasher, Outcome, Storage } from './environment.ts'
import type { FileStorage } from './file-storage.ts'

/** What the session adds to a state: totals over all sessions and peers that proved good. */
export type SessionFacts = {
	readonly uploadedBytes: number
	readonly downloadedBytes: number
	/** At most 200 are kept. */
	readonly peers: readonly Address[]
}

export type ResumeOptions = {
	readonly storage: Storage
	readonly clock: Clock
	readonly hasher: Hasher
	readonly files: FileStorage
	readonly infoHash: InfoHash
	/** The .torrent file as it came, kept beside the state. */
	readonly torrent: Uint8Array
	readonly stateDirectory: string
	readonly directory: string
	/** Asked at each checkpoint. */
	readonly facts: () => SessionFacts
	/** A state could not be saved, or can be again (undefined). The session goes on (D8). */
	readonly onStateFailure: (failure: { readonly code: string; readonly message: string } | undefined) => void
	/** fdatasync of data failed: these pieces are not safe; the disk is to be treated as failed. */
	readonly onSyncFailure: (failure: { readonly code: string; readonly message: string }) => void
}

export type ResumeNote = {
	readonly code:
		| 'stateDamaged'
		| 'previousState'
		| 'otherDirectory'
		| 'filesChanged'
		| 'filesMissing'
		| 'uncleanEnd'
		| 'dataWithoutState'
	/** One sentence for the user. */
	readonly text: string
	readonly files: readonly number[]
}

export type Resumed = {
	/** Pieces that need no look. */
	readonly trusted: Bitfield
	/** Pieces to be hashed by Verifier.check before anything is claimed. */
	readonly toCheck: Bitfield
	readonly notes: readonly ResumeNote[]
	/** Files that the state claims and that are gone: an error of the torrent, not a silent new download (D4). */
	readonly missingFiles: readonly number[]
	readonly uploadedBytes: number
	readonly downloadedBytes: number
	readonly peers: readonly Address[]
}

export declare class Resume {
	constructor(options: ResumeOptions)
	/** What the last run left. Never rejects: a state that cannot be read means a check. */
	load(): Promise<Resumed>
	/** The check ended: these pieces are there, read from disk. Starts the checkpoints. */
	begin(have: Bitfield): void
	/** A whole, right piece was written. */
	pieceWritten(piece: number): void
	/** A piece that we claimed is not there any more. */
	pieceLost(piece: number): void
	/** Data synced, then the state replaced; one at a time. */
	checkpoint(): Promise<Outcome<undefined>>
	/** The last checkpoint, marked clean when nothing is in doubt; ends the timer. */
	close(): Promise<Outcome<undefined>>
}
