// Lets steps happen at a rate: each says how many bytes it took, and the next waits until they have gone through.
import type { Clock } from '../engine/environment.ts'

export type PacerOptions = {
	readonly clock: Clock
	readonly bytesPerSecond: number
	/** Does one thing and returns its bytes; undefined when there is nothing to do until `poke`. */
	readonly step: () => number | undefined
}

/** What timers are late by is made up for, up to this much. */
const debtMs = 100

export class Pacer {
	readonly #options: PacerOptions
	#freeAt = Number.NEGATIVE_INFINITY
	#cancel: (() => void) | undefined

	constructor(options: PacerOptions) {
		this.#options = options
	}

	/** There may be something to do. */
	poke(): void {
		if (this.#cancel !== undefined) return
		const { clock } = this.#options
		this.#cancel = clock.after(Math.max(0, this.#freeAt - clock.now()), () => {
			this.#cancel = undefined
			this.#run()
		})
	}

	stop(): void {
		this.#cancel?.()
		this.#cancel = undefined
	}

	#run(): void {
		const { clock, bytesPerSecond, step } = this.#options
		const now = clock.now()
		while (this.#freeAt <= now) {
			const bytes = step()
			if (bytes === undefined) return
			this.#freeAt = Math.max(this.#freeAt, now - debtMs) + (bytes * 1000) / bytesPerSecond
		}
		this.poke()
	}
}
