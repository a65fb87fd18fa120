// Addresses where a peer may be: which to dial next, when to try one again, which never. Strangers name them,
// so their number is bounded, the worst go first, and nobody makes us dial ourselves, a banned host or an
// address where nobody can listen. Who named an address over which net is checked where the answer came in.

import { type Address, addressKey, classifyHost, dialObstacle } from '../protocol/address.ts'
import { ban, type BanList, createBanList, hostKey, isBanned } from './ban-list.ts'
import { retryInMs } from './dial-back-off.ts'
import { peerPriority } from './peer-priority.ts'
import { nextUint32, type RandomState } from './random.ts'
import type { DropReason } from './reasons.ts'
import type { PeerSource } from './snapshot.ts'

export type CandidateState = 'idle' | 'dialling' | 'connected'

/** An address and what we know of whoever is there. Instants in ms. */
export type Candidate = {
	readonly key: string
	readonly address: Address
	/** The most trusted of those who named it. */
	source: PeerSource
	state: CandidateState
	/** Attempts since the last connection that was of use. */
	failures: number
	lastTriedAt: number | undefined
	lastConnectedAt: number | undefined
	/** Not dialled before; undefined: not at all, unless it is named by the user again. */
	nextTryAt: number | undefined
	/** It had everything when we last saw it. */
	seed: boolean
	/** BEP 40; by chance while our own address is not known. Greater first. */
	priority: number
}

export type Candidates = {
	readonly known: Map<string, Candidate>
	readonly limit: number
	readonly onePerHost: boolean
	readonly random: RandomState
	readonly bans: BanList
	/** Endpoints that proved to be ourselves. */
	readonly selves: Set<string>
	/** Under which others see us, where somebody told. */
	ownAddress: Address | undefined
	/** Connections and dials by host, incoming ones as well. */
	readonly hostsInUse: Map<string, number>
	/** Instants of the last dials, oldest first. */
	readonly recentDials: number[]
	/** No candidate is ready before this. */
	readyAt: number | undefined
}

export type CandidatesOptions = {
	readonly random: RandomState
	/** Most addresses kept; 3000 unless told. */
	readonly limit?: number
	/** One connection a host, but for loopback and what the user named; true unless told. */
	readonly onePerHost?: boolean
}

export type DialSituation = {
	readonly now: number
	/** Connections that stand, incoming ones included. */
	readonly connected: number
	/** Dials without an answer yet. */
	readonly halfOpen: number
	readonly maxPeers: number
	/** 50 unless told. */
	readonly maxHalfOpen?: number
	/** We have all that we want: seeds are of no use. */
	readonly complete: boolean
}

export type Dial = { readonly address: Address; readonly source: PeerSource }

/** Why an incoming connection is not taken. */
export type IncomingObstacle = 'banned' | 'ourselves' | 'host-in-use'

const dialsPerSecond = 29
const secondMs = 1000
const mostSelves = 64

/** Nobody known yet. */
export function createCandidates(options: CandidatesOptions): Candidates {
	return {
		known: new Map(),
		limit: options.limit ?? 3000,
		onePerHost: options.onePerHost ?? true,
		random: options.random,
		bans: createBanList(),
		selves: new Set(),
		ownAddress: undefined,
		hostsInUse: new Map(),
		recentDials: [],
		readyAt: undefined,
	}
}

/**
 * Takes addresses that `source` named and returns how many were new. Left out: banned ones, ourselves, and where
 * nobody can listen. An address that the user names is tried at once, whatever happened before.
 */
export function addCandidates(
	state: Candidates,
	addresses: readonly Address[],
	{ source, now }: { readonly source: PeerSource; readonly now: number },
): number {
	let added = 0
	for (const address of addresses) {
		if (dialObstacle(address, 'user') !== undefined) continue
		const key = addressKey(address)
		if (state.selves.has(key) || isBanned(state.bans, address)) continue
		const known = state.known.get(key)
		if (known === undefined) {
			state.known.set(key, createCandidate(state, { key, address, source }, now))
			added += 1
		} else if (sourceRank(source) < sourceRank(known.source)) known.source = source
		if (known !== undefined && source === 'user') {
			known.failures = 0
			known.nextTryAt = now
		}
		readyBy(state, now)
	}
	if (state.known.size > state.limit) evict(state)
	return added
}

/**
 * Addresses to dial now, best first; each counts as being dialled from here on, until `dialFailed`, `connected`
 * or `closed`. Keeps within the limits and below thirty dials in any second.
 */
