// Bytes per second over a sliding window of four seconds, in constant time and space. The window is sixteen
// slots; the oldest counts for the part that still lies in it, so the figure moves without steps. What left
// the window is gone: an idle meter says exactly 0, and a gap in the clock leaves nothing behind.

const slotMs = 250
const slotCount = 16
/** How far back a rate looks. */
export const rateWindowMs = slotMs * slotCount
// Below this a burst of two blocks would read as a gigabit.
const shortestMs = 500

export type RateMeter = {
	/** Bytes by slot; slot `n` lies at `n` modulo the length. One more than the window, for the part. */
	readonly slots: Float64Array
	/** Number of the newest slot since the clock's zero. */
	newest: number
	/** When the bytes of this window began to come; undefined while idle. */
	sinceAt: number | undefined
}

/** A meter at 0. */
export function createRateMeter(): RateMeter {
	return { slots: new Float64Array(slotCount + 1), newest: 0, sinceAt: undefined }
}

/** Counts `bytes` that came, or went, at `now`. */
export function addBytes(meter: RateMeter, bytes: number, now: number): void {
	advance(meter, now)
	meter.sinceAt ??= now
	const at = meter.newest % meter.slots.length
	meter.slots[at] = (meter.slots[at] ?? 0) + bytes
}

/** The rate at `now`: finite, at least 0, and exactly 0 when nothing came for four seconds. */
export function bytesPerSecond(meter: RateMeter, now: number): number {
	advance(meter, now)
	if (meter.sinceAt === undefined) return 0
	let bytes = 0
	for (const slot of meter.slots) bytes += slot
	const oldest = meter.slots[(meter.newest + 1) % meter.slots.length] ?? 0
	const passed = Math.min(1, Math.max(0, (now - meter.newest * slotMs) / slotMs))
	const spanMs = Math.min(rateWindowMs, Math.max(shortestMs, now - meter.sinceAt))
	return ((bytes - oldest * passed) * 1000) / spanMs
}

/** Forgets everything, as after a suspension of the machine. */
export function resetRate(meter: RateMeter): void {
	meter.slots.fill(0)
	meter.sinceAt = undefined
}

// A clock that steps back is held at the newest slot; one that steps back far starts anew.
function advance(meter: RateMeter, now: number): void {
	const slot = Math.floor(now / slotMs)
	const steps = slot - meter.newest
	if (steps === 0) return
	if (Math.abs(steps) > slotCount) {
		resetRate(meter)
		meter.newest = slot
		return
	}
	for (let step = 0; step < steps; step += 1) {
		meter.newest += 1
		meter.slots[meter.newest % meter.slots.length] = 0
	}
	if (steps > 0 && meter.slots.every(bytes => bytes === 0)) meter.sinceAt = undefined
}
