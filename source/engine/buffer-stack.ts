// Buffers of one size, last in, first out: the one that was used last is still in the processor's cache.

export class BufferStack {
	readonly #sizeBytes: number
	readonly #idleLimit: number
	readonly #idle: Uint8Array<ArrayBuffer>[] = []

	/** Keeps at most `idleBytes` of memory that nobody uses. */
	constructor(sizeBytes: number, idleBytes: number) {
		this.#sizeBytes = sizeBytes
		this.#idleLimit = Math.floor(idleBytes / sizeBytes)
	}

	/** A whole buffer with whatever its last user left in it. */
	take(): Uint8Array<ArrayBuffer> {
		return this.#idle.pop() ?? new Uint8Array(this.#sizeBytes)
	}

	/** Gives back what take() returned. */
	give(buffer: Uint8Array<ArrayBuffer>): void {
		if (this.#idle.length < this.#idleLimit) this.#idle.push(buffer)
	}
}
