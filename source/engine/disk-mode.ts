// Synchronous or asynchronous disk calls: a synchronous one is cheapest on a fast disk, but a sleeping or
// remote disk would stop every socket. So the disk proves itself by asynchronous operations in a row, timed as
// the loop sees them: a busy loop sees their end late, so none took longer than that. One slow operation undoes
// it, and when it soon does so again the proof gets twice as long. While files are being synced a write may
// have to wait for that, which says nothing of the disk: after the first the others go asynchronously until the
// sync has ended, and none of them counts.
import type { Clock } from './environment.ts'

// As long as the loop may be held up by one operation.
const slowMs = 20
const leastOperations = 16
const mostOperations = 1024
const rareAfterOperations = 64

export class DiskMode {
	readonly #clock: Clock
	readonly #mostHoldMs: number
	#fastOperations = 0
	#fastOperationsNeeded = leastOperations
	#fastWhileSynchronous = 0
	#syncs = 0
	#waitsForSync = false

	/** `mostHoldMs`: a synchronous operation that takes longer is slow. */
	constructor(clock: Clock, mostHoldMs = slowMs) {
		this.#clock = clock
		this.#mostHoldMs = mostHoldMs
	}

	/** Whether the next operation may hold up the loop. */
	get synchronous(): boolean {
		return !this.#waitsForSync && this.#fastOperations >= this.#fastOperationsNeeded
	}

	/** Whether files are being made durable now. */
	get syncing(): boolean {
		return this.#syncs > 0
	}

	/** Settles as `sync` does, which makes files durable; until then slow operations are no wonder. */
	async during<Value>(sync: () => Promise<Value>): Promise<Value> {
		this.#syncs += 1
		try {
			return await sync()
		} finally {
			this.#syncs -= 1
			if (this.#syncs === 0) this.#waitsForSync = false
		}
	}

	/** Runs one operation the way that the last ones suggest. */
	async run<Value>(synchronously: () => Value, asynchronously: () => Promise<Value>): Promise<Value> {
		const startedAt = this.#clock.now()
		const wasSyncing = this.#syncs > 0
		const { synchronous } = this
		try {
			return synchronous ? synchronously() : await asynchronously()
		} finally {
			const tookMs = (this.#clock.now() - startedAt) / this.#clock.speed
			const isSlow = tookMs > (synchronous ? this.#mostHoldMs : slowMs)
			if (!wasSyncing && this.#syncs === 0) this.#learn(synchronous, isSlow)
			else if (synchronous && isSlow) this.#waitsForSync = this.#syncs > 0
		}
	}

	#learn(synchronous: boolean, isSlow: boolean): void {
		if (!synchronous) this.#fastOperations = isSlow ? 0 : this.#fastOperations + 1
		else if (isSlow) this.#distrust()
		else this.#fastWhileSynchronous += 1
	}

	#distrust(): void {
		// Once in a while the machine was busy with something else; soon again it is the disk.
		const isRare = this.#fastWhileSynchronous >= rareAfterOperations
		this.#fastOperationsNeeded = isRare
			? leastOperations
			: Math.min(this.#fastOperationsNeeded * 2, mostOperations)
		this.#fastOperations = 0
		this.#fastWhileSynchronous = 0
	}
}
