// The machine's clock, sped up: the practice swarm and its client live in the same scenario time.
import type { Clock } from '../engine/environment.ts'

/** Monotonic ms that pass `speed` times as fast as the machine's. */
export function createScaledClock(speed: number): Clock {
	return {
		speed,
		now: () => performance.now() * speed,
		wallTime: () => Date.now(),
		after: (delayMs, callback) => {
			const timer = setTimeout(callback, Math.max(0, delayMs / speed))
			return () => clearTimeout(timer)
		},
	}
}
