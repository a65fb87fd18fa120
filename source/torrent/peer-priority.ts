// Canonical peer priority (BEP 40): a number on which both ends of a connection agree, so that a swarm whose
// members all prefer the same pairs stays open to newcomers and no flood of strangers crowds anybody out.

import { type Address, parseHost } from '../protocol/address.ts'
import { crc32c } from '../protocol/crc32c.ts'

/**
 * The priority of the pair, 0 … 2³²-1, greater is better; the same in both directions. `ours` is the address
 * under which others see us. Undefined for host names and for addresses of different families.
 */
export function peerPriority(ours: Address, theirs: Address): number | undefined {
	const [one, other] = [parseHost(ours.host), parseHost(theirs.host)]
	if (one === undefined || other === undefined || one.length !== other.length) return undefined
	const same = commonBytes(one, other)
	if (same === one.length) return crc32c(inOrder(portBytes(ours.port), portBytes(theirs.port)))
	const kept = one.length === 4 ? keptIpv4(same) : keptIpv6(same)
	const mask = (bytes: Uint8Array) => bytes.map((byte, at) => (at < kept ? byte : byte & 0x55))
	return crc32c(inOrder(mask(one), mask(other)))
}

// Bytes that no mask touches: two; three in the same /16; all in the same /24.
function keptIpv4(same: number): number {
	return same < 2 ? 2 : same + 1
}

// Six; in the same /48 seven, in the same /56 eight, and so on.
function keptIpv6(same: number): number {
	return same < 6 ? 6 : same + 1
}

function commonBytes(one: Uint8Array, other: Uint8Array): number {
	let same = 0
	while (same < one.length && one[same] === other[same]) same += 1
	return same
}

function portBytes(port: number): Uint8Array {
	return Uint8Array.of(port >>> 8, port & 0xff)
}

function inOrder(one: Uint8Array, other: Uint8Array): Uint8Array {
	const at = commonBytes(one, other)
	const [first, second] = (one[at] ?? 0) <= (other[at] ?? 0) ? [one, other] : [other, one]
	const bytes = new Uint8Array(first.length + second.length)
	bytes.set(first)
	bytes.set(second, first.length)
	return bytes
}
