// Whom we upload to (BEP 3, choking). Every ten seconds the interested peers are ranked: while we download by
// what they give us, while we seed by whose turn it is. `slots` of them are unchoked, and one more by chance,
// who may prove better than those we know. Between rounds only a slot that fell free is filled.

import type { PeerNumber } from '../protocol/ids.ts'
import { type RandomState, randomBelow } from './random.ts'
import type { UploadReason } from './reasons.ts'

/** What the choker has to know of a connected peer. Instants in ms. */
export type ChokerPeer = {
	readonly peer: PeerNumber
	/** It is interested in us. */
	readonly interested: boolean
	/** We do not choke it. */
	readonly unchoked: boolean
	readonly connectedAt: number
	/** When we last unchoked it; undefined when never. */
	readonly unchokedAt: number | undefined
	/** When we last choked it; the instant of connection when never unchoked. */
	readonly chokedAt: number
	/** What it gives us, and what we give it. */
	readonly downBytesPerSecond: number
	readonly upBytesPerSecond: number
	/** For how long it has owed us a block, if it is snubbing us. */
	readonly snubbedMs: number | undefined
}

/** The peer that is unchoked by chance. The caller keeps it from one round to the next. */
export type OptimisticUnchoke = {
	readonly peer: PeerNumber
	readonly sinceAt: number
	/** How long it had waited. */
	readonly waitedMs: number
}

export type ChokerOptions = {
	/** Peers unchoked by rank; the optimistic one comes on top. */
	readonly slots: number
	readonly now: number
	readonly seeding: boolean
	readonly random: RandomState
	/** As the last round gave it. */
	readonly optimistic: OptimisticUnchoke | undefined
}

export type ChokeDecision = { readonly peer: PeerNumber; readonly reason: UploadReason }

/** `unchoke` and `choke` together name every peer of a round, whether its state changes or not. */
export type ChokeRound = {
	readonly unchoke: readonly ChokeDecision[]
	readonly choke: readonly ChokeDecision[]
	readonly optimistic: OptimisticUnchoke | undefined
}

export const chokeRoundMs = 10_000
const optimisticMs = 30_000
const seedTurnMs = 60_000
const newPeerMs = 90_000
const newPeerWeight = 3
const incumbentBonus = 1.1
const mostSlots = 8
const fewestSlots = 2
const bytesPerSecondPerSlot = 8192

/**
 * Slots by rank for an upload limit: eight, as many as fill a fast link over TCP without hurting each other;
 * under a low limit fewer, so that a block takes two seconds at most.
 */
export function uploadSlots(maxUpBytesPerSecond: number | undefined): number {
	if (maxUpBytesPerSecond === undefined) return mostSlots
	return Math.min(mostSlots, Math.max(fewestSlots, Math.floor(maxUpBytesPerSecond / bytesPerSecondPerSlot)))
}

/** Decides about every peer; to be called every `chokeRoundMs`. */
export function chokeRound(peers: readonly ChokerPeer[], options: ChokerOptions): ChokeRound {
	const { slots } = options
	const interested = peers.filter(peer => peer.interested).sort(byMerit(options))
	const ranked = interested.filter(peer => !isSnubbing(peer, options))
	const winners = ranked.slice(0, slots)
	const losers = interested.filter(peer => !winners.includes(peer))
	const optimistic = chooseOptimistic(losers, options)
	const unchoke: ChokeDecision[] = winners.map((peer, at) => ({
		peer: peer.peer,
		reason: { code: 'unchoked-by-rank', rank: at + 1, slots },
	}))
	const choke: ChokeDecision[] = []
	if (optimistic !== undefined) {
		const reason: UploadReason = { code: 'unchoked-optimistically', waitedMs: optimistic.waitedMs }
		unchoke.push({ peer: optimistic.peer, reason })
	}
	for (const peer of losers) {
		if (peer.peer === optimistic?.peer) continue
		const reason: UploadReason = isSnubbing(peer, options)
			? { code: 'choked-snubbing', silentMs: peer.snubbedMs ?? 0 }
			: { code: 'choked-by-rank', rank: ranked.indexOf(peer) + 1, slots }
		choke.push({ peer: peer.peer, reason })
	}
	for (const { peer, interested: isInterested } of peers) {
		if (!isInterested) choke.push({ peer, reason: { code: 'choked-not-interested' } })
	}
	return { unchoke, choke, optimistic }
}

