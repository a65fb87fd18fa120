// Whom we do not talk to any more in this session. A liar can change its port at will, so a ban goes by host;
// where many clients share a host for good reason (loopback) or the user named an endpoint, by host and port.

import { type Address, addressKey, classifyHost, formatHost, parseHost } from '../protocol/address.ts'

const mostBans = 4096

export type BanList = {
	/** Canonical hosts and address keys, oldest first. */
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

/** Bans a host, or with `exact`, and always on loopback, an endpoint. Beyond 4096 bans the oldest is forgotten. */
export function ban(list: BanList, address: Address, exact = false): void {
	const byPort = exact || classifyHost(address.host) === 'loopback'
	list.banned.add(byPort ? addressKey(address) : hostKey(address.host))
	for (const oldest of list.banned) {
		if (list.banned.size <= mostBans) break
		list.banned.delete(oldest)
	}
}

/** Whether the endpoint or its host is banned. */
export function isBanned(list: BanList, address: Address): boolean {
	if (list.banned.size === 0) return false
	return isBannedKey(list, { key: addressKey(address), host: hostKey(address.host) })
}

/** The same for whoever keeps the address key and the host key at hand. */
export function isBannedKey(
	list: BanList,
	{ key, host }: { readonly key: string; readonly host: string },
): boolean {
	return list.banned.has(key) || list.banned.has(host)
}
