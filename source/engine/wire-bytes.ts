// The raw bytes of messages for whoever inspects one: bounded a message and in all, the oldest are let go first.

/** Longer messages are kept up to here; only metadata and hostile ones are. */
const maxMessageBytes = 64 << 10
const defaultTotalBytes = 8 << 20
/** What an entry takes beside its bytes, so that many small ones are bounded too. */
const entryBytes = 256

export class WireBytes {
	readonly #kept = new Map<number, Uint8Array>()
	/** Sequences, oldest first; those before `#head` were let go. */
	#order: number[] = []
	#head = 0
	#totalBytes = 0
	readonly #maxTotalBytes: number

	constructor(maxTotalBytes = defaultTotalBytes) {
		this.#maxTotalBytes = maxTotalBytes
	}

	/** What is kept counts for, in bytes. */
	get totalBytes(): number {
		return this.#totalBytes
	}

	/** Copies as much of `bytes` as is kept of a message. Sequences grow. */
	keep(sequence: number, bytes: Uint8Array): void {
		const copy = bytes.slice(0, maxMessageBytes)
		this.#kept.set(sequence, copy)
		this.#totalBytes += copy.length + entryBytes
		this.#order.push(sequence)
		while (this.#totalBytes > this.#maxTotalBytes) this.#letOldestGo()
	}

	/** What was kept, or undefined where nothing was or it was let go. */
	get(sequence: number): Uint8Array | undefined {
		return this.#kept.get(sequence)
	}

	#letOldestGo(): void {
		const oldest = this.#order[this.#head] ?? 0
		this.#totalBytes -= (this.#kept.get(oldest)?.length ?? 0) + entryBytes
		this.#kept.delete(oldest)
		this.#head += 1
		if (this.#head * 2 < this.#order.length) return
		this.#order = this.#order.slice(this.#head)
		this.#head = 0
	}
}
