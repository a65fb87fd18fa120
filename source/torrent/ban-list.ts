// Whom we do not talk to any more in this session. A liar can change its port at will, and its address within an
// IPv6 /64, so a ban goes by host or by such a network; where many clients share a host for good reason (loopback)
// or the user named an endpoint, by host and port.

import {
	type Address,
	addressKey,
	classifyHost,
	formatHost,
	networkKey,
	parseHost,
} from '../protocol/address.ts'

const mostBans = 4096

export type BanList = {
	/** Network keys and address keys, oldest first. */
	readonly banned: Set<string>
}

/** A list that bans nobody. */
export function createBanList(): BanList {
	return { banned: new Set() }
}

/** One text for a host however it was written. */
export function hostKey(host: string): string {
	const bytes = parseHost(host)
	return bytes === undefined ? host.toLowerCase() : formatHost(bytes)
}

/**
 * Bans a host with its /64, or with `exact`, and always on loopback, an endpoint. Beyond 4096 bans the oldest is
 * forgotten.
 */
export function ban(list: BanList, address: Address, exact = false): void {
	const byPort = exact || classifyHost(address.host) === 'loopback'
	list.banned.add(byPort ? addressKey(address) : networkKey(address.host))
	for (const oldest of list.banned) {
		if (list.banned.size <= mostBans) break
		list.banned.delete(oldest)
	}
}

/** Whether the endpoint or its network is banned. */
export function isBanned(list: BanList, address: Address): boolean {
	if (list.banned.size === 0) return false
	return isBannedKey(list, { key: addressKey(address), network: networkKey(address.host) })
}

/** The same for whoever keeps the address key and the network key at hand. */
export function isBannedKey(
	list: BanList,
	{ key, network }: { readonly key: string; readonly network: string },
): boolean {
	return list.banned.has(key) || list.banned.has(network)
}
