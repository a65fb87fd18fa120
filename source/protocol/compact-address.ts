// Compact endpoints: BEP 23 (IPv4, 6 bytes) and BEP 7 (IPv6, 18 bytes): address, then port, big-endian.
// The stride is chosen by the key or the socket's family that brought the bytes, never by their content.

import { type Address, formatHost, parseHost } from './address.ts'
import { ProtocolError } from './errors.ts'

/** Length in bytes of one compact endpoint: IPv4 or IPv6. */
export type CompactStride = 6 | 18

/**
 * Whole endpoints one after the other, at most `limit` of them. IPv4-mapped IPv6 comes out as IPv4. Throws a
 * ProtocolError `compact-length` where the bytes are no multiple of the stride.
 */
export function decodeCompactAddresses(
	bytes: Uint8Array,
	stride: CompactStride,
	limit = Infinity,
): Address[] {
	if (bytes.length % stride !== 0) {
		throw new ProtocolError('compact-length', `expected a multiple of ${stride} bytes, got ${bytes.length}`)
	}
	return decodeWholeAddresses(bytes, stride, limit)
}

/** As decodeCompactAddresses(), for senders who cut their list short: bytes behind the last whole one are left. */
export function decodeWholeAddresses(bytes: Uint8Array, stride: CompactStride, limit = Infinity): Address[] {
	const addresses: Address[] = []
	for (let at = 0; at + stride <= bytes.length && addresses.length < limit; at += stride) {
		const port = ((bytes[at + stride - 2] ?? 0) << 8) | (bytes[at + stride - 1] ?? 0)
		addresses.push({ host: formatHost(bytes.subarray(at, at + stride - 2)), port })
	}
	return addresses
}

/** 6 or 18 bytes by the address's family; undefined for a host name or a port that is none. */
export function encodeCompactAddress(address: Address): Uint8Array | undefined {
	const host = parseHost(address.host)
	const { port } = address
	if (host === undefined || !Number.isInteger(port) || port < 0 || port > 0xffff) return undefined
	const bytes = new Uint8Array(host.length + 2)
	bytes.set(host)
	bytes[host.length] = port >>> 8
	bytes[host.length + 1] = port
	return bytes
}
