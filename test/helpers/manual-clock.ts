// A clock that stands still until a test moves it.
import type { Clock } from '../../source/engine/environment.ts'

type Timer = { readonly at: number; readonly callback: () => void }

export class ManualClock implements Clock {
	readonly speed = 1
	/** Wall time minus monotonic time. */
	readonly epoch = 1_700_000_000_000
	readonly #timers = new Set<Timer>()
	#now = 0

	now(): number {
		return this.#now
	}

	wallTime(): number {
		return this.epoch + this.#now
	}

	after(delayMs: number, callback: () => void): () => void {
		const timer = { at: this.#now + delayMs, callback }
		this.#timers.add(timer)
		return () => this.#timers.delete(timer)
	}

	/** Timers that wait. */
	get waiting(): number {
		return this.#timers.size
	}

	/** Lets time pass; timers are called in their order, those they start included. */
	advance(ms: number): void {
		const end = this.#now + ms
		for (;;) {
			const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
			if (next === undefined) break
			this.#timers.delete(next)
			this.#now = Math.max(this.#now, next.at)
			next.callback()
		}
		this.#now = end
	}
}
