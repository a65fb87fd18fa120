// How much is asked of one peer, and what becomes of a request. The window follows what the link carries:
// slow start, then three seconds of the rate; beyond `queueBlocks` only as far as the bandwidth-delay product
// asks. Requests lie in order of age; each ends once: by its block, by whoever takes it back, or by time.

import { blockBytes } from '../protocol/message.ts'
import { addBytes, bytesPerSecond, createRateMeter, type RateMeter, rateWindowMs, resetRate } from './rate.ts'
import type { WindowReason } from './reasons.ts'

/** A request that was sent and has not ended. `block` numbers the blocks of the torrent, `id` the request. */
export type InFlight = { readonly id: number; readonly block: number; readonly sentAt: number }

export type PipelineOptions = {
	/** Requests that the peer lets wait at its end (BEP 10); 250 when it did not say. */
	readonly reqq: number
	/** No window above this; 500 unless told. */
	readonly maxWindow?: number
	/** The first window; 16 unless told. */
	readonly startWindow?: number
}

export type Pipeline = {
	readonly maxWindow: number
	readonly startWindow: number
	reqq: number
	/** Requests that may be in flight. */
	window: number
	/** What set the window last, with the figures it went by. */
	windowBy: WindowReason['code']
	windowRate: number
	/** By block, oldest first. */
	readonly requests: Map<number, InFlight>
	readonly rate: RateMeter
	/** Request to whole block: smoothed, its mean deviation, and the least since the last choke. */
	roundTripMs: number | undefined
	deviationMs: number
	leastRoundTripMs: number | undefined
	/** The round trip under measurement, and what the best one so far carried. */
	readonly round: { startedAt: number | undefined; bytes: number; bestRate: number; flat: number }
	/** Since when requests are out and no block came; undefined with nothing in flight. */
	waitingSinceAt: number | undefined
	snubbed: boolean
	lastBlockAt: number | undefined
	/** When the youngest request that was answered had been sent. */
	answeredSentAt: number
	/** Requests count as sent at this instant at the earliest: the end of the last gap of the clock. */
	resumedAt: number
	seenAt: number
}

/** Without a block for this long, requests being out, a peer is snubbing us. */
export const snubAfterMs = 20_000
const requestTimeoutMs = 60_000
// A request that younger ones overtook is lost sooner: the peer answers, but not this one.
const overtakenTimeoutMs = 10_000
const gapMs = 30_000

const smallestWindow = 2
const windowMs = 3000
// On loopback 256 was best; 4 MiB keep any server busy, beyond that only a long, fat link needs more.
const queueBlocks = 256
const productFactor = 2
const shortestRoundMs = 10
const growthOfRound = 1.25
const flatRounds = 2

/** A pipeline with nothing in flight, in slow start. */
export function createPipeline({ reqq, maxWindow = 500, startWindow = 16 }: PipelineOptions): Pipeline {
	const pipeline: Pipeline = {
		maxWindow,
		startWindow,
		reqq,
		window: startWindow,
		windowBy: 'slow-start',
		windowRate: 0,
		requests: new Map(),
		rate: createRateMeter(),
		roundTripMs: undefined,
		deviationMs: 0,
		leastRoundTripMs: undefined,
		round: { startedAt: undefined, bytes: 0, bestRate: 0, flat: 0 },
		waitingSinceAt: undefined,
		snubbed: false,
		lastBlockAt: undefined,
		answeredSentAt: Number.NEGATIVE_INFINITY,
		resumedAt: Number.NEGATIVE_INFINITY,
		seenAt: Number.NEGATIVE_INFINITY,
	}
	setWindow(pipeline, startWindow)
	return pipeline
}

/** The peer said how many requests it lets wait (BEP 10 `reqq`). */
export function setReqq(pipeline: Pipeline, reqq: number): void {
	pipeline.reqq = reqq
	setWindow(pipeline, pipeline.window)
}

/**
 * How many requests to send now: 0 while more than three quarters of the window are in flight, so that
 * requests leave in batches and share a write.
 */
export function wantsRefill(pipeline: Pipeline): number {
	const inFlight = pipeline.requests.size
	return inFlight > pipeline.window * 0.75 ? 0 : Math.max(0, pipeline.window - inFlight)
}

