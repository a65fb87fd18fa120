// The way into the DHT: a lookup of our own id that begins with nodes of the last run and with whoever was named;
// routers are asked only when those do not suffice, since everybody asks them (BEP 5). Where nobody answers it is
// tried again, each time later.
import type { Address } from '../protocol/address.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import type { Family } from './boundary.ts'
import { familyOf, hostKey } from './host-key.ts'
import type { Lead, Lookup } from './lookup.ts'
import type { BootstrapReason } from './reasons.ts'
import { bucketSize, countNodes, forgiveAll } from './routing-table.ts'
import { addLeads, cancelLookup, startLookup } from './searching.ts'
import { type FamilyState, openFamilies, type Turn } from './state.ts'
import { sendCheck } from './transactions.ts'

/** Those of the last run have so long to answer before routers are asked too. */
const savedGraceMs = 3000
const firstRetryMs = 5000
const lastRetryMs = 5 * 60_000
const mostHints = 64
const newcomerMs = 1000
/** Until a table is worth being kept, after the first nodes are found. */
const firstSaveMs = 30_000

/** Begins, or begins again. */
export function startBootstrap(turn: Turn, family: FamilyState): void {
	const { bootstrap } = family
	if (bootstrap.lookup !== undefined) cancelLookup(turn, bootstrap.lookup, { code: 'restarted' })
	bootstrap.startedAt = turn.now
	bootstrap.askedRouters = false
	bootstrap.nextTryAt = Number.POSITIVE_INFINITY
	const leads = leadsOf(bootstrap.saved, bootstrap.hints)
	const known = countNodes(family.table, turn.now)
	if (leads.length + known === 0) {
		askRouters(turn, family)
		return
	}
	note(
		turn,
		family,
		bootstrap.saved.length + known > 0
			? { code: 'asking-saved', nodes: bootstrap.saved.length + known }
			: { code: 'asking-hints', nodes: bootstrap.hints.length },
	)
	if (bootstrap.saved.length > 0) bootstrap.nextTryAt = turn.now + savedGraceMs
	search(turn, family, leads)
}

/** Somebody said that nodes are there. Joined, we look whether it is so; before, they are a way in. */
export function nodesNamed(turn: Turn, addresses: readonly Address[]): void {
	for (const family of openFamilies(turn.state)) {
		const named = addresses.filter(address => familyOf(address) === family.family)
		if (named.length > 0) takeHints(turn, family, named)
	}
}

/** The routers' names are resolved, or could not be. */
export function routersResolved(turn: Turn, addresses: readonly Address[]): void {
	for (const family of openFamilies(turn.state)) {
		const { bootstrap } = family
		if (!bootstrap.awaitsRouters) continue
		bootstrap.awaitsRouters = false
		bootstrap.routers = addresses.filter(address => familyOf(address) === family.family)
		const isRouter = turn.state.options.routersServe !== true
		const leads = bootstrap.routers.map(address => ({ id: undefined, address, isRouter }))
		if (bootstrap.lookup !== undefined) addLeads(turn, bootstrap.lookup, leads)
		else if (leads.length > 0) {
			if (!isJoined(family)) note(turn, family, { code: 'asking-routers', routers: leads.length })
			search(turn, family, leads)
		} else if (!isJoined(family)) giveUp(turn, family, 0)
	}
}

/** A bootstrap lookup came to its end. */
export function bootstrapEnded(turn: Turn, lookup: Lookup): void {
	const family = turn.state.families[lookup.family]
	if (family?.bootstrap.lookup !== lookup.number) return
	const { bootstrap, table } = family
	bootstrap.lookup = undefined
	const nodes = countNodes(table, turn.now)
	if (nodes === 0) {
		if (bootstrap.awaitsRouters) return
		if (bootstrap.askedRouters) giveUp(turn, family, lookup.asked)
		else askRouters(turn, family)
		return
	}
	const isFirst = bootstrap.reason.code !== 'joined'
	note(turn, family, { code: 'joined', nodes, tookMs: turn.now - bootstrap.startedAt })
	bootstrap.failures = 0
	bootstrap.nextTryAt = Number.POSITIVE_INFINITY
	bootstrap.saved = []
	bootstrap.hints = []
	if (isFirst) turn.state.nextSaveAt = Math.min(turn.state.nextSaveAt, turn.now + firstSaveMs)
	// Few of those of old are left: a table that is nearly empty is soon empty.
	if (nodes < bucketSize && !bootstrap.askedRouters && turn.state.options.routers > 0)
		requestRouters(turn, family)
}

