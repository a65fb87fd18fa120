// Our queries: each has a random id of 32 bits, is sent once, and counts as answered only by the address that it
// went to (threats U2). After a second it is late and somebody else may be asked in its place; after eight it failed.
import { type Address, addressKey } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'
import { encodeQuery, type QueryFields } from '../protocol/krpc-encode.ts'
import type { DhtEffect, Family } from './boundary.ts'
import type { SendReason } from './reasons.ts'
import { drawBytes } from './entropy.ts'
import { queryReadyAt, takeForAnswer, takeForQuery } from './send-budget.ts'
import type { FamilyState, Turn } from './state.ts'
import type { Purpose, Transaction } from './transaction.ts'

const transactionBytes = 4
const lateMs = 1000
export const failedMs = 8000
const mostOpen = 512
/** Checks of nodes that may be under way: whoever asks us something makes us check him. */
const mostChecks = 32
const retryMs = 500

export type Query = {
	readonly to: Address
	readonly ask: QueryFields['ask']
	readonly purpose: Purpose
	readonly why: SendReason
}

/** Sends a query; false when no byte may be sent now: `blockedUntil` says when. */
export function sendQuery(turn: Turn, family: FamilyState, query: Query): boolean {
	const { state, now } = turn
	const transaction = drawTransaction(turn)
	const bytes = encodeQuery({
		transaction,
		client: state.options.client,
		id: family.table.id,
		readOnly: state.options.readOnly,
		ask: query.ask,
	})
	const isFull = state.transactions.size >= mostOpen
	if (isFull || !takeForQuery(state.budget, bytes.length, now)) {
		const readyAt = isFull ? now + retryMs : queryReadyAt(state.budget, bytes.length, now)
		state.blockedUntil = Math.min(state.blockedUntil, readyAt)
		return false
	}
	open(turn, family, { ...query, transaction, bytes })
	return true
}

/**
 * Asks whether a node is there, if that is possible without keeping anything else from being sent: strangers make
 * us do so. Returns how many bytes went there.
 */
export function sendCheck(turn: Turn, family: FamilyState, to: Address, why: SendReason): number {
	const { state, now } = turn
	if (state.checking >= mostChecks || state.awaited.has(addressKey(to))) return 0
	const transaction = drawTransaction(turn)
	const bytes = encodeQuery({
		transaction,
		client: state.options.client,
		id: family.table.id,
		readOnly: state.options.readOnly,
		ask: { method: 'ping' },
	})
	if (!takeForAnswer(state.budget, bytes.length, now)) return 0
	open(turn, family, { to, ask: { method: 'ping' }, purpose: { type: 'check' }, why, transaction, bytes })
	return bytes.length
}

/** The query that this answer is to; `wrong-sender` when it went elsewhere, undefined when there is none. */
export function takeTransaction(
	turn: Turn,
	answer: { readonly transaction: Uint8Array; readonly from: Address; readonly family: Family },
): Transaction | 'wrong-sender' | undefined {
	const found = turn.state.transactions.get(toHex(answer.transaction))
	if (found === undefined) return undefined
	if (found.toKey !== addressKey(answer.from) || found.family !== answer.family) return 'wrong-sender'
	forget(turn, found)
	return found
}

/** Those that became late since the last call, and those that failed, which are forgotten. */
export function overdue(turn: Turn): { readonly late: Transaction[]; readonly failed: Transaction[] } {
	const late: Transaction[] = []
	const failed: Transaction[] = []
	for (const transaction of turn.state.transactions.values()) {
		// Compared as they are woken for.
		if (turn.now >= transaction.sentAt + failedMs) failed.push(transaction)
		else if (turn.now < transaction.sentAt + lateMs) break
		else if (!transaction.late) {
			transaction.late = true
			late.push(transaction)
		}
	}
	for (const transaction of failed) {
		forget(turn, transaction)
		turn.state.counters.timeouts += 1
	}
	return { late, failed }
}

/** When the next one is late or fails. */
export function nextOverdueAt({ transactions }: Turn['state']): number {
	let at = Number.POSITIVE_INFINITY
	for (const transaction of transactions.values()) {
		if (!transaction.late) return Math.min(at, transaction.sentAt + lateMs)
		at = Math.min(at, transaction.sentAt + failedMs)
	}
	return at
}

/** Puts a datagram on its way and into the books. */
export function send(turn: Turn, datagram: Omit<Extract<DhtEffect, { type: 'SendDatagram' }>, 'type'>): void {
	turn.state.counters.datagramsOut += 1
	turn.state.counters.bytesOut += datagram.bytes.length
	turn.effects.push({ type: 'SendDatagram', ...datagram })
}

function targetOf(ask: QueryFields['ask']): string | undefined {
	switch (ask.method) {
		case 'ping':
			return undefined
		case 'find_node':
			return toHex(ask.target)
		case 'get_peers':
		case 'announce_peer':
			return toHex(ask.infoHash)
	}
}

function open(
	turn: Turn,
	{ family }: FamilyState,
	query: Query & { readonly transaction: Uint8Array; readonly bytes: Uint8Array },
): void {
	const { state } = turn
	const { to, purpose, ask } = query
	const key = toHex(query.transaction)
	const toKey = addressKey(to)
	const target = targetOf(ask)
	const { method } = ask
	const sentAt = turn.now
	state.transactions.set(key, { key, family, to, toKey, sentAt, method, target, late: false, purpose })
	state.awaited.set(toKey, (state.awaited.get(toKey) ?? 0) + 1)
	if (purpose.type === 'check') state.checking += 1
	state.counters.queriesOut += 1
	send(turn, { family, to, bytes: query.bytes, why: query.why, answers: undefined, target })
}

function forget({ state }: Turn, { key, toKey, purpose }: Transaction): void {
	if (purpose.type === 'check') state.checking -= 1
	state.transactions.delete(key)
	const others = (state.awaited.get(toKey) ?? 1) - 1
	if (others > 0) state.awaited.set(toKey, others)
	else state.awaited.delete(toKey)
}

function drawTransaction({ state, sha1 }: Turn): Uint8Array {
	for (;;) {
		const id = drawBytes(state.entropy, sha1, transactionBytes)
		if (!state.transactions.has(toHex(id))) return id
	}
}
