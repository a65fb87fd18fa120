// Addresses where a peer may be. Strangers name them, so their number is bounded, the worst go first, and nobody
// makes us dial ourselves, a banned host or an address where nobody can listen; who named an address over which
// net is checked where the answer came in. Which to dial is in dial-order.ts, what came of it in dial-outcome.ts.

import { type Address, addressKey, classifyHost, dialObstacle, networkKey } from '../protocol/address.ts'
import type { Opening } from './encryption.ts'
import { ban, type BanList, createBanList, hostKey, isBanned, isBannedKey } from './ban-list.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { addName, endName, type Namers } from './namers.ts'
import { peerPriority } from './peer-priority.ts'
import { nextUint32, type RandomState } from './random.ts'
import type { PeerSource } from './snapshot.ts'

export type CandidateState = 'idle' | 'dialling' | 'connected'

/** An address and what we know of whoever is there. Instants in ms. */
export type Candidate = {
	/** Name of the endpoint, of its host, and of its network (`networkKey`). */
	readonly key: string
	readonly host: string
	readonly network: string
	readonly address: Address
	readonly loopback: boolean
	/** The most trusted of those who named it. */
	source: PeerSource
	state: CandidateState
	/** Attempts since the last connection that was of use. */
	failures: number
	lastTriedAt: number | undefined
	lastConnectedAt: number | undefined
	/** Not dialled before; undefined: not at all, unless the user names it again. */
	nextTryAt: number | undefined
	/** It failed as everything fails while there is no network. */
	lostToNetwork: boolean
	/** How its last dial failed, as far as the user was told; undefined after one that did not. */
	lastFailure: string | undefined
	/** Who named it by peer exchange, while nobody has tried it. */
	namedBy: string | undefined
	/** How its next connection is to begin, as far as the last ones taught. */
	opening: Opening | undefined
	/** It had everything when we last saw it. */
	seed: boolean
	/** BEP 40; by chance while our own address is not known. Greater first. */
	priority: number
}

export type CandidatesState = {
	readonly known: Map<string, Candidate>
	readonly limit: number
	readonly onePerHost: boolean
	readonly random: RandomState
	readonly bans: BanList
	/** What became of what peers named. */
	readonly namers: Namers
	/** Of a connected peer the address, of its host, where a dial of ours found the same client. */
	readonly otherWays: Map<PeerNumber, Address>
	/** Endpoints that proved to be ourselves. */
	readonly selves: Set<string>
	/** Under which others see us, where somebody told. */
	ownAddress: Address | undefined
	/** How many dials are under way, and how many connections stand (incoming as well), by host and network. */
	readonly hostsDialled: Map<string, number>
	readonly hostsConnected: Map<string, number>
	/** Instants of the last dials, oldest first. */
	readonly recentDials: number[]
	/** No candidate is ready before this. */
	readyAt: number | undefined
	/** When the candidates were gone through last, and whether we were complete then. */
	plannedAt: number
	plannedComplete: boolean
}

export type CandidatesOptions = {
	readonly random: RandomState
	/** Most addresses kept; 3000 unless told. */
	readonly limit?: number
	/** One connection a host and four a /64, but for loopback and what the user named; true unless told. */
	readonly onePerHost?: boolean
}

/** Who named addresses, and when; `by` and `seeds`, a flag an address, are of peer exchange. */
export type Naming = {
	readonly source: PeerSource
	readonly now: number
	readonly by?: string
	readonly seeds?: readonly boolean[]
}

/** Why an incoming connection is not taken. */
export type IncomingObstacle = 'banned' | 'ourselves' | 'host-in-use' | 'network-in-use'

const mostSelves = 64
/** The machines of a household share a /64; whoever has it alone could fill every place from there. */
export const mostPerNetwork = 4

