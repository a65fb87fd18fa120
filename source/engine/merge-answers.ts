// One result out of the two that a tracker gives over IPv4 and IPv6 (BEP 7): peers of both, each once, and
// the more careful of two intervals.
import { type Address, addressKey } from '../protocol/address.ts'
import type { AnnounceResponse, ScrapeResponse, TrackerFailure } from '../protocol/announce.ts'

/** Whether an exchange ended without an answer. */
export function isFailure(result: unknown): result is TrackerFailure {
	return typeof result === 'object' && result !== null && 'type' in result && result.type === 'failed'
}

/** An answer over any family is an answer; without one, the tracker's own words come before ours. */
export function mergeResults<Answer extends AnnounceResponse | ScrapeResponse>(
	results: readonly (Answer | TrackerFailure)[],
): Answer | TrackerFailure {
	const answers = results.filter((result): result is Answer => !isFailure(result))
	const [first, second] = answers
	if (first !== undefined) {
		if (second === undefined || first.type !== 'announced' || second.type !== 'announced') return first
		return { ...first, ...mergeAnnounced(first, second) }
	}
	const failures = results.filter(isFailure)
	const failure = failures.find(({ code }) => code === 'refused') ?? failures[0]
	if (failure === undefined) throw new RangeError('expected at least one result')
	return failure
}

function mergeAnnounced(first: AnnounceResponse, second: AnnounceResponse): AnnounceResponse {
	const merged = { ...second, ...first, peers: distinct([...first.peers, ...second.peers]) }
	for (const key of ['intervalS', 'minIntervalS', 'seeders', 'leechers', 'downloads'] as const) {
		const larger = Math.max(first[key] ?? -1, second[key] ?? -1)
		if (larger >= 0) merged[key] = larger
	}
	return merged
}

function distinct(peers: readonly Address[]): Address[] {
	return [...new Map(peers.map(peer => [addressKey(peer), peer])).values()]
}
