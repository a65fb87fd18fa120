// What others ask us, and what they get (BEP 5, 32). An address that never answered anything of ours may be forged:
// all that goes there on account of a query, a ping to see who it is included, is at most three times the query
// (threats U3), so that nobody can use us against others. Answers are cut to fit, never split.
import { type Address, classifyHost, isDialable } from '../protocol/address.ts'
import { toHex } from '../protocol/bytes.ts'
import {
	type KrpcFaultyQuery,
	type KrpcQuery,
	krpcErrors,
	type NodeContact,
	type Want,
} from '../protocol/krpc.ts'
import {
	encodeError,
	encodeResponse,
	listOverheadBytes,
	maxSentBytes,
	nodeBytes,
	type ResponseFields,
	valueBytes,
} from '../protocol/krpc-encode.ts'
import type { NodeId } from '../protocol/ids.ts'

import { drawBelow } from './entropy.ts'
import { storedPeers, storePeer } from './peer-store.ts'
import { bucketSize, closestNodes, nodeAt, nodeQueried } from './routing-table.ts'
import { mayAnswer, takeForAnswer } from './send-budget.ts'
import type { FamilyState, Turn } from './state.ts'
import { isOurToken, tokenFor } from './tokens.ts'
import { send, sendCheck } from './transactions.ts'

const amplification = 3
const mostValues = 64
/** An answer to a ping with its extras. */
const smallAnswerBytes = 90
/** A ping of ours takes no more. */
const checkBytes = 72

/** A query as it came. */
export type Asked = {
	readonly family: FamilyState
	readonly from: Address
	/** Length of its datagram. */
	readonly bytes: number
	/** Its method, and what it is about in hexadecimal. */
	readonly answers: string | undefined
	readonly target: string | undefined
}

/** Answers a query, or keeps silent. */
export function answerQuery(turn: Turn, asked: Asked, query: KrpcQuery): void {
	const { state, now } = turn
	const { family, from } = asked
	state.counters.queriesIn += 1
	const wanted = !query.readOnly && nodeQueried(family.table, { id: query.id, address: from }, now)
	if (state.options.readOnly) {
		state.counters.dropped['read-only'] += 1
		return
	}
	if (!mayAnswer(state.budget, now)) {
		state.counters.dropped['over-limit'] += 1
		return
	}
	const isProven = nodeAt(family.table, from) !== undefined
	let space = isProven ? maxSentBytes : Math.min(maxSentBytes, amplification * asked.bytes)
	// It goes into the table when it answers that. What it asked for comes first.
	if (wanted && space >= checkBytes + Math.max(smallAnswerBytes, asked.bytes)) {
		space -= sendCheck(turn, family, from, { code: 'dht-newcomer' })
	}
	const { ask } = query
	const fields = {
		transaction: query.transaction,
		client: state.options.client,
		id: family.table.id,
		to: from,
	}
	switch (ask.method) {
		case 'ping':
			reply(turn, asked, { ...fields }, space)
			return
		case 'announce_peer':
			announced(turn, asked, { query, ask, space })
			return
		case 'get_peers':
			reply(
				turn,
				asked,
				withPeers(turn, { asked, fields, space, infoHash: ask.infoHash, want: ask.want }),
				space,
			)
			return
		case 'find_node':
		case 'other':
			reply(turn, asked, withNodes(turn, { asked, fields, space, target: ask.target, want: ask.want }), space)
	}
}

/** A query that is wrong in itself is told so. */
export function answerFault(turn: Turn, asked: Asked, fault: KrpcFaultyQuery): void {
	turn.state.counters.queriesIn += 1
	if (turn.state.options.readOnly) turn.state.counters.dropped['read-only'] += 1
	else refuse(turn, asked, { ...fault, space: amplification * asked.bytes })
}

type Filling = {
	readonly asked: Asked
	readonly fields: ResponseFields
	readonly space: number
	readonly want: Want
}

