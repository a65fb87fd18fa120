// What a dial or a connection came to, and when its address may be tried again. What the user named is tried for
// ever and soon; an address from strangers ever more rarely, or a dead one would cost as much as a live one.

import { type Address, addressKey } from '../protocol/address.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import {
	banAddress,
	type Candidate,
	type CandidatesState,
	countHost,
	markSelf,
	readyBy,
	settleName,
} from './candidates.ts'
import { forgiveNamers } from './namers.ts'
import { type Opening, provenOpening } from './encryption.ts'
import { nextRandom } from './random.ts'
import type { DropReason } from './reasons.ts'

const userRetriesMs = [1000, 2000, 5000, 10_000, 20_000, 30_000]
const firstRetryMs = 15_000
const longestRetryMs = 3_600_000
/** A connection that lasted this long was worth its dial. */
const usefulMs = 60_000
const crowdedMs = 60_000
// We have that peer already, over another connection. When that one ends, `otherWayFree` says so.
const duplicateMs = 300_000
/** Within this time after the network returned, in ms, what was lost to it is dialled again. */
const networkSpreadMs = 5_000
const networkErrors = new Set([
	'EADDRNOTAVAIL',
	'EHOSTDOWN',
	'EHOSTUNREACH',
	'ENETDOWN',
	'ENETUNREACH',
	'ETIMEDOUT',
])

/** Time until the next attempt after `failures` attempts (at least one) in a row that failed. */
export function retryInMs(failures: number, givenByUser: boolean): number {
	if (givenByUser) return userRetriesMs[Math.min(failures, userRetriesMs.length) - 1] ?? firstRetryMs
	return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20))
}

/** The dial came to nothing. */
export function dialFailed(
	state: CandidatesState,
	address: Address,
	{ reason, now }: { readonly reason: DropReason; readonly now: number },
): void {
	countHost(state.hostsDialled, address, -1)
	readyBy(state, now)
	const candidate = state.known.get(addressKey(address))
	if (candidate?.state !== 'dialling') return
	fail(candidate, reason, now)
	settleName(state, candidate, false)
}

/** The dial is to be made again at once, in another way: that the first did not work is no failure. */
export function dialOtherwise(state: CandidatesState, address: Address, opening: Opening, now: number): void {
	countHost(state.hostsDialled, address, -1)
	readyBy(state, now)
	const candidate = state.known.get(addressKey(address))
	if (candidate?.state !== 'dialling') return
	candidate.state = 'idle'
	candidate.opening = opening
	candidate.nextTryAt = now
}

/** Nothing is known any more of how connections to it begin. */
export function forgetOpening(state: CandidatesState, address: Address): void {
	const candidate = state.known.get(addressKey(address))
	if (candidate !== undefined) candidate.opening = undefined
}

/** The network is back: what was lost to it may be dialled again within seconds, not all at once. */
export function redialLost(state: CandidatesState, now: number): void {
	forgiveNamers(state.namers)
	for (const candidate of state.known.values()) {
		if (!candidate.lostToNetwork) continue
		candidate.lostToNetwork = false
		redialSoon(state, candidate.address, now)
	}
	readyBy(state, now)
}

/** That it failed is nobody's fault: it may be dialled again within seconds. */
export function redialSoon(state: CandidatesState, address: Address, now: number): void {
	const candidate = state.known.get(addressKey(address))
	if (candidate?.state !== 'idle' || candidate.nextTryAt === undefined) return
	candidate.failures = 0
	candidate.nextTryAt = Math.min(candidate.nextTryAt, now + nextRandom(state.random) * networkSpreadMs)
	readyBy(state, now)
}

/** Takes note of how a dial failed; whether that is news, and the user's who named the address. */
export function isNewsOfUser(state: CandidatesState, address: Address, reason: DropReason): boolean {
	const candidate = state.known.get(addressKey(address))
	if (candidate?.source !== 'user') return false
	const failure = 'error' in reason ? `${reason.code} ${reason.error}` : reason.code
	if (candidate.lastFailure === failure) return false
	candidate.lastFailure = failure
	return true
}

