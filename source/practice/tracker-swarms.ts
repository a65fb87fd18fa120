// What a tracker remembers: the peers of each torrent, by peer id and family, and how many ever completed.
// Plain data and functions; time comes in as an argument.
import { type Address, addressKey, parseHost } from '../protocol/address.ts'
import type { AnnounceEvent, ScrapeCounts } from '../protocol/announce.ts'
import { toHex } from '../protocol/bytes.ts'
import type { InfoHash, PeerId } from '../protocol/ids.ts'

/** An announce as a tracker receives it; the host is the one that the tracker sees. */
export type ReceivedAnnounce = {
	readonly infoHash: InfoHash
	readonly peerId: PeerId
	readonly address: Address
	readonly uploaded: number
	readonly downloaded: number
	readonly left: number
	readonly event: AnnounceEvent
	/** Negative: as many as the tracker likes. */
	readonly numwant: number
}

type TrackedPeer = { readonly address: Address; readonly left: number; readonly seenAt: number }
type TrackedSwarm = { readonly peers: Map<string, TrackedPeer>; downloads: number }
/** By the info hash in hexadecimal. */
export type TrackerSwarms = Map<string, TrackedSwarm>

const defaultNumwant = 50
const maxNumwant = 200

/** Takes an announce in and tells other peers of the same torrent, the freshest first. */
export function recordAnnounce(swarms: TrackerSwarms, announce: ReceivedAnnounce, now: number): Address[] {
	const swarm = swarmOf(swarms, announce.infoHash)
	const family = parseHost(announce.address.host)?.length === 16 ? 6 : 4
	const key = `${toHex(announce.peerId)} ${family}`
	swarm.peers.delete(key)
	if (announce.event === 'completed') swarm.downloads += 1
	if (announce.event === 'stopped') return []
	const wanted = announce.numwant < 0 ? defaultNumwant : Math.min(announce.numwant, maxNumwant)
	const own = addressKey(announce.address)
	const others = [...swarm.peers.values()]
		.reverse()
		.map(peer => peer.address)
		.filter(address => addressKey(address) !== own)
		.slice(0, wanted)
	swarm.peers.set(key, { address: announce.address, left: announce.left, seenAt: now })
	return others
}

/** Forgets peers that have not announced since `before`. */
export function forgetSilentPeers(swarms: TrackerSwarms, before: number): void {
	for (const swarm of swarms.values()) {
		for (const [key, peer] of swarm.peers) {
			if (peer.seenAt < before) swarm.peers.delete(key)
		}
	}
}

/** Counts of a torrent, or undefined when nobody ever announced it. */
export function countsOf(swarms: TrackerSwarms, infoHash: InfoHash): Required<ScrapeCounts> | undefined {
	const swarm = swarms.get(toHex(infoHash))
	if (swarm === undefined) return undefined
	let seeders = 0
	for (const peer of swarm.peers.values()) seeders += peer.left === 0 ? 1 : 0
	const leechers = swarm.peers.size - seeders
	return { seeders, leechers, downloads: swarm.downloads, downloaders: leechers }
}

function swarmOf(swarms: TrackerSwarms, infoHash: InfoHash): TrackedSwarm {
	const key = toHex(infoHash)
	const known = swarms.get(key)
	if (known !== undefined) return known
	const swarm: TrackedSwarm = { peers: new Map(), downloads: 0 }
	swarms.set(key, swarm)
	return swarm
}
