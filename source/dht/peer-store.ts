// Peers that others left with us, by torrent (BEP 5). Bounded whatever is announced (threats U5): 2000 torrents of
// 500 peers, 16 peers a host, 45 minutes. When full, the torrent with the fewest peers goes first: a flood of
// invented torrents pushes out itself.
import { type Address, addressKey } from '../protocol/address.ts'
import { familyOf, hostKey } from './host-key.ts'

const defaultLimits = { torrents: 2000, peersPerTorrent: 500, peersPerHost: 16 }
/** Whoever announces every 15 or 30 minutes stays. */
const peerLifeMs = 45 * 60_000

type StoredPeer = { readonly address: Address; readonly host: string; announcedAt: number }
/** Peers in the order of their last announce, the oldest first. */
export type StoredTorrent = { readonly peers: Map<string, StoredPeer>; announcedAt: number }

export type PeerStore = {
	readonly torrents: Map<string, StoredTorrent>
	readonly limits: typeof defaultLimits
}

/** Nothing stored. */
export function createPeerStore(limits: Partial<typeof defaultLimits> = {}): PeerStore {
	return { torrents: new Map(), limits: { ...defaultLimits, ...limits } }
}

/** Keeps a peer of the torrent with this info hash (hexadecimal), or notes that it is still there. */
export function storePeer(store: PeerStore, infoHash: string, address: Address, now: number): void {
	const torrent = store.torrents.get(infoHash) ?? addTorrent(store, infoHash, now)
	const key = addressKey(address)
	const host = hostKey(address)
	if (!torrent.peers.delete(key)) {
		const ofHost = [...torrent.peers].filter(([, peer]) => peer.host === host)
		const tooMany = ofHost.length >= store.limits.peersPerHost ? ofHost[0]?.[0] : undefined
		const full = torrent.peers.size >= store.limits.peersPerTorrent
		const leaves = tooMany ?? (full ? torrent.peers.keys().next().value : undefined)
		if (leaves !== undefined) torrent.peers.delete(leaves)
	}
	torrent.peers.set(key, { address, host, announcedAt: now })
	torrent.announcedAt = now
}

/** At most `limit` peers of one family, in a row that begins anywhere: `start` is any non-negative integer. */
export function storedPeers(
	store: PeerStore,
	infoHash: string,
	choice: { readonly family: 4 | 6; readonly limit: number; readonly start: number; readonly now: number },
): Address[] {
	const torrent = store.torrents.get(infoHash)
	if (torrent === undefined || choice.limit <= 0) return []
	const peers = [...torrent.peers.values()].filter(
		peer => peer.announcedAt + peerLifeMs > choice.now && familyOf(peer.address) === choice.family,
	)
	const count = Math.min(choice.limit, peers.length)
	return Array.from({ length: count }, (_, at) => peers[(choice.start + at) % peers.length])
		.filter(peer => peer !== undefined)
		.map(({ address }) => address)
}

/** Forgets whoever was not announced again. */
export function expirePeers(store: PeerStore, now: number): void {
	for (const [infoHash, { peers }] of store.torrents) {
		for (const [key, { announcedAt }] of peers) {
			if (announcedAt + peerLifeMs > now) break
			peers.delete(key)
		}
		if (peers.size === 0) store.torrents.delete(infoHash)
	}
}

/** Peers of all torrents together. */
export function countStoredPeers(store: PeerStore): number {
	let count = 0
	for (const { peers } of store.torrents.values()) count += peers.size
	return count
}

function addTorrent(store: PeerStore, infoHash: string, now: number): StoredTorrent {
	if (store.torrents.size >= store.limits.torrents) evictTorrent(store)
	const torrent: StoredTorrent = { peers: new Map(), announcedAt: now }
	store.torrents.set(infoHash, torrent)
	return torrent
}

// Fewest peers, then the youngest: of a flood of torrents with one peer each, the older ones stay.
function evictTorrent(store: PeerStore): void {
	let leaves: string | undefined
	let least: StoredTorrent | undefined
	for (const [infoHash, torrent] of store.torrents) {
		const isLess =
			least === undefined ||
			torrent.peers.size < least.peers.size ||
			(torrent.peers.size === least.peers.size && torrent.announcedAt >= least.announcedAt)
		if (isLess) [leaves, least] = [infoHash, torrent]
	}
	if (leaves !== undefined) store.torrents.delete(leaves)
}