/** `nextTryAt` has come: another attempt, or routers besides those of old who keep silent. */
export function bootstrapDue(turn: Turn, family: FamilyState): void {
	const { bootstrap } = family
	if (turn.now < bootstrap.nextTryAt) return
	bootstrap.nextTryAt = Number.POSITIVE_INFINITY
	if (bootstrap.lookup === undefined) startBootstrap(turn, family)
	else if (countNodes(family.table, turn.now) < bucketSize) requestRouters(turn, family)
}

/**
 * Somebody new stands in the table. Where nothing else leads into the DHT, that is the way (BEP 5); and where there
 * are few, what was left with all others is to be left there too.
 */
export function nodeFound(turn: Turn, family: FamilyState): void {
	const { bootstrap, table } = family
	if (!isJoined(family)) {
		if (bootstrap.lookup === undefined && !bootstrap.awaitsRouters) startBootstrap(turn, family)
	} else if (countNodes(table, turn.now) <= bucketSize) {
		for (const { next } of turn.state.interests.values()) {
			next[family.family] = Math.min(next[family.family], turn.now + newcomerMs)
		}
	}
}

/** The network is back, or is another one: nothing that failed meanwhile counts. */
export function rejoin(turn: Turn): void {
	for (const family of openFamilies(turn.state)) {
		forgiveAll(family.table)
		family.bootstrap.failures = 0
		startBootstrap(turn, family)
	}
}

/** Nodes of the other family that an answer leaked (BEP 32): a way into that DHT while it is not joined. */
export function leaked(turn: Turn, nodes: readonly NodeContact[], to: Family): void {
	const family = turn.state.families[to]
	if (family === undefined || nodes.length === 0 || isJoined(family)) return
	takeHints(
		turn,
		family,
		nodes.map(({ address }) => address),
	)
}

/** Whether nodes of this family are known. */
export function isJoined(family: FamilyState): boolean {
	return family.bootstrap.reason.code === 'joined'
}

function takeHints(turn: Turn, family: FamilyState, addresses: readonly Address[]): void {
	const { bootstrap, table } = family
	const fresh = addresses.filter(address => !table.hosts.has(hostKey(address)))
	if (isJoined(family)) {
		for (const to of fresh.slice(0, bucketSize)) sendCheck(turn, family, to, { code: 'dht-port-message' })
		return
	}
	const room = fresh.slice(0, mostHints - bootstrap.hints.length)
	bootstrap.hints.push(...room)
	if (bootstrap.lookup === undefined) startBootstrap(turn, family)
	else addLeads(turn, bootstrap.lookup, leadsOf([], room))
}

function leadsOf(saved: readonly NodeContact[], hints: readonly Address[]): Lead[] {
	return [...saved, ...hints.map(address => ({ id: undefined, address }))]
}

function search(turn: Turn, family: FamilyState, leads: readonly Lead[]): void {
	// Told of the end before the number is known, it would be taken for another one.
	family.bootstrap.lookup = turn.state.nextLookup
	startLookup(turn, { family, purpose: 'bootstrap', target: family.table.id, leads })
}

function askRouters(turn: Turn, family: FamilyState): void {
	if (turn.state.options.routers === 0) giveUp(turn, family, 0)
	else {
		note(turn, family, { code: 'resolving-routers', routers: turn.state.options.routers })
		requestRouters(turn, family)
	}
}

function requestRouters(turn: Turn, family: FamilyState): void {
	if (family.bootstrap.askedRouters || turn.state.options.routers === 0) return
	const underWay = openFamilies(turn.state).some(other => other.bootstrap.awaitsRouters)
	family.bootstrap.askedRouters = true
	family.bootstrap.awaitsRouters = true
	if (!underWay) turn.effects.push({ type: 'ResolveRouters' })
}

function giveUp(turn: Turn, family: FamilyState, asked: number): void {
	const { bootstrap } = family
	const isEmpty = asked === 0 && turn.state.options.routers === 0
	const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** bootstrap.failures)
	bootstrap.failures += 1
	bootstrap.askedRouters = false
	bootstrap.nextTryAt = isEmpty ? Number.POSITIVE_INFINITY : turn.now + waitMs
	const reason: BootstrapReason = isEmpty
		? { code: 'nobody-to-ask' }
		: { code: 'nobody-answered', asked, untilAt: bootstrap.nextTryAt }
	note(turn, family, reason)
}

function note(turn: Turn, { bootstrap }: FamilyState, reason: BootstrapReason): void {
	bootstrap.reason = reason
	bootstrap.at = turn.now
	turn.state.version += 1
}
