// Two connections between the same two clients: exactly one may live, and both ends have to choose the same
// one without asking each other. All that both know for sure are the two peer ids and who dialled which.

import type { PeerId } from '../protocol/ids.ts'

/** A connection whose peer id is that of another, older one. `incoming`: the peer dialled. */
export type DuplicatePair = {
	readonly ourPeerId: PeerId
	readonly theirPeerId: PeerId
	readonly existingIncoming: boolean
	readonly newIncoming: boolean
}

/** Whether the peer is ourselves, reached over an address of our own. */
export function isOurselves(ourPeerId: PeerId, theirPeerId: PeerId): boolean {
	return comparePeerIds(ourPeerId, theirPeerId) === 0
}

/**
 * Which connection to keep. When both ends dialled, the one that the client with the greater peer id dialled;
 * when one end dialled twice, the older.
 */
export function keepWhich({
	ourPeerId,
	theirPeerId,
	existingIncoming,
	newIncoming,
}: DuplicatePair): 'existing' | 'new' {
	if (existingIncoming === newIncoming) return 'existing'
	const keepsIncoming = comparePeerIds(theirPeerId, ourPeerId) > 0
	return existingIncoming === keepsIncoming ? 'existing' : 'new'
}

function comparePeerIds(one: PeerId, other: PeerId): number {
	for (let at = 0; at < 20; at += 1) {
		const difference = (one[at] ?? 0) - (other[at] ?? 0)
		if (difference !== 0) return difference
	}
	return 0
}
