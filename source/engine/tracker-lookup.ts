// From the name of a tracker to addresses, looked up once and judged one by one (threats H4 and A11): what was
// judged is what is contacted later.
import { classifyHost, formatHost, parseHost } from '../protocol/address.ts'
import type { TrackerFailure } from '../protocol/announce.ts'
import type { AddressFamily } from '../protocol/udp-tracker.ts'
import type { Resolver } from './environment.ts'
import { abortFailure, trackerFailure } from './tracker-context.ts'
import { addressObstacle, type TrackerTarget } from './tracker-url.ts'

/** How many addresses of a family are tried in one exchange. */
const maxAddresses = 4

/** The addresses of a tracker that may be contacted, in the resolver's order. */
export async function findAddresses(
	target: TrackerTarget,
	resolver: Resolver,
	signal: AbortSignal,
): Promise<readonly string[] | TrackerFailure> {
	const found = await lookUp(target.host, resolver, signal)
	if ('type' in found) return found
	const obstacles = found.map(address => addressObstacle(target, address))
	const allowed = found.filter((_, index) => obstacles[index] === undefined)
	const [obstacle] = obstacles
	if (allowed.length > 0 || obstacle === undefined) return allowed
	return trackerFailure('forbidden-address', obstacle)
}

/** Canonical addresses of a host, at least one, each once; a look-up that cannot be stopped is left behind. */
export async function lookUp(
	host: string,
	resolver: Resolver,
	signal: AbortSignal,
): Promise<readonly string[] | TrackerFailure> {
	const literal = parseHost(host)
	if (literal !== undefined) return [formatHost(literal)]
	if (signal.aborted) return abortFailure(signal)
	const outcome = await new Promise<Awaited<ReturnType<Resolver['resolve']>> | undefined>(resolve => {
		const onAbort = () => resolve(undefined)
		signal.addEventListener('abort', onAbort)
		void resolver.resolve(host, signal).then(result => {
			signal.removeEventListener('abort', onAbort)
			resolve(result)
		})
	})
	if (outcome === undefined) return abortFailure(signal)
	if (!outcome.ok)
		return trackerFailure('name-lookup', `the tracker's name cannot be found (${outcome.code})`)
	const addresses = outcome.value.filter(address => classifyHost(address) !== 'name').map(canonical)
	return addresses.length > 0
		? [...new Set(addresses)]
		: trackerFailure('name-lookup', "the tracker's name has no address")
}

function canonical(address: string): string {
	const bytes = parseHost(address)
	return bytes === undefined ? address : formatHost(bytes)
}

/** The addresses of one family, as many as are worth a try. */
export function ofFamily(addresses: readonly string[], family: AddressFamily): string[] {
	return addresses.filter(address => familyOf(address) === family).slice(0, maxAddresses)
}

/** Family of an address in text. */
export function familyOf(address: string): AddressFamily {
	return parseHost(address)?.length === 16 ? 6 : 4
}