/** Requests left for the peer. A block that is in flight already keeps its first request. */
export function requestsSent(
	pipeline: Pipeline,
	requests: readonly { readonly id: number; readonly block: number }[],
	now: number,
): void {
	notice(pipeline, now)
	if (requests.length === 0) return
	if (pipeline.requests.size === 0) {
		pipeline.waitingSinceAt = now
		const idleMs = now - (pipeline.lastBlockAt ?? now)
		if (idleMs > rateWindowMs && !pipeline.snubbed) startSlowly(pipeline)
	}
	for (const { id, block } of requests) {
		if (!pipeline.requests.has(block)) pipeline.requests.set(block, { id, block, sentAt: now })
	}
}

/** A request ended without its block: cancelled, rejected. Undefined when it was not in flight. */
export function requestEnded(pipeline: Pipeline, block: number): InFlight | undefined {
	const request = pipeline.requests.get(block)
	if (request === undefined) return undefined
	pipeline.requests.delete(block)
	if (pipeline.requests.size === 0) pipeline.waitingSinceAt = undefined
	return request
}

/** All requests end, as by a choke without BEP 6; oldest first. The next ones measure the link anew. */
export function allRequestsEnded(pipeline: Pipeline): InFlight[] {
	const requests = [...pipeline.requests.values()]
	pipeline.requests.clear()
	pipeline.waitingSinceAt = undefined
	pipeline.leastRoundTripMs = undefined
	pipeline.round.startedAt = undefined
	return requests
}

/** A whole block of `bytes` bytes came. The request it answers, undefined when it was not in flight. */
export function blockReceived(
	pipeline: Pipeline,
	{ block, bytes }: { readonly block: number; readonly bytes: number },
	now: number,
): InFlight | undefined {
	notice(pipeline, now)
	addBytes(pipeline.rate, bytes, now)
	pipeline.lastBlockAt = now
	const request = requestEnded(pipeline, block)
	if (pipeline.requests.size > 0) pipeline.waitingSinceAt = now
	if (pipeline.snubbed) {
		pipeline.snubbed = false
		startSlowly(pipeline)
		setWindow(pipeline, smallestWindow)
	}
	if (request !== undefined) {
		measureRoundTrip(pipeline, request, now)
		measureRound(pipeline, { sentAt: request.sentAt, bytes }, now)
		adapt(pipeline, now)
	}
	return request
}

/**
 * Marks a peer that snubs us and takes out the requests that waited too long, oldest first; the caller cancels
 * them and gives the blocks to others. A snubbing peer keeps its oldest request until that one times out.
 */
export function timedOut(pipeline: Pipeline, now: number): InFlight[] {
	notice(pipeline, now)
	const ended: InFlight[] = []
	const silent = pipeline.waitingSinceAt !== undefined && now - pipeline.waitingSinceAt >= snubAfterMs
	if (silent && !pipeline.snubbed) {
		pipeline.snubbed = true
		setWindow(pipeline, 1, 'snubbed-window')
	}
	let kept = 0
	for (const request of pipeline.requests.values()) {
		if (deadlineOf(pipeline, request) <= now || (pipeline.snubbed && kept > 0)) ended.push(request)
		else if (pipeline.snubbed) kept += 1
		else break
	}
	for (const request of ended) requestEnded(pipeline, request.block)
	return ended
}

/** When `timedOut` has to be called next; undefined with nothing in flight. */
export function nextPipelineDeadline(pipeline: Pipeline): number | undefined {
	const oldest = oldestRequest(pipeline)
	if (oldest === undefined || pipeline.waitingSinceAt === undefined) return undefined
	const timeoutAt = deadlineOf(pipeline, oldest)
	// Never later than this, or a long wait of ours would look like a clock that stood still.
	const latestAt = Math.max(pipeline.seenAt, pipeline.waitingSinceAt) + snubAfterMs
	return Math.min(timeoutAt, pipeline.snubbed ? latestAt : pipeline.waitingSinceAt + snubAfterMs)
}

/** The request that has waited longest. */
export function oldestRequest(pipeline: Pipeline): InFlight | undefined {
	return pipeline.requests.values().next().value
}

/** How long no block came although requests are out, in ms; 0 with nothing in flight. */
export function silentMs(pipeline: Pipeline, now: number): number {
	return pipeline.waitingSinceAt === undefined ? 0 : Math.max(0, now - pipeline.waitingSinceAt)
}

/** What the peer gives us, in bytes per second. */
export function pipelineRate(pipeline: Pipeline, now: number): number {
	return bytesPerSecond(pipeline.rate, now)
}

/** How the window came to be what it is. */
export function windowReason(pipeline: Pipeline): WindowReason {
	switch (pipeline.windowBy) {
		case 'by-rate':
			return { code: 'by-rate', bytesPerSecond: pipeline.windowRate, roundTripMs: pipeline.roundTripMs ?? 0 }
		case 'by-reqq':
			return { code: 'by-reqq', reqq: pipeline.reqq }
		case 'slow-start':
		case 'snubbed-window':
			return { code: pipeline.windowBy }
	}
}

