// A piece of more than 4 MiB while it is downloaded. It is never whole in memory: blocks have a buffer each,
// every 1 MiB of them is written as soon as it is complete, and hashed on its way as long as it comes in order.
import { type Geometry, pieceBytes } from '../protocol/geometry.ts'
import { blockBytes } from '../protocol/message.ts'
import type { BufferStack } from './buffer-stack.ts'
import type { IncrementalHash, Outcome, WorldFailure } from './environment.ts'

export type PiecePart = { readonly offset: number; readonly bytes: Uint8Array }

/** What the large pieces of a pool share. */
export type LargePieceMeans = {
	readonly geometry: Geometry
	readonly blocks: BufferStack
	readonly spans: BufferStack
	readonly startHash: () => IncrementalHash
	readonly spill: (piece: number, parts: readonly PiecePart[]) => Promise<Outcome<undefined>>
	/** So many bytes more, or less, wait for the rest of their span or for the disk. */
	readonly onBytes: (difference: number, of: 'waiting' | 'writing') => void
}

export const spanBytes = 1 << 20
const blocksInSpan = spanBytes / blockBytes

type Span = { received: number; readonly resident: Set<number> }

export class LargePiece {
	readonly #piece: number
	readonly #means: LargePieceMeans
	readonly #lengthBytes: number
	readonly #buffers = new Map<number, Uint8Array<ArrayBuffer>>()
	readonly #spans: Span[]
	/** Parts that the disk refused: `WritePiece` tries them again. */
	#refused: { readonly parts: PiecePart[]; readonly buffer: Uint8Array<ArrayBuffer> }[] = []
	#failure: WorldFailure | undefined
	#writes: Promise<unknown>
	#hash: IncrementalHash | undefined
	#hashedBytes = 0
	#released = false

	/** Writes begin when `before` is settled: the last use of the same piece may still be on its way to the disk. */
	constructor(piece: number, means: LargePieceMeans, before: Promise<unknown>) {
		this.#piece = piece
		this.#means = means
		this.#lengthBytes = pieceBytes(means.geometry, piece)
		this.#spans = Array.from({ length: Math.ceil(this.#lengthBytes / spanBytes) }, () => ({
			received: 0,
			resident: new Set<number>(),
		}))
		this.#writes = before
		this.#hash = means.startHash()
	}

	/** Settles when everything that was on its way is written or refused. */
	get writes(): Promise<unknown> {
		return this.#writes
	}

	target(offset: number, length: number): Uint8Array {
		const block = offset / blockBytes
		let buffer = this.#buffers.get(block)
		if (buffer === undefined) {
			buffer = this.#means.blocks.take()
			this.#buffers.set(block, buffer)
			this.#means.onBytes(buffer.length, 'waiting')
		}
		return buffer.subarray(0, length)
	}

	received(offset: number): void {
		const block = offset / blockBytes
		const index = Math.floor(block / blocksInSpan)
		const span = this.#spans[index]
		if (span === undefined || !this.#buffers.has(block) || span.resident.has(block)) return
		span.received += 1
		span.resident.add(block)
		if (span.received === this.#blocksOf(index)) this.#flush(index)
	}

	/** Writes the fullest span although blocks of it are missing; false when there is nothing to write. */
	spillOne(): boolean {
		let fullest = -1
		for (const [index, span] of this.#spans.entries()) {
			if (span.resident.size > (this.#spans[fullest]?.resident.size ?? 0)) fullest = index
		}
		if (fullest === -1) return false
		this.#flush(fullest)
		return true
	}

	/** What the disk refused. */
	parts(): PiecePart[] {
		return this.#refused.flatMap(({ parts }) => parts)
	}

	async settled(): Promise<Outcome<undefined>> {
		await this.#writes
		return this.#failure ?? { ok: true, value: undefined }
	}

	/** The hash of what came in order, once: whoever takes it goes on with it. */
	takeRunningHash(): { readonly hash: IncrementalHash; readonly bytes: number } | undefined {
		const hash = this.#hash
		this.#hash = undefined
		return hash === undefined ? undefined : { hash, bytes: this.#hashedBytes }
	}

	release(): void {
		this.#released = true
		for (const buffer of this.#buffers.values()) this.#giveBlock(buffer)
		this.#buffers.clear()
		for (const { buffer } of this.#refused) this.#giveWritten(buffer)
		this.#refused = []
	}

	#blocksOf(span: number): number {
		const rest = this.#lengthBytes - span * spanBytes
		return Math.ceil(Math.min(rest, spanBytes) / blockBytes)
	}

	#flush(index: number): void {
		const span = this.#spans[index]
		if (span === undefined) return
		const isWhole = span.resident.size === this.#blocksOf(index)
		// A whole span fits a buffer of the stack; what is spilled takes as much as it needs and no more.
		const buffer = isWhole ? this.#means.spans.take() : new Uint8Array(span.resident.size * blockBytes)
		this.#means.onBytes(buffer.length, 'writing')
		const parts = this.#gather(span, buffer)
		const [first] = parts
		if (isWhole && first !== undefined && first.offset === this.#hashedBytes && this.#hash !== undefined) {
			this.#hash.update(first.bytes)
			this.#hashedBytes += first.bytes.length
		}
		this.#writes = this.#write(parts, buffer, this.#writes)
	}

	/** Moves the blocks that came into one buffer, one behind the other, and returns the runs that they form. */
	#gather(span: Span, buffer: Uint8Array<ArrayBuffer>): PiecePart[] {
		const runs: { offset: number; start: number; end: number }[] = []
		let filled = 0
		for (const block of [...span.resident].sort((a, b) => a - b)) {
			const from = this.#buffers.get(block)
			if (from === undefined) continue
			const offset = block * blockBytes
			const length = Math.min(blockBytes, this.#lengthBytes - offset)
			buffer.set(length === blockBytes ? from : from.subarray(0, length), filled)
			const run = runs.at(-1)
			if (run !== undefined && run.offset + run.end - run.start === offset) run.end += length
			else runs.push({ offset, start: filled, end: filled + length })
			filled += length
			this.#buffers.delete(block)
			this.#giveBlock(from)
		}
		span.resident.clear()
		return runs.map(({ offset, start, end }) => ({ offset, bytes: buffer.subarray(start, end) }))
	}

	async #write(parts: PiecePart[], buffer: Uint8Array<ArrayBuffer>, before: Promise<unknown>): Promise<void> {
		await before
		const outcome = await this.#means.spill(this.#piece, parts)
		if (!outcome.ok) this.#failure = outcome
		if (outcome.ok || this.#released) this.#giveWritten(buffer)
		else this.#refused.push({ parts, buffer })
	}

	#giveWritten(buffer: Uint8Array<ArrayBuffer>): void {
		if (buffer.length === spanBytes) this.#means.spans.give(buffer)
		this.#means.onBytes(-buffer.length, 'writing')
	}

	#giveBlock(buffer: Uint8Array<ArrayBuffer>): void {
		this.#means.blocks.give(buffer)
		this.#means.onBytes(-buffer.length, 'waiting')
	}
}
