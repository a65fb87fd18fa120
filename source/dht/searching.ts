// Runs lookups: who is asked when, what an answer brings, and the announces at the end. The rules of one lookup are
// in lookup.ts.
import { classifyHost, dialObstacle, type Address } from '../protocol/address.ts'
import { equalBytes, toHex } from '../protocol/bytes.ts'
import { type NodeId, toInfoHash } from '../protocol/ids.ts'
import type { KrpcResponse, NodeContact } from '../protocol/krpc.ts'
import type { QueryFields } from '../protocol/krpc-encode.ts'
import type { Family } from './boundary.ts'
import { familyOf } from './host-key.ts'
import {
	addLead,
	announceTargets,
	createLookup,
	endLookup,
	type Lead,
	type Lookup,
	type LookupStart,
	nextOf,
	noteAsked,
	noteEnded,
	noteId,
	noteLate,
	type Step,
	takeNamed,
} from './lookup.ts'
import type { LookupEnd, LookupPurpose, SendReason } from './reasons.ts'
import { bucketIndex, bucketSize, closestNodes } from './routing-table.ts'
import { type FamilyState, openFamilies, type Turn } from './state.ts'
import { sendQuery } from './transactions.ts'

const parallelism = 4
/** At the start most of those who are asked are gone. */
const bootstrapParallelism = 8
const mostEnded = 20

export type Search = {
	readonly family: FamilyState
	readonly purpose: LookupPurpose
	readonly target: NodeId
	readonly announcePort?: number | undefined
	readonly request?: number | undefined
	readonly interest?: string | undefined
	/** Others to begin with than those in our table. */
	readonly leads?: readonly Lead[]
}

/** Starts a lookup from the closest nodes of our table and from `leads`; returns its number. */
export function startLookup(turn: Turn, search: Search): number {
	const { state, now } = turn
	const { family, purpose, target } = search
	const start: LookupStart = {
		number: state.nextLookup,
		family: family.family,
		purpose,
		target,
		parallelism: purpose === 'bootstrap' ? bootstrapParallelism : parallelism,
		announcePort: search.announcePort,
		request: search.request,
		interest: search.interest,
		startedAt: now,
	}
	state.nextLookup += 1
	const lookup = createLookup(start)
	for (const { id, address } of closestNodes(family.table, target, 2 * bucketSize, now)) {
		addLead(lookup, { id, address })
	}
	for (const lead of search.leads ?? []) addLead(lookup, lead)
	state.lookups.set(lookup.number, lookup)
	advance(turn, lookup)
	return lookup.number
}

/** Adds somebody to a lookup that runs. */
export function addLeads(turn: Turn, number: number, leads: readonly Lead[]): void {
	const lookup = turn.state.lookups.get(number)
	if (lookup === undefined || lookup.end !== undefined) return
	for (const lead of leads) addLead(lookup, lead)
	advance(turn, lookup)
}

/** Ends a lookup before its time; what it was for is told nothing. */
export function cancelLookup(turn: Turn, number: number, end: LookupEnd): void {
	const lookup = turn.state.lookups.get(number)
	if (lookup !== undefined && lookup.end === undefined) finish(turn, lookup, end)
}

/** Asks whoever is next in every lookup; to be called when bytes may be sent again. */
export function advanceAll(turn: Turn): void {
	for (const lookup of [...turn.state.lookups.values()]) advance(turn, lookup)
}

/** The answer to a step's query. False where the node is not the one that it was named as. */
export function stepAnswered(
	turn: Turn,
	at: { readonly lookup: number; readonly step: number },
	answer: { readonly response: KrpcResponse; readonly from: Address },
): boolean {
	const lookup = turn.state.lookups.get(at.lookup)
	const step = lookup?.steps[at.step]
	const { response, from } = answer
	if (lookup === undefined || step === undefined || lookup.end !== undefined) return true
	const isWrong = step.id !== undefined && !equalBytes(step.id, response.id)
	noteEnded(lookup, step, isWrong ? 'wrong-id' : 'answered', turn.now)
	if (isWrong) {
		advance(turn, lookup)
		return false
	}
	if (step.id === undefined) noteId(lookup, step, response.id)
	step.token = response.token
	const own = turn.state.families[lookup.family]?.table.id
	const named = usableNodes(lookup.family === 4 ? response.nodes : response.nodes6, from, lookup.family)
	const fresh = takeNamed(lookup, step, {
		nodes: named.filter(({ id }) => own === undefined || !equalBytes(id, own)),
		peers: lookup.purpose === 'peers' || lookup.purpose === 'announce' ? usablePeers(response, from) : [],
	})
	if (fresh.length > 0) {
		turn.effects.push({ type: 'PeersFound', infoHash: toInfoHash(lookup.target), addresses: fresh })
	}
	advance(turn, lookup)
	return true
}