/** Nobody known yet. */
export function createCandidates(options: CandidatesOptions): CandidatesState {
	return {
		known: new Map(),
		limit: options.limit ?? 3000,
		onePerHost: options.onePerHost ?? true,
		random: options.random,
		bans: createBanList(),
		namers: new Map(),
		otherWays: new Map(),
		selves: new Set(),
		ownAddress: undefined,
		hostsDialled: new Map(),
		hostsConnected: new Map(),
		recentDials: [],
		readyAt: undefined,
		plannedAt: Number.NEGATIVE_INFINITY,
		plannedComplete: false,
	}
}

/**
 * Takes addresses that `source` named and returns how many were new. Left out: banned ones, ourselves, and where
 * nobody can listen. An address that the user names is tried at once, whatever happened before.
 */
export function addCandidates(
	state: CandidatesState,
	addresses: readonly Address[],
	{ source, now, by, seeds }: Naming,
): number {
	let added = 0
	for (const [at, address] of addresses.entries()) {
		if (dialObstacle(address, 'user') !== undefined) continue
		const key = addressKey(address)
		if (state.selves.has(key) || isBanned(state.bans, address)) continue
		const known = state.known.get(key)
		if (known === undefined) {
			const candidate = createCandidate(state, { key, address, source }, now)
			candidate.seed = seeds?.[at] ?? false
			candidate.namedBy = by
			if (by !== undefined) addName(state.namers, by)
			state.known.set(key, candidate)
			added += 1
			readyBy(state, now)
			continue
		}
		if (sourceRank(source) < sourceRank(known.source)) known.source = source
		if (source === 'user') {
			known.failures = 0
			known.lastFailure = undefined
			known.nextTryAt = now
			readyBy(state, now)
		}
	}
	if (state.known.size > state.limit) evict(state)
	return added
}

/** The endpoint is ourselves: never dialled again. */
export function markSelf(state: CandidatesState, address: Address): void {
	const key = addressKey(address)
	state.known.delete(key)
	if (state.selves.size < mostSelves) state.selves.add(key)
}

/**
 * Bans whoever is there: the endpoint where the user named it or it is on loopback, else the network. Standing
 * connections are the caller's to close.
 */
export function banAddress(state: CandidatesState, address: Address): void {
	ban(state.bans, address, state.known.get(addressKey(address))?.source === 'user')
}

/** Whether the endpoint or its host is banned. */
export function isBannedAddress(state: CandidatesState, address: Address): boolean {
	return isBanned(state.bans, address)
}

/** The peer has everything, or not any more. */
export function markSeed(state: CandidatesState, address: Address, seed: boolean): void {
	const candidate = state.known.get(addressKey(address))
	if (candidate !== undefined) candidate.seed = seed
}

/** Others see us at this address: priorities are those of BEP 40 from now on. */
export function setOwnAddress(state: CandidatesState, address: Address): void {
	state.ownAddress = address
	for (const candidate of state.known.values()) candidate.priority = priorityOf(state, candidate.address)
}

/**
 * Why a connection from this endpoint is not taken; undefined when it is. Ask about a second connection of the
 * same peer id (duplicate.ts) first. A dial of ours to that host is no obstacle: when both ends dial at once,
 * both would refuse.
 */
export function incomingObstacle(state: CandidatesState, address: Address): IncomingObstacle | undefined {
	if (isBanned(state.bans, address)) return 'banned'
	if (state.selves.has(addressKey(address))) return 'ourselves'
	if (!state.onePerHost || classifyHost(address.host) === 'loopback') return undefined
	if (state.hostsConnected.has(hostKey(address.host))) return 'host-in-use'
	const others = state.hostsConnected.get(networkKey(address.host)) ?? 0
	return others >= mostPerNetwork ? 'network-in-use' : undefined
}

/** Where we were connected and would be again: the most reliable first, then the latest. */
export function provenAddresses({ known, bans }: CandidatesState): Address[] {
	return [...known.values()]
		.filter(
			candidate =>
				candidate.lastConnectedAt !== undefined &&
				candidate.nextTryAt !== undefined &&
				!isBannedKey(bans, candidate),
		)
		.sort(
			(one, other) =>
				one.failures - other.failures || (other.lastConnectedAt ?? 0) - (one.lastConnectedAt ?? 0),
		)
		.map(({ address }) => address)
}

