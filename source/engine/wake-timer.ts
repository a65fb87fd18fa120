// One timer for the instant at which a torrent wants to be woken. An instant that moved back costs nothing: the
// timer comes early and is set again.
import type { Clock } from './environment.ts'

export type WakeTimerOptions = {
	readonly clock: Clock
	/** Infinity: never. */
	readonly nextAt: () => number
	readonly wake: () => void
}

export class WakeTimer {
	readonly #options: WakeTimerOptions
	#armedAt = Number.POSITIVE_INFINITY
	#cancel: (() => void) | undefined
	#ended = false

	constructor(options: WakeTimerOptions) {
		this.#options = options
	}

	/** `nextAt` may have changed. */
	arm(): void {
		const { clock, nextAt } = this.#options
		const at = nextAt()
		if (this.#ended || at >= this.#armedAt) return
		this.#cancel?.()
		this.#armedAt = at
		this.#cancel = clock.after(Math.max(0, at - clock.now()), () => this.#fire())
	}

	/** Never again. */
	end(): void {
		this.#ended = true
		this.#cancel?.()
	}

	#fire(): void {
		const { clock, nextAt, wake } = this.#options
		this.#armedAt = Number.POSITIVE_INFINITY
		this.#cancel = undefined
		if (clock.now() >= nextAt()) wake()
		else this.arm()
	}
}
