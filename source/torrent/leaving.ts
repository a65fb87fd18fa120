// The end of a connection, whoever ended it: blocks go back at once, counts stay right, the slot is filled.
import type { Address } from '../protocol/address.ts'
import { askStarved, discard } from './asking.ts'
import { fillSlots } from './choking.ts'
import { isRunning, report, touch, type Turn } from './core.ts'
import {
	closed,
	dialFailed,
	dialOtherwise,
	dialRefused,
	forgetOpening,
	isNewsOfUser,
	otherWayFree,
	redialSoon,
} from './dial-outcome.ts'
import { dialMore } from './dialling.ts'
import { isSecondTry, otherOpening } from './encryption.ts'
import { metadataPeerGone } from './metadata-exchange.ts'
import type { Peer } from './peer.ts'
import { noteSwarmChange } from './peer-exchange.ts'
import { removeBitfield } from './peer-pieces.ts'
import { releasePeer } from './piece-picker.ts'
import type { DropReason } from './reasons.ts'
import { rememberSuspect } from './suspects.ts'
import type { PeerNumber } from '../protocol/ids.ts'

const droppedKept = 50
const afterOutageMs = 10_000

/** We end the connection. */
export function closePeer(turn: Turn, peer: Peer, reason: DropReason): void {
	turn.effects.push({ type: 'ClosePeer', peer: peer.number, reason })
	forgetPeer(turn, peer, reason)
}

/** The connection is gone, whether it was a dial without answer or a peer. */
export function connectionEnded(turn: Turn, number: PeerNumber, reason: DropReason): void {
	const peer = turn.core.peers.get(number)
	if (peer !== undefined) forgetPeer(turn, peer, reason)
	else if (!openOtherwise(turn, number, reason)) dialEnded(turn, number, reason)
}

// The connection stood, but the other side did not like how it began.
function openOtherwise(turn: Turn, number: PeerNumber, reason: DropReason): boolean {
	const { core, now } = turn
	const dial = core.dialling.get(number)
	if (dial === undefined) return false
	const next = otherOpening(core.options.encryption ?? 'off', dial.opening, reason)
	if (next === undefined) {
		if (isSecondTry(dial.opening)) forgetOpening(core.candidates, dial.address)
		return false
	}
	core.dialling.delete(number)
	dialOtherwise(core.candidates, dial.address, next, now)
	touch(turn, 'peers')
	dialMore(turn)
	return true
}

/** A dial came to nothing. */
export function dialEnded(turn: Turn, number: PeerNumber, reason: DropReason): void {
	const { core, now } = turn
	const dial = core.dialling.get(number)
	if (dial === undefined) return
	core.dialling.delete(number)
	reportDial(turn, { peer: number, address: dial.address }, reason)
	dialFailed(core.candidates, dial.address, { reason, now })
	touch(turn, 'peers')
	dialMore(turn)
}

/** A dial was answered by somebody whom we do not want. */
export function answeredDialRefused(
	turn: Turn,
	arrival: { readonly peer: PeerNumber; readonly address: Address },
	reason: DropReason,
): void {
	const { core, now } = turn
	core.dialling.delete(arrival.peer)
	if (!isOurDoing(reason)) reportDial(turn, arrival, reason)
	dialRefused(core.candidates, arrival.address, { reason, now })
	touch(turn, 'peers')
	dialMore(turn)
}

// Whoever named an address wants to hear why nobody comes from there; of all others there would be hundreds.
function reportDial(
	turn: Turn,
	{ peer, address }: { readonly peer: PeerNumber; readonly address: Address },
	reason: DropReason,
): void {
	if (!isNewsOfUser(turn.core.candidates, address, reason)) return
	report(turn, { type: 'dialFailed', peer, host: address.host, port: address.port, reason })
}

function isOurDoing({ code }: DropReason): boolean {
	return code === 'paused' || code === 'stopped' || code === 'by-user' || code === 'duplicate-connection'
}

function forgetPeer(turn: Turn, peer: Peer, reason: DropReason): void {
	const { core, now } = turn
	if (!core.peers.delete(peer.number)) return
	if (core.picker !== undefined) {
		discard(turn, releasePeer(core.picker, peer.number))
		if (peer.session.peerHave !== undefined) removeBitfield(core.picker, peer.session.peerHave)
	}
	closed(core.candidates, peer.address, { incoming: peer.incoming, reason, now })
	const way =
		otherWayFree(core.candidates, peer.number, { reason, now }) ?? (peer.incoming ? undefined : peer.address)
	if (way !== undefined && isOfOutage(turn, reason)) redialSoon(core.candidates, way, now)
	rememberSuspect(core, peer)
	if (core.optimistic?.peer === peer.number) core.optimistic = undefined
	core.dropped.push({
		at: now,
		host: peer.address.host,
		port: peer.address.port,
		client: peer.client,
		reason,
	})
	if (core.dropped.length > droppedKept) core.dropped.shift()
	report(turn, {
		type: 'peerDropped',
		peer: peer.number,
		host: peer.address.host,
		port: peer.address.port,
		reason,
	})
	noteSwarmChange(turn)
	touch(turn, 'peers', 'summary', 'pipeline', 'pieces')
	metadataPeerGone(turn, peer)
	if (!isRunning(core)) return
	fillSlots(turn)
	askStarved(turn)
	dialMore(turn)
}

// While we slept or were cut off, others gave us up: we hear of it as soon as we are back.
function isOfOutage({ core, now }: Turn, { code }: DropReason): boolean {
	const isTheirs = code === 'remote-closed' || code === 'connection-failed'
	return isTheirs && now - core.networkReturnedAt <= afterOutageMs
}
