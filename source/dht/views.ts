// Builds the slice of the DHT: what a screen draws of the node, see snapshot.ts.
import { fromUtf8, toHex } from '../protocol/bytes.ts'
import { commonBits, distanceOf } from '../protocol/node-id.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import { tallyOf } from './external-address.ts'
import { countIgnored } from './flood-guard.ts'
import type { Lookup, Step } from './lookup.ts'
import { countStoredPeers } from './peer-store.ts'
import type { Bucket, RoutingTable } from './routing-table.ts'
import type {
	DhtBucketView,
	DhtNodeView,
	DhtSlice,
	DhtTableView,
	LookupStepView,
	LookupView,
	NodeState,
	StoredTorrentView,
} from './snapshot.ts'
import { type DhtState, type FamilyState, openFamilies } from './state.ts'
import { stateOf, type TableNode } from './table-node.ts'

const mostLookups = 24
const mostStored = 50

/** The truth at `now`. */
export function dhtSlice(state: DhtState, now: number): DhtSlice {
	const families = openFamilies(state)
	const isJoined = families.some(({ bootstrap }) => bootstrap.reason.code === 'joined')
	const { dropped, ...counters } = state.counters
	return {
		at: now,
		state: families.length === 0 ? 'off' : isJoined ? 'joined' : 'joining',
		readOnly: state.options.readOnly,
		tables: families.map(family => tableView(family, now)),
		lookups: [...[...state.lookups.values()].reverse(), ...[...state.ended].reverse()]
			.slice(0, mostLookups)
			.map(lookupView),
		counters: { ...counters, dropped: { ...dropped }, ignoredAddresses: countIgnored(state.guard, now) },
		stored: {
			torrents: state.store.torrents.size,
			peers: countStoredPeers(state.store),
			list: storedViews(state),
		},
	}
}

/** One lookup with all its steps. */
export function lookupView(lookup: Lookup): LookupView {
	const { number, family, purpose, startedAt, endedAt, end, parallelism, inFlight, asked, answered } = lookup
	return {
		lookup: number,
		family,
		purpose,
		target: toHex(lookup.target),
		startedAt,
		endedAt,
		end,
		parallelism,
		inFlight,
		asked,
		answered,
		peersFound: lookup.peers.size,
		announcedTo: lookup.announcedTo,
		steps: lookup.steps.map(step => stepView(step, lookup.target)),
	}
}

/** How a node names its software: `LT 2.0.11` from two letters and two bytes; undefined where it does not. */
export function clientText(client: Uint8Array | undefined): SafeText | undefined {
	if (client === undefined || client.length === 0) return undefined
	const letters = fromUtf8(client.subarray(0, 2))
	const version = [...client.subarray(2)].map(byte =>
		byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : String(byte),
	)
	return safeText(version.length === 0 ? letters : `${letters} ${version.join('.')}`, 24)
}

function tableView(family: FamilyState, now: number): DhtTableView {
	const { table, bootstrap } = family
	const counts: Record<NodeState, number> = { good: 0, questionable: 0, bad: 0 }
	for (const { nodes } of table.buckets) for (const node of nodes) counts[stateOf(node, now)] += 1
	return {
		family: family.family,
		port: family.port,
		id: toHex(table.id),
		idReason: family.idReason,
		external: tallyOf(family.votes),
		bootstrap: bootstrap.reason,
		bootstrapAt: bootstrap.at,
		buckets: table.buckets.map((bucket, index) => bucketView(table, { bucket, index }, now)),
		...counts,
	}
}

function bucketView(
	table: RoutingTable,
	{ bucket, index }: { readonly bucket: Bucket; readonly index: number },
	now: number,
): DhtBucketView {
	return {
		commonBits: index,
		isLast: index === table.buckets.length - 1,
		nodes: bucket.nodes.map(node => nodeView(table, node, now)),
		replacements: bucket.replacements.length,
		changedAt: bucket.changedAt,
	}
}

function nodeView(table: RoutingTable, node: TableNode, now: number): DhtNodeView {
	const { standing, firstSeenAt, answeredAt, queriedAt, failures, roundTripMs } = node
	return {
		id: toHex(node.id),
		...node.address,
		state: stateOf(node, now),
		standing,
		commonBits: commonBits(table.id, node.id),
		firstSeenAt,
		answeredAt,
		queriedAt,
		failures,
		roundTripMs,
		client: clientText(node.client),
	}
}

function stepView(step: Step, target: Uint8Array): LookupStepView {
	const { id, round, address, standing, namedBy, state, askedAt, answeredAt } = step
	const { nodesNamed, nodesNew, peersNamed, announce } = step
	return {
		round,
		id: id === undefined ? undefined : toHex(id),
		...address,
		distance: id === undefined ? undefined : toHex(distanceOf(id, target)),
		commonBits: id === undefined ? undefined : commonBits(id, target),
		standing,
		namedBy,
		state,
		askedAt,
		answeredAt,
		nodesNamed,
		nodesNew,
		peersNamed,
		hasToken: step.token !== undefined,
		announce,
	}
}

function storedViews({ store }: DhtState): StoredTorrentView[] {
	return [...store.torrents]
		.map(([infoHash, { peers, announcedAt }]) => ({
			infoHash,
			peers: peers.size,
			lastAnnouncedAt: announcedAt,
		}))
		.sort((one, other) => other.lastAnnouncedAt - one.lastAnnouncedAt)
		.slice(0, mostStored)
}
