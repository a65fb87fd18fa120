// Uploading: every request is checked, queued within bounds, and served in the order it came, a batch at a
// time, as slots, limit and socket allow. With the Fast Extension each request gets exactly one answer.
import { hasPiece } from '../protocol/bitfield.ts'
import { type Block, isValidBlock, pieceBytes } from '../protocol/geometry.ts'
import { type BlockFields, blockBytes, type Message } from '../protocol/message.ts'
import { numberOfBlock } from './block-number.ts'
import { geometryOf } from './content.ts'
import { drop, isRunning, noteMotion, send, touch, type Turn, wakeBy } from './core.ts'
import type { Peer } from './peer.ts'
import type { PickerState } from './picker-state.ts'
import { addBytes } from './rate.ts'
import { shareRound } from './share-round.ts'
import { available, isAmple, nextAvailableAt, take } from './token-bucket.ts'

/** Requests of one peer that we keep; what we advertise as `reqq` (BEP 10). */
export const uploadQueueLimit = 500
/**
 * Who speaks no BEP 6 cannot be told that a request was too much, and would wait for the block: its requests stay
 * in its socket instead, but for those of the read that went over the limit.
 */
const heldQueueLimit = uploadQueueLimit + 8000
/** Blocks of one peer that may be on their way through disk and socket: 1 MiB. */
const servingLimit = 64
const batchLimit = 32
/** While blocks are on their way, fewer than this wait for company: a read and a write for each would cost more than they carry. */
const batchWorthWhile = 16
/** Under a limit blocks leave in batches: each wake looks at every peer. */
const limitBatchMs = 50
/** Requests turned down in a row after which a peer is let go: as many as we keep, or, while choked, few (threats P2). */
const rejectLimit = uploadQueueLimit
const rejectLimitChoked = 50
/** What was on its way when we choked is none of its doing. */
const rejectLimitInGrace = 4 * uploadQueueLimit
const chokeGraceMs = 2000
/** How often a choked peer may take what we granted it: a lost block is asked again, a whole swarm is not fed. */
const timesGranted = 3

/** They ask. Served when the burst of messages that this came in has ended. */
export function requested(turn: Turn, peer: Peer, fields: BlockFields): void {
	if (!isServable(turn, peer, fields)) {
		refuse(turn, peer, fields)
		return
	}
	const key = numberOfBlock(turn.core, fields)
	const isRefused =
		peer.uploadQueue.has(key) ||
		peer.uploadQueue.size >= (peer.session.common.fast ? uploadQueueLimit : heldQueueLimit) ||
		(peer.session.amChoking && !takeGrant(turn, peer, fields))
	if (isRefused) {
		refuse(turn, peer, fields)
		return
	}
	peer.rejectsInARow = 0
	peer.uploadQueue.set(key, fields)
	settleHold(turn, peer)
	touch(turn, 'peers')
}

/** They ask for what nobody can serve (a piece that does not exist, more than 16 KiB, nothing). */
export function badRequest(turn: Turn, peer: Peer, fields: BlockFields): void {
	refuse(turn, peer, fields)
}

/** They do not want it any more; with the Fast Extension they still hear so. */
export function cancelled(turn: Turn, peer: Peer, fields: BlockFields): void {
	if (peer.uploadQueue.size === 0) return
	const key = numberOfBlock(turn.core, fields)
	const queued = peer.uploadQueue.get(key)
	if (queued?.piece !== fields.piece || queued.length !== fields.length) return
	peer.uploadQueue.delete(key)
	settleHold(turn, peer)
	if (peer.session.common.fast) send(turn, peer, [{ type: 'reject', ...fields }])
}

/** What one read held of its messages was heard: refusals leave together, a write each would feed a flood; then it is served. */
export function burstEnded(turn: Turn, peer: Peer): void {
	if (peer.rejectsToSend.length > 0 && !peer.isLeaving) send(turn, peer, peer.rejectsToSend.splice(0))
	serve(turn, peer)
}

/** Hands the engine the next blocks of this peer; under a limit its turn comes with the next round. */
export function serve(turn: Turn, peer: Peer): void {
	const { core } = turn
	const count = servableBlocks(turn, peer)
	if (count === 0) return
	if (isAmple(core.upBucket, turn.now)) serveBlocks(turn, peer, count)
	else waitForLimit(turn)
}

/** Serves everybody; a limited rate is divided evenly. */
export function serveAll(turn: Turn): void {
	const { core } = turn
	const { upBucket, upTurns, peers } = core
	if (upBucket.bytesPerSecond === undefined) {
		for (const peer of peers.values()) serve(turn, peer)
		return
	}
	const wants = Array.from(peers.values(), peer => ({
		peer: peer.number,
		blocks: servableBlocks(turn, peer),
	}))
	const budget = Math.floor(available(upBucket, turn.now) / blockBytes)
	for (const share of shareRound(upTurns, wants, budget)) {
		const peer = peers.get(share.peer)
		if (peer !== undefined) serveBlocks(turn, peer, share.blocks)
	}
	for (const peer of peers.values()) if (servableBlocks(turn, peer) > 0) waitForLimit(turn)
}

function servableBlocks(turn: Turn, peer: Peer): number {
	if (peer.isLeaving || !isRunning(turn.core)) return 0
	const count = Math.min(peer.uploadQueue.size, batchLimit, servingLimit - peer.serving)
	return peer.serving > 0 && count < batchWorthWhile ? 0 : count
}