/**
 * To be called when a peer becomes interested, and when an unchoked one leaves or loses interest: unchokes
 * whoever is next while slots are free. A peer without interest is choked only when its slot is needed, and a
 * peer choked less than ten seconds ago waits for the round, so that no flipping of interest costs messages.
 */
export function fillFreeSlot(
	peers: readonly ChokerPeer[],
	options: ChokerOptions,
): { readonly unchoke: readonly ChokeDecision[]; readonly choke: readonly ChokeDecision[] } {
	const { slots, optimistic, now } = options
	const holders = peers.filter(peer => peer.unchoked && peer.peer !== optimistic?.peer)
	let used = holders.filter(peer => peer.interested).length
	const idle = holders.filter(peer => !peer.interested)
	const next = peers
		.filter(peer => peer.interested && !peer.unchoked && !isSnubbing(peer, options))
		.filter(peer => peer.unchokedAt === undefined || now - peer.chokedAt >= chokeRoundMs)
		.sort(byMerit(options))
	const unchoke: ChokeDecision[] = []
	const choke: ChokeDecision[] = []
	for (const { peer } of next) {
		if (used >= slots) break
		used += 1
		unchoke.push({ peer, reason: { code: 'unchoked-free-slot', used, slots } })
		const spare = used + idle.length > slots ? idle.pop() : undefined
		if (spare !== undefined) choke.push({ peer: spare.peer, reason: { code: 'choked-not-interested' } })
	}
	return { unchoke, choke }
}

// The ranking of interested peers, most deserving first:
//  1. Unchoked less than a round ago (seeding: less than its turn ago): nobody can answer, or finish a piece,
//     in a moment, and choking to and fro serves nobody (BEP 3: fibrillation).
//  2. Downloading: the more it gives us. Whom we unchoke already counts a tenth more, or equals would change
//     places every round. Seeding: this does not count; nobody gives us anything.
//  3. Seeding: the longer since its last turn, whoever had none first. BEP 3 ranks by the rate that we give;
//     then the fastest keep their slots for ever, and we want copies with many peers, not with a few.
//     Downloading, among equals: the same.
//  4. The more we give it: it has room for more.
//  5. The older connection.
function byMerit({ now, seeding }: ChokerOptions): (one: ChokerPeer, other: ChokerPeer) => number {
	const turnMs = seeding ? seedTurnMs : chokeRoundMs
	const settling = (peer: ChokerPeer) =>
		peer.unchoked && peer.unchokedAt !== undefined && now - peer.unchokedAt < turnMs ? 1 : 0
	const given = (peer: ChokerPeer) =>
		seeding ? 0 : peer.downBytesPerSecond * (peer.unchoked ? incumbentBonus : 1)
	const lastTurnAt = (peer: ChokerPeer) =>
		peer.unchoked ? now : (peer.unchokedAt ?? Number.NEGATIVE_INFINITY)
	return (one, other) =>
		settling(other) - settling(one) ||
		given(other) - given(one) ||
		compare(lastTurnAt(one), lastTurnAt(other)) ||
		other.upBytesPerSecond - one.upBytesPerSecond ||
		one.peer - other.peer
}

// Who takes our blocks' worth and sends none gets nothing but the optimistic slot (BEP 3, anti-snubbing).
function isSnubbing(peer: ChokerPeer, { seeding }: ChokerOptions): boolean {
	return !seeding && peer.snubbedMs !== undefined
}

// Stays for thirty seconds while it is interested and earns no slot by rank; then chance decides, and a new
// connection has three times the chance of an old one: it has nothing yet that it could give (BEP 3).
function chooseOptimistic(
	losers: readonly ChokerPeer[],
	{ optimistic, now, random }: ChokerOptions,
): OptimisticUnchoke | undefined {
	const current = losers.find(({ peer }) => peer === optimistic?.peer)
	const expired = optimistic === undefined || now - optimistic.sinceAt >= optimisticMs
	if (current !== undefined && !expired) return optimistic
	const others = losers.filter(peer => peer !== current)
	if (others.length === 0) return current === undefined ? undefined : optimistic
	const weightOf = (peer: ChokerPeer) => (now - peer.connectedAt < newPeerMs ? newPeerWeight : 1)
	let draw = randomBelow(
		random,
		others.reduce((sum, peer) => sum + weightOf(peer), 0),
	)
	for (const peer of others) {
		draw -= weightOf(peer)
		if (draw < 0) return { peer: peer.peer, sinceAt: now, waitedMs: Math.max(0, now - peer.chokedAt) }
	}
	return undefined
}

function compare(one: number, other: number): number {
	return one < other ? -1 : one > other ? 1 : 0
}
