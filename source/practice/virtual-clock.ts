// Time that passes only when it is told to: an hour of a swarm in a second of the machine's, and the same each time.
import type { Clock } from '../engine/environment.ts'

type Timer = {
	readonly at: number
	readonly order: number
	readonly callback: () => void
	cancelled: boolean
}

const epochMs = Date.UTC(2025, 0, 1)
/** Instants are whole multiples of this: adding whole ms to one and taking them off again is exact. */
const ticksPerMs = 1024

export class VirtualClock implements Clock {
	readonly speed = 1
	/** A binary heap, earliest first; timers of one instant in the order in which they were started. */
	readonly #timers: Timer[] = []
	#now = 0
	#started = 0

	now(): number {
		return this.#now
	}

	wallTime(): number {
		return epochMs + this.#now
	}

	after(delayMs: number, callback: () => void): () => void {
		this.#started += 1
		const at = Math.ceil((this.#now + Math.max(0, delayMs)) * ticksPerMs) / ticksPerMs
		const timer = { at, order: this.#started, callback, cancelled: false }
		this.#push(timer)
		return () => {
			timer.cancelled = true
		}
	}

	/** Goes to the next timer and calls it; false when none waits. */
	step(): boolean {
		for (let timer = this.#pop(); timer !== undefined; timer = this.#pop()) {
			if (timer.cancelled) continue
			this.#now = Math.max(this.#now, timer.at)
			timer.callback()
			return true
		}
		return false
	}

	/** Calls what is due at this very instant, and what follows from it; time stands still. */
	async runDue(): Promise<void> {
		for (;;) {
			await settled()
			if (this.#nextAt() > this.#now) return
			this.step()
		}
	}

	/**
	 * Lets time pass until `done`, and everything that waits on promises go on after each timer. Returns whether
	 * it came to that; otherwise `limitMs` of this clock have passed.
	 */
	async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
		const endAt = this.#now + limitMs
		for (;;) {
			await settled()
			if (done()) return true
			if (this.#nextAt() > endAt) {
				this.#now = endAt
				return false
			}
			this.step()
		}
	}

	#nextAt(): number {
		while (this.#timers[0]?.cancelled === true) this.#pop()
		return this.#timers[0]?.at ?? Number.POSITIVE_INFINITY
	}

	#push(timer: Timer): void {
		const timers = this.#timers
		let at = timers.length
		timers.push(timer)
		while (at > 0) {
			const above = (at - 1) >> 1
			const parent = timers[above]
			if (parent === undefined || isBefore(parent, timer)) break
			timers[at] = parent
			at = above
		}
		timers[at] = timer
	}

	#pop(): Timer | undefined {
		const timers = this.#timers
		const first = timers[0]
		const last = timers.pop()
		if (first === undefined || last === undefined || timers.length === 0) return first
		let at = 0
		for (;;) {
			const left = timers[2 * at + 1]
			const right = timers[2 * at + 2]
			const child =
				right !== undefined && left !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
			const next = timers[child]
			if (next === undefined || isBefore(last, next)) break
			timers[at] = next
			at = child
		}
		timers[at] = last
		return first
	}
}

function isBefore(one: Timer, other: Timer): boolean {
	return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** After a turn of the machine's loop no promise is left that could go on by itself. */
function settled(): Promise<void> {
	return new Promise(resolve => setImmediate(resolve))
}
