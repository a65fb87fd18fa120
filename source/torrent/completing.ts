// Pieces on their last way: hashed, written, announced to everybody; or wrong, with the liar looked for. A
// piece counts only after its hash matched and its bytes were written.
import { addressKey } from '../protocol/address.ts'
import { hasPiece } from '../protocol/bitfield.ts'
import type { PieceIndex } from '../protocol/ids.ts'
import { safeText } from '../protocol/safe-text.ts'
import { downloadCompleted } from './announcer.ts'
import { askAll, askStarved } from './asking.ts'
import { banAddress } from './candidates.ts'
import {
	type Core,
	drop,
	enterState,
	isComplete,
	isRunning,
	report,
	send,
	touch,
	type Turn,
	wakeBy,
} from './core.ts'
import { type Conviction, isOnParole, parolePieceFor, pieceFailed, pieceMatched } from './liar.ts'
import { isFetchedBeside } from './extent.ts'
import type { Peer } from './peer.ts'
import { dropBlocksOf, pieceHashed, pieceLost, pieceWriteFailed, pieceWritten } from './piece-lifecycle.ts'
import { isLacking } from './peer-pieces.ts'
import { bytesPerSecond } from './rate.ts'
import { refusePiece } from './serving.ts'
import { forgetCleared } from './suspects.ts'

/** Pieces completed within this time are told to a peer in one write, and with many peers within a longer one. */
const leastHaveDelayMs = 50
const mostHaveDelayMs = 500
/** To all peers together: each is a packet, and fifty peers would get a thousand a second. */
const haveWritesPerSecond = 200
export const diskRetryMs = 600_000
/** Uploading such a share of what comes in, we read enough of it again that it should stay in memory. */
const rereadShare = 1 / 4

/** The digest of a piece is known. */
export function hashed(
	turn: Turn,
	piece: PieceIndex,
	outcome: { readonly matches: boolean; readonly digests: readonly string[] | undefined },
): void {
	const { core } = turn
	if (core.picker === undefined) return
	core.hashing -= 1
	const sources = pieceHashed(core.picker, piece, outcome.matches)
	touch(turn, 'pieces', 'pipeline')
	if (outcome.matches) {
		core.writing += 1
		turn.effects.push({
			type: 'WritePiece',
			piece,
			wanted: isReadSoon(turn),
			more: isFetchedBeside(core.picker, piece),
		})
		punish(turn, pieceMatched(core.liars, piece, outcome.digests), piece)
		renewParole(core)
		return
	}
	const unique = [...new Set(sources)]
	turn.effects.push({ type: 'DiscardPiece', piece })
	report(turn, { type: 'pieceFailed', piece, sources: unique })
	for (const number of unique) {
		const peer = core.peers.get(number)
		if (peer !== undefined) peer.hashFailures += 1
	}
	const { convicted } = pieceFailed(core.liars, piece, { sources, digests: outcome.digests })
	punish(turn, convicted, piece)
	renewParole(core)
	askStarved(turn)
}

/** A piece could not be read back to be hashed: as bad as one that cannot be written. */
export function hashFailed(turn: Turn, piece: PieceIndex, error: string): void {
	const { core } = turn
	if (core.picker === undefined) return
	core.hashing -= 1
	pieceWriteFailed(core.picker, piece)
	turn.effects.push({ type: 'DiscardPiece', piece })
	touch(turn, 'pieces', 'pipeline')
	stopForDisk(turn, error)
}

/** A piece is on disk: it is ours. */
export function written(turn: Turn, piece: PieceIndex): void {
	const { core } = turn
	const { picker } = core
	if (picker === undefined) return
	core.writing -= 1
	const wasComplete = isComplete(core)
	pieceWritten(picker, piece)
	report(turn, { type: 'pieceVerified', piece, piecesHave: picker.have.count })
	core.havesToSend.push(piece)
	if (core.havesDueAt === Number.POSITIVE_INFINITY) core.havesDueAt = turn.now + haveDelayMs(core.peers.size)
	wakeBy(turn, core.havesDueAt)
	for (const peer of core.peers.values()) {
		if (peer.session.peerHave === undefined || !hasPiece(peer.session.peerHave, piece)) continue
		if (peer.interesting > 0 && picker.wanted[piece] === 1) peer.interesting -= 1
		updateInterest(turn, peer)
	}
	touch(turn, 'pieces', 'pipeline', 'summary', 'files')
	core.completionIsDue ||= isComplete(core) && !wasComplete
	if (core.completionIsDue && isRunning(core)) finishFiles(turn)
	else askStarved(turn)
}

