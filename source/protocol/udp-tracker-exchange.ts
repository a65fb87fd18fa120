// One announce or scrape over UDP (BEP 15) as a state machine without a socket: connect, then ask, again
// after 15 · 2ⁿ s of silence. A connection id is used for 60 s from its receipt. Only a packet with the
// transaction id and the action awaited moves it: whatever else arrives changes nothing.

import type {
	AnnounceRequest,
	AnnounceResponse,
	ScrapeCounts,
	ScrapeResponse,
	TrackerFailure,
} from './announce.ts'
import type { InfoHash } from './ids.ts'
import { type SafeText, safe } from './safe-text.ts'
import {
	type AddressFamily,
	type UdpTrackerPacket,
	decodeUdpTrackerPacket,
	encodeAnnounceRequest,
	encodeConnectRequest,
	encodeScrapeRequest,
} from './udp-tracker.ts'

/** How long a client may use a connection id, in ms (BEP 15). */
const connectionIdLifetimeMs = 60_000
/** Wait for the first answer, in ms; it doubles with each retransmission, eight times at most. */
export const firstWaitMs = 15_000
const maxRetransmissions = 8

export type UdpConnectionId = { readonly id: bigint; readonly receivedAt: number }

export type UdpTrackerTask =
	/** `urlData`: path and query of the tracker's URL (BEP 41), may be empty. */
	| { readonly type: 'announce'; readonly request: AnnounceRequest; readonly urlData: string }
	| { readonly type: 'scrape'; readonly infoHashes: readonly InfoHash[] }

/** Plain data: it may be copied at any time. */
export type UdpTrackerExchange = {
	readonly task: UdpTrackerTask
	readonly family: AddressFamily
	/** To be kept by the caller and given to the next exchange with this tracker. */
	connection: UdpConnectionId | undefined
	/** Whether that id was received in an earlier exchange, so that the tracker may have forgotten it. */
	connectionIsOld: boolean
	awaited: { readonly type: 'connected' | 'answer'; readonly transactionId: number } | undefined
	retransmissions: number
	/** When to call `continueUdpExchange` again. */
	nextAt: number
}

export type UdpExchangeStep =
	| { readonly type: 'wait' }
	| { readonly type: 'send'; readonly bytes: Uint8Array<ArrayBuffer> }
	| { readonly type: 'done'; readonly result: AnnounceResponse | ScrapeResponse | TrackerFailure }

/** Draws a transaction id, 32 bits nobody can guess. */
export type DrawTransactionId = () => number

/** An exchange that has sent nothing yet: `continueUdpExchange` sends the first packet. */
export function createUdpExchange(options: {
	readonly task: UdpTrackerTask
	readonly family: AddressFamily
	readonly connection?: UdpConnectionId | undefined
}): UdpTrackerExchange {
	return {
		task: options.task,
		family: options.family,
		connection: options.connection,
		connectionIsOld: options.connection !== undefined,
		awaited: undefined,
		retransmissions: 0,
		nextAt: 0,
	}
}

/** Time has passed: what to send now, if `nextAt` has come; the end after the ninth packet in vain. */
export function continueUdpExchange(
	exchange: UdpTrackerExchange,
	now: number,
	draw: DrawTransactionId,
): UdpExchangeStep {
	if (now < exchange.nextAt) return { type: 'wait' }
	if (exchange.awaited === undefined) return sendRequest(exchange, now, draw)
	if (exchange.retransmissions >= maxRetransmissions) {
		return failed({ type: 'failed', code: 'timeout', message: safe`the tracker does not answer` })
	}
	exchange.retransmissions += 1
	return sendRequest(exchange, now, draw)
}

/** A datagram came from the tracker's address. Anything not awaited is ignored and keeps the schedule. */
export function receiveUdpDatagram(
	exchange: UdpTrackerExchange,
	bytes: Uint8Array,
	arrival: { readonly now: number; readonly draw: DrawTransactionId },
): UdpExchangeStep {
	const packet = decodeUdpTrackerPacket(bytes, exchange.family)
	if (packet === undefined || packet.transactionId !== exchange.awaited?.transactionId) {
		return { type: 'wait' }
	}
	const { now, draw } = arrival
	switch (packet.type) {
		case 'connected':
			if (exchange.awaited.type !== 'connected') return { type: 'wait' }
			exchange.connection = { id: packet.connectionId, receivedAt: now }
			exchange.connectionIsOld = false
			return askAfresh(exchange, now, draw)
		case 'announced':
		case 'scraped':
			return takeAnswer(exchange, packet)
		case 'error':
			return takeError(exchange, packet.message, arrival)
	}
}

/** Whether an id received then may still be used. */
function isUsable(connection: UdpConnectionId, now: number): boolean {
	return now - connection.receivedAt < connectionIdLifetimeMs
}

function askAfresh(exchange: UdpTrackerExchange, now: number, draw: DrawTransactionId): UdpExchangeStep {
	exchange.retransmissions = 0
	exchange.awaited = undefined
	return sendRequest(exchange, now, draw)
}

// A repeated request keeps its transaction id, so that a late answer to the first one is welcome.
function sendRequest(exchange: UdpTrackerExchange, now: number, draw: DrawTransactionId): UdpExchangeStep {
	exchange.nextAt = now + firstWaitMs * 2 ** exchange.retransmissions
	const connection = exchange.connection
	if (connection === undefined || !isUsable(connection, now)) {
		exchange.connection = undefined
		const transactionId = transactionFor(exchange, 'connected', draw)
		return { type: 'send', bytes: encodeConnectRequest(transactionId) }
	}
	const transactionId = transactionFor(exchange, 'answer', draw)
	const head = { connectionId: connection.id, transactionId }
	const { task } = exchange
	const bytes =
		task.type === 'announce'
			? encodeAnnounceRequest(head, task.request, task.urlData)
			: encodeScrapeRequest(head, task.infoHashes)
	return { type: 'send', bytes }
}

function transactionFor(
	exchange: UdpTrackerExchange,
	type: 'connected' | 'answer',
	draw: DrawTransactionId,
): number {
	if (exchange.awaited?.type !== type) exchange.awaited = { type, transactionId: draw() >>> 0 }
	return exchange.awaited.transactionId
}

function takeAnswer(
	exchange: UdpTrackerExchange,
	packet: Extract<UdpTrackerPacket, { type: 'announced' | 'scraped' }>,
): UdpExchangeStep {
	const { task } = exchange
	if (exchange.awaited?.type !== 'answer') return { type: 'wait' }
	if (packet.type === 'announced') {
		return task.type === 'announce' ? { type: 'done', result: packet.response } : { type: 'wait' }
	}
	if (task.type !== 'scrape') return { type: 'wait' }
	const swarms = task.infoHashes.map((_, index): ScrapeCounts | undefined => packet.swarms[index])
	return { type: 'done', result: { type: 'scraped', swarms } }
}

function takeError(
	exchange: UdpTrackerExchange,
	message: SafeText,
	arrival: { readonly now: number; readonly draw: DrawTransactionId },
): UdpExchangeStep {
	// A tracker that restarted does not know the id of an earlier exchange any more: connect anew, once.
	if (exchange.awaited?.type === 'answer' && exchange.connectionIsOld) {
		exchange.connection = undefined
		return askAfresh(exchange, arrival.now, arrival.draw)
	}
	exchange.connection = undefined
	const said = message === '' ? safe`the tracker refused without a reason` : message
	return failed({ type: 'failed', code: 'refused', message: said })
}

function failed(result: TrackerFailure): UdpExchangeStep {
	return { type: 'done', result }
}
