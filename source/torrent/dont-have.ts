// Pieces that are lost: `lt_donthave` (BEP 54), in both directions. A peer that lost a piece is not asked for it
// any more; when we lose one, everybody hears so who understands it.
import { hasPiece } from '../protocol/bitfield.ts'
import { encodeDontHave } from '../protocol/extension.ts'
import type { PieceIndex } from '../protocol/ids.ts'
import { isSeed } from '../protocol/peer-session.ts'
import { askStarved, discard } from './asking.ts'
import { blockOfNumber } from './block-number.ts'
import { markSeed } from './candidates.ts'
import { updateInterest } from './completing.ts'
import { send, touch, type Turn } from './core.ts'
import type { Peer } from './peer.ts'
import { isLacking, removePiece } from './peer-pieces.ts'
import { releasePeer } from './piece-picker.ts'
import { requestEnded } from './pipeline.ts'
import { giveBack } from './token-bucket.ts'

/** The peer does not have the piece any more; the session knows already. */
export function peerLostPiece(turn: Turn, peer: Peer, piece: PieceIndex): void {
	const { core } = turn
	const { picker } = core
	const { peerHave } = peer.session
	touch(turn, 'peers', 'pieces', 'summary')
	if (!isSeed(peer.session)) markSeed(core.candidates, peer.address, false)
	if (picker === undefined || peerHave === undefined) return
	removePiece(picker, peerHave, piece)
	if (isLacking(picker, piece)) peer.interesting = Math.max(0, peer.interesting - 1)
	const inFlight = requestsOf(turn, peer, piece)
	// With the Fast Extension each of them is rejected by the peer itself.
	if (!peer.session.common.fast || inFlight.length === 0) {
		for (const block of inFlight) {
			requestEnded(peer.pipeline, block)
			giveBack(core.downBucket, blockOfNumber(core, block).length)
		}
		const others = new Set(picker.open.keys())
		others.delete(piece)
		discard(turn, releasePeer(picker, peer.number, others))
		if (inFlight.length > 0) touch(turn, 'pipeline')
	}
	updateInterest(turn, peer)
	askStarved(turn)
}

/** We are about to give up a piece that we had. */
export function sayDontHave(turn: Turn, piece: PieceIndex): void {
	const { core } = turn
	if (core.picker === undefined || !hasPiece(core.picker.have, piece)) return
	const waiting = core.havesToSend.indexOf(piece)
	if (waiting >= 0) core.havesToSend.splice(waiting, 1)
	for (const peer of core.peers.values()) {
		const id = peer.session.peerExtensions.ids.get('lt_donthave')
		if (id === undefined || peer.isLeaving) continue
		send(turn, peer, [{ type: 'extended', id, payload: encodeDontHave(piece) }], {
			code: 'piece-lost',
			piece,
		})
	}
}

function requestsOf({ core }: Turn, peer: Peer, piece: number): number[] {
	return [...peer.pipeline.requests.keys()].filter(block => blockOfNumber(core, block).piece === piece)
}
