// As whom an address counts where strangers must not count twice: a host is one, however many ports it uses, and
// a net (/24 of IPv4, /64 of IPv6) is one in each bucket and lookup (threats U4). On loopback every endpoint is
// somebody else, and nets of our own are not limited: nobody is flooded from there but by himself.
import { type Address, addressKey, classifyHost, parseHost } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'

/** Name of the one who may be there only once. */
export function hostKey(address: Address): string {
	return classifyHost(address.host) === 'loopback' ? addressKey(address) : address.host
}

/** Name of the net that it lies in; undefined where nets do not count. */
export function netKey({ host }: Address): string | undefined {
	if (classifyHost(host) !== 'global') return undefined
	const bytes = parseHost(host)
	if (bytes === undefined) return undefined
	return toHex(bytes.subarray(0, bytes.length === 4 ? 3 : 8))
}

/** The family of an address, undefined for a name. */
export function familyOf({ host }: Address): 4 | 6 | undefined {
	const bytes = parseHost(host)
	if (bytes === undefined) return undefined
	return bytes.length === 4 ? 4 : 6
}
