// How many requests to keep in flight with one peer: as many as fill the link between us. Slow start doubles the
// window each round trip; then it follows the rate, three seconds of it up to `queueBlocks`, and beyond that only
// as far as the bandwidth-delay product asks, so that a fast peer is not asked for what others could give.

import { blockBytes } from '../protocol/message.ts'
import { rateWindowMs } from './rate.ts'
import type { WindowReason } from './reasons.ts'

export type RequestWindow = {
	readonly maxWindow: number
	readonly startWindow: number
	/** Requests that the peer lets wait at its end (BEP 10). */
	reqq: number
	/** Requests that may be in flight. */
	window: number
	/** What set the window last, and the rate that it went by. */
	windowBy: WindowReason['code']
	windowRate: number
	/** Request to whole block: smoothed, its mean deviation, and the least on this link. */
	roundTripMs: number | undefined
	deviationMs: number
	leastRoundTripMs: number | undefined
	/** When slow start saw its first block. */
	slowSinceAt: number | undefined
	/** When slow start ended. */
	slowUntilAt: number | undefined
	readonly round: Round
}

/** The round trip under measurement, the best rate that one had, and how many in a row were not much better. */
export type Round = { startedAt: number | undefined; bytes: number; bestRate: number; flat: number }

export type WindowOptions = {
	/** 250 when the peer did not say. */
	readonly reqq: number
	/** No window above this; 2000 unless told: the reqq of most clients, and a gigabit over 200 ms. */
	readonly maxWindow?: number
	/** The first window; 16 unless told. */
	readonly startWindow?: number
}

/** A block that answered a request. */
export type Answer = { readonly sentAt: number; readonly bytes: number; readonly now: number }

const smallestWindow = 2
const windowMs = 3000
// On loopback 256 was best: 4 MiB keep any server busy, and only a long, fat link needs more.
const queueBlocks = 256
// Refilling at three quarters and a rate that lags leave less than the whole window at work.
const productFactor = 2
// The best round lies two behind, so this lets the window grow by three quarters a round trip.
const slowStartFactor = 3
const warmUpMs = 1000
const shortestRoundMs = 10
const growthOfRound = 1.25
const flatRounds = 2

/** A window in slow start. */
export function createWindow({ reqq, maxWindow = 2000, startWindow = 16 }: WindowOptions): RequestWindow {
	return {
		maxWindow,
		startWindow,
		reqq,
		window: Math.max(1, Math.min(startWindow, maxWindow, reqq)),
		windowBy: 'slow-start',
		windowRate: 0,
		roundTripMs: undefined,
		deviationMs: 0,
		leastRoundTripMs: undefined,
		slowSinceAt: undefined,
		slowUntilAt: undefined,
		round: { startedAt: undefined, bytes: 0, bestRate: 0, flat: 0 },
	}
}

/** The peer said how many requests it lets wait (BEP 10 `reqq`); less than 1 counts as 1. */
export function setReqq(state: RequestWindow, reqq: number): void {
	state.reqq = reqq
	setWindow(state, state.window)
}

/** Slow start, from the start window at most; after idleness and after snubbing. */
export function startSlowly(state: RequestWindow, window = Math.min(state.window, state.startWindow)): void {
	state.slowSinceAt = undefined
	state.slowUntilAt = undefined
	state.round.startedAt = undefined
	state.round.bestRate = 0
	state.round.flat = 0
	setWindow(state, window, 'slow-start')
}

/** One request at a time, until a block comes. */
export function shutWindow(state: RequestWindow): void {
	setWindow(state, 1, 'snubbed-window')
}

/** Learns from a block that came; `rate` is what the peer gives, in bytes per second. */
export function adaptWindow(state: RequestWindow, answer: Answer, rate: number): void {
	measureRoundTrip(state, answer)
	measureRound(state, answer)
	state.windowRate = rate
	if (state.windowBy === 'slow-start' && startsStill(state, rate, answer.now)) {
		const product = blocksIn(state.leastRoundTripMs ?? 0, state.round.bestRate)
		if (state.window < Math.max(queueBlocks, slowStartFactor * product)) setWindow(state, state.window + 1)
		return
	}
	// Just after slow start the sliding rate still counts the time when the window was small.
	state.slowUntilAt ??= answer.now
	const settled = answer.now - state.slowUntilAt >= rateWindowMs
	const target = targetWindow(state, settled ? rate : Math.max(rate, state.round.bestRate))
	setWindow(state, Math.min(state.window + 1, target), 'by-rate')
}

/** How the window came to be what it is. */
export function windowReason(state: RequestWindow): WindowReason {
	switch (state.windowBy) {
		case 'by-rate':
			return { code: 'by-rate', bytesPerSecond: state.windowRate, roundTripMs: state.roundTripMs ?? 0 }
		case 'by-reqq':
			return { code: 'by-reqq', reqq: state.reqq }
		case 'slow-start':
		case 'snubbed-window':
			return { code: state.windowBy }
	}
}

function setWindow(state: RequestWindow, wish: number, by = state.windowBy): void {
	const limit = Math.max(1, Math.min(state.maxWindow, state.reqq))
	state.window = Math.max(1, Math.min(wish, limit))
	const limited = wish > limit && state.reqq < state.maxWindow
	state.windowBy = limited && by === 'by-rate' ? 'by-reqq' : by
}

// Smoothed as TCP does (RFC 6298).
function measureRoundTrip(state: RequestWindow, { sentAt, now }: Answer): void {
	const sampleMs = Math.max(0, now - sentAt)
	state.leastRoundTripMs = Math.min(sampleMs, state.leastRoundTripMs ?? sampleMs)
	if (state.roundTripMs === undefined) {
		state.roundTripMs = sampleMs
		state.deviationMs = sampleMs / 2
		return
	}
	state.deviationMs += (Math.abs(sampleMs - state.roundTripMs) - state.deviationMs) / 4
	state.roundTripMs += (sampleMs - state.roundTripMs) / 8
}

// A round ends with the first block whose request was sent after the round began.
function measureRound({ round }: RequestWindow, { sentAt, bytes, now }: Answer): void {
	if (round.startedAt === undefined) {
		round.startedAt = now
		round.bytes = 0
		return
	}
	round.bytes += bytes
	const lastedMs = now - round.startedAt
	if (sentAt < round.startedAt || lastedMs < shortestRoundMs) return
	const rate = (round.bytes * 1000) / lastedMs
	round.flat = rate > round.bestRate * growthOfRound ? 0 : round.flat + 1
	round.bestRate = Math.max(round.bestRate, rate)
	round.startedAt = now
	round.bytes = 0
}

// Slow start ends when two rounds brought hardly more than the best one, or when the window is worth more than
// three seconds of a rate that had a second to show.
function startsStill(state: RequestWindow, rate: number, now: number): boolean {
	state.slowSinceAt ??= now
	const warm = now - state.slowSinceAt >= warmUpMs
	return state.round.flat < flatRounds && !(warm && state.window > blocksIn(windowMs, rate))
}

function targetWindow(state: RequestWindow, rate: number): number {
	const product = blocksIn(state.leastRoundTripMs ?? 0, rate)
	const ceiling = Math.max(queueBlocks, productFactor * product)
	return Math.max(smallestWindow, Math.ceil(Math.min(blocksIn(windowMs, rate), ceiling)))
}

function blocksIn(ms: number, bytesPerSecond: number): number {
	return (bytesPerSecond * ms) / 1000 / blockBytes
}
