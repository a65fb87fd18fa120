// What time brings: deadlines of requests, keep-alives, silent peers, rounds of the choker, announces, dials,
// and a sample a second of the rates while anything moves.
import { blockBytes } from '../protocol/message.ts'
import { announceDue } from './announcing.ts'
import { askAll, endLateRequests, pardonInTime } from './asking.ts'
import { runChokeRound } from './choking.ts'
import { retryDisk, sendHaves } from './completing.ts'
import { drop, isRunning, send, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { fetchMetadata } from './metadata-exchange.ts'
import { serveMetadata } from './metadata-serving.ts'
import { restoreLost } from './network.ts'
import type { Peer } from './peer.ts'
import { exchangeDue } from './peer-exchange.ts'
import { silentMs } from './pipeline.ts'
import { bytesPerSecond } from './rate.ts'
import { addSample, nextSampleAt } from './rate-history.ts'
import { decide } from './reasons.ts'
import { serveAll } from './serving.ts'

/** BEP 3 sends keep-alives about every two minutes; a little sooner is never too late. */
const keepAliveMs = 100_000
/** A peer that says nothing for two minutes and a bit is gone. */
const idleMs = 140_000
/** Two that want nothing of each other part after ten minutes (threats P5). */
const noInterestMs = 600_000

/** A wake that comes so much too late was not late: clock or process stood still (threats S2). */
const gapMs = 30_000

/** To be called before each input: when everything stood still, the time that went by is nobody's fault. */
export function noticeGap(turn: Turn): void {
	const { core, now } = turn
	const lateMs = now - core.wakeAt
	if (lateMs <= gapMs) return
	core.wakeAt = now
	for (const peer of core.peers.values()) {
		peer.lastReceivedAt += lateMs
		peer.servedAt += lateMs
		if (peer.unchokedAt !== undefined) peer.unchokedAt += lateMs
		if (peer.idleSinceAt !== undefined) peer.idleSinceAt += lateMs
	}
	restoreLost(turn)
}

/** `nextWakeAt` has come, or something else happened after it. */
export function woken(turn: Turn): void {
	const { core } = turn
	core.wakeAt = Number.POSITIVE_INFINITY
	sampleRates(turn)
	if (!isRunning(core)) return
	sendHaves(turn)
	for (const peer of core.peers.values()) watchPeer(turn, peer)
	exchangeDue(turn)
	runChokeRound(turn)
	if (core.diskRetryAt !== undefined) {
		if (turn.now >= core.diskRetryAt) retryDisk(turn)
		else wakeBy(turn, core.diskRetryAt)
	}
	askAll(turn)
	serveAll(turn)
	for (const peer of core.peers.values()) serveMetadata(turn, peer)
	fetchMetadata(turn)
	announceDue(turn)
	dialMore(turn)
}

function watchPeer(turn: Turn, peer: Peer): void {
	const { now } = turn
	endLateRequests(turn, peer)
	pardonInTime(turn, peer)
	if (peer.pipeline.snubbed)
		decide(peer.download, { code: 'snubbed', silentMs: silentMs(peer.pipeline, now) }, now)
	if (peer.isHeld) peer.lastReceivedAt = now
	// Compared as they are woken for: sums of fractions are not always what differences make of them.
	if (now >= peer.lastReceivedAt + idleMs) {
		drop(turn, peer, { code: 'idle-timeout', silentMs: now - peer.lastReceivedAt })
		return
	}
	if (peer.serving > 0 && now >= peer.servedAt + idleMs) {
		drop(turn, peer, { code: 'slow-reader', queuedBytes: peer.serving * blockBytes })
		return
	}
	if (peer.idleSinceAt !== undefined && now >= peer.idleSinceAt + noInterestMs) {
		drop(turn, peer, { code: 'no-mutual-interest', forMs: now - peer.idleSinceAt })
		return
	}
	if (now >= peer.lastSentAt + keepAliveMs) send(turn, peer, [{ type: 'keepAlive' }])
	wakeBy(
		turn,
		Math.min(
			peer.lastReceivedAt + idleMs,
			peer.lastSentAt + keepAliveMs,
			peer.serving > 0 ? peer.servedAt + idleMs : Number.POSITIVE_INFINITY,
			(peer.idleSinceAt ?? Number.POSITIVE_INFINITY) + noInterestMs,
		),
	)
}

/** One sample a second, and nothing once all is still. */
function sampleRates(turn: Turn): void {
	const { core, now } = turn
	const down = bytesPerSecond(core.downMeter, now)
	const up = bytesPerSecond(core.upMeter, now)
	const inFlight = core.picker?.inFlight ?? 0
	const isStill = down === 0 && up === 0 && inFlight === 0
	if (isStill && !core.isMoving) return
	const due = nextSampleAt(core.downHistory)
	if (due === undefined || now >= due) {
		addSample(core.downHistory, down, now)
		addSample(core.upHistory, up, now)
		addSample(core.flightHistory, inFlight, now)
		// Rates fall while nothing comes in: what shows them has to be drawn anew, the last time at zero.
		touch(turn, 'summary', 'peers', 'pipeline')
		core.isMoving = !isStill
	} else core.isMoving = true
	if (core.isMoving) wakeBy(turn, nextSampleAt(core.downHistory) ?? now + 1000)
}
