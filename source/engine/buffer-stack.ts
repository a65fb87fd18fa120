// Buffers of one size, last in, first out: the one that was used last is still in the processor's cache. Large
// ones lie in aligned memory where that can be had, an arena of them at a time. An arena is given back as a
// whole, since a single buffer of it would keep all of its memory.
import { allocateAligned } from './aligned-memory.ts'

type Buffer = Uint8Array<ArrayBuffer>

export class BufferStack {
	readonly #sizeBytes: number
	readonly #idleLimit: number
	#idle: Buffer[] = []
	/** Of every arena, how many buffers it has and how many of them nobody uses. */
	readonly #arenas = new Map<ArrayBuffer, { readonly count: number; idle: number }>()

	/** Keeps at most `idleBytes` of memory that nobody uses, rounded up to a whole arena. */
	constructor(sizeBytes: number, idleBytes: number) {
		this.#sizeBytes = sizeBytes
		this.#idleLimit = Math.floor(idleBytes / sizeBytes)
	}

	/** A whole buffer with whatever its last user left in it. */
	take(): Buffer {
		if (this.#idle.length === 0) this.#allocate()
		const buffer = this.#idle.pop() ?? new Uint8Array(this.#sizeBytes)
		const arena = this.#arenas.get(buffer.buffer)
		if (arena !== undefined) arena.idle -= 1
		return buffer
	}

	/** Gives back what take() returned. */
	give(buffer: Buffer): void {
		const arena = this.#arenas.get(buffer.buffer)
		if (arena === undefined) {
			if (this.#idle.length < this.#idleLimit) this.#idle.push(buffer)
			return
		}
		this.#idle.push(buffer)
		arena.idle += 1
		if (arena.idle < arena.count || this.#idle.length - arena.count < this.#idleLimit) return
		this.#arenas.delete(buffer.buffer)
		this.#idle = this.#idle.filter(idle => idle.buffer !== buffer.buffer)
	}

	#allocate(): void {
		const buffers = allocateAligned(this.#sizeBytes)
		const memory = buffers?.[0]?.buffer
		if (buffers === undefined || memory === undefined) return
		// The system backs an arena with memory only where it is written to.
		this.#arenas.set(memory, { count: buffers.length, idle: buffers.length })
		this.#idle.push(...buffers.reverse())
	}
}
