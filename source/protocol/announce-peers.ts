// Peers out of a tracker's answer. Whatever cannot be a peer (port 0, no unicast address, a host name) is
// left out and the rest kept, and no answer yields more than `maxPeersPerAnswer`.

import { type Address, classifyHost, parseHost } from './address.ts'
import { maxPeersPerAnswer } from './announce.ts'
import { type CompactStride, decodeWholeAddresses } from './compact-address.ts'

/** Whether a tracker may mean a peer by this. Where it lies (loopback, local net) is judged by whoever dials. */
export function isPossiblePeer(address: Address): boolean {
	if (!Number.isInteger(address.port) || address.port < 1 || address.port > 0xffff) return false
	if (parseHost(address.host) === undefined) return false
	const place = classifyHost(address.host)
	return place !== 'unspecified' && place !== 'multicast' && place !== 'reserved'
}

/** Adds the possible peers of a compact list to `peers`; bytes behind the last whole one are left. */
export function collectCompactPeers(peers: Address[], bytes: Uint8Array, stride: CompactStride): void {
	for (let at = 0; at + stride <= bytes.length && peers.length < maxPeersPerAnswer; at += stride) {
		for (const address of decodeWholeAddresses(bytes.subarray(at, at + stride), stride)) {
			if (isPossiblePeer(address)) peers.push(address)
		}
	}
}
