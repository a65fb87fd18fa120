// What we remember of the peer exchange with one peer (BEP 11): of whom we told it, and how often it spoke.
import type { Address } from '../protocol/address.ts'

export type PexState = {
	/** Whom the peer believes us to be connected to, by endpoint. */
	readonly told: Map<string, Address>
	/** It is told nothing more before. */
	sendAt: number
	/** `swarmVersion` when it was last told all there was. */
	toldVersion: number
	/** Messages that it may send now without being early, and as of when. */
	allowance: number
	allowanceAt: number
	/** Messages in a row that came early. */
	early: number
	/** Addresses that it named, and those of them that we took. */
	named: number
	taken: number
}

/** The first words come a moment later: they may hold more then. */
const firstPexMs = 1000
/** One message is due a minute (BEP 11). */
export const pexIntervalMs = 60_000
// The first message is free, and then clocks and networks differ.
const mostAllowed = 2
const refillMs = 50_000
/** So many messages in a row that were not due are no mishap. */
const mostEarly = 5

/** Nothing was said in either direction. */
export function createPexState(now: number): PexState {
	return {
		told: new Map(),
		sendAt: now + firstPexMs,
		toldVersion: -1,
		allowance: mostAllowed,
		allowanceAt: now,
		early: 0,
		named: 0,
		taken: 0,
	}
}

/** A message came: whether it is heard, passed over because it is early, or the last one. */
export function judgePexMessage(state: PexState, now: number): 'heard' | 'early' | 'too-often' {
	const refilled = Math.max(0, now - state.allowanceAt) / refillMs
	state.allowance = Math.min(mostAllowed, state.allowance + refilled)
	state.allowanceAt = now
	if (state.allowance >= 1) {
		state.allowance -= 1
		state.early = 0
		return 'heard'
	}
	state.early += 1
	return state.early > mostEarly ? 'too-often' : 'early'
}
