// Synchronous or asynchronous disk calls: a synchronous one is cheapest on a fast disk, but a sleeping or
// remote disk would stop every socket. Asynchronous until 64 operations in a row took under 3 ms each, and
// back at once after one over 20 ms.
import type { Clock } from './environment.ts'

const fastMs = 3
const slowMs = 20
const fastOperationsNeeded = 64

export class DiskMode {
	readonly #clock: Clock
	#fastOperations = 0

	constructor(clock: Clock) {
		this.#clock = clock
	}

	/** Whether the next operation may hold up the loop. */
	get synchronous(): boolean {
		return this.#fastOperations >= fastOperationsNeeded
	}

	/** What an operation took, in ms, whichever way it ran. */
	learn(durationMs: number): void {
		const realMs = durationMs / this.#clock.speed
		if (realMs > slowMs) this.#fastOperations = 0
		else if (realMs < fastMs) this.#fastOperations += 1
		else if (!this.synchronous) this.#fastOperations = 0
	}

	/** Runs one operation the way that the last ones suggest. */
	async run<Value>(synchronously: () => Value, asynchronously: () => Promise<Value>): Promise<Value> {
		const startedAt = this.#clock.now()
		try {
			return this.synchronous ? synchronously() : await asynchronously()
		} finally {
			this.learn(this.#clock.now() - startedAt)
		}
	}
}
