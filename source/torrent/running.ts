// Beginning, pausing and ending: what a torrent does with its connections and trackers as a whole.
import { resumeAnnouncing } from './announcer.ts'
import { announceDue, announceStopped } from './announcing.ts'
import type { Address } from '../protocol/address.ts'
import { invariant } from '../protocol/errors.ts'
import { bitfieldFromWire } from '../protocol/bitfield.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { banAddress } from './candidates.ts'
import { finishFiles } from './completing.ts'
import { addressPeers, seatPeers } from './content-arrival.ts'
import { enterState, isComplete, isRunning, report, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { answeredDialRefused, closePeer } from './leaving.ts'
import { fetchMetadata } from './metadata-exchange.ts'
import { createPicker } from './picker-state.ts'

/** What is on disk is known: `have` has a bit a piece. */
export function dataChecked(turn: Turn, have: Uint8Array): void {
	const { core } = turn
	invariant(core.content !== undefined, 'data of a known content')
	const { geometry, wanted, maxOpenPieces } = core.content
	core.checkedFraction = undefined
	core.endgame = false
	core.havesToSend.length = 0
	core.picker = createPicker({
		geometry,
		have: bitfieldFromWire(have, geometry.pieceCount),
		wanted,
		sequential: core.options.sequential,
		maxOpenPieces,
	})
	if (!isComplete(core)) core.completionIsDue = false
	seatPeers(turn)
	report(turn, { type: 'checkFinished', piecesHave: core.picker.have.count, pieceCount: geometry.pieceCount })
	touch(turn, 'summary', 'pieces', 'files', 'pipeline')
}

/** Everything stops, and the data is checked as if nothing were known of it. */
export function requestRecheck(turn: Turn): void {
	const { core } = turn
	if (core.picker === undefined || core.state === 'checking' || core.state === 'stopped') return
	core.pauseIsDue = core.state === 'paused'
	if (isRunning(core)) leaveAll(turn, 'paused')
	enterState(turn, 'checking')
	core.recheckIsDue = true
}

/**
 * Starts the check that was asked for, unless pieces are still being hashed or written, or files looked at: their
 * results must not meet what the check finds. What the pool holds of unfinished pieces goes.
 */
export function recheckWhenQuiet(turn: Turn): void {
	const { core } = turn
	if (core.hashing > 0 || core.writing > 0 || core.isFinishing) return
	core.recheckIsDue = false
	// It is found out anew what is there, and whether the disk works.
	core.problem = undefined
	core.diskRetryAt = undefined
	touch(turn, 'summary')
	for (const { piece } of core.picker?.open.values() ?? []) turn.effects.push({ type: 'DiscardPiece', piece })
	turn.effects.push({ type: 'CheckData' })
}

/** The data is known and peers can reach us: the torrent runs, unless it was paused meanwhile or has ended. */
export function begin(turn: Turn, listeningPort: number | undefined): void {
	const { core } = turn
	if (core.state === 'stopped') return
	core.listeningPort = listeningPort
	report(turn, { type: 'torrentStarted' })
	if (core.pauseIsDue) {
		core.pauseIsDue = false
		enterState(turn, 'paused')
	} else startRunning(turn)
}

/** Everything rests until `resume`; a torrent that is being checked rests once that is done. */
export function pause(turn: Turn): void {
	const { core } = turn
	if (core.state === 'checking') core.pauseIsDue = true
	if (isRunning(core)) leaveAll(turn, 'paused')
}

/** Goes on where `pause` stopped; a disk that had failed is tried again. */
export function resume(turn: Turn): void {
	const { core } = turn
	core.pauseIsDue = false
	if (core.state !== 'paused') return
	core.problem = undefined
	core.diskRetryAt = undefined
	startRunning(turn)
}

/** The end, of which there is one. */
export function stop(turn: Turn): void {
	const { core } = turn
	if (core.state === 'stopped') return
	core.recheckIsDue = false
	leaveAll(turn, 'stopped')
}

// Peers are dialled, trackers announced to.
function startRunning(turn: Turn): void {
	const { core, now } = turn
	resumeAnnouncing(core.announcer)
	if (core.content === undefined) enterState(turn, 'awaitingMetadata')
	else {
		// What came in last did so while nothing ran: that it is complete is news.
		enterState(turn, isComplete(core) && !core.completionIsDue ? 'seeding' : 'downloading')
		if (isComplete(core)) finishFiles(turn)
	}
	core.nextChokeRoundAt = now
	addressPeers(turn)
	fetchMetadata(turn)
	announceDue(turn)
	dialMore(turn)
	wakeBy(turn, now)
}

// Every peer is let go, every tracker hears `stopped`.
function leaveAll(turn: Turn, state: 'paused' | 'stopped'): void {
	const { core } = turn
	const reason = { code: state }
	enterState(turn, state)
	announceStopped(turn)
	for (const peer of [...core.peers.values()]) closePeer(turn, peer, reason)
	for (const [peer, { address }] of core.dialling) {
		turn.effects.push({ type: 'ClosePeer', peer, reason })
		answeredDialRefused(turn, { peer, address }, reason)
	}
}

/** The user wants nothing more to do with whoever is there, connected or only dialled. */
export function banByUser(turn: Turn, number: PeerNumber): void {
	const address = addressOf(turn, number)
	if (address === undefined) return
	banAddress(turn.core.candidates, address)
	report(turn, { type: 'peerBanned', peer: number, ...address, piece: undefined })
	closeByUser(turn, number)
}

/** The user wants this connection to end, or this dial. */
export function closeByUser(turn: Turn, number: PeerNumber): void {
	const { core } = turn
	const reason = { code: 'by-user' } as const
	const peer = core.peers.get(number)
	if (peer !== undefined) closePeer(turn, peer, reason)
	const dial = core.dialling.get(number)
	if (dial === undefined) return
	turn.effects.push({ type: 'ClosePeer', peer: number, reason })
	answeredDialRefused(turn, { peer: number, address: dial.address }, reason)
}

function addressOf({ core }: Turn, number: PeerNumber): Address | undefined {
	return core.peers.get(number)?.address ?? core.dialling.get(number)?.address
}
