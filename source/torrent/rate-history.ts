// One sample a second of something that the screen draws as a curve: the last 300, oldest forgotten.

const historySeconds = 300
const secondMs = 1000
/** A clock that stands still for longer than this was stopped: nothing happened meanwhile. */
const gapMs = 30_000

export type RateHistory = {
	/** A ring; the newest sample lies before `next`. */
	readonly samples: Float64Array
	next: number
	count: number
	lastAt: number | undefined
}

/** An empty history. */
export function createRateHistory(): RateHistory {
	return { samples: new Float64Array(historySeconds), next: 0, count: 0, lastAt: undefined }
}

/**
 * Takes `value` for every second that ended since the last sample; call it at least once a second. Seconds of
 * a gap of the clock count as 0.
 */
export function addSample(history: RateHistory, value: number, now: number): void {
	if (history.lastAt === undefined || now < history.lastAt - gapMs) {
		history.lastAt = now
		push(history, value)
		return
	}
	if (now < history.lastAt + secondMs) return
	// At the very instant that nextSampleAt() named, the difference may be a rounding short of a second.
	const seconds = Math.max(1, Math.floor((now - history.lastAt) / secondMs))
	history.lastAt += seconds * secondMs
	const stood = seconds * secondMs > gapMs
	for (let left = Math.min(seconds, historySeconds); left > 0; left -= 1) {
		push(history, stood && left > 1 ? 0 : value)
	}
}

/** When the next sample falls due. */
export function nextSampleAt(history: RateHistory): number | undefined {
	return history.lastAt === undefined ? undefined : history.lastAt + secondMs
}

/** The samples, newest last, at most 300. */
export function samplesOf(history: RateHistory): number[] {
	const { samples, next, count } = history
	return Array.from(
		{ length: count },
		(_, at) => samples[(next - count + at + samples.length) % samples.length] ?? 0,
	)
}

function push(history: RateHistory, value: number): void {
	history.samples[history.next] = value
	history.next = (history.next + 1) % historySeconds
	history.count = Math.min(history.count + 1, historySeconds)
}
