// One announce or scrape with a UDP tracker that may be reached at several addresses: one after the other gets its
// turn until one answers. Each has an exchange of its own (udp-tracker-exchange.ts) with its own transaction ids,
// connection id and waits of BEP 15; a datagram from one address never moves the exchange with another.
import { type Address, addressKey } from './address.ts'
import type { AnnounceResponse, ScrapeResponse, TrackerFailure } from './announce.ts'
import { safe } from './safe-text.ts'
import type { AddressFamily } from './udp-tracker.ts'
import {
	continueUdpExchange,
	createUdpExchange,
	type DrawTransactionId,
	firstWaitMs,
	receiveUdpDatagram,
	type UdpConnectionId,
	type UdpTrackerExchange,
	type UdpTrackerTask,
} from './udp-tracker-exchange.ts'

/**
 * How long an address that says nothing keeps the next one waiting, in ms: an eighth of the first wait of BEP 15.
 * So each of eight addresses is asked once before the first is asked again, and a second time within 45 s.
 */
const turnMs = firstWaitMs / 8

export type UdpTrackerAddress = {
	readonly address: Address
	readonly family: AddressFamily
	/** Received from this very address in an earlier exchange. */
	readonly connection: UdpConnectionId | undefined
}

/** An address that was asked. */
export type UdpTurn = {
	readonly address: Address
	readonly exchange: UdpTrackerExchange
	/** It has answered something in this exchange. */
	heard: boolean
	/** Until then it keeps the next address waiting, and who was heard all others. */
	aloneUntil: number
	/** Why it is not asked any more. */
	failure: TrackerFailure | undefined
}

/** Plain data: it may be copied at any time. */
export type UdpTurns = {
	readonly task: UdpTrackerTask
	/** In the order in which they are asked. */
	readonly waiting: UdpTrackerAddress[]
	readonly asked: UdpTurn[]
}

export type UdpTurnStep =
	| { readonly type: 'wait' }
	| { readonly type: 'send'; readonly to: Address; readonly bytes: Uint8Array<ArrayBuffer> }
	| {
			readonly type: 'done'
			/** Who answered; undefined when nobody did. */
			readonly from: Address | undefined
			readonly result: AnnounceResponse | ScrapeResponse | TrackerFailure
	  }

/** Turns of addresses that differ, none of which was asked yet: `continueUdpTurns` asks the first. */
export function createUdpTurns(task: UdpTrackerTask, addresses: readonly UdpTrackerAddress[]): UdpTurns {
	return { task, waiting: [...addresses], asked: [] }
}

/** Time has passed or an address has failed: to be called again and again while it has something to send. */
export function continueUdpTurns(turns: UdpTurns, now: number, draw: DrawTransactionId): UdpTurnStep {
	const leader = leaderOf(turns, now)
	for (const turn of turns.asked) {
		if (dueAt(turn, leader) > now) continue
		const step = continueUdpExchange(turn.exchange, now, draw)
		if (step.type === 'send') return { type: 'send', to: turn.address, bytes: step.bytes }
		if (step.type === 'done' && step.result.type === 'failed') fail(turn, step.result, now)
	}
	const next = turnAt(turns) > now ? undefined : turns.waiting.shift()
	if (next !== undefined) {
		const { task } = turns
		const { address, family, connection } = next
		const exchange = createUdpExchange({ task, family, connection })
		turns.asked.push({ address, exchange, heard: false, aloneUntil: now + turnMs, failure: undefined })
		return continueUdpTurns(turns, now, draw)
	}
	if (turns.waiting.length > 0 || turns.asked.some(({ failure }) => failure === undefined)) {
		return { type: 'wait' }
	}
	const none = { type: 'failed', code: 'unreachable', message: safe`the tracker has no address` } as const
	return { type: 'done', from: undefined, result: turns.asked.at(-1)?.failure ?? none }
}

/** When to call `continueUdpTurns` again. */
export function nextUdpTurnAt(turns: UdpTurns, now: number): number {
	const leader = leaderOf(turns, now)
	const dues = turns.asked.map(turn => dueAt(turn, leader))
	return Math.min(...dues, turns.waiting.length > 0 ? turnAt(turns) : Number.POSITIVE_INFINITY)
}

/** A datagram came. What was not awaited from this very address is ignored and keeps all schedules. */
export function receiveUdpTurn(
	turns: UdpTurns,
	arrival: {
		readonly from: Address
		readonly bytes: Uint8Array
		readonly now: number
		readonly draw: DrawTransactionId
	},
): UdpTurnStep {
	const { from, bytes, now } = arrival
	const turn = turnOf(turns, from)
	if (turn === undefined) return { type: 'wait' }
	const leader = leaderOf(turns, now)
	// Another one is being announced to: with this connection we would announce twice.
	if (leader !== undefined && leader !== turn && turn.exchange.awaited?.type === 'connected') {
		return { type: 'wait' }
	}
	const step = receiveUdpDatagram(turn.exchange, bytes, arrival)
	if (step.type === 'wait') return step
	turn.heard = true
	turn.aloneUntil = step.type === 'done' ? Number.POSITIVE_INFINITY : turn.exchange.nextAt
	const { address } = turn
	return step.type === 'send'
		? { type: 'send', to: address, bytes: step.bytes }
		: { type: 'done', from: address, result: step.result }
}

/** Nothing can be sent to an address: it is not asked any more, and the next one's turn has come. */
export function failUdpTurn(
	turns: UdpTurns,
	address: Address,
	end: { readonly failure: TrackerFailure; readonly now: number },
): void {
	const turn = turnOf(turns, address)
	if (turn !== undefined) fail(turn, end.failure, end.now)
}

/** The hosts that failed, or said nothing for as long as they were waited for. */
export function silentUdpTurns(turns: UdpTurns, now: number): string[] {
	return turns.asked.filter(({ aloneUntil }) => aloneUntil <= now).map(({ address }) => address.host)
}

function fail(turn: UdpTurn, failure: TrackerFailure, now: number): void {
	turn.failure = failure
	turn.aloneUntil = Math.min(turn.aloneUntil, now)
}

function turnOf(turns: UdpTurns, address: Address): UdpTurn | undefined {
	const key = addressKey(address)
	return turns.asked.find(turn => turn.failure === undefined && addressKey(turn.address) === key)
}

/** Who was heard and still has time to answer. */
function leaderOf(turns: UdpTurns, now: number): UdpTurn | undefined {
	return turns.asked.find(turn => turn.heard && now < turn.aloneUntil)
}

function dueAt(turn: UdpTurn, leader: UdpTurn | undefined): number {
	if (turn.failure !== undefined) return Number.POSITIVE_INFINITY
	const { nextAt } = turn.exchange
	return leader === undefined || leader === turn ? nextAt : Math.max(nextAt, leader.aloneUntil)
}

function turnAt(turns: UdpTurns): number {
	return Math.max(0, ...turns.asked.map(({ aloneUntil }) => aloneUntil))
}
