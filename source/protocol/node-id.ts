// Places in the DHT: the XOR metric of Kademlia (BEP 5), and ids that follow from the address of their node, so
// that nobody can choose where he stands (BEP 42).

import { classifyHost, parseHost } from './address.ts'
import { crc32c } from './crc32c.ts'
import { type NodeId, toNodeId } from './ids.ts'

const ipv4Mask = Uint8Array.of(0x03, 0x0f, 0x3f, 0xff)
const ipv6Mask = Uint8Array.of(0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff)

/** Whether an id may belong to a node at an address; `exempt` is every local address (BEP 42). */
export type IdStanding = 'verified' | 'exempt' | 'unverified'

/** The bytewise XOR of two places, 20 bytes, to be read as one big-endian number. */
export function distanceOf(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
	const distance = new Uint8Array(20)
	for (let at = 0; at < 20; at += 1) distance[at] = (one[at] ?? 0) ^ (other[at] ?? 0)
	return distance
}

/** Negative when `one` is closer to `target` than `other`, positive when it is further away, 0 for equal ids. */
export function compareDistance(target: Uint8Array, one: Uint8Array, other: Uint8Array): number {
	for (let at = 0; at < 20; at += 1) {
		const place = target[at] ?? 0
		const difference = ((one[at] ?? 0) ^ place) - ((other[at] ?? 0) ^ place)
		if (difference !== 0) return difference
	}
	return 0
}

/** Leading bits that two places have in common: 0 … 160. */
export function commonBits(one: Uint8Array, other: Uint8Array): number {
	for (let at = 0; at < 20; at += 1) {
		const difference = (one[at] ?? 0) ^ (other[at] ?? 0)
		if (difference !== 0) return at * 8 + Math.clz32(difference) - 24
	}
	return 160
}

/**
 * An id that fits the address (BEP 42): its first 21 bits follow from the address and the low three bits of its
 * last byte, all others are those of `chance`, 20 bytes. For a host name `chance` as it is.
 */
export function secureNodeId(host: string, chance: Uint8Array): NodeId {
	const id = Uint8Array.from(chance)
	const crc = addressCrc(host, (chance[19] ?? 0) & 7)
	if (crc !== undefined) {
		id[0] = crc >>> 24
		id[1] = crc >>> 16
		id[2] = ((crc >>> 8) & 0xf8) | ((chance[2] ?? 0) & 7)
	}
	return toNodeId(id)
}

/** Whether a node with this id may be at that address (BEP 42). */
export function standingOf(id: Uint8Array, host: string): IdStanding {
	const place = classifyHost(host)
	if (place === 'loopback' || place === 'private' || place === 'linkLocal') return 'exempt'
	const crc = addressCrc(host, (id[19] ?? 0) & 7)
	if (crc === undefined) return 'unverified'
	const fits =
		id[0] === crc >>> 24 && id[1] === ((crc >>> 16) & 0xff) && ((id[2] ?? 0) & 0xf8) === ((crc >>> 8) & 0xf8)
	return fits ? 'verified' : 'unverified'
}

// The masked address with the three bits of chance on top; of IPv6 only the network's half.
function addressCrc(host: string, chance: number): number | undefined {
	const bytes = parseHost(host)
	if (bytes === undefined) return undefined
	const mask = bytes.length === 4 ? ipv4Mask : ipv6Mask
	const masked = mask.map((bits, at) => (bytes[at] ?? 0) & bits)
	masked[0] = (masked[0] ?? 0) | (chance << 5)
	return crc32c(masked)
}
