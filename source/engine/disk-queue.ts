// First come, first served, and few at a time: threads of the pool stay free for names and reads while a slow
// disk writes.

export class DiskQueue {
	readonly #width: number
	readonly #waiting: (() => void)[] = []
	#running = 0

	constructor(width: number) {
		this.#width = width
	}

	/** Runs the job when its turn comes; settles as it does. */
	async run<Value>(job: () => Promise<Value>): Promise<Value> {
		if (this.#running >= this.#width) await new Promise<void>(resolve => this.#waiting.push(resolve))
		else this.#running += 1
		try {
			return await job()
		} finally {
			const next = this.#waiting.shift()
			if (next === undefined) this.#running -= 1
			else next()
		}
	}
}
