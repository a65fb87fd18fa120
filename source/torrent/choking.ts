// Carries out what the choker decides: messages, queues, and the reason kept with each peer.
import { type Message } from '../protocol/message.ts'
import {
	type ChokeDecision,
	type ChokerOptions,
	type ChokerPeer,
	chokeRound,
	chokeRoundMs,
	fillFreeSlot,
	uploadSlots,
} from './choker.ts'
import { isComplete, isRunning, send, touch, type Turn, wakeBy } from './core.ts'
import type { Peer } from './peer.ts'
import { silentMs } from './pipeline.ts'
import { bytesPerSecond } from './rate.ts'
import { decide, type UploadReason } from './reasons.ts'
import { dropQueue, serve } from './serving.ts'

/** The round of every ten seconds, if it is due. */
export function runChokeRound(turn: Turn): void {
	const { core, now } = turn
	if (!isRunning(core)) return
	if (now < core.nextChokeRoundAt) {
		wakeBy(turn, core.nextChokeRoundAt)
		return
	}
	const round = chokeRound(chokerPeers(turn), chokerOptions(turn))
	core.optimistic = round.optimistic
	apply(turn, round)
	// Without peers there is nothing to decide: the next connection starts the rounds again.
	core.nextChokeRoundAt = now + chokeRoundMs
	if (core.peers.size > 0) wakeBy(turn, core.nextChokeRoundAt)
}

/** Somebody became interested, lost interest or left: free slots are given at once. */
export function fillSlots(turn: Turn): void {
	if (isRunning(turn.core)) apply(turn, fillFreeSlot(chokerPeers(turn), chokerOptions(turn)))
}

/** Chokes a peer whose reason is not the choker's. */
function chokePeer(turn: Turn, peer: Peer, reason: UploadReason): void {
	decide(peer.upload, reason, turn.now)
	if (peer.session.amChoking) return
	peer.chokedAt = turn.now
	const messages: Message[] = [{ type: 'choke' }]
	send(turn, peer, messages, reason)
	const rejects = dropQueue(turn, peer)
	if (rejects.length > 0) send(turn, peer, rejects)
	touch(turn, 'peers')
}

function apply(
	turn: Turn,
	decisions: { readonly unchoke: readonly ChokeDecision[]; readonly choke: readonly ChokeDecision[] },
): void {
	const { core } = turn
	for (const { peer: number, reason } of decisions.choke) {
		const peer = core.peers.get(number)
		if (peer !== undefined) chokePeer(turn, peer, reason)
	}
	for (const { peer: number, reason } of decisions.unchoke) {
		const peer = core.peers.get(number)
		if (peer !== undefined) unchokePeer(turn, peer, reason)
	}
}

function unchokePeer(turn: Turn, peer: Peer, reason: UploadReason): void {
	decide(peer.upload, reason, turn.now)
	if (!peer.session.amChoking) return
	peer.unchokedAt = turn.now
	peer.rejectsInARow = 0
	send(turn, peer, [{ type: 'unchoke' }], reason)
	touch(turn, 'peers')
	serve(turn, peer)
}

function chokerPeers(turn: Turn): ChokerPeer[] {
	const { core, now } = turn
	return Array.from(core.peers.values(), peer => ({
		peer: peer.number,
		interested: peer.session.peerInterested,
		unchoked: !peer.session.amChoking,
		connectedAt: peer.connectedAt,
		unchokedAt: peer.unchokedAt,
		chokedAt: peer.chokedAt,
		downBytesPerSecond: bytesPerSecond(peer.downMeter, now),
		upBytesPerSecond: bytesPerSecond(peer.upMeter, now),
		snubbedMs: peer.pipeline.snubbed ? silentMs(peer.pipeline, now) : undefined,
	}))
}

function chokerOptions(turn: Turn): ChokerOptions {
	const { core, now } = turn
	return {
		slots: uploadSlots(core.upBucket.bytesPerSecond),
		now,
		seeding: isComplete(core),
		random: core.random,
		optimistic: core.optimistic,
	}
}