function serveBlocks(turn: Turn, peer: Peer, count: number): void {
	const blocks: Block[] = []
	for (const [key, block] of peer.uploadQueue) {
		if (blocks.length >= count || !take(turn.core.upBucket, block.length, turn.now)) break
		peer.uploadQueue.delete(key)
		blocks.push(block)
	}
	if (blocks.length === 0) return
	settleHold(turn, peer)
	if (peer.serving === 0) peer.servedAt = turn.now
	peer.serving += blocks.length
	peer.lastSentAt = turn.now
	turn.effects.push({ type: 'ServeBlocks', peer: peer.number, blocks })
}

function waitForLimit(turn: Turn): void {
	const at = nextAvailableAt(turn.core.upBucket, blockBytes, turn.now)
	if (at !== undefined) wakeBy(turn, Math.max(at, turn.now + limitBatchMs))
}

/** Blocks left for the socket. */
export function blocksSent(
	turn: Turn,
	peer: Peer,
	sent: { readonly blocks: number; readonly bytes: number },
): void {
	const { core, now } = turn
	peer.serving -= sent.blocks
	peer.servedAt = now
	peer.uploadedBytes += sent.bytes
	core.uploadedBytes += sent.bytes
	addBytes(peer.upMeter, sent.bytes, now)
	addBytes(core.upMeter, sent.bytes, now)
	noteMotion(turn)
	touch(turn, 'peers', 'summary')
	serve(turn, peer)
}

/** A block could not be read: the peer hears that it will not come. */
export function blockUnread(turn: Turn, peer: Peer, block: Block): void {
	peer.serving -= 1
	if (peer.session.common.fast) send(turn, peer, [{ type: 'reject', ...block }])
	serve(turn, peer)
}

/** What waits is answered or forgotten: we choke. */
export function dropQueue(turn: Turn, peer: Peer): Message[] {
	return takeFromQueue(turn, peer, block => !peer.session.grantedFast.has(block.piece))
}

/** We have the piece no more. */
export function refusePiece(turn: Turn, peer: Peer, piece: number): void {
	const rejects = takeFromQueue(turn, peer, block => block.piece === piece)
	if (rejects.length > 0) send(turn, peer, rejects)
}

// Those who speak the Fast Extension hear so.
function takeFromQueue(turn: Turn, peer: Peer, isTaken: (block: Block) => boolean): Message[] {
	const rejects: Message[] = []
	for (const [key, block] of peer.uploadQueue) {
		if (!isTaken(block)) continue
		peer.uploadQueue.delete(key)
		if (peer.session.common.fast) rejects.push({ type: 'reject', ...block })
	}
	settleHold(turn, peer)
	return rejects
}

/** Whether to read on: not while as many of its requests wait as we keep, until half of them are gone. */
function settleHold(turn: Turn, peer: Peer): void {
	const { size } = peer.uploadQueue
	const held = peer.isHeld
		? size > uploadQueueLimit / 2
		: size >= uploadQueueLimit && !peer.session.common.fast
	if (held === peer.isHeld) return
	peer.isHeld = held
	// What it said meanwhile has not been read.
	peer.lastReceivedAt = turn.now
	turn.effects.push({ type: 'HoldPeer', peer: peer.number, held })
}

function isServable(turn: Turn, peer: Peer, fields: BlockFields): fields is Block {
	const { core } = turn
	if (!isRunning(core) || core.picker === undefined) return false
	if (!isValidBlock(core.picker.geometry, fields) && !isPartOfBlock(core.picker, fields)) return false
	if (!hasPiece(core.picker.have, fields.piece)) return false
	return !peer.session.amChoking || peer.session.grantedFast.has(fields.piece)
}

/** Shorter or unaligned requests within a piece are odd, not wrong. */
function isPartOfBlock({ geometry }: PickerState, fields: BlockFields): boolean {
	if (fields.length === 0 || fields.length > blockBytes || fields.piece >= geometry.pieceCount) return false
	const pieceEnd = Math.min(geometry.pieceLength, geometry.totalBytes - fields.piece * geometry.pieceLength)
	return fields.offset + fields.length <= pieceEnd
}

function takeGrant(turn: Turn, peer: Peer, { piece, length }: Block): boolean {
	const taken = (peer.grantedBytes.get(piece) ?? 0) + length
	if (taken > timesGranted * pieceBytes(geometryOf(turn.core), piece)) return false
	peer.grantedBytes.set(piece, taken)
	return true
}

function refuse(turn: Turn, peer: Peer, fields: BlockFields): void {
	peer.rejectsInARow += 1
	if (peer.session.common.fast) {
		const { piece, offset, length } = fields
		peer.rejectsToSend.push({ type: 'reject', piece, offset, length })
	}
	if (peer.rejectsInARow > mostRejects(turn, peer))
		drop(turn, peer, { code: 'too-many-rejects', rejects: peer.rejectsInARow })
}

function mostRejects({ now }: Turn, { session, unchokedAt, chokedAt }: Peer): number {
	if (!session.amChoking) return rejectLimit
	return unchokedAt !== undefined && now - chokedAt < chokeGraceMs ? rejectLimitInGrace : rejectLimitChoked
}
