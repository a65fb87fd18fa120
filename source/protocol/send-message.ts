// A message of ours moves the session: BEP 3, 5, 6, 10. What BEP 6 or the choke forbids us is an invariant:
// a peer would be right to close on it, so a wrong decision has to be loud here.

import { bitfieldBytes, hasPiece } from './bitfield.ts'
import { invariant } from './errors.ts'
import { isPieceIndex } from './ids.ts'
import { type BlockFields, blockBytes, type Message } from './message.ts'
import { mayRequest, type PeerSession, totalCount } from './peer-session.ts'

/**
 * Notes a message that is about to be written. Breaks an invariant on: a request of a piece that the peer
 * lacks, or that a choke forbids; anything of an extension that was not negotiated; with BEP 6 a first
 * message other than bitfield, haveAll or haveNone, or a second one of these.
 */
export function send(session: PeerSession, message: Message): void {
	checkOrder(session, message)
	checkExtensions(session, message)
	switch (message.type) {
		case 'choke':
			session.amChoking = true
			break
		case 'unchoke':
			session.amChoking = false
			session.requestsWhileChoked = 0
			break
		case 'interested':
			session.amInterested = true
			break
		case 'notInterested':
			session.amInterested = false
			break
		case 'request':
			checkRequest(session, message)
			break
		case 'have':
			checkPiece(session, message.piece)
			break
		case 'bitfield':
			invariant(
				session.pieceCount !== undefined && message.bits.length === bitfieldBytes(session.pieceCount),
				'a bitfield of exactly the pieces',
			)
			break
		case 'allowedFast':
			checkPiece(session, message.piece)
			session.grantedFast.add(message.piece)
			break
		default:
	}
	session.sent[message.type] += 1
}

function checkOrder(session: PeerSession, message: Message): void {
	const { sent } = session
	if (message.type === 'bitfield' || message.type === 'haveAll' || message.type === 'haveNone') {
		invariant(totalCount(sent) === 0, 'what we have is said first and once')
	} else if (session.common.fast) {
		invariant(sent.bitfield + sent.haveAll + sent.haveNone === 1, 'what we have is said first (BEP 6)')
	}
}

function checkExtensions(session: PeerSession, message: Message): void {
	switch (message.type) {
		case 'haveAll':
		case 'haveNone':
		case 'suggest':
		case 'reject':
		case 'allowedFast':
			invariant(session.common.fast, 'fast messages only where both sides speak BEP 6')
			return
		case 'extended':
			invariant(session.common.extended, 'extended messages only where both sides speak BEP 10')
			return
		case 'port':
			invariant(session.common.dht, 'a DHT port only where both sides speak BEP 5')
			return
		default:
	}
}

function checkRequest(session: PeerSession, block: BlockFields): void {
	checkPiece(session, block.piece)
	invariant(block.length >= 1 && block.length <= blockBytes, 'a request of at most 16 KiB')
	invariant(mayRequest(session, block.piece), 'no request while choked, but of allowed fast pieces')
	invariant(
		session.peerHave !== undefined && hasPiece(session.peerHave, block.piece),
		'a request of a piece that the peer has',
	)
}

function checkPiece(session: PeerSession, piece: number): void {
	invariant(isPieceIndex(piece, session.pieceCount ?? 0), 'a piece of this torrent')
}
