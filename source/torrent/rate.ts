// Bytes per second over a sliding window of four seconds, in constant time and space. The window is sixteen
// slots; the oldest counts for the part that still lies in it, so the figure moves without steps. What left
// the window is gone: an idle meter says exactly 0, and a gap in the clock leaves nothing behind.

const slotMs = 250
const slotCount = 16
/** How far back a rate looks. */
export const rateWindowMs = slotMs * slotCount
// A meter that just began divides by the time it has run, but a first burst must not read as a gigabit.
const shortestMs = 500
// After this long without a byte, what comes is a new beginning.
const gapMs = 30_000

export type RateMeter = {
	/** Bytes by slot; slot `n` lies at `n` modulo the length. One more than the window, for the part. */
	readonly slots: Float64Array
	/** Of all slots together. */
	bytes: number
	/** Number of the newest slot since the clock's zero. */
	newest: number
	/** When bytes began to come after a gap, and when the last came; undefined before any. */
	beganAt: number | undefined
	lastAt: number
}

/** A meter at 0. */
export function createRateMeter(): RateMeter {
	return { slots: new Float64Array(slotCount + 1), bytes: 0, newest: 0, beganAt: undefined, lastAt: 0 }
}

/** Counts `bytes` that came, or went, at `now`. */
export function addBytes(meter: RateMeter, bytes: number, now: number): void {
	advance(meter, now)
	if (meter.beganAt === undefined || Math.abs(now - meter.lastAt) > gapMs) meter.beganAt = now
	meter.lastAt = now
	const at = placeOf(meter, meter.newest)
	meter.slots[at] = (meter.slots[at] ?? 0) + bytes
	meter.bytes += bytes
}

/** The rate at `now`: finite, at least 0, and exactly 0 when nothing came for four seconds. */
export function bytesPerSecond(meter: RateMeter, now: number): number {
	advance(meter, now)
	if (meter.beganAt === undefined) return 0
	const oldest = meter.slots[placeOf(meter, meter.newest + 1)] ?? 0
	const passed = Math.min(1, Math.max(0, (now - meter.newest * slotMs) / slotMs))
	const spanMs = Math.min(rateWindowMs, Math.max(shortestMs, now - meter.beganAt))
	return ((meter.bytes - oldest * passed) * 1000) / spanMs
}

/** Forgets everything, as after a suspension of the machine. */
export function resetRate(meter: RateMeter): void {
	meter.slots.fill(0)
	meter.bytes = 0
	meter.beganAt = undefined
}

// A clock that steps back a little is held at the newest slot; one that jumps far either way starts anew.
function advance(meter: RateMeter, now: number): void {
	const slot = Math.floor(now / slotMs)
	const steps = slot - meter.newest
	if (Math.abs(steps) > slotCount) {
		meter.slots.fill(0)
		meter.bytes = 0
		meter.newest = slot
		return
	}
	for (let step = 0; step < steps; step += 1) {
		meter.newest += 1
		const at = placeOf(meter, meter.newest)
		meter.bytes -= meter.slots[at] ?? 0
		meter.slots[at] = 0
	}
}

function placeOf({ slots }: RateMeter, slot: number): number {
	return ((slot % slots.length) + slots.length) % slots.length
}
