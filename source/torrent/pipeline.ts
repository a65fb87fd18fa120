// The requests in flight with one peer, oldest first, and what becomes of them. Each ends exactly once: by its
// block, by whoever takes it back, or by time. How many there may be is decided in request-window.ts.

import { addBytes, bytesPerSecond, createRateMeter, type RateMeter, resetRate } from './rate.ts'
import {
	adaptWindow,
	createWindow,
	type RequestWindow,
	shutWindow,
	startSlowly,
	type WindowOptions,
} from './request-window.ts'

// Part of what can be done with a pipeline, next to the rules that they touch.
export { setReqq, windowReason } from './request-window.ts'

/** A request that was sent and has not ended. `block` numbers the blocks of the torrent, `id` the requests. */
export type InFlight = { readonly id: number; readonly block: number; readonly sentAt: number }

export type Pipeline = RequestWindow & {
	/** By block, oldest first. */
	readonly requests: Map<number, InFlight>
	/** What the peer gives us. */
	readonly rate: RateMeter
	/** Since when requests are out and no block came; undefined with nothing in flight. */
	waitingSinceAt: number | undefined
	snubbed: boolean
	lastBlockAt: number | undefined
	/** When the youngest request that was answered had been sent. */
	answeredSentAt: number
	/** The end of the last gap of the clock: no request counts as older. */
	resumedAt: number
	seenAt: number
}

/** As many requests as share a write. */
const batchRequests = 64
/** Without a block for this long, requests being out, a peer is snubbing us. */
const snubAfterMs = 20_000
const requestTimeoutMs = 60_000
// The peer answered younger requests and not this one: it lost it, or will not send it.
const overtakenTimeoutMs = 10_000
const gapMs = 30_000
const windowAfterSnub = 2
const pauseMs = 1000

/** A pipeline with nothing in flight, in slow start. */
export function createPipeline(options: WindowOptions): Pipeline {
	return {
		...createWindow(options),
		requests: new Map(),
		rate: createRateMeter(),
		waitingSinceAt: undefined,
		snubbed: false,
		lastBlockAt: undefined,
		answeredSentAt: Number.NEGATIVE_INFINITY,
		resumedAt: Number.NEGATIVE_INFINITY,
		seenAt: Number.NEGATIVE_INFINITY,
	}
}

/**
 * How many requests to send now: 0 until a quarter of the window or 64 requests are free, so that requests leave
 * in batches and share a write. After a pause the window begins small once more.
 */
export function wantsRefill(pipeline: Pipeline, now: number): number {
	const { requests } = pipeline
	const free = pipeline.window - requests.size
	if (free < Math.min(pipeline.window / 4, batchRequests)) return 0
	if (requests.size === 0) noticePause(pipeline, now)
	return pipeline.window - requests.size
}

/** Requests left for the peer. A block that is in flight already keeps its first request. */
export function requestsSent(
	pipeline: Pipeline,
	requests: readonly { readonly id: number; readonly block: number }[],
	now: number,
): void {
	notice(pipeline, now)
	if (requests.length === 0) return
	if (pipeline.requests.size === 0) pipeline.waitingSinceAt = now
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
		startSlowly(pipeline, windowAfterSnub)
	}
	if (request === undefined) return undefined
	const sentAt = Math.max(request.sentAt, pipeline.resumedAt)
	pipeline.answeredSentAt = Math.max(pipeline.answeredSentAt, request.sentAt)
	adaptWindow(pipeline, { sentAt, bytes, now }, bytesPerSecond(pipeline.rate, now))
	return request
}

/**
 * Marks a peer that snubs us and takes out the requests that waited too long, oldest first; the caller cancels
 * them and gives the blocks to others. A snubbing peer keeps its oldest request until that one times out.
 */
export function timedOut(pipeline: Pipeline, now: number): InFlight[] {
	notice(pipeline, now)
	const { waitingSinceAt = now } = pipeline
	if (!pipeline.snubbed && now >= waitingSinceAt + snubAfterMs) {
		pipeline.snubbed = true
		shutWindow(pipeline)
	}
	const ended: InFlight[] = []
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
	// While snubbed we look in as often: a longer wait of ours would pass for a clock that stood still.
	const lookAt = (pipeline.snubbed ? pipeline.seenAt : pipeline.waitingSinceAt) + snubAfterMs
	return Math.min(deadlineOf(pipeline, oldest), lookAt)
}

/** The request that has waited longest. */
export function oldestRequest(pipeline: Pipeline): InFlight | undefined {
	return pipeline.requests.values().next().value
}

/** How long no block came although requests are out, in ms; 0 with nothing in flight. */
export function silentMs(pipeline: Pipeline, now: number): number {
	return pipeline.waitingSinceAt === undefined ? 0 : Math.max(0, now - pipeline.waitingSinceAt)
}

// The sliding rate would count our own pause against the peer, and shut the window.
function noticePause(pipeline: Pipeline, now: number): void {
	if (pipeline.snubbed || now - (pipeline.lastBlockAt ?? now) <= pauseMs) return
	resetRate(pipeline.rate)
	startSlowly(pipeline)
}

// A clock that jumped by more than half a minute stood still, and we with it: the peer is not late.
function notice(pipeline: Pipeline, now: number): void {
	if (Math.abs(now - pipeline.seenAt) > gapMs && pipeline.requests.size > 0) {
		pipeline.resumedAt = now
		pipeline.waitingSinceAt = now
		pipeline.round.startedAt = undefined
		resetRate(pipeline.rate)
	}
	pipeline.seenAt = now
}

function deadlineOf(pipeline: Pipeline, request: InFlight): number {
	const sentAt = Math.max(request.sentAt, pipeline.resumedAt)
	if (request.sentAt >= pipeline.answeredSentAt) return sentAt + requestTimeoutMs
	const expectedMs = 2 * ((pipeline.roundTripMs ?? 0) + 4 * pipeline.deviationMs)
	return sentAt + Math.min(requestTimeoutMs, Math.max(overtakenTimeoutMs, expectedMs))
}
