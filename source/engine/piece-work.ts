// What becomes of whole pieces on this machine: hashed, written, looked at once more when all are there. Each
// step ends as an input; the pool's memory is given back before the core hears of it.
import { type FileExtent, type Geometry } from '../protocol/geometry.ts'
import { type PieceIndex, toPieceIndex } from '../protocol/ids.ts'
import type { Effect, Input } from '../torrent/boundary.ts'
import type { Clock } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import type { PieceDoubts } from './piece-doubts.ts'
import type { PiecePool } from './piece-pool.ts'
import type { Resume } from './resume.ts'
import type { Verifier } from './verifier.ts'
import { WriteGatherer } from './write-gatherer.ts'

export type PieceWorkOptions = {
	readonly pool: PiecePool
	readonly files: FileStorage
	readonly verifier: Verifier
	readonly resume: Resume
	readonly doubts: Pick<PieceDoubts, 'forget' | 'settleAll'>
	readonly clock: Clock
	readonly feed: (input: Input) => void
	/** A file is longer than it should be: what is beyond is nobody's, and stays. */
	readonly onLarger: (file: number) => void
	/** Memory of the pool came free. */
	readonly onReleased: () => void
}

export class PieceWork {
	readonly #options: PieceWorkOptions
	readonly #gatherer: WriteGatherer

	constructor(options: PieceWorkOptions) {
		const { clock, files } = options
		this.#options = options
		this.#gatherer = new WriteGatherer({
			clock,
			geometry: files.layout.geometry,
			write: (piece, parts, wanted) => files.writePiece(piece, parts, wanted),
		})
	}

	/** Nothing waits for anything but the disk any more. */
	hurry(): void {
		this.#gatherer.end()
	}

	async verify(piece: PieceIndex, digests: boolean): Promise<void> {
		const { verifier, pool, feed } = this.#options
		const verdict = await verifier.verify(pool, piece, digests)
		if (verdict.ok) feed({ type: 'PieceHashed', piece, ...verdict.value })
		else feed({ type: 'PieceHashFailed', piece, error: verdict.code })
	}

	async write(order: Extract<Effect, { type: 'WritePiece' }>): Promise<void> {
		const { piece } = order
		const { pool, resume, doubts, feed, onReleased } = this.#options
		const spilled = await pool.settled(piece)
		const parts = pool.parts(piece)
		const written = spilled.ok && parts.length > 0 ? await this.#gatherer.write(piece, parts, order) : spilled
		pool.release(piece)
		onReleased()
		if (written.ok) {
			resume.pieceWritten(piece)
			doubts.forget(piece)
			feed({ type: 'PieceWritten', piece })
		} else feed({ type: 'PieceWriteFailed', piece, error: written.code })
	}

	/**
	 * Everything was downloaded: whatever is not as we wrote it is missing again, which is an error and no reason to
	 * fetch it anew unasked (threats D4, D12). What is in doubt is proved first (D13).
	 */
	async finish(): Promise<void> {
		const { files, resume, doubts, feed, onLarger } = this.#options
		await doubts.settleAll()
		const finished = await files.finish()
		let error = finished.ok ? undefined : finished.code
		const { geometry, extents } = files.layout
		for (const { file, problem } of finished.ok ? finished.value : []) {
			if (problem === 'larger') {
				onLarger(file)
				continue
			}
			error = 'ESTALE'
			for (const piece of piecesOfFile(geometry, extents[file])) {
				resume.pieceLost(piece)
				doubts.forget(piece)
				feed({ type: 'PieceLost', piece })
			}
		}
		feed({ type: 'FilesFinished', error })
	}
}

/** The pieces that hold bytes of a file. */
function piecesOfFile({ pieceLength, pieceCount }: Geometry, extent: FileExtent | undefined): PieceIndex[] {
	if (extent === undefined || extent.lengthBytes === 0) return []
	const first = Math.floor(extent.offsetBytes / pieceLength)
	const last = Math.floor((extent.offsetBytes + extent.lengthBytes - 1) / pieceLength)
	return Array.from({ length: last - first + 1 }, (_, index) => toPieceIndex(first + index, pieceCount))
}
