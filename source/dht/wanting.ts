// Torrents whose peers are wanted: each is looked for in every DHT that we are in, and announced where we take
// connections, at once and then every fifteen minutes; sooner while nobody was found.
import { classifyHost, isDialable } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'
import { type InfoHash, toNodeId } from '../protocol/ids.ts'
import { isJoined } from './bootstrapping.ts'
import type { Lookup } from './lookup.ts'
import { storedPeers } from './peer-store.ts'
import { cancelLookup, startLookup } from './searching.ts'
import { type Interest, openFamilies, type Turn } from './state.ts'

const againMs = 15 * 60_000
const nobodyFoundMs = 5 * 60_000
const nobodyAnsweredMs = 30_000
const mostStored = 50

/** Looks for peers until told otherwise; announces `announcePort` where there is one. */
export function torrentWanted(turn: Turn, infoHash: InfoHash, announcePort: number | undefined): void {
	const key = toHex(infoHash)
	const known = turn.state.interests.get(key)
	if (known !== undefined) {
		if (known.announcePort === announcePort) return
		known.announcePort = announcePort
		known.next[4] = turn.now
		known.next[6] = turn.now
	} else {
		turn.state.interests.set(key, {
			infoHash,
			announcePort,
			next: { 4: turn.now, 6: turn.now },
			lookups: { 4: undefined, 6: undefined },
		})
	}
	lookForPeers(turn)
}

/** Looks for it no more; what is under way ends now. */
export function torrentLeft(turn: Turn, infoHash: InfoHash): void {
	const key = toHex(infoHash)
	const interest = turn.state.interests.get(key)
	if (interest === undefined) return
	turn.state.interests.delete(key)
	for (const number of Object.values(interest.lookups)) {
		if (number !== undefined) cancelLookup(turn, number, { code: 'cancelled' })
	}
}

/** Starts what is due. */
export function lookForPeers(turn: Turn): void {
	for (const [key, interest] of turn.state.interests) {
		for (const family of openFamilies(turn.state)) {
			if (!isJoined(family) || interest.lookups[family.family] !== undefined) continue
			if (turn.now < interest.next[family.family]) continue
			takeStored(turn, interest, family.family)
			interest.lookups[family.family] = turn.state.nextLookup
			startLookup(turn, {
				family,
				purpose: interest.announcePort === undefined ? 'peers' : 'announce',
				target: toNodeId(interest.infoHash),
				announcePort: interest.announcePort,
				interest: key,
			})
		}
	}
}

// Others may have left with us what we are about to look for.
function takeStored({ state, effects, now }: Turn, { infoHash }: Interest, family: 4 | 6): void {
	const choice = { family, limit: mostStored, start: 0, now }
	const addresses = storedPeers(state.store, toHex(infoHash), choice).filter(peer =>
		isDialable(peer, classifyHost(peer.host)),
	)
	if (addresses.length > 0) effects.push({ type: 'PeersFound', infoHash, addresses })
}

/** A lookup for a torrent came to its end. */
export function interestServed({ state, now }: Turn, lookup: Lookup): void {
	const interest = lookup.interest === undefined ? undefined : state.interests.get(lookup.interest)
	if (interest?.lookups[lookup.family] !== lookup.number) return
	interest.lookups[lookup.family] = undefined
	const waitMs = lookup.answered === 0 ? nobodyAnsweredMs : lookup.peers.size === 0 ? nobodyFoundMs : againMs
	interest.next[lookup.family] = Math.max(interest.next[lookup.family], now + waitMs)
}

/** When the next one is due; Infinity while there is none, or no DHT to look in. */
export function nextInterestAt({ state }: Turn): number {
	let at = Number.POSITIVE_INFINITY
	for (const family of openFamilies(state)) {
		if (!isJoined(family)) continue
		for (const interest of state.interests.values()) at = Math.min(at, dueAt(interest, family.family))
	}
	return at
}

function dueAt(interest: Interest, family: 4 | 6): number {
	return interest.lookups[family] === undefined ? interest.next[family] : Number.POSITIVE_INFINITY
}
