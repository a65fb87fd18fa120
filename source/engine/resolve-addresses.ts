// Endpoints from names, as many as can be had in a bounded time: routers of the DHT, nodes that a torrent names.
import { type Address, formatHost, parseHost } from '../protocol/address.ts'
import type { Clock, Resolver } from './environment.ts'

const timeoutMs = 10_000
/** Addresses that are taken of one name. */
const mostOfOne = 4

export type ResolveTools = {
	readonly resolver: Resolver
	readonly clock: Clock
	readonly signal: AbortSignal
}

/** The addresses of these hosts, each with its port, in order; none of a name that cannot be found. Never rejects. */
export async function resolveAddresses(
	hosts: readonly Address[],
	{ resolver, clock, signal }: ResolveTools,
): Promise<Address[]> {
	const abort = new AbortController()
	const onAbort = () => abort.abort()
	signal.addEventListener('abort', onAbort)
	const cancel = clock.after(timeoutMs * clock.speed, onAbort)
	try {
		const found = await Promise.all(hosts.map(host => resolveOne(host, resolver, abort.signal)))
		return found.flat()
	} finally {
		cancel()
		signal.removeEventListener('abort', onAbort)
	}
}

async function resolveOne(
	{ host, port }: Address,
	resolver: Resolver,
	signal: AbortSignal,
): Promise<readonly Address[]> {
	const literal = parseHost(host)
	if (literal !== undefined) return [{ host: formatHost(literal), port }]
	const aborted = new Promise<undefined>(resolve => {
		if (signal.aborted) resolve(undefined)
		signal.addEventListener('abort', () => resolve(undefined))
	})
	const outcome = await Promise.race([resolver.resolve(host, signal).catch(() => undefined), aborted])
	if (outcome?.ok !== true) return []
	return outcome.value
		.map(parseHost)
		.filter(bytes => bytes !== undefined)
		.slice(0, mostOfOne)
		.map(bytes => ({ host: formatHost(bytes), port }))
}
