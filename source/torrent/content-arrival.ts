// The info dictionary of a magnet link is there: what peers said before is looked at, and those who are
// connected become peers of a torrent like any other. Peers that told of pieces that do not exist go alone.
import { ProtocolError } from '../protocol/errors.ts'
import type { Message } from '../protocol/message.ts'
import { forEachPiece } from '../protocol/bitfield.ts'
import { learnPieceCount } from '../protocol/peer-session.ts'
import { turnPrivate } from './announcer.ts'
import { askAll } from './asking.ts'
import { updateInterest } from './completing.ts'
import type { Content } from './content.ts'
import { drop, enterState, send, touch, type Turn } from './core.ts'
import { metadataVerified } from './metadata-exchange.ts'
import { offerMetadata } from './metadata-serving.ts'
import type { Peer } from './peer.ts'
import { addBitfield, countInteresting } from './peer-pieces.ts'
import { turnAwayStrangers } from './private-torrent.ts'

/** What the torrent consists of. What is on disk of it comes with `DataChecked`, then `Started`. */
export function contentKnown(turn: Turn, content: Content): void {
	const { core } = turn
	if (core.content !== undefined || core.state === 'stopped') return
	core.content = content
	if (content.private) {
		turnPrivate(core.announcer)
		turnAwayStrangers(turn)
	}
	if (core.state === 'paused') core.pauseIsDue = true
	for (const peer of core.peers.values()) learn(turn, peer, content.geometry.pieceCount)
	metadataVerified(turn, content.infoBytes)
	offerMetadata(turn)
	enterState(turn, 'checking')
	touch(turn, 'trackers', 'pipeline', 'pieces', 'files')
}

function learn(turn: Turn, peer: Peer, pieceCount: number): void {
	try {
		learnPieceCount(peer.session, pieceCount)
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error
		drop(turn, peer, { code: 'protocol-error', error: error.code, detail: error.message })
	}
}

/** A picker was made while peers were connected: they are counted in it. */
export function seatPeers(turn: Turn): void {
	const { picker, peers } = turn.core
	if (picker === undefined) return
	for (const { peerHave } of Array.from(peers.values(), peer => peer.session))
		if (peerHave !== undefined) addBitfield(picker, peerHave)
}

/** It runs: peers that were here before hear what we have, and whether we want something of them. */
export function addressPeers(turn: Turn): void {
	const { picker, peers } = turn.core
	if (picker === undefined || peers.size === 0) return
	const haves: Message[] = []
	forEachPiece(picker.have, piece => haves.push({ type: 'have', piece }))
	for (const peer of peers.values()) {
		if (peer.isLeaving) continue
		if (haves.length > 0) send(turn, peer, haves)
		const { peerHave } = peer.session
		peer.interesting = peerHave === undefined ? 0 : countInteresting(picker, peerHave)
		updateInterest(turn, peer)
	}
	askAll(turn)
}
