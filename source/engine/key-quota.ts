// How many strangers may have a key exchange with us: one costs them 96 bytes of noise and us 0.3 ms of CPU. Over
// the limit they are hung up on; who means well dials again, or plainly.

/** 3 % of a core. */
const keysPerSecond = 100
const secondMs = 1000

export class KeyQuota {
	#since = Number.NEGATIVE_INFINITY
	#count = 0

	/** Whether one more is affordable at this instant, in ms; it counts if so. */
	admit(now: number): boolean {
		if (now - this.#since >= secondMs) {
			this.#since = now
			this.#count = 0
		}
		if (this.#count >= keysPerSecond) return false
		this.#count += 1
		return true
	}
}
