// One iterative lookup (BEP 5): ask the nodes closest to a place for nodes that are closer still, several at a time,
// until nobody closer is left. Every step stays, for whoever wants to see how it came about. It ends when the eight
// closest whose ids fit their addresses have answered (BEP 42): others are asked too, but nobody counts on them.
import { type Address, addressKey } from '../protocol/address.ts'
import type { NodeId } from '../protocol/ids.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import { compareDistance, type IdStanding, standingOf } from '../protocol/node-id.ts'
import type { Family } from './boundary.ts'
import { hostKey, netKey } from './host-key.ts'
import type { LookupEnd, LookupPurpose } from './reasons.ts'
import { bucketSize } from './routing-table.ts'
import type { AnnounceState, LookupStepState } from './snapshot.ts'

const mostAsked = 128
const mostSteps = 384
/** Nodes that are not among so many closest of those still to be asked would never get their turn. */
const worthAsking = 32
const mostPeers = 1000

export type Step = {
	/** Place in `steps`. */
	readonly index: number
	readonly round: number
	/** undefined until it answers, where only its address was known. */
	id: NodeId | undefined
	readonly address: Address
	readonly key: string
	/** A router shows others the way and is no place to leave anything. */
	readonly isRouter: boolean
	standing: IdStanding | undefined
	readonly namedBy: number | undefined
	state: LookupStepState
	askedAt: number | undefined
	answeredAt: number | undefined
	token: Uint8Array | undefined
	nodesNamed: number
	nodesNew: number
	peersNamed: number
	announce: AnnounceState | undefined
}

export type Lookup = {
	readonly number: number
	readonly family: Family
	readonly purpose: LookupPurpose
	readonly target: NodeId
	readonly parallelism: number
	/** To announce this port at the end. */
	readonly announcePort: number | undefined
	/** Who asked for it: the user. */
	readonly request: number | undefined
	/** Hexadecimal info hash of the torrent that it is for. */
	readonly interest: string | undefined
	readonly startedAt: number
	endedAt: number | undefined
	end: LookupEnd | undefined
	readonly steps: Step[]
	/** Steps whose ids are known, the closest first. */
	order: Step[]
	readonly hosts: Set<string>
	readonly nets: Set<string>
	/** Asked, and neither answered nor late. */
	inFlight: number
	asked: number
	answered: number
	readonly peers: Map<string, Address>
	/** Announces that wait for their answer. */
	announcing: number
	announcedTo: number
}

export type LookupStart = Pick<
	Lookup,
	| 'number'
	| 'family'
	| 'purpose'
	| 'target'
	| 'parallelism'
	| 'announcePort'
	| 'request'
	| 'interest'
	| 'startedAt'
>

/** Somebody whom a lookup may ask. */
export type Lead = {
	readonly id: NodeId | undefined
	readonly address: Address
	readonly namedBy?: Step
	readonly isRouter?: boolean
}

/** A lookup that knows nobody yet. */
export function createLookup(start: LookupStart): Lookup {
	return {
		...start,
		endedAt: undefined,
		end: undefined,
		steps: [],
		order: [],
		hosts: new Set(),
		nets: new Set(),
		inFlight: 0,
		asked: 0,
		answered: 0,
		peers: new Map(),
		announcing: 0,
		announcedTo: 0,
	}
}

/** Takes somebody in; false when the host or its net is in already, or it is too far away to be asked ever. */
export function addLead(lookup: Lookup, { id, address, namedBy, isRouter }: Lead): boolean {
	const host = hostKey(address)
	const net = isRouter === true ? undefined : netKey(address)
	if (lookup.hosts.has(host) || (net !== undefined && lookup.nets.has(net))) return false
	if (lookup.steps.length >= mostSteps) return false
	if (id !== undefined && !isWorthAsking(lookup, id)) return false
	lookup.hosts.add(host)
	if (net !== undefined) lookup.nets.add(net)
	const step: Step = {
		index: lookup.steps.length,
		round: namedBy === undefined ? 0 : namedBy.round + 1,
		id,
		address,
		key: addressKey(address),
		isRouter: isRouter ?? false,
		standing: id === undefined ? undefined : standingOf(id, address.host),
		namedBy: namedBy?.index,
		state: 'waiting',
		askedAt: undefined,
		answeredAt: undefined,
		token: undefined,
		nodesNamed: 0,
		nodesNew: 0,
		peersNamed: 0,
		announce: undefined,
	}
	lookup.steps.push(step)
	if (id !== undefined) place(lookup, step)
	return true
}

