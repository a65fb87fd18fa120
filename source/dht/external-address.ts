// How others see us (BEP 42 `ip`). One node may lie, so each net has one vote, only the last votes count, and an
// address is believed when enough of them and more than half say the same.
import { type Address, classifyHost } from '../protocol/address.ts'
import { hostKey, netKey } from './host-key.ts'

const mostVotes = 48
const fewestVotes = 4

/** What each voter said last, the oldest vote first. */
export type Votes = { readonly said: Map<string, string> }
export type Tally = { readonly host: string; readonly votes: number; readonly of: number }

/** Nobody said anything. */
export function createVotes(): Votes {
	return { said: new Map() }
}

/** A node at `voter` sees us at `host`. Addresses where nobody can be are left out. */
export function vote(votes: Votes, voter: Address, host: string): void {
	const place = classifyHost(host)
	if (place === 'name' || place === 'unspecified' || place === 'multicast' || place === 'reserved') return
	const key = netKey(voter) ?? hostKey(voter)
	votes.said.delete(key)
	votes.said.set(key, host)
	const oldest = votes.said.keys().next().value
	if (votes.said.size > mostVotes && oldest !== undefined) votes.said.delete(oldest)
}

/** What most voters say; undefined before the first vote. */
export function tallyOf(votes: Votes): Tally | undefined {
	const counts = new Map<string, number>()
	for (const host of votes.said.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
	let best: Tally | undefined
	for (const [host, count] of counts) {
		if (count > (best?.votes ?? 0)) best = { host, votes: count, of: votes.said.size }
	}
	return best
}

/** The address that is to be believed; undefined while nobody knows. */
export function believedHost(votes: Votes): Tally | undefined {
	const tally = tallyOf(votes)
	if (tally === undefined || tally.votes < fewestVotes || tally.votes * 2 <= tally.of) return undefined
	return tally
}