function haveDelayMs(peers: number): number {
	return Math.min(mostHaveDelayMs, Math.max(leastHaveDelayMs, (peers * 1000) / haveWritesPerSecond))
}

/** A piece could not be written: nothing more is asked for until there is room again (threats D6, D7). */
export function writeFailed(turn: Turn, piece: PieceIndex, error: string): void {
	const { core } = turn
	if (core.picker === undefined) return
	core.writing -= 1
	pieceWriteFailed(core.picker, piece)
	turn.effects.push({ type: 'DiscardPiece', piece })
	touch(turn, 'pieces', 'pipeline')
	stopForDisk(turn, error)
}

/** The disk takes nothing any more; seeding goes on. */
export function stopForDisk(turn: Turn, error: string): void {
	const { core } = turn
	const stops = core.state === 'downloading' || core.state === 'diskStopped'
	// Nothing is written to files that are not ours any more: whatever were fetched for them would be thrown away.
	const isHopeless = stops && error === 'ESTALE'
	core.problem = safeText(
		diskSentence(error) + (stops ? whatStops : '') + (stops && !isHopeless ? whatFollows : ''),
	)
	core.diskRetryAt = isHopeless ? undefined : turn.now + diskRetryMs
	if (core.diskRetryAt !== undefined) wakeBy(turn, core.diskRetryAt)
	touch(turn, 'summary')
	if (core.state !== 'downloading') return
	enterState(turn, 'diskStopped')
	report(turn, { type: 'diskStopped', error })
}

/** Tries the disk again. */
export function retryDisk(turn: Turn): void {
	const { core } = turn
	core.problem = undefined
	core.diskRetryAt = undefined
	touch(turn, 'summary')
	// Empty files may be what could not be written.
	if (isComplete(core) && isRunning(core)) finishFiles(turn)
	if (core.state !== 'diskStopped') return
	enterState(turn, 'downloading')
	report(turn, { type: 'diskResumed' })
	askAll(turn)
	// Peers are wanted again: dials and announces.
	wakeBy(turn, turn.now)
}

/** Data that we had is gone from the disk. With an `error` it is not fetched again before the disk is tried. */
export function lost(turn: Turn, piece: PieceIndex, error: string | undefined): void {
	const { core } = turn
	const { picker } = core
	if (picker === undefined) return
	const wasLacking = isLacking(picker, piece)
	pieceLost(picker, piece)
	const isNews = !wasLacking && isLacking(picker, piece)
	core.completionIsDue = false
	touch(turn, 'pieces', 'summary', 'files')
	for (const peer of core.peers.values()) {
		const { peerHave } = peer.session
		// Not counted anew: with a file thousands of pieces go at once.
		if (isNews && peerHave !== undefined && hasPiece(peerHave, piece)) peer.interesting += 1
		updateInterest(turn, peer)
		refusePiece(turn, peer, piece)
	}
	if (!isComplete(core) && (core.state === 'complete' || core.state === 'seeding')) {
		enterState(turn, 'downloading')
		// Peers are wanted again: dials and announces.
		wakeBy(turn, turn.now)
	}
	// Before anybody is asked.
	if (error !== undefined) stopForDisk(turn, error)
	askAll(turn)
}

/** Tells everybody who lacks them about pieces that came in, in one write a peer. */
export function sendHaves(turn: Turn): void {
	const { core } = turn
	if (turn.now < core.havesDueAt) {
		wakeBy(turn, core.havesDueAt)
		return
	}
	const pieces = core.havesToSend.splice(0)
	core.havesDueAt = Number.POSITIVE_INFINITY
	for (const peer of core.peers.values()) {
		const { peerHave } = peer.session
		// Who has a piece already gains nothing by hearing that we have it.
		const news = pieces.filter(piece => peerHave === undefined || !hasPiece(peerHave, piece))
		if (news.length > 0)
			send(
				turn,
				peer,
				news.map(piece => ({ type: 'have', piece })),
			)
	}
}

