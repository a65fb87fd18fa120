// Who gets how much of a supply that is too small for all: everybody the same, whoever wants less leaves the
// rest to the others, and the odd blocks go round, so that over time nobody gains by number or by place.

import type { PeerNumber } from '../protocol/ids.ts'

/** Whose turn it is for an odd block: the first peer with a number above `after`. */
export type Turns = { after: number }

/** A number of blocks for a peer. */
export type Share = { readonly peer: PeerNumber; readonly blocks: number }

/** Turns of which nobody had one. */
export function createTurns(): Turns {
	return { after: -1 }
}

/**
 * Divides `budget` blocks (it may be Infinity) among peers that want some. Peers that get none are left out;
 * the first in the answer has its turn first.
 */
export function shareRound(turns: Turns, wants: readonly Share[], budget: number): Share[] {
	const queue = wants.filter(want => want.blocks > 0).sort((one, other) => one.peer - other.peer)
	const start = queue.findIndex(want => want.peer > turns.after)
	if (start > 0) queue.push(...queue.splice(0, start))
	const { level, odd } = waterLevel(queue, Math.max(0, Math.floor(budget)))
	let left = odd
	const shares: Share[] = []
	for (const { peer, blocks } of queue) {
		const extra = blocks > level && left > 0 ? 1 : 0
		left -= extra
		if (extra === 1) turns.after = peer
		const share = Math.min(blocks, level) + extra
		if (share > 0) shares.push({ peer, blocks: share })
	}
	return shares
}

// The most that everybody can have who wants that much, and what is left over below one more for each.
function waterLevel(queue: readonly Share[], budget: number): { level: number; odd: number } {
	let left = budget
	let waiting = queue.length
	for (const { blocks } of queue.toSorted((one, other) => one.blocks - other.blocks)) {
		if (blocks * waiting > left) return { level: Math.floor(left / waiting), odd: left % waiting }
		left -= blocks
		waiting -= 1
	}
	return { level: Number.POSITIVE_INFINITY, odd: 0 }
}