/** A step's query was refused, is late, or failed. */
export function stepMissed(
	turn: Turn,
	at: { readonly lookup: number; readonly step: number },
	what: 'late' | 'silent' | 'refused',
): void {
	const lookup = turn.state.lookups.get(at.lookup)
	const step = lookup?.steps[at.step]
	if (lookup === undefined || step === undefined || lookup.end !== undefined) return
	if (what === 'late') noteLate(lookup, step)
	else noteEnded(lookup, step, what, turn.now)
	advance(turn, lookup)
}

/** What became of an announce. */
export function announceEnded(
	turn: Turn,
	at: { readonly lookup: number; readonly step: number },
	outcome: 'accepted' | 'refused' | 'silent',
): void {
	const lookup = turn.state.lookups.get(at.lookup)
	const step = lookup?.steps[at.step]
	if (lookup === undefined || step === undefined) return
	step.announce = outcome
	lookup.announcing -= 1
	if (outcome === 'accepted') lookup.announcedTo += 1
	announce(turn, lookup)
}

/** Nodes of this family that whoever answers from this address may send us to. */
export function usableNodes(
	nodes: readonly NodeContact[],
	from: Address,
	family: Family,
): readonly NodeContact[] {
	const source = classifyHost(from.host)
	return nodes.filter(
		({ address }) => familyOf(address) === family && dialObstacle(address, source) === undefined,
	)
}

function usablePeers({ values }: KrpcResponse, from: Address): readonly Address[] {
	const source = classifyHost(from.host)
	return values.filter(address => dialObstacle(address, source) === undefined)
}

function advance(turn: Turn, lookup: Lookup): void {
	const family = turn.state.families[lookup.family]
	if (family === undefined) return
	if (lookup.end !== undefined) {
		announce(turn, lookup)
		return
	}
	for (;;) {
		const next = nextOf(lookup)
		if (next === 'wait') return
		if ('code' in next) {
			finish(turn, lookup, next)
			return
		}
		const isSent = sendQuery(turn, family, {
			to: next.address,
			ask: askOf(turn, lookup),
			purpose: { type: 'step', lookup: lookup.number, step: next.index },
			why: reasonOf(lookup, next, family),
		})
		if (!isSent) return
		noteAsked(lookup, next, turn.now)
	}
}

function reasonOf({ purpose, target }: Lookup, { round }: Step, { table }: FamilyState): SendReason {
	if (purpose === 'bootstrap') return { code: 'dht-bootstrap' }
	if (purpose === 'refresh') return { code: 'dht-refresh', bucket: bucketIndex(table, target) }
	return { code: 'dht-lookup', target: toHex(target), round }
}

function askOf(turn: Turn, { purpose, target }: Lookup): QueryFields['ask'] {
	if (purpose === 'peers' || purpose === 'announce') {
		return { method: 'get_peers', infoHash: toInfoHash(target), want: undefined }
	}
	// A node of both DHTs finds its way into the one through the other (BEP 32).
	const both = purpose === 'bootstrap' && openFamilies(turn.state).length > 1
	return { method: 'find_node', target, want: both ? [4, 6] : undefined }
}

function finish(turn: Turn, lookup: Lookup, end: LookupEnd): void {
	endLookup(lookup, end, turn.now)
	if (lookup.announcePort !== undefined && end.code !== 'cancelled' && end.code !== 'restarted') {
		for (const step of announceTargets(lookup)) step.announce = 'waiting'
	}
	announce(turn, lookup)
}

function announce(turn: Turn, lookup: Lookup): void {
	let isWaiting = false
	for (const step of lookup.order) {
		if (step.announce !== 'waiting') continue
		if (!isWaiting && announceTo(turn, lookup, step)) {
			step.announce = 'asked'
			lookup.announcing += 1
		} else isWaiting = true
	}
	if (lookup.announcing === 0 && !isWaiting) retire(turn, lookup)
}

function announceTo(turn: Turn, lookup: Lookup, step: Step): boolean {
	const family = turn.state.families[lookup.family]
	const { token } = step
	if (family === undefined || token === undefined || lookup.announcePort === undefined) return false
	return sendQuery(turn, family, {
		to: step.address,
		ask: {
			method: 'announce_peer',
			infoHash: toInfoHash(lookup.target),
			port: lookup.announcePort,
			// Behind a NAT the port that others see is the one that reaches us, where UDP and TCP share it.
			impliedPort: lookup.announcePort === family.port,
			token,
		},
		purpose: { type: 'announce', lookup: lookup.number, step: step.index },
		why: { code: 'dht-announce', target: toHex(lookup.target) },
	})
}

function retire(turn: Turn, lookup: Lookup): void {
	const { state } = turn
	state.lookups.delete(lookup.number)
	state.ended.push(lookup)
	turn.ended.push(lookup)
	if (state.ended.length > mostEnded) state.ended.shift()
	turn.effects.push({ type: 'LookupEnded', request: lookup.request, lookup: lookup.number })
	turn.state.version += 1
}