function withNodes(
	turn: Turn,
	{ asked, fields, space, target, want }: Filling & { target: NodeId },
): ResponseFields {
	const wanted = want ?? [asked.family.family]
	let left = space - encodeResponse(fields).length
	const lists: { nodes?: readonly NodeContact[]; nodes6?: readonly NodeContact[] } = {}
	for (const family of [4, 6] as const) {
		const { [family]: state } = turn.state.families
		if (!wanted.includes(family) || state === undefined) continue
		left -= listOverheadBytes
		const count = Math.min(bucketSize, Math.floor(left / nodeBytes[family]))
		const nodes = count > 0 ? closestTo(turn, state, { target, count, but: asked.from }) : []
		left -= nodes.length * nodeBytes[family]
		lists[family === 4 ? 'nodes' : 'nodes6'] = nodes
	}
	return { ...fields, ...lists }
}

// Whoever asks for nodes knows himself.
function closestTo(
	turn: Turn,
	{ table }: FamilyState,
	{ target, count, but }: { readonly target: NodeId; readonly count: number; readonly but: Address },
): NodeContact[] {
	const asker = nodeAt(table, but)
	return closestNodes(table, target, count + 1, turn.now)
		.filter(node => node !== asker)
		.slice(0, count)
}

// Peers take what they need of one half, and nodes what is left.
function withPeers(turn: Turn, filling: Filling & { infoHash: Uint8Array }): ResponseFields {
	const { state, sha1, now } = turn
	const { asked, space, infoHash } = filling
	const { family } = asked.family
	const token = tokenFor(state.secrets, asked.from.host, { entropy: state.entropy, sha1 }, now)
	const fields = { ...filling.fields, token }
	const half = (space - encodeResponse(fields).length) / 2 - listOverheadBytes
	const stored = state.store.torrents.has(toHex(infoHash))
	const values = stored
		? storedPeers(state.store, toHex(infoHash), {
				family,
				limit: Math.min(mostValues, Math.floor(half / valueBytes[family])),
				start: drawBelow(state.entropy, sha1, 1 << 16),
				now,
			})
		: undefined
	return withNodes(turn, { ...filling, fields: { ...fields, values }, target: infoHash as NodeId })
}

function announced(
	turn: Turn,
	asked: Asked,
	{
		query,
		ask,
		space,
	}: {
		readonly query: KrpcQuery
		readonly ask: Extract<KrpcQuery['ask'], { readonly method: 'announce_peer' }>
		readonly space: number
	},
): void {
	const { state, sha1, now } = turn
	const { from, family } = asked
	const shown = { token: ask.token, host: from.host }
	if (!isOurToken(state.secrets, shown, { entropy: state.entropy, sha1 }, now)) {
		refuse(turn, asked, { ...query, code: krpcErrors.protocol, message: 'bad token', space })
		return
	}
	const port = ask.impliedPort ? from.port : ask.port
	const peer = { host: from.host, port }
	storePeer(state.store, toHex(ask.infoHash), peer, now)
	// What is left with us for others is good for ourselves too.
	if (state.interests.has(toHex(ask.infoHash)) && isDialable(peer, classifyHost(from.host))) {
		turn.effects.push({ type: 'PeersFound', infoHash: ask.infoHash, addresses: [peer] })
	}
	state.version += 1
	const { client } = state.options
	reply(turn, asked, { transaction: query.transaction, client, id: family.table.id, to: from }, space)
}

function reply(turn: Turn, asked: Asked, fields: ResponseFields, space: number): void {
	if (sendAnswer(turn, asked, encodeResponse(fields), space)) turn.state.counters.answersOut += 1
}

function refuse(
	turn: Turn,
	asked: Asked,
	what: {
		readonly transaction: Uint8Array
		readonly code: number
		readonly message: string
		readonly space: number
	},
): void {
	const { client } = turn.state.options
	const bytes = encodeError({ ...what, client, to: asked.from })
	if (sendAnswer(turn, asked, bytes, what.space)) turn.state.counters.errorsOut += 1
}

function sendAnswer(turn: Turn, asked: Asked, bytes: Uint8Array, space: number): boolean {
	const { state } = turn
	const { family, from } = asked
	if (bytes.length <= space && takeForAnswer(state.budget, bytes.length, turn.now)) {
		const { answers, target } = asked
		send(turn, { family: family.family, to: from, bytes, why: { code: 'dht-answer' }, answers, target })
		return true
	}
	state.counters.dropped['over-limit'] += 1
	return false
}
