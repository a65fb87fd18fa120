// What somebody has under way beside everything else, and has to wait for before he ends. The world's failures are
// values; whatever is thrown in there is our own fault.

export class BackgroundWork {
	readonly #onFault: (error: unknown) => void
	readonly #running = new Set<Promise<void>>()

	constructor(onFault: (error: unknown) => void) {
		this.#onFault = onFault
	}

	/** Lets it go on by itself; undefined: there is nothing to do. */
	run(work: Promise<void> | undefined): void {
		if (work === undefined) return
		const watched = work
			.catch((error: unknown) => this.#onFault(error))
			.finally(() => this.#running.delete(watched))
		this.#running.add(watched)
	}

	/** Resolves when nothing of it is under way. */
	async ended(): Promise<void> {
		await Promise.all(this.#running)
	}
}
