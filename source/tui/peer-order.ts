// In which order peers are listed. Rates move all the time; the list is sorted anew every two seconds only, so
// that a row can be read, and newcomers stand at the end until then.
import type { PeerNumber } from '../protocol/ids.ts'
import type { PeersSlice, PeerView } from '../torrent/snapshot.ts'

export const peerSorts = ['down', 'up', 'progress', 'address'] as const
export type PeerSort = (typeof peerSorts)[number]

/** `at` is the instant of the last sorting, in ms of the engine's clock. */
export type PeerOrder = { readonly by: PeerSort; readonly at: number; readonly peers: readonly PeerNumber[] }

const sortEveryMs = 2000

/** The order after a new slice: sorted when it is time or `by` changed, else as it was without those who left. */
export function orderPeers(before: PeerOrder, slice: PeersSlice, by: PeerSort): PeerOrder {
	const isDue = slice.at < before.at || slice.at - before.at >= sortEveryMs
	if (isDue || by !== before.by) {
		const sorted = slice.peers.toSorted((left, right) => compare(left, right, by))
		return { by, at: slice.at, peers: sorted.map(({ peer }) => peer) }
	}
	const present = new Set(slice.peers.map(({ peer }) => peer))
	const kept = before.peers.filter(peer => present.has(peer))
	for (const peer of kept) present.delete(peer)
	if (present.size === 0 && kept.length === before.peers.length) return before
	return { ...before, peers: [...kept, ...present] }
}

// Connected before dialling, then by what was chosen, then by what else flows; last by age, so that equals stand still.
function compare(left: PeerView, right: PeerView, by: PeerSort): number {
	const phase = Number(right.phase === 'connected') - Number(left.phase === 'connected')
	return phase || compareBy(left, right, by) || flow(right) - flow(left) || left.peer - right.peer
}

function compareBy(left: PeerView, right: PeerView, by: PeerSort): number {
	switch (by) {
		case 'down':
			return right.downBytesPerSecond - left.downBytesPerSecond
		case 'up':
			return right.upBytesPerSecond - left.upBytesPerSecond
		case 'progress':
			return right.piecesHave - left.piecesHave
		case 'address':
			return left.host < right.host ? -1 : left.host > right.host ? 1 : left.port - right.port
	}
}

function flow(peer: PeerView): number {
	return peer.downBytesPerSecond + peer.upBytesPerSecond
}
