// Which address to dial next, and when: within the limits of connections and half-open ones, fewer than thirty
// dials in any second (threats P6), one connection a host. The policy is byPromise().

import { isBannedKey } from './ban-list.ts'
import { type Candidate, type CandidatesState, countHost, mostPerNetwork } from './candidates.ts'
import { isInVain } from './namers.ts'
import type { Address } from '../protocol/address.ts'
import type { Opening } from './encryption.ts'
import type { PeerSource } from './snapshot.ts'

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

export type Dial = {
	readonly address: Address
	readonly source: PeerSource
	/** What earlier connections taught of how to begin. */
	readonly opening: Opening | undefined
}

const dialsPerSecond = 29
const secondMs = 1000
// Going through thousands of addresses for each slot that falls free would cost more than the dials.
const planningPauseMs = 250
const fewAddresses = 256

/**
 * Addresses to dial now, best first. Each counts as being dialled from here on, until one call of `dialFailed`,
 * `dialRefused` or `connected`.
 */
export function nextDials(state: CandidatesState, situation: DialSituation): Dial[] {
	const { now, complete } = situation
	const at = nextDialAt(state, situation)
	if (at === undefined || at > now) return []
	state.plannedAt = now
	state.plannedComplete = complete
	const ready: Candidate[] = []
	let readyAt: number | undefined
	for (const candidate of state.known.values()) {
		if (candidate.nextTryAt === undefined || !isWanted(state, candidate, complete)) continue
		if (candidate.nextTryAt <= now) ready.push(candidate)
		else readyAt = Math.min(candidate.nextTryAt, readyAt ?? candidate.nextTryAt)
	}
	const room = Math.min(freeDials(situation), dialsPerSecond - dialsOfLastSecond(state, now))
	const dials: Dial[] = []
	for (const candidate of ready.sort(byPromise(state))) {
		if (isHostTaken(state, candidate)) continue
		if (dials.length === room) {
			readyAt = now
			break
		}
		startDial(state, candidate, now)
		dials.push({ address: candidate.address, source: candidate.source, opening: candidate.opening })
	}
	state.readyAt = readyAt
	return dials
}

/**
 * When `nextDials` may have something; never later than that, perhaps earlier. Undefined while nothing but a
 * change (a connection less, an address more) can bring a dial.
 */
export function nextDialAt(state: CandidatesState, situation: DialSituation): number | undefined {
	const { now, complete } = situation
	const readyAt = complete === state.plannedComplete ? state.readyAt : now
	if (readyAt === undefined || freeDials(situation) <= 0) return undefined
	const busy = dialsOfLastSecond(state, now) >= dialsPerSecond
	const allowedAt = busy ? (state.recentDials[0] ?? now) + secondMs : now
	const pauseMs = state.known.size <= fewAddresses ? 0 : planningPauseMs
	// A clock that stepped back must not hold us up.
	const pausedUntilAt = state.plannedAt > now ? now : state.plannedAt + pauseMs
	return Math.max(readyAt, allowedAt, pausedUntilAt, now)
}

// Which address promises most, best first:
//  1. The user named it.
//  2. Fewer failures.
//  3. Not named by somebody whose other addresses were all dead.
//  4. We were connected before: somebody lives there.
//  5. The greater priority of BEP 40, on which the other end agrees.
//  6. The one not tried for longest.
function byPromise({ namers }: CandidatesState): (one: Candidate, other: Candidate) => number {
	return (one, other) =>
		Number(other.source === 'user') - Number(one.source === 'user') ||
		one.failures - other.failures ||
		Number(isInVain(namers, one.namedBy)) - Number(isInVain(namers, other.namedBy)) ||
		Number(other.lastConnectedAt !== undefined) - Number(one.lastConnectedAt !== undefined) ||
		other.priority - one.priority ||
		(one.lastTriedAt ?? 0) - (other.lastTriedAt ?? 0)
}

function isWanted(state: CandidatesState, candidate: Candidate, complete: boolean): boolean {
	return candidate.state === 'idle' && !(complete && candidate.seed) && !isBannedKey(state.bans, candidate)
}

function isHostTaken(state: CandidatesState, { host, network, loopback, source }: Candidate): boolean {
	if (!state.onePerHost || source === 'user' || loopback) return false
	const { hostsDialled, hostsConnected } = state
	if (hostsDialled.has(host) || hostsConnected.has(host)) return true
	return (hostsDialled.get(network) ?? 0) + (hostsConnected.get(network) ?? 0) >= mostPerNetwork
}

function startDial(state: CandidatesState, candidate: Candidate, now: number): void {
	candidate.state = 'dialling'
	candidate.lastTriedAt = now
	countHost(state.hostsDialled, candidate.address, 1)
	state.recentDials.push(now)
}

function freeDials({ connected, halfOpen, maxPeers, maxHalfOpen = 50 }: DialSituation): number {
	return Math.min(maxPeers - connected - halfOpen, maxHalfOpen - halfOpen)
}

function dialsOfLastSecond(state: CandidatesState, now: number): number {
	const { recentDials } = state
	while (recentDials[0] !== undefined && Math.abs(now - recentDials[0]) >= secondMs) recentDials.shift()
	return recentDials.length
}
