// Compares pieces with their hashes (BEP 3 `pieces`).
import type { Bitfield } from '../protocol/bitfield.ts'
import type { Clock, Hasher, Outcome } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import type { PiecePool } from './piece-pool.ts'

export type Verdict = {
	readonly matches: boolean
	/** SHA-1 of each block in order, in hex, when asked for or when the piece does not match. */
	readonly digests: readonly string[] | undefined
}

export type VerifierOptions = {
	readonly clock: Clock
	readonly hasher: Hasher
	readonly files: FileStorage
	/** 20 bytes a piece. */
	readonly pieceHashes: Uint8Array
}

export type CheckOptions = {
	readonly pieces: Bitfield
	readonly signal: AbortSignal
	readonly onProgress: (fraction: number) => void
}

export declare class Verifier {
	constructor(options: VerifierOptions)
	/** All blocks of the piece were received by the pool. Fails only when bytes cannot be read back. */
	verify(pool: PiecePool, piece: number, digests: boolean): Promise<Outcome<Verdict>>
	/** Which of `pieces` are on disk, whole and right. Rejects with the signal's reason when aborted. */
	check(options: CheckOptions): Promise<Bitfield>
}
