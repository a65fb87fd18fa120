// One datagram from outside: counted, bounded, read, and given to whom it concerns. What is not acted upon is counted
// by why. Whoever is ignored for flooding is still heard when he answers what we asked him: otherwise a forger could
// make us deaf towards anybody.
import { type Address, classifyHost } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import {
	decodeKrpc,
	type KrpcAsk,
	type KrpcError,
	type KrpcMessage,
	type KrpcResponse,
} from '../protocol/krpc.ts'
import { standingOf } from '../protocol/node-id.ts'
import { answerFault, answerQuery } from './answering.ts'
import { leaked, nodeFound, startBootstrap } from './bootstrapping.ts'
import type { Family } from './boundary.ts'
import { believedHost, vote } from './external-address.ts'
import { admit } from './flood-guard.ts'
import { hostKey } from './host-key.ts'
import type { DatagramDrop } from './reasons.ts'
import { changeId, nodeAnswered, nodeSilent } from './routing-table.ts'
import { announceEnded, stepAnswered, stepMissed, usableNodes } from './searching.ts'
import { drawNodeId, type FamilyState, isAwaited, nothingHeard, type Turn } from './state.ts'
import { takeTransaction } from './transactions.ts'
import type { Transaction } from './transaction.ts'

type Datagram = { readonly family: Family; readonly from: Address; readonly bytes: Uint8Array }

/** Whether anything came of it. */
export function datagramReceived(turn: Turn, { family, from, bytes }: Datagram): boolean {
	const { state, now } = turn
	turn.heard = nothingHeard
	state.counters.datagramsIn += 1
	state.counters.bytesIn += bytes.length
	const own = state.families[family]
	if (own === undefined || !canBe(from)) return drop(turn, 'impossible-sender')
	const isAdmitted = admit(state.guard, hostKey(from), now)
	if (!isAdmitted && !isAwaited(state, from)) return drop(turn, 'flood')
	const message = read(bytes)
	if (message === undefined) return drop(turn, 'malformed')
	switch (message.type) {
		case 'query':
			if (!isAdmitted) return drop(turn, 'flood')
			answerQuery(turn, { family: own, from, bytes: bytes.length, ...subjectOf(message.ask) }, message)
			break
		case 'faultyQuery':
			if (!isAdmitted) return drop(turn, 'flood')
			answerFault(
				turn,
				{ family: own, from, bytes: bytes.length, answers: undefined, target: undefined },
				message,
			)
			break
		case 'response':
		case 'error':
			return answered(turn, { own, from }, message)
	}
	state.version += 1
	return true
}

function answered(
	turn: Turn,
	{ own, from }: { readonly own: FamilyState; readonly from: Address },
	message: KrpcResponse | KrpcError,
): boolean {
	const { transaction } = message
	const found = takeTransaction(turn, { transaction, from, family: own.family })
	if (found === undefined) return drop(turn, 'unasked')
	if (found === 'wrong-sender') return drop(turn, 'wrong-sender')
	turn.state.version += 1
	const { method, target, sentAt } = found
	turn.heard = { answers: method, target, roundTripMs: turn.now - sentAt, dropped: undefined }
	if (message.type === 'response') responseReceived(turn, own, { message, found, from })
	else errorReceived(turn, found, message)
	if (message.ip !== undefined) seenAs(turn, own, { voter: from, host: message.ip.host })
	return true
}

function responseReceived(
	turn: Turn,
	own: FamilyState,
	{ message, found, from }: { message: KrpcResponse; found: Transaction; from: Address },
): void {
	const { state, now } = turn
	const { purpose } = found
	state.counters.answersIn += 1
	const roundTripMs = now - found.sentAt
	// A router stays out of the table: it has enough to do.
	const isRouter =
		state.options.routersServe !== true &&
		own.bootstrap.routers.some(({ host, port }) => host === from.host && port === from.port)
	if (purpose.type === 'step' && !stepAnswered(turn, purpose, { response: message, from })) {
		drop(turn, 'wrong-id')
		nodeSilent(own.table, from, now)
		return
	}
	if (!isRouter) {
		const contact = { id: message.id, address: from }
		const isKnown = own.table.hosts.has(hostKey(from))
		const stands = nodeAnswered(own.table, contact, { now, roundTripMs, client: message.client })
		if (stands && !isKnown) nodeFound(turn, own)
	}
	if (purpose.type === 'announce') announceEnded(turn, purpose, 'accepted')
	if (purpose.type === 'user') {
		const outcome = { type: 'answered', response: message, roundTripMs } as const
		turn.effects.push({ type: 'PingEnded', request: purpose.request, outcome })
	}
	const other = own.family === 4 ? 6 : 4
	leaked(turn, usableNodes(other === 4 ? message.nodes : message.nodes6, from, other), other)
}

function errorReceived(turn: Turn, { purpose, sentAt }: Transaction, { code, message }: KrpcError): void {
	turn.state.counters.errorsIn += 1
	if (purpose.type === 'step') stepMissed(turn, purpose, 'refused')
	if (purpose.type === 'announce') announceEnded(turn, purpose, 'refused')
	if (purpose.type === 'user') {
		const outcome = { type: 'refused', code, message, roundTripMs: turn.now - sentAt } as const
		turn.effects.push({ type: 'PingEnded', request: purpose.request, outcome })
	}
}

// BEP 42: an id that does not fit the address under which most see us is given up for one that does.
function seenAs(turn: Turn, own: FamilyState, { voter, host }: { voter: Address; host: string }): void {
	vote(own.votes, voter, host)
	const believed = believedHost(own.votes)
	if (believed === undefined || standingOf(own.table.id, believed.host) !== 'unverified') return
	changeId(own.table, drawNodeId(turn, believed.host), turn.now)
	own.idReason = { code: 'for-voted-address', host: believed.host, votes: believed.votes }
	startBootstrap(turn, own)
}

function subjectOf(ask: KrpcAsk): { readonly answers: string; readonly target: string | undefined } {
	switch (ask.method) {
		case 'ping':
			return { answers: ask.method, target: undefined }
		case 'find_node':
			return { answers: ask.method, target: toHex(ask.target) }
		case 'get_peers':
		case 'announce_peer':
			return { answers: ask.method, target: toHex(ask.infoHash) }
		case 'other':
			return { answers: ask.name, target: toHex(ask.target) }
	}
}

function canBe({ host, port }: Address): boolean {
	const place = classifyHost(host)
	return port !== 0 && place !== 'unspecified' && place !== 'multicast' && place !== 'reserved'
}

function read(bytes: Uint8Array): KrpcMessage | undefined {
	try {
		return decodeKrpc(bytes)
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

function drop(turn: Turn, why: DatagramDrop): boolean {
	turn.state.counters.dropped[why] += 1
	turn.heard = { ...turn.heard, dropped: why }
	return false
}
