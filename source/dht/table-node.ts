// One node of a routing table and what its behaviour says about it: good, questionable, bad (BEP 5).
import { type Address, addressKey } from '../protocol/address.ts'
import type { NodeId } from '../protocol/ids.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import { type IdStanding, standingOf } from '../protocol/node-id.ts'
import { hostKey, netKey } from './host-key.ts'
import type { NodeState } from './snapshot.ts'

/** A node that said nothing for so long is questionable, and so is a bucket in which nothing changed (BEP 5). */
export const quietMs = 15 * 60_000
/** Silent so often in a row: bad. */
const badFailures = 2

export type TableNode = {
	readonly id: NodeId
	readonly address: Address
	/** Its endpoint, its host, its net: see host-key.ts. */
	readonly key: string
	readonly host: string
	readonly net: string | undefined
	readonly standing: IdStanding
	readonly firstSeenAt: number
	answeredAt: number
	queriedAt: number | undefined
	failures: number
	roundTripMs: number | undefined
	client: Uint8Array | undefined
}

/** What an answer says about the node that gave it. */
export type Answered = {
	readonly now: number
	readonly roundTripMs: number | undefined
	readonly client: Uint8Array | undefined
}

/** A node that has just answered. */
export function createTableNode({ id, address }: NodeContact, answered: Answered): TableNode {
	return {
		id,
		address,
		key: addressKey(address),
		host: hostKey(address),
		net: netKey(address),
		standing: standingOf(id, address.host),
		firstSeenAt: answered.now,
		answeredAt: answered.now,
		queriedAt: undefined,
		failures: 0,
		roundTripMs: answered.roundTripMs,
		client: answered.client,
	}
}

/** It answered again. */
export function noteAnswer(node: TableNode, { now, roundTripMs, client }: Answered): void {
	node.answeredAt = now
	node.failures = 0
	node.roundTripMs = roundTripMs ?? node.roundTripMs
	node.client = client ?? node.client
}

/** See `NodeState`. */
export function stateOf(node: TableNode, now: number): NodeState {
	if (node.failures >= badFailures) return 'bad'
	return now - lastSeenAt(node) < quietMs ? 'good' : 'questionable'
}

/** When it last answered or asked us something. */
export function lastSeenAt(node: TableNode): number {
	return Math.max(node.answeredAt, node.queriedAt ?? Number.NEGATIVE_INFINITY)
}