/** A connection stands: handshakes were exchanged. */
export function connected(
	state: CandidatesState,
	address: Address,
	{
		incoming,
		encrypted,
		now,
	}: { readonly incoming: boolean; readonly encrypted?: boolean; readonly now: number },
): void {
	countHost(state.hostsConnected, address, 1)
	if (incoming) return
	countHost(state.hostsDialled, address, -1)
	const candidate = state.known.get(addressKey(address))
	if (candidate === undefined) return
	candidate.state = 'connected'
	settleName(state, candidate, true)
	candidate.lastFailure = undefined
	candidate.lostToNetwork = false
	if (encrypted !== undefined) candidate.opening = provenOpening(encrypted)
	candidate.lastConnectedAt = now
}

/**
 * A connection that `connected` reported ended. The reason settles when the address is tried again, and whether
 * ever.
 */
export function closed(
	state: CandidatesState,
	address: Address,
	end: { readonly incoming: boolean; readonly reason: DropReason; readonly now: number },
): void {
	countHost(state.hostsConnected, address, -1)
	leave(state, address, end)
}

/** A dial was answered, but its connection was not taken in, for this reason. In place of `connected`. */
export function dialRefused(
	state: CandidatesState,
	address: Address,
	{ reason, now }: { readonly reason: DropReason; readonly now: number },
): void {
	countHost(state.hostsDialled, address, -1)
	leave(state, address, { incoming: false, reason, now })
}

/**
 * A dial to `address`, of the same host, found the client that we have as `peer`: it is of use when that connection
 * ends. The first such address stays: another one that answers with the same peer id is rather somebody else's.
 */
export function rememberOtherWay(state: CandidatesState, peer: PeerNumber, address: Address): void {
	if (!state.otherWays.has(peer)) state.otherWays.set(peer, address)
}

/**
 * The connection to `peer` ended. Where a dial had found the same client its address is taken for the one that was
 * lost, or whoever dialled us first could not be dialled for minutes. Returns that address.
 */
export function otherWayFree(
	state: CandidatesState,
	peer: PeerNumber,
	{ reason, now }: { readonly reason: DropReason; readonly now: number },
): Address | undefined {
	const address = state.otherWays.get(peer)
	if (address === undefined) return undefined
	state.otherWays.delete(peer)
	const candidate = state.known.get(addressKey(address))
	if (candidate?.state !== 'idle') return undefined
	candidate.failures = 0
	settle(candidate, reason, now)
	if (reason.code === 'banned') candidate.nextTryAt = undefined
	readyBy(state, now)
	return address
}

function leave(
	state: CandidatesState,
	address: Address,
	{
		incoming,
		reason,
		now,
	}: { readonly incoming: boolean; readonly reason: DropReason; readonly now: number },
): void {
	readyBy(state, now)
	if (reason.code === 'banned') banAddress(state, address)
	// The address of an incoming connection is nobody's to dial: its port is the dialler's own choice.
	if (incoming) return
	if (reason.code === 'is-ourselves') markSelf(state, address)
	const candidate = state.known.get(addressKey(address))
	if (candidate !== undefined) settle(candidate, reason, now)
}

function settle(candidate: Candidate, reason: DropReason, now: number): void {
	const lastedMs = candidate.state === 'connected' ? now - (candidate.lastConnectedAt ?? now) : 0
	candidate.state = 'idle'
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
			candidate.nextTryAt = now + duplicateMs
			return
		case 'too-many-connections':
		case 'replaced-by-better':
			candidate.nextTryAt = now + crowdedMs
			return
		default:
			if (lastedMs >= usefulMs) candidate.failures = 0
			fail(candidate, reason, now)
	}
}

function fail(candidate: Candidate, reason: DropReason, now: number): void {
	candidate.state = 'idle'
	candidate.lostToNetwork = isOfNetwork(reason)
	candidate.failures += 1
	candidate.nextTryAt = now + retryInMs(candidate.failures, candidate.source === 'user')
}

function isOfNetwork(reason: DropReason): boolean {
	if (reason.code === 'connection-failed') return networkErrors.has(reason.error)
	return reason.code === 'idle-timeout' || reason.code === 'handshake-timeout'
}
