// What a peer says, and what follows from it. Legality is the session's business (protocol/receive-message.ts);
// a ProtocolError thrown there closes this one peer and is caught where the bytes came in.
import type { Block } from '../protocol/geometry.ts'
import type { Message } from '../protocol/message.ts'
import { receive, receiveBlock, type SessionChange } from '../protocol/receive-message.ts'
import { isSeed } from '../protocol/peer-session.ts'
import {
	ask,
	askStarved,
	cancelRequest,
	forgetRefusals,
	requestRejected,
	requestsChoked,
	requestsUnchoked,
} from './asking.ts'
import { numberOfBlock } from './block-number.ts'
import { markSeed, setOwnAddress } from './candidates.ts'
import { fillSlots } from './choking.ts'
import { isFullSeed, updateInterest } from './completing.ts'
import { drop, noteMotion, touch, type Turn, wakeBy } from './core.ts'
import { portReceived } from './dht-port.ts'
import { peerLostPiece } from './dont-have.ts'
import { metadataHandshake, metadataMessage } from './metadata-exchange.ts'
import type { Peer } from './peer.ts'
import { noteSwarmChange, pexReceived } from './peer-exchange.ts'
import { addBitfield, addPiece, countInteresting, isLacking, removeBitfield } from './peer-pieces.ts'
import { blockReceived as pickerReceived, type Receipt } from './piece-picker.ts'
import { blockReceived as pipelineReceived, setReqq } from './pipeline.ts'
import { addBytes } from './rate.ts'
import { decide } from './reasons.ts'
import { needsDigests } from './liar.ts'
import { badRequest, cancelled, requested } from './serving.ts'

/** Unasked bytes after which a peer is let go: as much as twice its largest window. */
const wasteLimitBytes = 16 * 2 ** 20
/** A peer that changes its mind more often than once in this time is heard later. */
const flipMs = 1000

/** Takes one message. Throws the session's ProtocolErrors. */
export function messageReceived(turn: Turn, peer: Peer, message: Message): void {
	peer.lastReceivedAt = turn.now
	apply(turn, peer, receive(peer.session, message))
}

/** A wanted block is whole in the pool. */
export function blockReceived(turn: Turn, peer: Peer, block: Block): void {
	const { core, now } = turn
	const { picker } = core
	if (picker === undefined) return
	peer.lastReceivedAt = now
	receiveBlock(peer.session)
	countBytes(turn, peer, block.length)
	addBytes(peer.downMeter, block.length, now)
	pipelineReceived(peer.pipeline, { block: numberOfBlock(core, block), bytes: block.length }, now)
	forgetRefusals(peer)
	const receipt = pickerReceived(picker, peer.number, block)
	if (receipt.accepted) settle(turn, block, receipt)
	else waste(turn, peer, block.length)
	// Who found nothing to ask for is asked when that changes, not with every block; at the end each block counts.
	if (!peer.starved || core.endgame || peer.pipeline.requests.size === 0) ask(turn, peer)
}

/**
 * A block came that nobody wants any more, or ever asked for. It is traffic, and no merit: by the peer's rate the
 * choker gives slots, and nobody buys one with rubbish.
 */
export function blockWasted(turn: Turn, peer: Peer, length: number): void {
	peer.lastReceivedAt = turn.now
	countBytes(turn, peer, length)
	waste(turn, peer, length)
}

function settle(turn: Turn, block: Block, receipt: Receipt): void {
	const { core } = turn
	for (const number of receipt.cancel) {
		const other = core.peers.get(number)
		if (other === undefined) continue
		cancelRequest(turn, other, block)
		ask(turn, other)
	}
	if (!receipt.pieceFull) return
	core.hashing += 1
	touch(turn, 'pieces', 'pipeline')
	turn.effects.push({
		type: 'VerifyPiece',
		piece: block.piece,
		digests: needsDigests(core.liars, block.piece),
	})
}

function countBytes(turn: Turn, peer: Peer, length: number): void {
	const { core, now } = turn
	peer.downloadedBytes += length
	core.downloadedBytes += length
	addBytes(core.downMeter, length, now)
	noteMotion(turn)
	const { versions } = core
	versions.summary += 1
	versions.peers += 1
	versions.pipeline += 1
}

function waste(turn: Turn, peer: Peer, length: number): void {
	peer.wastedBytes += length
	turn.core.wastedBytes += length
	if (peer.wastedBytes > wasteLimitBytes && peer.wastedBytes > peer.downloadedBytes / 2) {
		drop(turn, peer, { code: 'too-much-waste', wastedBytes: peer.wastedBytes })
	}
}

