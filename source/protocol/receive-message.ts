// A message of the peer moves the session: BEP 3, 5, 6, 10, 54. What it changed is returned, so that nobody has to
// compare before and after. Whatever a peer may do by age, race or taste is tolerated and named `ignored`.

import {
	type Bitfield,
	bitfieldFromWire,
	clearPiece,
	createBitfield,
	createFullBitfield,
	isEmpty,
	isFull,
	setPiece,
} from './bitfield.ts'
import { ProtocolError } from './errors.ts'
import {
	type ExtensionName,
	extensionHandshakeId,
	ourExtensionName,
	type PeerExtensions,
	parseExtensionHandshake,
} from './extension.ts'
import { isPieceIndex, type PieceIndex } from './ids.ts'
import { type BlockFields, blockBytes, type Message } from './message.ts'
import type { PeerSession } from './peer-session.ts'
import { addPendingHave, removePendingHave, replacePendingHave } from './pending-have.ts'

/** Why a message moved nothing although it could have. */
export type IgnoreReason =
	| 'unknown-message'
	| 'piece-out-of-range'
	| 'too-much-advice'
	| 'port-zero'
	| 'extended-not-negotiated'
	| 'extension-unknown'
	| 'extension-handshake-malformed'

/** Why a request cannot be served whatever we have. */
export type RequestProblem = 'piece-out-of-range' | 'empty' | 'too-long'

/** What a message changed; the new state itself stands in the session. */
export type SessionChange =
	| { readonly type: 'nothing' }
	| { readonly type: 'ignored'; readonly why: IgnoreReason }
	| { readonly type: 'choked' }
	| { readonly type: 'unchoked' }
	| { readonly type: 'interestChanged'; readonly interested: boolean }
	| { readonly type: 'peerHaveAdded'; readonly piece: PieceIndex }
	/** The peer does not have the piece any more (BEP 54). */
	| { readonly type: 'peerHaveRemoved'; readonly piece: PieceIndex }
	/** All of peerHave is new; `before` was counted until now. */
	| { readonly type: 'peerHaveReplaced'; readonly before: Bitfield }
	/** `whileChoked`: we choke the peer and did not grant it the piece. */
	| { readonly type: 'requested'; readonly block: BlockFields; readonly whileChoked: boolean }
	/** To be rejected under BEP 6, else ignored. */
	| { readonly type: 'badRequest'; readonly block: BlockFields; readonly problem: RequestProblem }
	| { readonly type: 'cancelled'; readonly block: BlockFields }
	| { readonly type: 'rejected'; readonly block: BlockFields }
	/** The payload of this block came whole; whether it was asked for is the core's to know. */
	| { readonly type: 'blockReceived'; readonly block: BlockFields }
	| { readonly type: 'allowedFast'; readonly piece: PieceIndex }
	| { readonly type: 'suggested'; readonly piece: PieceIndex }
	| { readonly type: 'port'; readonly port: number }
	| { readonly type: 'extensionHandshake'; readonly before: PeerExtensions }
	/** `payload` is a view and dies with the message. */
	| { readonly type: 'extensionMessage'; readonly name: ExtensionName; readonly payload: Uint8Array }

/** Longer requests end the conversation: the limit of clients before 16 KiB became the norm (BEP 3). */
const maxRequestBytes = 2 ** 17
// A peer tells once what it has. Each retelling costs us a look at every piece, and the peer five bytes.
const maxHaveReplacements = 64
const maxAllowedFast = 128
const maxSuggested = 32
const nothing: SessionChange = { type: 'nothing' }

/**
 * Takes a message of the peer. Throws a ProtocolError: `fast-not-negotiated`, `have-out-of-range`,
 * `have-replaced-too-often`, `request-too-long`, `bitfield-length`, `bitfield-spare-bits`, `dont-have-length`.
 */
export function receive(session: PeerSession, message: Message): SessionChange {
	const change = apply(session, message)
	session.received[message.type] += 1
	return change
}

