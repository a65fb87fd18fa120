// Compares pieces with their hashes (BEP 3 `pieces`). A piece that is in one buffer is hashed in one call; of
// anything larger, and of data on disk, at most 1 MiB between two turns of the loop (S6).
import type { Bitfield } from '../protocol/bitfield.ts'
import { equalBytes, toHex } from '../protocol/bytes.ts'
import { invariant } from '../protocol/errors.ts'
import { pieceBytes, pieceOffset } from '../protocol/geometry.ts'
import { blockBytes } from '../protocol/message.ts'
import { checkPieces } from './data-check.ts'
import type { Hasher, IncrementalHash, Outcome, WorldFailure } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import type { PiecePool } from './piece-pool.ts'

export type Verdict = {
	readonly matches: boolean
	/** SHA-1 of each block in order, in hex, when asked for or when the piece does not match. */
	readonly digests: readonly string[] | undefined
}

export type VerifierOptions = {
	readonly hasher: Hasher
	readonly files: FileStorage
	/** 20 bytes a piece. */
	readonly pieceHashes: Uint8Array
}

export type CheckOptions = {
	readonly pieces: Bitfield
	readonly signal: AbortSignal
	readonly onProgress: (fraction: number) => void
	/** Called for each failure that is not just data that is missing: EIO of the disk, EACCES … */
	readonly onUnreadable?: (failure: WorldFailure) => void
}

const stepBytes = 1 << 20

export class Verifier {
	readonly #options: VerifierOptions

	constructor(options: VerifierOptions) {
		this.#options = options
	}

	/** All blocks of the piece were received by the pool. Fails only when bytes cannot be read back. */
	async verify(pool: PiecePool, piece: number, digests: boolean): Promise<Outcome<Verdict>> {
		const bytes = pool.whole(piece)
		if (bytes !== undefined) return { ok: true, value: this.#verdict(bytes, piece, digests) }
		const settled = await pool.settled(piece)
		if (!settled.ok) return settled
		const running = pool.takeRunningHash(piece)
		const { hasher } = this.#options
		const hashed = await this.#hashBack(piece, running ?? { hash: hasher.startSha1(), bytes: 0 })
		if (!hashed.ok) return hashed
		const matches = this.#matches(piece, hashed.value)
		if (matches && !digests) return { ok: true, value: { matches, digests: undefined } }
		const blocks = await this.#digestBack(piece)
		return blocks.ok ? { ok: true, value: { matches, digests: blocks.value } } : blocks
	}

	/** Whether the piece is right as it is on disk. Fails when bytes cannot be read. */
	async readBack(piece: number): Promise<Outcome<boolean>> {
		const hashed = await this.#hashBack(piece, { hash: this.#options.hasher.startSha1(), bytes: 0 })
		return hashed.ok ? { ok: true, value: this.#matches(piece, hashed.value) } : hashed
	}

	/**
	 * Which of `pieces` are on disk, whole and right; what cannot be read is not. Rejects with the signal's
	 * reason when aborted.
	 */
	async check(options: CheckOptions): Promise<Bitfield> {
		return await checkPieces({ ...this.#options, ...options })
	}

	#verdict(bytes: Uint8Array, piece: number, digests: boolean): Verdict {
		const matches = this.#matches(piece, this.#options.hasher.sha1(bytes))
		return { matches, digests: matches && !digests ? undefined : this.#digests(bytes) }
	}

	#matches(piece: number, digest: Uint8Array): boolean {
		const expected = this.#options.pieceHashes.subarray(piece * 20, piece * 20 + 20)
		invariant(expected.length === 20, `a hash of 20 bytes for piece ${piece}`)
		return equalBytes(digest, expected)
	}

	#digests(bytes: Uint8Array): string[] {
		const digests: string[] = []
		for (let at = 0; at < bytes.length; at += blockBytes) {
			digests.push(toHex(this.#options.hasher.sha1(bytes.subarray(at, at + blockBytes))))
		}
		return digests
	}

	/** Goes on with the hash over what is on disk. */
	async #hashBack(
		piece: number,
		{ hash, bytes }: { readonly hash: IncrementalHash; readonly bytes: number },
	): Promise<Outcome<Uint8Array>> {
		const failure = await this.#readBack(piece, bytes, part => hash.update(part))
		return failure ?? { ok: true, value: hash.digest() }
	}

	async #digestBack(piece: number): Promise<Outcome<string[]>> {
		const digests: string[] = []
		const failure = await this.#readBack(piece, 0, part => digests.push(...this.#digests(part)))
		return failure ?? { ok: true, value: digests }
	}

	/** Hands out the piece from `from` on; each step waits for the disk, so that the loop turns in between. */
	async #readBack(
		piece: number,
		from: number,
		take: (bytes: Uint8Array) => void,
	): Promise<WorldFailure | undefined> {
		const { files } = this.#options
		const { geometry } = files.layout
		const length = pieceBytes(geometry, piece)
		const buffer = new Uint8Array(stepBytes)
		for (let at = from; at < length; at += stepBytes) {
			const part = buffer.subarray(0, Math.min(stepBytes, length - at))
			const outcome = await files.read(pieceOffset(geometry, piece) + at, part)
			if (!outcome.ok) return outcome
			take(part)
		}
		return undefined
	}
}