function apply(turn: Turn, peer: Peer, change: SessionChange): void {
	switch (change.type) {
		case 'nothing':
		case 'suggested':
		case 'blockReceived':
		case 'ignored':
			return
		case 'port':
			portReceived(turn, peer, change.port)
			return
		case 'choked':
			peer.chokedUsAt = turn.now
			if (peer.session.amInterested)
				decide(peer.download, { code: 'choked-by-peer', sinceAt: turn.now }, turn.now)
			touch(turn, 'peers', 'pipeline')
			if (requestsChoked(turn, peer) > 0) askStarved(turn)
			return
		case 'unchoked':
			unchoked(turn, peer)
			return
		case 'allowedFast':
			touch(turn, 'peers')
			ask(turn, peer)
			return
		case 'interestChanged':
			interestChanged(turn, peer, change.interested)
			return
		case 'peerHaveAdded':
			peerGotPiece(turn, peer, change.piece)
			return
		case 'peerHaveRemoved':
			peerLostPiece(turn, peer, change.piece)
			return
		case 'peerHaveReplaced':
			peerHaveReplaced(turn, peer, change.before)
			return
		case 'requested':
			requested(turn, peer, change.block)
			return
		case 'badRequest':
			badRequest(turn, peer, change.block)
			return
		case 'cancelled':
			cancelled(turn, peer, change.block)
			return
		case 'rejected':
			if (!requestRejected(turn, peer, change.block)) return
			ask(turn, peer)
			askStarved(turn)
			return
		case 'extensionHandshake':
			extensionHandshake(turn, peer)
			return
		case 'extensionMessage':
			extensionMessage(turn, peer, change)
			return
	}
}

// Ten bytes of choking and unchoking must not bring a window of requests each time.
function unchoked(turn: Turn, peer: Peer): void {
	touch(turn, 'peers')
	if (turn.now < peer.unchokedUsAt + flipMs) wakeBy(turn, peer.unchokedUsAt + flipMs)
	else {
		peer.unchokedUsAt = turn.now
		requestsUnchoked(turn, peer)
		ask(turn, peer)
	}
}

// Looking for a slot means ranking all peers: who flips its interest to and fro waits for the choker's round.
function interestChanged(turn: Turn, peer: Peer, interested: boolean): void {
	peer.idleSinceAt = interested || peer.session.amInterested ? undefined : turn.now
	touch(turn, 'peers')
	if (turn.now - peer.slotsSeenAt < flipMs) return
	peer.slotsSeenAt = turn.now
	fillSlots(turn)
}

type PieceAdded = Extract<SessionChange, { type: 'peerHaveAdded' }>
type HaveReplaced = Extract<SessionChange, { type: 'peerHaveReplaced' }>

function peerGotPiece(turn: Turn, peer: Peer, piece: PieceAdded['piece']): void {
	const { picker } = turn.core
	const { peerHave } = peer.session
	if (picker === undefined || peerHave === undefined) return
	addPiece(picker, peerHave, piece)
	if (isLacking(picker, piece)) {
		peer.interesting += 1
		updateInterest(turn, peer)
		ask(turn, peer)
	}
	touch(turn, 'peers')
	settleSeed(turn, peer)
}

function peerHaveReplaced(turn: Turn, peer: Peer, before: HaveReplaced['before']): void {
	const { picker } = turn.core
	const { peerHave } = peer.session
	if (picker === undefined || peerHave === undefined) return
	removeBitfield(picker, before)
	addBitfield(picker, peerHave)
	peer.interesting = countInteresting(picker, peerHave)
	updateInterest(turn, peer)
	ask(turn, peer)
	touch(turn, 'peers', 'pieces', 'summary')
	settleSeed(turn, peer)
}

// Two seeds have nothing to say to each other.
function settleSeed(turn: Turn, peer: Peer): void {
	const { core } = turn
	const seed = isSeed(peer.session)
	if (seed) {
		markSeed(core.candidates, peer.address, true)
		touch(turn, 'summary', 'pieces')
	}
	if ((seed || peer.session.peerExtensions.uploadOnly) && isFullSeed(core))
		drop(turn, peer, { code: 'both-complete' })
}

function extensionHandshake(turn: Turn, peer: Peer): void {
	const { client, requestQueue, ourHost } = peer.session.peerExtensions
	if (client !== undefined) peer.client = client
	if (requestQueue !== undefined) setReqq(peer.pipeline, requestQueue)
	if (
		ourHost !== undefined &&
		turn.core.candidates.ownAddress === undefined &&
		turn.core.listeningPort !== undefined
	) {
		setOwnAddress(turn.core.candidates, { host: ourHost, port: turn.core.listeningPort })
	}
	noteSwarmChange(turn)
	touch(turn, 'peers')
	metadataHandshake(turn, peer)
	settleSeed(turn, peer)
}

type ExtensionMessage = Extract<SessionChange, { type: 'extensionMessage' }>

function extensionMessage(turn: Turn, peer: Peer, { name, payload }: ExtensionMessage): void {
	if (name === 'ut_metadata') metadataMessage(turn, peer, payload)
	else if (name === 'ut_pex') pexReceived(turn, peer, payload)
}