/** Addresses that are known and not banned. */
export function countCandidates({ known, bans }: CandidatesState): number {
	let count = 0
	for (const candidate of known.values()) if (!isBannedKey(bans, candidate)) count += 1
	return count
}

/** Hosts and endpoints that are banned. */
export function countBanned({ bans }: CandidatesState): number {
	return bans.banned.size
}

/** One more, or one less, for that host and its network. */
export function countHost(counts: Map<string, number>, { host }: Address, change: 1 | -1): void {
	for (const key of new Set([hostKey(host), networkKey(host)])) {
		const count = (counts.get(key) ?? 0) + change
		if (count > 0) counts.set(key, count)
		else counts.delete(key)
	}
}

/** Somebody may be dialled at `at`, or already before. */
export function readyBy(state: CandidatesState, at: number): void {
	state.readyAt = Math.min(at, state.readyAt ?? at)
}

const sources: readonly PeerSource[] = [
	'user',
	'magnet',
	'resume',
	'tracker',
	'incoming',
	'lsd',
	'dht',
	'pex',
]

/** Whether an address of this source came from outside the trackers: not to be used for a private torrent (BEP 27). */
export function isHearsay(source: PeerSource): boolean {
	return source === 'magnet' || isOfStrangers(source)
}

// Whoever wants to can name addresses without end.
function isOfStrangers(source: PeerSource): boolean {
	return source === 'pex' || source === 'lsd' || source === 'dht'
}

/** Forgets every address of such a source; connections and dials are the caller's to close. */
export function forgetHearsay(state: CandidatesState): void {
	for (const [key, { source }] of state.known) if (isHearsay(source)) state.known.delete(key)
	state.namers.clear()
}

/** The candidate was tried: somebody was there, or nobody. */
export function settleName(state: CandidatesState, candidate: Candidate, alive: boolean): void {
	if (candidate.namedBy === undefined) return
	endName(state.namers, candidate.namedBy, alive)
	candidate.namedBy = undefined
}

function sourceRank(source: PeerSource): number {
	return sources.indexOf(source)
}

function createCandidate(
	state: CandidatesState,
	named: { readonly key: string; readonly address: Address; readonly source: PeerSource },
	now: number,
): Candidate {
	return {
		...named,
		host: hostKey(named.address.host),
		network: networkKey(named.address.host),
		loopback: classifyHost(named.address.host) === 'loopback',
		state: 'idle',
		failures: 0,
		lastTriedAt: undefined,
		lastConnectedAt: undefined,
		nextTryAt: now,
		lostToNetwork: false,
		lastFailure: undefined,
		namedBy: undefined,
		opening: undefined,
		seed: false,
		priority: priorityOf(state, named.address),
	}
}

function priorityOf(state: CandidatesState, address: Address): number {
	const own = state.ownAddress
	return (own === undefined ? undefined : peerPriority(own, address)) ?? nextUint32(state.random)
}

// What we can do without soonest: not the user's, not in use; most failures, never connected, of strangers, least
// priority.
// Not the oldest: a flood of new addresses would wash the honest ones out.
function evict(state: CandidatesState): void {
	const idle = [...state.known.values()].filter(
		candidate => candidate.state === 'idle' && candidate.source !== 'user',
	)
	idle.sort(
		(one, other) =>
			other.failures - one.failures ||
			Number(one.lastConnectedAt !== undefined) - Number(other.lastConnectedAt !== undefined) ||
			Number(isOfStrangers(other.source)) - Number(isOfStrangers(one.source)) ||
			one.priority - other.priority,
	)
	for (const { key, namedBy } of idle.slice(0, state.known.size - state.limit)) {
		state.known.delete(key)
		if (namedBy !== undefined) endName(state.namers, namedBy, undefined)
	}
}
