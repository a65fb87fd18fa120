// How long an address is left alone after a failure. What the user named is tried for ever and soon; an address
// from strangers ever more rarely, or a dead one would cost as much as a live one.

const userRetriesMs = [1000, 2000, 5000, 10_000, 20_000, 30_000]
const firstRetryMs = 15_000
const longestRetryMs = 3_600_000

/** Time until the next attempt after `failures` attempts (at least one) in a row that failed. */
export function retryInMs(failures: number, givenByUser: boolean): number {
	if (givenByUser) return userRetriesMs[Math.min(failures, userRetriesMs.length) - 1] ?? 1000
	return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20))
}
