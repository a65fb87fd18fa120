// Downloading: how requests leave for a peer, and what becomes of one that ends without its block.
import { type Block, pieceBytes } from '../protocol/geometry.ts'
import type { PeerNumber, PieceIndex } from '../protocol/ids.ts'
import { blockBytes, type Message } from '../protocol/message.ts'
import { blockOfNumber, numberOfBlock } from './block-number.ts'
import { geometryOf } from './content.ts'
import type { Core, Turn } from './core.ts'
import { report, send, touch, wakeBy } from './core.ts'
import { inEndgame } from './endgame.ts'
import { helpFrom, noHelp } from './laggard.ts'
import type { Peer } from './peer.ts'
import type { PickerPeer } from './piece-choice.ts'
import {
	blockRejected,
	pardonPeer,
	type Picked,
	pickBlocks,
	releaseBlock,
	releasePeer,
} from './piece-picker.ts'
import { makeRoom } from './piece-lifecycle.ts'
import type { PickerState } from './picker-state.ts'
import {
	allRequestsEnded,
	type InFlight,
	nextPipelineDeadline,
	requestEnded,
	requestsSent,
	silentMs,
	timedOut,
	wantsRefill,
} from './pipeline.ts'
import { decide, type DownloadReason } from './reasons.ts'
import { type Share, shareRound } from './share-round.ts'
import { available, giveBack, isAmple, nextAvailableAt, take } from './token-bucket.ts'

/** Under a limit requests leave in batches: each wake looks at every peer. */
const limitBatchMs = 50
/** At the end somebody may fall behind without anything else happening. */
const endgameLookMs = 250
/** What a peer rejected is asked of it again after this time, if it delivers nothing before. */
const pardonMs = 10_000
/** After so many rejects in a row a peer is left alone until then. */
const refusalLimit = 100

/** Asks the peer for as much as its window and the picker allow; under a limit its turn comes with the next round. */
export function ask(turn: Turn, peer: Peer): void {
	const { core } = turn
	if (core.picker === undefined || peer.isLeaving) return
	const count = wantsRefill(peer.pipeline, turn.now)
	if (count === 0) return
	const obstacle = obstacleOf(core, peer, turn.now)
	if (obstacle !== undefined) decide(peer.download, obstacle, turn.now)
	else if (isAmple(core.downBucket, turn.now)) askFor(turn, peer, Math.min(count, affordable(turn)))
	else waitForLimit(turn, peer)
}

function affordable({ core, now }: Turn): number {
	return Math.floor(available(core.downBucket, now) / blockBytes)
}

/** Asks every peer that had too little to do. */
export function askStarved(turn: Turn): void {
	for (const peer of turn.core.peers.values()) {
		if (peer.starved) ask(turn, peer)
	}
}

/** Asks everybody; a limited rate is divided evenly. */
export function askAll(turn: Turn): void {
	const { core, now } = turn
	if (core.downBucket.bytesPerSecond === undefined) {
		for (const peer of core.peers.values()) ask(turn, peer)
		return
	}
	const wants: Share[] = []
	for (const peer of core.peers.values()) {
		if (!peer.isLeaving && obstacleOf(core, peer, now) === undefined)
			wants.push({ peer: peer.number, blocks: wantsRefill(peer.pipeline, now) })
	}
	for (const share of shareRound(core.downTurns, wants, affordable(turn))) {
		const peer = core.peers.get(share.peer)
		if (peer !== undefined) askFor(turn, peer, share.blocks)
	}
	for (const want of wants) {
		const peer = core.peers.get(want.peer)
		if (peer !== undefined && wantsRefill(peer.pipeline, now) > 0) waitForLimit(turn, peer)
	}
}

/** Requests that waited too long go to others; the peer hears that we do not wait any more. */
export function endLateRequests(turn: Turn, peer: Peer): void {
	const late = timedOut(peer.pipeline, turn.now)
	if (late.length > 0) {
		const cancels: Message[] = []
		for (const request of late) {
			const block = blockOfNumber(turn.core, request.block)
			giveBackBlock(turn, peer.number, block)
			cancels.push({ type: 'cancel', ...block })
		}
		send(turn, peer, cancels)
		if (peer.pipeline.snubbed)
			decide(peer.download, { code: 'snubbed', silentMs: silentMs(peer.pipeline, turn.now) }, turn.now)
		touch(turn, 'peers', 'pipeline')
	}
	const deadline = nextPipelineDeadline(peer.pipeline)
	if (deadline !== undefined) wakeBy(turn, deadline)
}

/**
 * The peer chokes us: all blocks may be asked of others at once, but for those it allows while choking. Returns
 * how many that are.
 */
