// Peer exchange: the payload of ut_pex messages (BEP 11). Who may be told of whom, how often, and what of an
// answer is believed is torrent/peer-exchange.ts. Lists that are cut short or miss their flags are read as far as
// they go; whatever a peer may not mean by an address (port 0, multicast …) is left out.

import { type Address, addressKey } from './address.ts'
import { isPossiblePeer } from './announce-peers.ts'
import { type BencodeNode, decodeBencode, extensionLimits } from './bencode.ts'
import { type Bencodable, encodeBencode } from './bencode-encode.ts'
import { concatBytes } from './bytes.ts'
import { type CompactStride, decodeWholeAddresses, encodeCompactAddress } from './compact-address.ts'
import { ProtocolError } from './errors.ts'

/** Bits of `added.f` and `added6.f` (BEP 11). */
export const pexFlags = {
	prefersEncryption: 0x01,
	/** It downloads nothing more (BEP 21). */
	seed: 0x02,
	utp: 0x04,
	holepunch: 0x08,
	/** Whoever names the peer dialled it. */
	reachable: 0x10,
} as const

/** A peer that somebody is connected to; `flags` of pexFlags, 0 where it does not say. */
export type PexPeer = { readonly address: Address; readonly flags: number }

/** What one message tells: since the last one these peers came and those left. */
export type PexMessage = { readonly added: readonly PexPeer[]; readonly dropped: readonly Address[] }

/** A longer payload ends the conversation: ten times as many addresses as are ever used fit in. */
export const maxPexBytes = 64 * 1024
/** Addresses that are used of what a message adds, and of what it drops: BEP 11 allows as many. */
export const maxPexPeers = 50

/**
 * The message in a payload: at most `limit` added peers and as many dropped ones, no address twice, none in both.
 * Throws a ProtocolError `pex-length` for more than 64 KiB, `pex-dictionary` for another value, or as
 * decodeBencode() does. Fields of a wrong type count as absent.
 */
export function decodePex(payload: Uint8Array, limit = maxPexPeers): PexMessage {
	if (payload.length > maxPexBytes) {
		throw new ProtocolError('pex-length', `expected at most ${maxPexBytes} bytes, got ${payload.length}`)
	}
	const root = decodeBencode(payload, extensionLimits)
	if (root.type !== 'dictionary') {
		throw new ProtocolError('pex-dictionary', `expected a dictionary, got a ${root.type}`, { offset: 0 })
	}
	const added = new Map<string, PexPeer>()
	addPeers(added, root, { key: 'added', flags: 'added.f', stride: 6, limit })
	addPeers(added, root, { key: 'added6', flags: 'added6.f', stride: 18, limit })
	const dropped = new Map<string, Address>()
	for (const address of [...addressesOf(root, 'dropped', 6), ...addressesOf(root, 'dropped6', 18)]) {
		if (dropped.size >= limit) break
		const key = addressKey(address)
		if (!added.has(key)) dropped.set(key, address)
	}
	return { added: [...added.values()], dropped: [...dropped.values()] }
}

/** Payload of a message of ours. Every list is there, also where it is empty: some readers want it so. */
export function encodePex({ added, dropped }: PexMessage): Uint8Array {
	const sixes: Uint8Array[] = []
	const eighteens: Uint8Array[] = []
	const flags: number[] = []
	const flags6: number[] = []
	for (const peer of added) {
		const bytes = encodeCompactAddress(peer.address)
		if (bytes === undefined) continue
		const [list, bits] = bytes.length === 6 ? [sixes, flags] : [eighteens, flags6]
		list.push(bytes)
		bits.push(peer.flags)
	}
	const gone = dropped.flatMap(address => encodeCompactAddress(address) ?? [])
	return encodeBencode(
		new Map<string, Bencodable>([
			['added', concatBytes(sixes)],
			['added.f', Uint8Array.from(flags)],
			['added6', concatBytes(eighteens)],
			['added6.f', Uint8Array.from(flags6)],
			['dropped', concatBytes(gone.filter(bytes => bytes.length === 6))],
			['dropped6', concatBytes(gone.filter(bytes => bytes.length === 18))],
		]),
	)
}

type AddedField = {
	readonly key: string
	readonly flags: string
	readonly stride: CompactStride
	readonly limit: number
}

function addPeers(
	peers: Map<string, PexPeer>,
	root: BencodeNode,
	{ key, flags, stride, limit }: AddedField,
): void {
	const bits = root.getBytes(flags)
	for (const [at, address] of addressesOf(root, key, stride).entries()) {
		if (peers.size >= limit) return
		const name = addressKey(address)
		if (isPossiblePeer(address) && !peers.has(name)) peers.set(name, { address, flags: bits?.[at] ?? 0 })
	}
}

function addressesOf(root: BencodeNode, key: string, stride: CompactStride): Address[] {
	const bytes = root.getBytes(key)
	return bytes === undefined ? [] : decodeWholeAddresses(bytes, stride)
}