// A clock that jumped over more than half a minute stood still, and so did the peer: nobody is late for it.
function notice(pipeline: Pipeline, now: number): void {
	if (Math.abs(now - pipeline.seenAt) > gapMs && pipeline.requests.size > 0) {
		pipeline.resumedAt = now
		pipeline.waitingSinceAt = now
		pipeline.round.startedAt = undefined
		resetRate(pipeline.rate)
	}
	pipeline.seenAt = now
}

function startSlowly(pipeline: Pipeline): void {
	pipeline.round.startedAt = undefined
	pipeline.round.bestRate = 0
	pipeline.round.flat = 0
	setWindow(pipeline, Math.min(pipeline.window, pipeline.startWindow), 'slow-start')
}

function setWindow(pipeline: Pipeline, window: number, by?: WindowReason['code']): void {
	const limit = Math.max(1, Math.min(pipeline.maxWindow, pipeline.reqq))
	pipeline.window = Math.max(1, Math.min(window, limit))
	if (by !== undefined) pipeline.windowBy = by
	if (window >= limit && limit < pipeline.maxWindow && by === 'by-rate') pipeline.windowBy = 'by-reqq'
}

function deadlineOf(pipeline: Pipeline, request: InFlight): number {
	const sentAt = Math.max(request.sentAt, pipeline.resumedAt)
	const expectedMs = 2 * ((pipeline.roundTripMs ?? 0) + 4 * pipeline.deviationMs)
	const overtaken = request.sentAt < pipeline.answeredSentAt
	const patienceMs = Math.max(overtakenTimeoutMs, expectedMs)
	return sentAt + (overtaken ? Math.min(patienceMs, requestTimeoutMs) : requestTimeoutMs)
}

// Smoothed as TCP does (RFC 6298).
function measureRoundTrip(pipeline: Pipeline, request: InFlight, now: number): void {
	const sampleMs = Math.max(0, now - Math.max(request.sentAt, pipeline.resumedAt))
	pipeline.answeredSentAt = Math.max(pipeline.answeredSentAt, request.sentAt)
	pipeline.leastRoundTripMs = Math.min(sampleMs, pipeline.leastRoundTripMs ?? sampleMs)
	if (pipeline.roundTripMs === undefined) {
		pipeline.roundTripMs = sampleMs
		pipeline.deviationMs = sampleMs / 2
		return
	}
	pipeline.deviationMs += (Math.abs(sampleMs - pipeline.roundTripMs) - pipeline.deviationMs) / 4
	pipeline.roundTripMs += (sampleMs - pipeline.roundTripMs) / 8
}

// A round ends with the first block whose request was sent after the round began.
function measureRound(pipeline: Pipeline, arrival: { sentAt: number; bytes: number }, now: number): void {
	const { round } = pipeline
	if (round.startedAt === undefined) {
		round.startedAt = now
		round.bytes = 0
		return
	}
	round.bytes += arrival.bytes
	const lastedMs = now - round.startedAt
	if (arrival.sentAt < round.startedAt || lastedMs < shortestRoundMs) return
	const rate = (round.bytes * 1000) / lastedMs
	round.flat = rate > round.bestRate * growthOfRound ? 0 : round.flat + 1
	round.bestRate = Math.max(round.bestRate, rate)
	round.startedAt = now
	round.bytes = 0
}

function adapt(pipeline: Pipeline, now: number): void {
	const { round } = pipeline
	const measured = bytesPerSecond(pipeline.rate, now)
	const starting = pipeline.windowBy === 'slow-start'
	const rate = starting ? Math.max(measured, round.bestRate) : measured
	const target = targetWindow(pipeline, rate)
	pipeline.windowRate = measured
	if (starting && round.flat < flatRounds && pipeline.window < target) {
		setWindow(pipeline, pipeline.window + 1)
		return
	}
	setWindow(pipeline, Math.min(pipeline.window + 1, target), 'by-rate')
}

function targetWindow(pipeline: Pipeline, rate: number): number {
	const blocksPerMs = rate / blockBytes / 1000
	const product = blocksPerMs * (pipeline.leastRoundTripMs ?? 0)
	const ceiling = Math.max(queueBlocks, productFactor * product)
	return Math.max(smallestWindow, Math.ceil(Math.min(blocksPerMs * windowMs, ceiling)))
}