export function requestsChoked(turn: Turn, peer: Peer): number {
	const { core } = turn
	const { allowedFast } = peer.session
	const ended =
		allowedFast.size === 0
			? allRequestsEnded(peer.pipeline)
			: endRequests(core, peer, piece => !allowedFast.has(piece))
	for (const request of ended) giveBack(core.downBucket, blockOfNumber(core, request.block).length)
	// Everything else of the peer goes too: a piece that was to come from it alone must not wait for it.
	if (core.picker !== undefined) discard(turn, releasePeer(core.picker, peer.number, allowedFast))
	return ended.length
}

function endRequests(core: Core, peer: Peer, isOver: (piece: PieceIndex) => boolean): InFlight[] {
	const ended = [...peer.pipeline.requests.values()].filter(({ block }) =>
		isOver(blockOfNumber(core, block).piece),
	)
	for (const { block } of ended) requestEnded(peer.pipeline, block)
	return ended
}

/** The peer will not send this block (BEP 6). False when it was not asked for it. */
export function requestRejected(
	turn: Turn,
	peer: Peer,
	fields: { readonly piece: number; readonly offset: number },
): boolean {
	const { core } = turn
	if (core.picker === undefined) return false
	const ended = requestEnded(peer.pipeline, numberOfBlock(core, fields))
	if (ended === undefined) return false
	const block = blockOfNumber(core, ended.block)
	giveBack(core.downBucket, block.length)
	discard(turn, blockRejected(core.picker, peer.number, block))
	peer.pardonAt ??= turn.now + pardonMs
	wakeBy(turn, peer.pardonAt)
	if (peer.session.peerChoking) notAllowedAnyMore(turn, peer, block.piece)
	else {
		peer.refusals += 1
		if (peer.refusals >= refusalLimit) peer.restsUntilAt = peer.pardonAt
	}
	return true
}

// BEP 6 lets a peer turn down what it had allowed, once we have some pieces: we would ask for it again and again.
function notAllowedAnyMore(turn: Turn, peer: Peer, piece: PieceIndex): void {
	const { core } = turn
	peer.session.allowedFast.delete(piece)
	for (const request of endRequests(core, peer, other => other === piece))
		giveBackBlock(turn, peer.number, blockOfNumber(core, request.block))
}

/** The peer unchoked us: what it turned down while it choked us may be asked of it again. */
export function requestsUnchoked({ core }: Turn, peer: Peer): void {
	if (core.picker !== undefined) pardonPeer(core.picker, peer.number)
}

/** The peer delivered: its rejects are forgotten. */
export function forgetRefusals(peer: Peer): void {
	peer.refusals = 0
	peer.pardonAt = undefined
	peer.restsUntilAt = Number.NEGATIVE_INFINITY
}

/** Time went by since the peer rejected something: it may have been for a moment only. */
export function pardonInTime(turn: Turn, peer: Peer): void {
	if (peer.pardonAt === undefined) return
	if (turn.now < peer.pardonAt) {
		wakeBy(turn, peer.pardonAt)
		return
	}
	peer.pardonAt = undefined
	if (turn.core.picker !== undefined) pardonPeer(turn.core.picker, peer.number)
}

/** Another peer was faster. */
export function cancelRequest(turn: Turn, peer: Peer, block: Block): void {
	if (requestEnded(peer.pipeline, numberOfBlock(turn.core, block)) === undefined) return
	send(turn, peer, [{ type: 'cancel', ...block }])
}

/** Pieces that were given up: whatever the pool holds of them goes. */
export function discard(turn: Turn, pieces: readonly PieceIndex[]): void {
	for (const piece of pieces) turn.effects.push({ type: 'DiscardPiece', piece })
}

/** What the picker is to know of a peer. */
function pickerView({ core, now }: Turn, peer: Peer): PickerPeer {
	const have = peer.session.peerHave ?? nothing(core)
	return {
		peer: peer.number,
		have,
		choked: peer.session.peerChoking,
		allowedFast: peer.session.allowedFast,
		suggested: peer.session.suggested,
		onParole: peer.onParole,
		parolePiece: peer.parolePiece,
		slow: peer.pipeline.snubbed || peer.snubbedByUser,
		helps: core.picker !== undefined && inEndgame(core.picker) ? helpFrom(core, peer, now) : noHelp,
	}
}

function nothing(core: Core): PickerPeer['have'] {
	return {
		bytes: new Uint8Array(Math.ceil(geometryOf(core).pieceCount / 8)),
		size: geometryOf(core).pieceCount,
		count: 0,
	}
}

