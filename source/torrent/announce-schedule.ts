// When to announce again: intervals that a tracker may dictate within bounds, and the back-off after a
// failure. No interval from outside is used before it passed through here.

import type { AnnounceResponse, TrackerFailure } from '../protocol/announce.ts'
import { type RandomState, nextRandom } from './random.ts'

const minuteMs = 60_000

/** The interval where a tracker names none, and the longest that is believed. */
const defaultIntervalMs = 30 * minuteMs
const longestIntervalMs = 24 * 60 * minuteMs

/** The longest we wait by ourselves after failures. */
const longestBackOffMs = 60 * minuteMs

/** Times from an answer, in ms. */
export type AnnounceTimes = {
	/** To the next regular announce. */
	readonly regularIn: number
	/** To the earliest announce that the user may ask for. */
	readonly earliestIn: number
	/** To the earliest announce for want of peers; half the interval where no `min interval` was named. */
	readonly hungryIn: number
}

/**
 * The times that an answer grants. A missing interval counts as 30 minutes; nothing goes below
 * `minimumMs` or above 24 hours, whatever the tracker said.
 */
export function announceTimes(
	response: Pick<AnnounceResponse, 'intervalS' | 'minIntervalS'>,
	minimumMs: number,
): AnnounceTimes {
	const bound = (valueMs: number) => Math.min(Math.max(valueMs, minimumMs), longestIntervalMs)
	const named = response.minIntervalS === undefined ? undefined : bound(response.minIntervalS * 1000)
	const interval = bound(response.intervalS === undefined ? defaultIntervalMs : response.intervalS * 1000)
	const regularIn = Math.max(interval, named ?? 0)
	return {
		regularIn,
		earliestIn: named ?? Math.min(minimumMs, regularIn),
		hungryIn: named ?? bound(regularIn / 2),
	}
}

/**
 * How long to leave a tracker alone after `failures` failures in a row, in ms: 5 + 5 · 2.5 · failures²
 * seconds, a tenth more or less so that many torrents do not come back at once, and never above an hour.
 */
export function backOffMs(failures: number, random: RandomState): number {
	const planned = Math.min(5000 + 12_500 * failures ** 2, longestBackOffMs)
	return Math.min(planned * (0.9 + 0.2 * nextRandom(random)), longestBackOffMs)
}

/** How long a failing tracker itself wants to be left alone, in ms; Infinity for ever (BEP 31), 0 without a wish. */
export function requestedWaitMs(failure: TrackerFailure): number {
	if (failure.retry?.type === 'never') return Number.POSITIVE_INFINITY
	if (failure.retry?.type === 'later') return Math.min(failure.retry.retryIn, longestIntervalMs)
	return Math.min((failure.intervalS ?? 0) * 1000, longestBackOffMs)
}
