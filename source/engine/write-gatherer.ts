// Small pieces that lie side by side and came in within a moment are written together. A write past the page
// cache costs the same few system calls, wake-ups and interrupts whatever its size, so a piece that hears of more
// beside it waits for them: a few ms, and never when nothing is on its way. A write that fails fails all its pieces.
import { extentOf } from '../torrent/extent.ts'
import type { Clock, Outcome } from './environment.ts'
import type { PiecePart } from './piece-pool.ts'

/** Pieces of an extent wait no longer for one another. At 10 MB/s none comes that soon, and writes are few. */
const patienceMs = 20
/** What a direct write needs of a place in a file: pieces of other lengths gain nothing. */
const placeBytes = 65_536

export type WriteGathererOptions = {
	readonly clock: Clock
	readonly geometry: { readonly pieceLength: number; readonly pieceCount: number }
	/** `FileStorage.writePiece`: parts may lie behind the end of the piece. */
	readonly write: (piece: number, parts: readonly PiecePart[], wanted: boolean) => Promise<Outcome<undefined>>
}

type Waiting = {
	readonly piece: number
	readonly bytes: Uint8Array
	readonly settle: (outcome: Outcome<undefined> | Promise<Outcome<undefined>>) => void
}

export class WriteGatherer {
	readonly #options: WriteGathererOptions
	/** By the first piece of the extent. */
	readonly #extents = new Map<number, Waiting[]>()
	readonly #gathers: boolean
	#cancel: (() => void) | undefined
	#ended = false

	constructor(options: WriteGathererOptions) {
		this.#options = options
		const { pieceLength } = options.geometry
		const { first, end } = extentOf({ pieceLength, pieceCount: Number.MAX_SAFE_INTEGER }, 0)
		this.#gathers = end - first > 1 && pieceLength % placeBytes === 0
	}

	/**
	 * Writes a whole piece. `more`: another one beside it is on its way; `wanted`: it is to stay in the page cache,
	 * where nothing is gained by waiting.
	 */
	async write(
		piece: number,
		parts: readonly PiecePart[],
		{ wanted, more }: { readonly wanted: boolean; readonly more: boolean },
	): Promise<Outcome<undefined>> {
		const { geometry, write } = this.#options
		const bytes = parts[0]?.bytes
		const isWhole = parts.length === 1 && bytes?.length === geometry.pieceLength
		if (!this.#gathers || wanted || this.#ended || !isWhole) return await write(piece, parts, wanted)
		const { first, end } = extentOf(geometry, piece)
		let waiting = this.#extents.get(first)
		if (waiting === undefined) {
			if (!more) return await write(piece, parts, wanted)
			waiting = []
			this.#extents.set(first, waiting)
			this.#cancel ??= this.#options.clock.after(patienceMs, () => this.#writeAll())
		}
		const written = new Promise<Outcome<undefined>>(resolve =>
			waiting.push({ piece, bytes, settle: resolve }),
		)
		if (!more || waiting.length === end - first) this.#writeExtent(first)
		return await written
	}

	/** Nothing waits any more, now and later. */
	end(): void {
		this.#ended = true
		this.#writeAll()
	}

	#writeAll(): void {
		this.#cancel?.()
		this.#cancel = undefined
		for (const first of [...this.#extents.keys()]) this.#writeExtent(first)
	}

	#writeExtent(first: number): void {
		const waiting = this.#extents.get(first) ?? []
		this.#extents.delete(first)
		waiting.sort((one, other) => one.piece - other.piece)
		while (waiting.length > 0) {
			const gap = waiting.findIndex(({ piece }, at) => piece !== (waiting[0]?.piece ?? 0) + at)
			this.#writeRun(waiting.splice(0, gap === -1 ? waiting.length : gap))
		}
	}

	#writeRun(run: readonly Waiting[]): void {
		const { geometry, write } = this.#options
		const parts = run.map(({ bytes }, at) => ({ offset: at * geometry.pieceLength, bytes }))
		const outcome = write(run[0]?.piece ?? 0, parts, false)
		for (const { settle } of run) settle(outcome)
	}
}