function obstacleOf(core: Core, peer: Peer, now: number): DownloadReason | undefined {
	if (core.state === 'paused') return { code: 'paused' }
	if (core.state === 'diskStopped') return { code: 'disk-stopped' }
	if (core.state !== 'downloading') return { code: 'complete' }
	if (!peer.session.amInterested) return { code: 'not-interested' }
	if (peer.session.peerChoking && peer.session.allowedFast.size === 0)
		return { code: 'choked-by-peer', sinceAt: peer.chokedUsAt }
	if (peer.snubbedByUser) return { code: 'snubbed', silentMs: 0 }
	if (now < peer.restsUntilAt) return { code: 'nothing-to-ask' }
	return undefined
}

function waitForLimit(turn: Turn, peer: Peer): void {
	const { core, now } = turn
	decide(peer.download, { code: 'rate-limited', bytesPerSecond: core.downBucket.bytesPerSecond ?? 0 }, now)
	const at = nextAvailableAt(core.downBucket, blockBytes, now)
	if (at !== undefined) wakeBy(turn, Math.max(at, now + limitBatchMs))
}

function askFor(turn: Turn, peer: Peer, count: number): void {
	const { core } = turn
	const { picker } = core
	if (picker === undefined) return
	const picked = pickBlocks(picker, pickerView(turn, peer), { count, random: core.random })
	const found = picked.length === 0 ? tryWithRoom(turn, { peer, picker, count }) : picked
	// Less than was wanted came back: more may turn up with the next change.
	peer.starved = found.length < count
	if (peer.starved && core.endgame) wakeBy(turn, turn.now + endgameLookMs)
	if (found.length > 0) sendRequests(turn, peer, found)
	else decide(peer.download, whyNothing(core, picker, peer), turn.now)
}

// Every open piece may be out of this peer's reach: then one that nobody works at makes room.
function tryWithRoom(
	turn: Turn,
	{ peer, picker, count }: { peer: Peer; picker: PickerState; count: number },
): Picked[] {
	if (picker.open.size < picker.maxOpenPieces || peer.pipeline.requests.size > 0) return []
	const closed = makeRoom(picker)
	if (closed === undefined) return []
	discard(turn, [closed])
	return pickBlocks(picker, pickerView(turn, peer), { count, random: turn.core.random })
}

function whyNothing(core: Core, picker: PickerState, peer: Peer): DownloadReason {
	if (peer.onParole && peer.parolePiece !== undefined) return { code: 'on-parole', piece: peer.parolePiece }
	if (picker.open.size >= picker.maxOpenPieces) return { code: 'memory-full', openPieces: picker.open.size }
	if (peer.session.peerChoking) return { code: 'choked-by-peer', sinceAt: peer.chokedUsAt }
	return core.picker?.lacking.count === 0 ? { code: 'complete' } : { code: 'nothing-to-ask' }
}

function sendRequests(turn: Turn, peer: Peer, picked: readonly Picked[]): void {
	const { core, now } = turn
	const messages: Message[] = []
	const requests: { id: number; block: number }[] = []
	for (const { block } of picked) {
		take(core.downBucket, block.length, now)
		core.nextRequest += 1
		requests.push({ id: core.nextRequest, block: numberOfBlock(core, block) })
		const { piece, offset, length } = block
		messages.push({ type: 'request', piece, offset, length })
	}
	requestsSent(peer.pipeline, requests, now)
	const last = picked.at(-1)
	if (last !== undefined) peer.lastPick = { at: now, reason: last.reason, piece: last.block.piece }
	decide(
		peer.download,
		{ code: 'asking', inFlight: peer.pipeline.requests.size, window: peer.pipeline.window },
		now,
	)
	const deadline = nextPipelineDeadline(peer.pipeline)
	if (deadline !== undefined) wakeBy(turn, deadline)
	send(turn, peer, messages, last?.reason)
	touch(turn, 'pipeline', 'pieces')
	noticeEndgame(turn)
}

function noticeEndgame(turn: Turn): void {
	const { core } = turn
	if (core.picker === undefined || core.endgame || core.picker.lacking.count === 0 || !inEndgame(core.picker))
		return
	core.endgame = true
	touch(turn, 'summary')
	report(turn, { type: 'endgameEntered' })
	askStarved(turn)
}

function giveBackBlock(turn: Turn, peer: PeerNumber, block: Block): void {
	const { core } = turn
	giveBack(core.downBucket, block.length)
	if (core.picker !== undefined) discard(turn, releaseBlock(core.picker, peer, block))
}

/**
 * Bytes that are not verified, wanted or not: a partial seed is no seed (`left` of BEP 3, BEP 21). As long as
 * nobody knows how many they are, a block's worth: who has nothing left is taken for a seed.
 */
export function leftBytes({ picker, content }: Core): number {
	if (picker === undefined) return content?.geometry.totalBytes ?? blockBytes
	const { geometry } = picker
	let left = 0
	for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
		if (((picker.have.bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) === 0)
			left += pieceBytes(geometry, piece)
	}
	return left
}
