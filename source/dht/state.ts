// Everything that the DHT node knows, as plain data that structuredClone copies, and the turn in which one input
// is handled: state, instant, and the effects so far. The files beside this one hold the rules.
import { addressKey, type Address } from '../protocol/address.ts'
import type { InfoHash, NodeId } from '../protocol/ids.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import { secureNodeId } from '../protocol/node-id.ts'
import type { DhtEffect, Family, Heard } from './boundary.ts'
import { createEntropy, drawBytes, type Entropy, type Sha1 } from './entropy.ts'
import { createVotes, type Votes } from './external-address.ts'
import { createFloodGuard, type FloodGuard } from './flood-guard.ts'
import type { Lookup } from './lookup.ts'
import { createPeerStore, type PeerStore } from './peer-store.ts'
import type { BootstrapReason, IdReason } from './reasons.ts'
import { createTable, type RoutingTable } from './routing-table.ts'
import { createSendBudget, type SendBudget } from './send-budget.ts'
import { dhtOff, type DhtCounters, noDrops } from './snapshot.ts'
import { createSecrets, type Secrets } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** What stays as it was at the start. */
export type DhtOptions = {
	/** 32 bytes of cryptographic chance, new for each run: ids, transaction ids and secrets come from it. */
	readonly key: Uint8Array
	/** BEP 43: ask, and answer nothing. */
	readonly readOnly: boolean
	/** `v` of what we send. */
	readonly client: Uint8Array
	/** How many routers can be asked for. */
	readonly routers: number
	/** They are nodes like any other: they may stand in the table, and be announced to. No, unless told. */
	readonly routersServe?: boolean
	/** Most that is sent over all, in bytes a second; 8000 unless told. */
	readonly bytesPerSecond?: number
	readonly startedAt: number
}

/** The way into the DHT of one family. */
export type Bootstrap = {
	reason: BootstrapReason
	at: number
	/** When this attempt began. */
	startedAt: number
	/** Attempts in a row in which nobody answered. */
	failures: number
	nextTryAt: number
	/** Number of the lookup that runs for it. */
	lookup: number | undefined
	/** Nodes to begin with: of the last run, and named by address alone. */
	saved: NodeContact[]
	hints: Address[]
	routers: Address[]
	/** Routers were asked for in this attempt. */
	askedRouters: boolean
	/** Their names are being looked up. */
	awaitsRouters: boolean
}

export type FamilyState = {
	readonly family: Family
	readonly port: number
	readonly table: RoutingTable
	idReason: IdReason
	readonly votes: Votes
	readonly bootstrap: Bootstrap
	/** Number of the lookup that refreshes a bucket. */
	refresh: number | undefined
	nextPingAt: number
}

/** A torrent whose peers are wanted, and when it is looked for next in each family. */
export type Interest = {
	readonly infoHash: InfoHash
	announcePort: number | undefined
	readonly next: { 4: number; 6: number }
	readonly lookups: { 4: number | undefined; 6: number | undefined }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

export type DhtState = {
	readonly options: DhtOptions
	readonly entropy: Entropy
	readonly families: { 4: FamilyState | undefined; 6: FamilyState | undefined }
	/** Queries of ours that wait for an answer, by their id in hexadecimal, the oldest first. */
	readonly transactions: Map<string, Transaction>
	/** How many of them wait for each endpoint. */
	readonly awaited: Map<string, number>
	/** How many of them only check whether a node is there. */
	checking: number
	readonly secrets: Secrets
	readonly store: PeerStore
	readonly guard: FloodGuard
	readonly budget: SendBudget
	readonly lookups: Map<number, Lookup>
	/** The last that ended, oldest first. */
	readonly ended: Lookup[]
	nextLookup: number
	readonly interests: Map<string, Interest>
	readonly counters: Mutable<Omit<DhtCounters, 'ignoredAddresses' | 'dropped'>> & {
		readonly dropped: Mutable<DhtCounters['dropped']>
	}
	nextUpkeepAt: number
	nextExpiryAt: number
	nextSaveAt: number
	/** A query waits until bytes may be sent again. */
	blockedUntil: number
	/** When `Woken` is wanted. */
	wakeAt: number
	/** Grows whenever the slice would look different. */
	version: number
}

/** One input being handled. */
export type Turn = {
	readonly state: DhtState
	readonly sha1: Sha1
	now: number
	effects: DhtEffect[]
	/** Lookups that ended in this turn and of which nobody was told. */
	readonly ended: Lookup[]
	heard: Heard
}

export const nothingHeard: Heard = {
	answers: undefined,
	target: undefined,
	roundTripMs: undefined,
	dropped: undefined,
}

const defaultBytesPerSecond = 8000

/** A node without a socket. */
export function createDhtState(options: DhtOptions, sha1: Sha1): DhtState {
	const entropy = createEntropy(options.key)
	const { ignoredAddresses, ...counters } = dhtOff(0).counters
	return {
		options,
		entropy,
		families: { 4: undefined, 6: undefined },
		transactions: new Map(),
		awaited: new Map(),
		checking: 0,
		secrets: createSecrets({ entropy, sha1 }, options.startedAt),
		store: createPeerStore(),
		guard: createFloodGuard(),
		budget: createSendBudget(options.bytesPerSecond ?? defaultBytesPerSecond, options.startedAt),
		lookups: new Map(),
		ended: [],
		nextLookup: 1 + ignoredAddresses,
		interests: new Map(),
		counters: { ...counters, dropped: noDrops() },
		nextUpkeepAt: Number.POSITIVE_INFINITY,
		nextExpiryAt: Number.POSITIVE_INFINITY,
		nextSaveAt: Number.POSITIVE_INFINITY,
		blockedUntil: Number.POSITIVE_INFINITY,
		wakeAt: Number.POSITIVE_INFINITY,
		version: 1,
	}
}

/** A family that has a socket and knows nobody yet. `external`: the address that the last run was seen under. */
export function createFamily(
	turn: Turn,
	family: Family,
	{ port, external }: { readonly port: number; readonly external: string | undefined },
): FamilyState {
	const idReason: IdReason =
		external === undefined ? { code: 'random' } : { code: 'for-saved-address', host: external }
	return {
		family,
		port,
		table: createTable(drawNodeId(turn, external), turn.now),
		idReason,
		votes: createVotes(),
		bootstrap: {
			reason: { code: 'nobody-to-ask' },
			at: turn.now,
			startedAt: turn.now,
			failures: 0,
			nextTryAt: Number.POSITIVE_INFINITY,
			lookup: undefined,
			saved: [],
			hints: [],
			routers: [],
			askedRouters: false,
			awaitsRouters: false,
		},
		refresh: undefined,
		nextPingAt: turn.now,
	}
}

/** A new id, which fits the address where one is known (BEP 42). */
export function drawNodeId(turn: Turn, host: string | undefined): NodeId {
	return secureNodeId(host ?? '', drawBytes(turn.state.entropy, turn.sha1, 20))
}

/** The families that have a socket. */
export function openFamilies(state: DhtState): FamilyState[] {
	return [state.families[4], state.families[6]].filter(family => family !== undefined)
}

/** Whether an answer from this endpoint is awaited. */
export function isAwaited(state: DhtState, from: Address): boolean {
	return state.awaited.has(addressKey(from))
}