export function nextDials(state: Candidates, situation: DialSituation): Dial[] {
	const { now } = situation
	const room = Math.min(freeDials(situation), dialsPerSecond - dialsOfLastSecond(state, now))
	if (room <= 0 || state.readyAt === undefined || state.readyAt > now) return []
	const ready: Candidate[] = []
	let readyAt: number | undefined
	for (const candidate of state.known.values()) {
		if (!isWanted(state, candidate, situation)) continue
		const at = candidate.nextTryAt ?? now
		if (at <= now) ready.push(candidate)
		else readyAt = Math.min(at, readyAt ?? at)
	}
	ready.sort(byPromise)
	const dials: Dial[] = []
	for (const candidate of ready) {
		if (dials.length === room) {
			readyAt = now
			break
		}
		if (isHostTaken(state, candidate)) continue
		candidate.state = 'dialling'
		candidate.lastTriedAt = now
		countHost(state, candidate.address, 1)
		state.recentDials.push(now)
		dials.push({ address: candidate.address, source: candidate.source })
	}
	state.readyAt = readyAt
	return dials
}

/**
 * When `nextDials` may have something; never later than that, perhaps earlier. Undefined while nothing but a
 * change (a connection less, an address more) can bring a dial.
 */
export function nextDialAt(state: Candidates, situation: DialSituation): number | undefined {
	const { now } = situation
	if (state.readyAt === undefined || freeDials(situation) <= 0) return undefined
	const busy = dialsOfLastSecond(state, now) >= dialsPerSecond
	const allowedAt = busy ? (state.recentDials[0] ?? now) + secondMs : now
	return Math.max(state.readyAt, allowedAt)
}

/** The dial came to nothing. */
export function dialFailed(state: Candidates, address: Address, now: number): void {
	const candidate = state.known.get(addressKey(address))
	if (candidate?.state !== 'dialling') return
	countHost(state, address, -1)
	candidate.state = 'idle'
	fail(state, candidate, now)
}

/** A connection stands: handshakes were exchanged. */
export function connected(
	state: Candidates,
	address: Address,
	{ incoming, now }: { readonly incoming: boolean; readonly now: number },
): void {
	const candidate = incoming ? undefined : state.known.get(addressKey(address))
	if (candidate?.state !== 'dialling') countHost(state, address, 1)
	if (candidate === undefined) return
	candidate.state = 'connected'
	candidate.lastConnectedAt = now
}

/** A connection that was reported by `connected` ended. */
export function closed(
	state: Candidates,
	address: Address,
	end: { readonly incoming: boolean; readonly reason: DropReason; readonly now: number },
): void {
	countHost(state, address, -1)
	const candidate = end.incoming ? undefined : state.known.get(addressKey(address))
	if (end.reason.code === 'is-ourselves' && !end.incoming) markSelf(state, address)
	readyBy(state, end.now)
	if (candidate === undefined) return
	candidate.state = 'idle'
	settle(state, candidate, end)
}

/** The endpoint is ourselves: never dialled again. */
export function markSelf(state: Candidates, address: Address): void {
	const key = addressKey(address)
	state.known.delete(key)
	if (state.selves.size < mostSelves) state.selves.add(key)
}

/** Bans whoever is there; see ban-list.ts for how far that goes. Its connections are the caller's to close. */
export function banAddress(state: Candidates, address: Address): void {
	const candidate = state.known.get(addressKey(address))
	ban(state.bans, address, candidate?.source === 'user')
}

/** Whether we talk to this endpoint. */
export function isBannedAddress(state: Candidates, address: Address): boolean {
	return isBanned(state.bans, address)
}

/** The peer has everything, or not any more. */
export function markSeed(state: Candidates, address: Address, seed: boolean): void {
	const candidate = state.known.get(addressKey(address))
	if (candidate !== undefined) candidate.seed = seed
}

/** Others see us at this address: priorities are those of BEP 40 from now on. */
export function setOwnAddress(state: Candidates, address: Address): void {
	state.ownAddress = address
	for (const candidate of state.known.values()) candidate.priority = priorityOf(state, candidate.address)
}

/** Why a connection from this endpoint is not taken; undefined when it is. */
export function incomingObstacle(state: Candidates, address: Address): IncomingObstacle | undefined {
	if (isBanned(state.bans, address)) return 'banned'
	if (state.selves.has(addressKey(address))) return 'ourselves'
	if (!state.onePerHost || classifyHost(address.host) === 'loopback') return undefined
	return state.hostsInUse.has(hostKey(address.host)) ? 'host-in-use' : undefined
}

