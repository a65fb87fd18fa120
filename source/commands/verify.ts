// `swarmscope verify`: compares what is on disk with a torrent. Opens for reading only and creates nothing.
import { createBitfield } from '../protocol/bitfield.ts'
import type { Environment } from '../engine/environment.ts'
import { FileStorage } from '../engine/file-storage.ts'
import { Verifier } from '../engine/verifier.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import type { KnownTorrent } from './read-metainfo.ts'

export type VerifyResult = {
	readonly complete: boolean
	readonly piecesHave: number
	readonly pieceCount: number
}

export type VerifyOptions = {
	readonly torrent: KnownTorrent
	/** Absolute. */
	readonly directory: string
	readonly environment: Environment
	readonly signal: AbortSignal
	readonly onProgress: (fraction: number) => void
}

/** Hashes what is there. Throws a CommandFailure with exit code 4 for a disk that cannot be read. */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
	const { torrent, environment, directory } = options
	const { geometry, files, pieceHashes } = torrent.metainfo
	const storage = new FileStorage({
		storage: environment.storage,
		clock: environment.clock,
		geometry,
		files: files.map(({ lengthBytes, pad }, index) => ({
			path: torrent.paths[index] ?? [],
			lengthBytes,
			pad,
		})),
		directory,
		chosen: undefined,
		// Nothing is unchosen, so nothing is ever looked for or kept here.
		partPath: `${directory}/.swarmscope-no-parts`,
	})
	const prepared = await storage.prepare()
	if (!prepared.ok) throw new CommandFailure(exitCodes.disk, prepared.message)
	const verifier = new Verifier({ hasher: environment.hasher, files: storage, pieceHashes })
	let unreadable: string | undefined
	const pieces = storage.checkable()
	const found = await verifier.check({
		pieces,
		signal: options.signal,
		onProgress: options.onProgress,
		onUnreadable: failure => (unreadable ??= failure.message),
	})
	await storage.close()
	if (unreadable !== undefined) throw new CommandFailure(exitCodes.disk, unreadable)
	const have = pieces.count === 0 ? createBitfield(geometry.pieceCount) : found
	return {
		complete: have.count === geometry.pieceCount,
		piecesHave: have.count,
		pieceCount: geometry.pieceCount,
	}
}
