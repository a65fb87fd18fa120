// Beginning, pausing and ending: what a torrent does with its connections and trackers as a whole.
import { toPeerNumber } from '../protocol/ids.ts'
import { announceDue, announceStopped } from './announcing.ts'
import { bitfieldFromWire } from '../protocol/bitfield.ts'
import { banAddress } from './candidates.ts'
import { enterState, isComplete, isRunning, report, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { closePeer, dialEnded } from './leaving.ts'
import type { Peer } from './peer.ts'
import { createPicker } from './picker-state.ts'

/** What is on disk is known: `have` has a bit a piece. */
export function dataChecked(turn: Turn, have: Uint8Array): void {
	const { core } = turn
	const { geometry, wanted, sequential, maxOpenPieces } = core.options
	core.checkedFraction = undefined
	core.endgame = false
	core.picker = createPicker({
		geometry,
		have: bitfieldFromWire(have, geometry.pieceCount),
		wanted,
		sequential,
		maxOpenPieces,
	})
	report(turn, { type: 'checkFinished', piecesHave: core.picker.have.count, pieceCount: geometry.pieceCount })
	touch(turn, 'summary', 'pieces', 'files', 'pipeline')
}

/** Everything stops, and the data is checked as if nothing were known of it. */
export function requestRecheck(turn: Turn): void {
	const { core } = turn
	if (core.picker === undefined || core.state === 'checking' || core.state === 'stopped') return
	if (isRunning(core)) stopRunning(turn, 'paused')
	enterState(turn, 'checking')
	core.recheckIsDue = true
}

/**
 * Starts the check that was asked for, unless pieces are still being hashed or written: their results must not
 * meet what the check finds. What the pool holds of unfinished pieces goes.
 */
export function recheckWhenQuiet(turn: Turn): void {
	const { core } = turn
	if (core.hashing > 0 || core.writing > 0) return
	core.recheckIsDue = false
	for (const { piece } of core.picker?.open.values() ?? []) turn.effects.push({ type: 'DiscardPiece', piece })
	turn.effects.push({ type: 'CheckData' })
}

/** Peers are dialled, trackers announced to. */
export function startRunning(turn: Turn): void {
	const { core, now } = turn
	enterState(turn, isComplete(core) ? 'seeding' : 'downloading')
	if (isComplete(core)) turn.effects.push({ type: 'FinishFiles' })
	core.nextChokeRoundAt = now
	announceDue(turn)
	dialMore(turn)
	wakeBy(turn, now)
}

/** Every peer is let go, every tracker hears `stopped`. */
export function stopRunning(turn: Turn, state: 'paused' | 'stopped'): void {
	const { core } = turn
	enterState(turn, state)
	announceStopped(turn)
	for (const peer of [...core.peers.values()]) closePeer(turn, peer, { code: state })
	for (const number of [...core.dialling.keys()]) {
		turn.effects.push({ type: 'ClosePeer', peer: toPeerNumber(number), reason: { code: state } })
		dialEnded(turn, number)
	}
}

/** The user wants nothing more to do with this peer. */
export function banByUser(turn: Turn, peer: Peer): void {
	banAddress(turn.core.candidates, peer.address)
	report(turn, {
		type: 'peerBanned',
		peer: peer.number,
		host: peer.address.host,
		port: peer.address.port,
		piece: undefined,
	})
	closePeer(turn, peer, { code: 'by-user' })
}