/** Takes a block whose payload the frame decoder put in its place: what `receive` would make of the message. */
export function receiveBlock(session: PeerSession): void {
	session.rejectsInARow = 0
	session.received.piece += 1
}

function apply(session: PeerSession, message: Message): SessionChange {
	switch (message.type) {
		case 'keepAlive':
			return nothing
		case 'choke':
		case 'unchoke':
			return receiveChoke(session, message.type === 'choke')
		case 'interested':
		case 'notInterested':
			return receiveInterest(session, message.type === 'interested')
		case 'have':
			return receiveHave(session, message.piece)
		case 'bitfield':
			return replaceHave(session, message.bits)
		case 'request':
			return receiveRequest(session, fieldsOf(message))
		case 'piece':
			session.rejectsInARow = 0
			return { type: 'blockReceived', block: fieldsOf(message) }
		case 'cancel':
			return { type: 'cancelled', block: fieldsOf(message) }
		case 'port':
			return message.port === 0 ? ignored('port-zero') : { type: 'port', port: message.port }
		case 'extended':
			return receiveExtended(session, message.id, message.payload)
		case 'unknown':
			return ignored('unknown-message')
		case 'haveAll':
		case 'haveNone':
		case 'suggest':
		case 'allowedFast':
		case 'reject':
			return receiveFast(session, message)
	}
}

type FastMessage = Extract<Message, { type: 'haveAll' | 'haveNone' | 'suggest' | 'allowedFast' | 'reject' }>

// BEP 6: without the extension the receiver of any of these must close.
function receiveFast(session: PeerSession, message: FastMessage): SessionChange {
	if (!session.common.fast) {
		throw new ProtocolError('fast-not-negotiated', `expected no ${message.type} without the fast extension`)
	}
	switch (message.type) {
		case 'haveAll':
			return replaceHave(session, 'all')
		case 'haveNone':
			return replaceHave(session, 'none')
		case 'suggest':
			return receiveSuggest(session, message.piece)
		case 'allowedFast':
			return receiveAllowedFast(session, message.piece)
		case 'reject':
			session.rejectsInARow += 1
			return { type: 'rejected', block: fieldsOf(message) }
	}
}

function receiveChoke(session: PeerSession, choking: boolean): SessionChange {
	if (session.peerChoking === choking) return nothing
	session.peerChoking = choking
	return { type: choking ? 'choked' : 'unchoked' }
}

function receiveInterest(session: PeerSession, interested: boolean): SessionChange {
	if (session.peerInterested === interested) return nothing
	session.peerInterested = interested
	return { type: 'interestChanged', interested }
}

function receiveHave(session: PeerSession, piece: number): SessionChange {
	if (session.pendingHave !== undefined) {
		return addPendingHave(session.pendingHave, piece) ? nothing : ignored('piece-out-of-range')
	}
	const { peerHave } = session
	if (peerHave === undefined || !isPieceIndex(piece, peerHave.size)) {
		throw new ProtocolError('have-out-of-range', `expected a piece below ${peerHave?.size}, got ${piece}`)
	}
	return setPiece(peerHave, piece) ? { type: 'peerHaveAdded', piece } : nothing
}

function replaceHave(session: PeerSession, have: 'none' | 'all' | Uint8Array): SessionChange {
	if (session.pendingHave !== undefined) {
		replacePendingHave(session.pendingHave, have)
		return nothing
	}
	const before = session.peerHave
	if (before === undefined) return nothing
	if ((have === 'all' && isFull(before)) || (have === 'none' && isEmpty(before))) return nothing
	countReplacement(session)
	if (have === 'all') session.peerHave = createFullBitfield(before.size)
	else if (have === 'none') session.peerHave = createBitfield(before.size)
	else session.peerHave = bitfieldFromWire(have, before.size)
	return { type: 'peerHaveReplaced', before }
}

function countReplacement(session: PeerSession): void {
	session.haveReplacements += 1
	if (session.haveReplacements > maxHaveReplacements) {
		throw new ProtocolError(
			'have-replaced-too-often',
			`expected to be told all pieces once, was ${session.haveReplacements} times`,
		)
	}
}

