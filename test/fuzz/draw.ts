// Decisions drawn from the bytes of an input, so that a byte fuzzer can steer structured data and whole
// sequences of events. Past the end every draw is 0.

export class Draw {
	readonly #bytes: Uint8Array
	#at = 0

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes
	}

	get isEmpty(): boolean {
		return this.#at >= this.#bytes.length
	}

	byte(): number {
		const byte = this.#bytes[this.#at] ?? 0
		this.#at += 1
		return byte
	}

	flag(): boolean {
		return (this.byte() & 1) === 1
	}

	uint16(): number {
		return this.byte() * 0x100 + this.byte()
	}

	uint32(): number {
		return this.uint16() * 0x1_0000 + this.uint16()
	}

	/** 0 ≤ value < limit, for a limit up to 65,536. */
	below(limit: number): number {
		return (limit > 0x100 ? this.uint16() : this.byte()) % limit
	}

	/** A small number most of the time, any 32 bits otherwise. */
	number(): number {
		const kind = this.byte()
		return kind < 0xe0 ? kind % 16 : this.uint32()
	}

	pick<Item>(items: readonly Item[]): Item | undefined {
		return items.length === 0 ? undefined : items[this.below(items.length)]
	}

	/** Up to `most` of the next bytes; a copy. */
	bytes(most: number): Uint8Array {
		const end = Math.min(this.#bytes.length, this.#at + most)
		const bytes = this.#bytes.slice(Math.min(this.#at, end), end)
		this.#at += most
		return bytes
	}

	/** Everything that is left; a copy. */
	rest(): Uint8Array {
		return this.bytes(Math.max(0, this.#bytes.length - this.#at))
	}
}

/** The bytes in parts whose lengths come from `lengths`, for feeding a stream in any split. */
export function* splitBy(bytes: Uint8Array, lengths: Draw): Generator<Uint8Array> {
	for (let at = 0; at < bytes.length; ) {
		const length = lengths.isEmpty ? bytes.length - at : 1 + (lengths.byte() % 64)
		yield bytes.slice(at, at + length)
		at += length
	}
}