/** Who is to be asked next, or why the lookup is over, or `wait` for those who were asked. */
export function nextOf(lookup: Lookup): Step | LookupEnd | 'wait' {
	const nameless = lookup.steps.find(step => step.id === undefined && step.state === 'waiting')
	const { waiting, pending, counted } = survey(lookup)
	const next = nameless ?? waiting
	if (next !== undefined) {
		if (lookup.asked >= mostAsked) {
			return lookup.inFlight > 0 ? 'wait' : { code: 'too-many-asked', limit: mostAsked }
		}
		return lookup.inFlight < lookup.parallelism ? next : 'wait'
	}
	if (pending) return 'wait'
	if (counted >= bucketSize) return { code: 'closest-answered', nodes: counted }
	if (lookup.steps.some(({ state }) => state === 'asked' || state === 'late')) return 'wait'
	if (lookup.steps.length === 0) return { code: 'nobody-to-ask' }
	return { code: 'nobody-left', answered: lookup.answered }
}

/** A step was asked. */
export function noteAsked(lookup: Lookup, step: Step, now: number): void {
	step.state = 'asked'
	step.askedAt = now
	lookup.asked += 1
	lookup.inFlight += 1
}

/** Its answer takes long: another one may be asked meanwhile. */
export function noteLate(lookup: Lookup, step: Step): void {
	if (step.state !== 'asked') return
	step.state = 'late'
	lookup.inFlight -= 1
}

/** It answered, or will not any more. */
export function noteEnded(
	lookup: Lookup,
	step: Step,
	state: 'answered' | 'silent' | 'wrong-id' | 'refused',
	now: number,
): void {
	if (step.state === 'asked') lookup.inFlight -= 1
	step.state = state
	if (state === 'silent') return
	step.answeredAt = now
	if (state === 'answered') lookup.answered += 1
}

/** It is over; nobody waits for those who have not answered. */
export function endLookup(lookup: Lookup, end: LookupEnd, now: number): void {
	lookup.end = end
	lookup.endedAt = now
	lookup.inFlight = 0
	for (const step of lookup.steps)
		if (step.state === 'asked' || step.state === 'late') step.state = 'unneeded'
}

/** A step that was known by its address alone has told its id. */
export function noteId(lookup: Lookup, step: Step, id: NodeId): void {
	step.id = id
	step.standing = standingOf(id, step.address.host)
	if (!step.isRouter) place(lookup, step)
}

/** Takes what an answer names; returns the peers that are new. */
export function takeNamed(
	lookup: Lookup,
	step: Step,
	named: { readonly nodes: readonly NodeContact[]; readonly peers: readonly Address[] },
): Address[] {
	step.nodesNamed = named.nodes.length
	step.peersNamed = named.peers.length
	for (const { id, address } of named.nodes) {
		if (addLead(lookup, { id, address, namedBy: step })) step.nodesNew += 1
	}
	const fresh: Address[] = []
	for (const address of named.peers) {
		const key = addressKey(address)
		if (lookup.peers.has(key) || lookup.peers.size >= mostPeers) continue
		lookup.peers.set(key, address)
		fresh.push(address)
	}
	return fresh
}

/**
 * Where to announce: the eight closest that gave a token under an id that fits their address, and whoever else gave
 * one and is closer than those (BEP 42), at most sixteen.
 */
export function announceTargets(lookup: Lookup): Step[] {
	const targets: Step[] = []
	let counted = 0
	for (const step of lookup.order) {
		if (step.state !== 'answered' || step.token === undefined) continue
		targets.push(step)
		if (step.standing !== 'unverified') counted += 1
		if (counted >= bucketSize || targets.length >= 2 * bucketSize) break
	}
	return targets
}

/** Looks through the steps up to the eighth that answered and counts. */
function survey(lookup: Lookup): { waiting: Step | undefined; pending: boolean; counted: number } {
	let waiting: Step | undefined
	let pending = lookup.steps.some(step => step.id === undefined && step.state === 'asked')
	let counted = 0
	for (const step of lookup.order) {
		if (step.state === 'waiting') waiting ??= step
		else if (step.state === 'asked') pending = true
		else if (step.state === 'answered' && step.standing !== 'unverified') counted += 1
		if (counted >= bucketSize) break
	}
	return { waiting, pending, counted }
}

function isWorthAsking(lookup: Lookup, id: NodeId): boolean {
	let closerWaiting = 0
	for (const step of lookup.order) {
		if (step.id === undefined || compareDistance(lookup.target, step.id, id) > 0) return true
		if (step.state === 'waiting' && (closerWaiting += 1) >= worthAsking) return false
	}
	return true
}

function place(lookup: Lookup, step: Step): void {
	const { id } = step
	if (id === undefined) return
	const at = lookup.order.findIndex(
		other => other.id !== undefined && compareDistance(lookup.target, id, other.id) < 0,
	)
	if (at < 0) lookup.order.push(step)
	else lookup.order.splice(at, 0, step)
}
