// Synchronous or asynchronous disk calls: a synchronous one is cheapest on a fast disk, but a sleeping or
// remote disk would stop every socket. So the disk proves itself by asynchronous operations in a row, timed as
// the loop sees them: a busy loop sees their end late, so none took longer than that. One slow operation undoes
// it, and when it soon does so again the proof gets twice as long. While files are being synced a write
// waits for that, which says nothing of the disk: those go asynchronously and do not count.
import type { Clock } from './environment.ts'

// As long as the loop may be held up by one operation.
const slowMs = 20
const leastOperations = 16
const mostOperations = 1024
const rareAfterOperations = 64

export class DiskMode {
	readonly #clock: Clock
	#fastOperations = 0
	#fastOperationsNeeded = leastOperations
	#fastWhileSynchronous = 0
	#syncs = 0

	constructor(clock: Clock) {
		this.#clock = clock
	}

	/** Whether the next operation may hold up the loop. */
	get synchronous(): boolean {
		return this.#syncs === 0 && this.#fastOperations >= this.#fastOperationsNeeded
	}

	/** Settles as `sync` does, which makes files durable; until then no operation holds up the loop. */
	async during<Value>(sync: () => Promise<Value>): Promise<Value> {
		this.#syncs += 1
		try {
			return await sync()
		} finally {
			this.#syncs -= 1
		}
	}

	/** Runs one operation the way that the last ones suggest. */
	async run<Value>(synchronously: () => Value, asynchronously: () => Promise<Value>): Promise<Value> {
		const startedAt = this.#clock.now()
		const isDisturbed = this.#syncs > 0
		const { synchronous } = this
		try {
			return synchronous ? synchronously() : await asynchronously()
		} finally {
			const isSlow = (this.#clock.now() - startedAt) / this.#clock.speed > slowMs
			if (synchronous) this.#learnSynchronous(isSlow)
			else if (!isDisturbed && this.#syncs === 0) this.#fastOperations = isSlow ? 0 : this.#fastOperations + 1
		}
	}

	#learnSynchronous(isSlow: boolean): void {
		if (!isSlow) {
			this.#fastWhileSynchronous += 1
			return
		}
		// Once in a while the machine was busy with something else; soon again it is the disk.
		const isRare = this.#fastWhileSynchronous >= rareAfterOperations
		this.#fastOperationsNeeded = isRare
			? leastOperations
			: Math.min(this.#fastOperationsNeeded * 2, mostOperations)
		this.#fastOperations = 0
		this.#fastWhileSynchronous = 0
	}
}
