// Which peers are listed, in which order. Rates move all the time; the list is sorted and filtered anew every two
// seconds only, so that a row can be read, and newcomers stand at the end until then.
import type { PeerNumber } from '../protocol/ids.ts'
import type { PeersSlice } from '../torrent/snapshot.ts'
import type { PeerRow } from './peer-row.ts'

/** What is wanted of the list. Another value asks for the list anew, so it has to be kept as long as it holds. */
export type PeerListing = {
	readonly compare: (left: PeerRow, right: PeerRow) => number
	readonly accepts: (row: PeerRow) => boolean
}

/** `at` is the instant of the last sorting, in ms of the engine's clock. */
export type PeerOrder = {
	readonly listing: PeerListing
	readonly at: number
	readonly peers: readonly PeerNumber[]
}

const sortEveryMs = 2000

/** The order of nothing, for `orderPeers` to begin with. */
export function noOrder(listing: PeerListing): PeerOrder {
	return { listing, at: Number.NEGATIVE_INFINITY, peers: [] }
}

/** The order after a new slice: sorted when it is time or another listing is wanted, else as it was without those who left. */
export function orderPeers(
	before: PeerOrder,
	slice: PeersSlice,
	{ listing, pieceCount }: { readonly listing: PeerListing; readonly pieceCount: number },
): PeerOrder {
	const { at } = slice
	const rows = () => slice.peers.map((peer): PeerRow => ({ peer, at, pieceCount }))
	const isDue = at < before.at || at - before.at >= sortEveryMs
	if (isDue || listing !== before.listing) {
		const sorted = rows()
			.filter(listing.accepts)
			.sort((left, right) => compare(left, right, listing))
		return { listing, at, peers: sorted.map(({ peer }) => peer.peer) }
	}
	const present = new Map(slice.peers.map(peer => [peer.peer, peer]))
	const kept = before.peers.filter(peer => present.has(peer))
	for (const peer of kept) present.delete(peer)
	const newcomers = [...present.values()].filter(peer => listing.accepts({ peer, at, pieceCount }))
	if (newcomers.length === 0 && kept.length === before.peers.length) return before
	return { ...before, peers: [...kept, ...newcomers.map(({ peer }) => peer)] }
}

// Connected before dialling, then by what was chosen, then by what else flows; last by age, so that equals stand still.
function compare(left: PeerRow, right: PeerRow, listing: PeerListing): number {
	const phase = Number(right.peer.phase === 'connected') - Number(left.peer.phase === 'connected')
	return phase || listing.compare(left, right) || flow(right) - flow(left) || left.peer.peer - right.peer.peer
}

function flow({ peer }: PeerRow): number {
	return peer.downBytesPerSecond + peer.upBytesPerSecond
}
