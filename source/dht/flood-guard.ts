// Who sends more than fifty datagrams in ten seconds is ignored for five minutes (threats U3). Bounded: when there
// are too many, the source that has been counted longest is forgotten, and of the ignored whoever is pardoned next.

const windowMs = 10_000
const mostInWindow = 50
const ignoreMs = 5 * 60_000
const mostSources = 4096
const mostIgnored = 1024

type Source = { count: number; since: number }

export type FloodGuard = {
	/** In the order in which their windows began. */
	readonly sources: Map<string, Source>
	/** Until when each is ignored, the earliest first. */
	readonly ignored: Map<string, number>
}

/** Nobody counted. */
export function createFloodGuard(): FloodGuard {
	return { sources: new Map(), ignored: new Map() }
}

/** Counts a datagram of a source; whether it is to be looked at. */
export function admit(guard: FloodGuard, source: string, now: number): boolean {
	const ignoredUntil = guard.ignored.get(source)
	if (ignoredUntil !== undefined) {
		if (now < ignoredUntil) return false
		guard.ignored.delete(source)
	}
	const known = guard.sources.get(source)
	if (known === undefined || now - known.since >= windowMs) {
		guard.sources.delete(source)
		guard.sources.set(source, { count: 1, since: now })
		trim(guard.sources, mostSources)
		return true
	}
	known.count += 1
	if (known.count <= mostInWindow) return true
	guard.sources.delete(source)
	guard.ignored.set(source, now + ignoreMs)
	trim(guard.ignored, mostIgnored)
	return false
}

/** How many sources are ignored now. */
export function countIgnored({ ignored }: FloodGuard, now: number): number {
	let count = 0
	for (const until of ignored.values()) if (now < until) count += 1
	return count
}

/** Forgets whoever was quiet for a window, and whoever is pardoned. */
export function expireSources({ sources, ignored }: FloodGuard, now: number): void {
	for (const [source, { since }] of sources) {
		if (now - since < windowMs) break
		sources.delete(source)
	}
	for (const [source, until] of ignored) {
		if (now < until) break
		ignored.delete(source)
	}
}

function trim(map: Map<string, unknown>, limit: number): void {
	const oldest = map.size > limit ? map.keys().next().value : undefined
	if (oldest !== undefined) map.delete(oldest)
}
