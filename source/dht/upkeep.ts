// What time brings: silence of those who were asked, a look at nodes that have been quiet, buckets in which nothing
// changed (BEP 5), peers and secrets that grow old, the next attempt to join.
import { failedMs, nextOverdueAt, overdue, sendQuery } from './transactions.ts'
import type { Transaction } from './transaction.ts'
import { bootstrapDue, isJoined } from './bootstrapping.ts'
import { drawBytes } from './entropy.ts'
import { expireSources } from './flood-guard.ts'
import { toNodeId, type NodeId } from '../protocol/ids.ts'
import { expirePeers } from './peer-store.ts'
import { nodeSilent, stalestBucket, stalestNode } from './routing-table.ts'
import { advanceAll, announceEnded, startLookup, stepMissed } from './searching.ts'
import { lastSeenAt } from './table-node.ts'
import { type FamilyState, isAwaited, openFamilies, type Turn } from './state.ts'
import { lookForPeers, nextInterestAt } from './wanting.ts'

const upkeepMs = 5000
const expiryMs = 60_000
const saveMs = 10 * 60_000

/** `nextWakeAt` has come, or something else happened after it. */
export function woken(turn: Turn): void {
	const { state, now } = turn
	const { late, failed } = overdue(turn)
	for (const transaction of late) isLate(turn, transaction)
	for (const transaction of failed) isSilent(turn, transaction)
	if (now >= state.blockedUntil) {
		state.blockedUntil = Number.POSITIVE_INFINITY
		advanceAll(turn)
	}
	for (const family of openFamilies(state)) bootstrapDue(turn, family)
	if (now >= state.nextUpkeepAt) {
		state.nextUpkeepAt = now + upkeepMs
		for (const family of openFamilies(state)) keepUp(turn, family)
	}
	if (now >= state.nextExpiryAt) {
		state.nextExpiryAt = now + expiryMs
		expirePeers(state.store, now)
		expireSources(state.guard, now)
	}
	if (now >= state.nextSaveAt) {
		state.nextSaveAt = now + saveMs
		turn.effects.push({ type: 'SaveTable' })
	}
	lookForPeers(turn)
}

/** When `Woken` is wanted next. */
export function nextWake(turn: Turn): number {
	const { state } = turn
	return Math.min(
		nextOverdueAt(state),
		state.blockedUntil,
		state.nextUpkeepAt,
		state.nextExpiryAt,
		state.nextSaveAt,
		nextInterestAt(turn),
		...openFamilies(state).map(({ bootstrap }) => bootstrap.nextTryAt),
	)
}

/** There is something to be kept up from now on. */
export function startUpkeep({ state, now }: Turn): void {
	state.nextUpkeepAt = Math.min(state.nextUpkeepAt, now + upkeepMs)
	state.nextExpiryAt = Math.min(state.nextExpiryAt, now + expiryMs)
}

function isLate(turn: Turn, { purpose }: Transaction): void {
	if (purpose.type === 'step') stepMissed(turn, purpose, 'late')
}

function isSilent(turn: Turn, { family, to, purpose }: Transaction): void {
	turn.state.version += 1
	const own = turn.state.families[family]
	if (own !== undefined) nodeSilent(own.table, to, turn.now)
	if (purpose.type === 'step') stepMissed(turn, purpose, 'silent')
	if (purpose.type === 'announce') announceEnded(turn, purpose, 'silent')
	if (purpose.type === 'user') {
		turn.effects.push({ type: 'PingEnded', request: purpose.request, outcome: { type: 'silent' } })
	}
}

// One node is asked whether it is there, one bucket is refreshed: there is time.
function keepUp(turn: Turn, family: FamilyState): void {
	if (!isJoined(family)) return
	const { state, now } = turn
	const node = stalestNode(family.table, now)
	if (node !== undefined && now >= family.nextPingAt && !isAwaited(state, node.address)) {
		family.nextPingAt = now + (node.failures > 0 ? failedMs : 0)
		sendQuery(turn, family, {
			to: node.address,
			ask: { method: 'ping' },
			purpose: { type: 'check' },
			why: { code: 'dht-check', silentMs: now - lastSeenAt(node) },
		})
	}
	if (family.refresh !== undefined && state.lookups.has(family.refresh)) return
	const index = stalestBucket(family.table, now)
	const bucket = index === undefined ? undefined : family.table.buckets[index]
	if (index === undefined || bucket === undefined) return
	bucket.changedAt = now
	const target = placeIn(turn, family, index)
	family.refresh = state.nextLookup
	startLookup(turn, { family, purpose: 'refresh', target })
}

/** Any place in a bucket: our own bits up to the one in which it differs; our own place for the last one. */
function placeIn(turn: Turn, { table }: FamilyState, index: number): NodeId {
	if (index === table.buckets.length - 1) return table.id
	const place = drawBytes(turn.state.entropy, turn.sha1, 20)
	for (let bit = 0; bit <= index; bit += 1) {
		const [at, mask] = [bit >> 3, 0x80 >> (bit & 7)]
		const own = (table.id[at] ?? 0) & mask
		const wanted = bit === index ? own ^ mask : own
		place[at] = ((place[at] ?? 0) & ~mask) | wanted
	}
	return toNodeId(place)
}