// Which address promises most, best first:
//  1. The user named it.
//  2. Fewer failures.
//  3. We were connected before: somebody lives there.
//  4. The greater priority of BEP 40, on which the other end agrees.
//  5. The one not tried for longest.
function byPromise(one: Candidate, other: Candidate): number {
	return (
		Number(other.source === 'user') - Number(one.source === 'user') ||
		one.failures - other.failures ||
		Number(other.lastConnectedAt !== undefined) - Number(one.lastConnectedAt !== undefined) ||
		other.priority - one.priority ||
		(one.lastTriedAt ?? 0) - (other.lastTriedAt ?? 0)
	)
}

const sources: readonly PeerSource[] = ['user', 'resume', 'tracker', 'incoming']

function sourceRank(source: PeerSource): number {
	return sources.indexOf(source)
}

function createCandidate(
	state: Candidates,
	named: { readonly key: string; readonly address: Address; readonly source: PeerSource },
	now: number,
): Candidate {
	return {
		...named,
		state: 'idle',
		failures: 0,
		lastTriedAt: undefined,
		lastConnectedAt: undefined,
		nextTryAt: now,
		seed: false,
		priority: priorityOf(state, named.address),
	}
}

function priorityOf(state: Candidates, address: Address): number {
	const own = state.ownAddress
	return (own === undefined ? undefined : peerPriority(own, address)) ?? nextUint32(state.random)
}

function freeDials({ connected, halfOpen, maxPeers, maxHalfOpen = 50 }: DialSituation): number {
	return Math.min(maxPeers - connected - halfOpen, maxHalfOpen - halfOpen)
}

function dialsOfLastSecond(state: Candidates, now: number): number {
	const { recentDials } = state
	while (recentDials[0] !== undefined && Math.abs(now - recentDials[0]) >= secondMs) recentDials.shift()
	return recentDials.length
}

function isWanted(state: Candidates, candidate: Candidate, { complete }: DialSituation): boolean {
	if (candidate.state !== 'idle' || candidate.nextTryAt === undefined) return false
	return !(complete && candidate.seed) && !isBanned(state.bans, candidate.address)
}

function isHostTaken(state: Candidates, candidate: Candidate): boolean {
	if (!state.onePerHost || candidate.source === 'user') return false
	const { host } = candidate.address
	return classifyHost(host) !== 'loopback' && state.hostsInUse.has(hostKey(host))
}

function countHost(state: Candidates, { host }: Address, change: 1 | -1): void {
	const key = hostKey(host)
	const count = (state.hostsInUse.get(key) ?? 0) + change
	if (count > 0) state.hostsInUse.set(key, count)
	else state.hostsInUse.delete(key)
}

function readyBy(state: Candidates, at: number): void {
	state.readyAt = Math.min(at, state.readyAt ?? at)
}

function fail(state: Candidates, candidate: Candidate, now: number): void {
	candidate.failures += 1
	candidate.nextTryAt = now + retryInMs(candidate.failures, candidate.source === 'user')
	readyBy(state, Math.min(now, candidate.nextTryAt))
}

const usefulMs = 60_000

function settle(
	state: Candidates,
	candidate: Candidate,
	{ reason, now }: { reason: DropReason; now: number },
) {
	switch (reason.code) {
		case 'paused':
		case 'stopped':
			candidate.nextTryAt = now
			return
		case 'by-user':
			candidate.nextTryAt = undefined
			return
		case 'both-complete':
			candidate.seed = true
			candidate.nextTryAt = now
			return
		case 'duplicate-connection':
		case 'too-many-connections':
		case 'replaced-by-better':
			candidate.nextTryAt = now + usefulMs
			return
		default:
			if (now - (candidate.lastConnectedAt ?? now) >= usefulMs) candidate.failures = 0
			fail(state, candidate, now)
	}
}

// What we can do without soonest: not the user's, not in use; most failures, never connected, known longest.
function evict(state: Candidates): void {
	const idle = [...state.known.values()].filter(
		({ state: now, source }) => now === 'idle' && source !== 'user',
	)
	idle.sort(
		(one, other) =>
			other.failures - one.failures ||
			Number(one.lastConnectedAt !== undefined) - Number(other.lastConnectedAt !== undefined),
	)
	for (const { key } of idle.slice(0, state.known.size - state.limit)) state.known.delete(key)
}