/** Interested exactly while the peer has a wanted piece that we lack. */
export function updateInterest(turn: Turn, peer: Peer): void {
	const interested = peer.interesting > 0
	if (interested === peer.session.amInterested) return
	send(turn, peer, [{ type: interested ? 'interested' : 'notInterested' }])
	peer.idleSinceAt = interested || peer.session.peerInterested ? undefined : turn.now
	touch(turn, 'peers')
}

/** Everything is there: the files are looked at once more before anybody hears of it. */
export function finishFiles(turn: Turn): void {
	if (turn.core.isFinishing) return
	turn.core.isFinishing = true
	turn.effects.push({ type: 'FinishFiles' })
}

/** The files are as they should be, or an error says why not: a download that has everything is complete then. */
export function filesFinished(turn: Turn, error: string | undefined): void {
	const { core } = turn
	core.isFinishing = false
	if (error !== undefined) stopForDisk(turn, error)
	else if (core.completionIsDue && isComplete(core) && isRunning(core)) completed(turn)
}

function completed(turn: Turn): void {
	const { core, now } = turn
	core.completionIsDue = false
	core.completedAt = now
	core.endgame = false
	core.problem = undefined
	core.diskRetryAt = undefined
	enterState(turn, 'seeding')
	downloadCompleted(core.announcer, now)
	// The announcer has news.
	wakeBy(turn, now)
	report(turn, {
		type: 'downloadCompleted',
		downloadedBytes: core.downloadedBytes,
		inMs: now - core.options.startedAt,
	})
	sendHavesNow(turn)
	for (const peer of [...core.peers.values()]) {
		peer.starved = false
		if (isFullSeed(core) && isSeedPeer(peer)) drop(turn, peer, { code: 'both-complete' })
	}
}

/** Whether we hold every piece, wanted or not. */
export function isFullSeed(core: Core): boolean {
	return core.picker !== undefined && core.picker.have.count === core.picker.have.size
}

function isSeedPeer(peer: Peer): boolean {
	const { peerHave } = peer.session
	return peerHave !== undefined && peerHave.count === peerHave.size
}

function sendHavesNow(turn: Turn): void {
	turn.core.havesDueAt = turn.now
	sendHaves(turn)
}

function punish(turn: Turn, convictions: readonly Conviction[], piece: PieceIndex): void {
	const { core } = turn
	for (const { peer: number } of convictions) {
		const peer = core.peers.get(number)
		const address = peer?.address ?? core.suspectAddresses.get(number)
		if (address === undefined) continue
		banAddress(core.candidates, address)
		if (core.picker !== undefined && core.content?.piecesInMemory === true) dropBlocksOf(core.picker, number)
		report(turn, { type: 'peerBanned', peer: number, host: address.host, port: address.port, piece })
		core.suspectAddresses.delete(number)
		for (const other of [...core.peers.values()]) {
			const same = other.number === number || addressKey(other.address) === addressKey(address)
			if (same) drop(turn, other, { code: 'banned', piece })
		}
		touch(turn, 'summary')
	}
}

function renewParole(core: Core): void {
	for (const peer of core.peers.values()) {
		peer.onParole = isOnParole(core.liars, peer.number)
		peer.parolePiece = parolePieceFor(core.liars, peer.number)
	}
	forgetCleared(core)
}

const whatStops = ': downloading stopped'
const whatFollows = ', tried again every ten minutes'

/** What went wrong with the disk, in words; `error` is the system's code. */
export function diskSentence(error: string): string {
	if (error === 'ENOSPC' || error === 'EDQUOT') return `disk full (${error})`
	if (error === 'EROFS') return `disk is read-only (${error})`
	if (error === 'ESTALE')
		return `files were written over, taken away or replaced (${error}), recheck to use what is there`
	return `disk error (${error})`
}

/**
 * Whether what was just fetched will probably be read again soon. Interest alone says little: who is interested and
 * choked, or one of a crowd, asks for none of it. What we upload beside what comes in says how much will be asked for.
 */
function isReadSoon({ core, now }: Turn): boolean {
	const up = bytesPerSecond(core.upMeter, now)
	return up > 0 && up >= bytesPerSecond(core.downMeter, now) * rereadShare
}
