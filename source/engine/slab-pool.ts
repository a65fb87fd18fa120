// Buffers that whole batches of `piece` messages are read into on their way to a socket: used again when
// the socket has let them go, so seeding allocates nothing at full speed.

const idleSlabs = 8

export class SlabPool {
	readonly slabBytes: number
	readonly #idle: Uint8Array[] = []

	constructor(slabBytes: number) {
		this.slabBytes = slabBytes
	}

	take(): Uint8Array {
		return this.#idle.pop() ?? new Uint8Array(this.slabBytes)
	}

	giveBack(slab: Uint8Array): void {
		if (this.#idle.length < idleSlabs) this.#idle.push(slab)
	}
}