function receiveRequest(session: PeerSession, block: BlockFields): SessionChange {
	if (block.length > maxRequestBytes) {
		throw new ProtocolError(
			'request-too-long',
			`expected a request of at most ${blockBytes} bytes, got ${block.length}`,
		)
	}
	const whileChoked = session.amChoking && !session.grantedFast.has(block.piece)
	if (whileChoked) session.requestsWhileChoked += 1
	const problem = requestProblem(session, block)
	if (problem !== undefined) return { type: 'badRequest', block, problem }
	return { type: 'requested', block, whileChoked }
}

function requestProblem(session: PeerSession, block: BlockFields): RequestProblem | undefined {
	if (!isPieceIndex(block.piece, session.pieceCount ?? 0)) return 'piece-out-of-range'
	if (block.length === 0) return 'empty'
	return block.length > blockBytes ? 'too-long' : undefined
}

function receiveSuggest(session: PeerSession, piece: number): SessionChange {
	const { suggested } = session
	if (!isPossiblePiece(session, piece)) return ignored('piece-out-of-range')
	if (suggested.has(piece)) return nothing
	if (suggested.size >= maxSuggested) {
		for (const oldest of suggested) {
			suggested.delete(oldest)
			break
		}
	}
	suggested.add(piece)
	return session.pieceCount === undefined ? nothing : { type: 'suggested', piece }
}

function receiveAllowedFast(session: PeerSession, piece: number): SessionChange {
	const { allowedFast } = session
	if (!isPossiblePiece(session, piece)) return ignored('piece-out-of-range')
	if (allowedFast.has(piece)) return nothing
	if (allowedFast.size >= maxAllowedFast) return ignored('too-much-advice')
	allowedFast.add(piece)
	return session.pieceCount === undefined ? nothing : { type: 'allowedFast', piece }
}

// Before the metadata any piece is possible; learnPieceCount() looks again.
function isPossiblePiece(session: PeerSession, piece: number): piece is PieceIndex {
	return isPieceIndex(piece, session.pieceCount ?? Infinity)
}

function receiveExtended(session: PeerSession, id: number, payload: Uint8Array): SessionChange {
	if (!session.common.extended) return ignored('extended-not-negotiated')
	if (id !== extensionHandshakeId) {
		const name = ourExtensionName(id)
		if (name === undefined) return ignored('extension-unknown')
		return name === 'lt_donthave'
			? receiveDontHave(session, payload)
			: { type: 'extensionMessage', name, payload }
	}
	const before = session.peerExtensions
	try {
		session.peerExtensions = parseExtensionHandshake(payload, before)
	} catch (error) {
		// A peer whose handshake nobody can read still has pieces to give.
		if (error instanceof ProtocolError) return ignored('extension-handshake-malformed')
		throw error
	}
	return { type: 'extensionHandshake', before }
}

// BEP 54. Of a piece that it never had, the peer says nothing new.
function receiveDontHave(session: PeerSession, payload: Uint8Array): SessionChange {
	if (payload.length !== 4)
		throw new ProtocolError('dont-have-length', `expected 4 bytes, got ${payload.length}`)
	const piece = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0)
	session.suggested.delete(piece)
	if (session.pendingHave !== undefined)
		return removePendingHave(session.pendingHave, piece) ? nothing : ignored('piece-out-of-range')
	const { peerHave } = session
	if (peerHave === undefined || !isPieceIndex(piece, peerHave.size))
		throw new ProtocolError('have-out-of-range', `expected a piece below ${peerHave?.size}, got ${piece}`)
	// A seed is counted apart: to count one piece by piece again costs as much as a bitfield.
	if (isFull(peerHave)) countReplacement(session)
	return clearPiece(peerHave, piece) ? { type: 'peerHaveRemoved', piece } : nothing
}

// A fresh value: a message under another name would carry its `type` into what is made of the block.
function fieldsOf({ piece, offset, length }: BlockFields): BlockFields {
	return { piece, offset, length }
}

function ignored(why: IgnoreReason): SessionChange {
	return { type: 'ignored', why }
}
