// Who sends more than fifty datagrams in ten seconds is ignored for five minutes (threats U3). Bounded: the source
// that has been counted longest is forgotten when there are too many.

const windowMs = 10_000
const mostInWindow = 50
const ignoreMs = 5 * 60_000
const mostSources = 4096

type Source = { count: number; since: number; ignoredUntil: number }
export type FloodGuard = { readonly sources: Map<string, Source> }

/** Nobody counted. */
export function createFloodGuard(): FloodGuard {
	return { sources: new Map() }
}

/** Counts a datagram of a source; whether it is to be looked at. */
export function admit(guard: FloodGuard, source: string, now: number): boolean {
	const known = guard.sources.get(source)
	if (known === undefined) {
		if (guard.sources.size >= mostSources) {
			const oldest = guard.sources.keys().next().value
			if (oldest !== undefined) guard.sources.delete(oldest)
		}
		guard.sources.set(source, { count: 1, since: now, ignoredUntil: Number.NEGATIVE_INFINITY })
		return true
	}
	if (now < known.ignoredUntil) return false
	if (now - known.since >= windowMs) {
		guard.sources.delete(source)
		guard.sources.set(source, known)
		known.since = now
		known.count = 0
	}
	known.count += 1
	if (known.count <= mostInWindow) return true
	known.ignoredUntil = now + ignoreMs
	return false
}

/** How many sources are ignored now. */
export function countIgnored(guard: FloodGuard, now: number): number {
	let count = 0
	for (const { ignoredUntil } of guard.sources.values()) if (now < ignoredUntil) count += 1
	return count
}

/** Forgets whoever was quiet for a window and is not ignored. */
export function expireSources(guard: FloodGuard, now: number): void {
	for (const [source, { since, ignoredUntil }] of guard.sources) {
		if (now - since >= windowMs && now >= ignoredUntil) guard.sources.delete(source)
	}
}
