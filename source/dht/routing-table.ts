// The routing table (BEP 5): buckets of eight, the further from our own id the wider. Only nodes that have answered
// us stand in it. One node a host, and of each net one in a bucket; ids that fit their addresses (BEP 42) displace
// those that do not. Bucket i holds ids with i leading bits in common with ours, the last one also all closer ones.
import { type Address, addressKey } from '../protocol/address.ts'
import { equalBytes } from '../protocol/bytes.ts'
import type { NodeId } from '../protocol/ids.ts'
import type { NodeContact } from '../protocol/krpc.ts'
import { commonBits, compareDistance } from '../protocol/node-id.ts'
import { hostKey, netKey } from './host-key.ts'
import {
	type Answered,
	createTableNode,
	lastSeenAt,
	noteAnswer,
	quietMs,
	stateOf,
	type TableNode,
} from './table-node.ts'

/** K of BEP 5. */
export const bucketSize = 8
const mostBuckets = 160
/** Silent so often, it goes even where nobody waits for its place. */
const hopelessFailures = 5
/** Nobody answered for so long: the network is away, and silence says nothing about a node. */
const networkQuietMs = 60_000

export type Bucket = {
	nodes: TableNode[]
	/** Nodes that answered and found no room, the latest last. */
	replacements: TableNode[]
	changedAt: number
}

export type RoutingTable = {
	id: NodeId
	buckets: Bucket[]
	/** Every node of all buckets and replacements by its host. */
	readonly hosts: Map<string, TableNode>
	lastAnswerAt: number
}

/** One empty bucket. */
export function createTable(id: NodeId, now: number): RoutingTable {
	return { id, buckets: [createBucket(now)], hosts: new Map(), lastAnswerAt: now }
}

/** A node answered us: it is noted, or added where there is room for it. Whether it stands in a bucket now. */
export function nodeAnswered(table: RoutingTable, contact: NodeContact, answered: Answered): boolean {
	if (equalBytes(contact.id, table.id)) return false
	table.lastAnswerAt = answered.now
	const known = table.hosts.get(hostKey(contact.address))
	if (known !== undefined) {
		const sameEndpoint = known.key === addressKey(contact.address)
		if (sameEndpoint && equalBytes(known.id, contact.id)) {
			noteAnswer(known, answered)
			const bucket = bucketOf(table, known.id)
			bucket.changedAt = answered.now
			if (bucket.nodes.includes(known)) return true
			remove(table, known)
			return insert(table, known, answered.now)
		}
		// It took another id, or another node is at its host: one host has one place.
		if (!sameEndpoint && stateOf(known, answered.now) !== 'bad') return false
		remove(table, known)
	}
	return insert(table, createTableNode(contact, answered), answered.now)
}

/** A query of ours to this endpoint was not answered. */
export function nodeSilent(table: RoutingTable, address: Address, now: number): void {
	const node = table.hosts.get(hostKey(address))
	if (node === undefined || node.key !== addressKey(address)) return
	node.failures += 1
	if (now - table.lastAnswerAt > networkQuietMs || stateOf(node, now) !== 'bad') return
	const bucket = bucketOf(table, node.id)
	if (!bucket.nodes.includes(node)) {
		remove(table, node)
		return
	}
	const next = bestReplacement(bucket, node)
	if (next === undefined && node.failures < hopelessFailures) return
	remove(table, node)
	if (next === undefined) return
	promote(bucket, next)
	bucket.changedAt = now
}

/** A node asked us something. Whether it is one that we should like to have: worth a ping. */
export function nodeQueried(table: RoutingTable, contact: NodeContact, now: number): boolean {
	const known = table.hosts.get(hostKey(contact.address))
	if (known !== undefined) {
		if (known.key === addressKey(contact.address) && equalBytes(known.id, contact.id)) known.queriedAt = now
		return false
	}
	if (equalBytes(contact.id, table.id)) return false
	const bucket = bucketOf(table, contact.id)
	const net = netKey(contact.address)
	if (net !== undefined && bucket.nodes.some(node => node.net === net)) return false
	const isLast = bucket === table.buckets.at(-1)
	return (
		bucket.nodes.length < bucketSize ||
		(isLast && table.buckets.length < mostBuckets) ||
		bucket.nodes.some(node => stateOf(node, now) === 'bad')
	)
}

/** The node at exactly this endpoint. */
export function nodeAt(table: RoutingTable, address: Address): TableNode | undefined {
	const node = table.hosts.get(hostKey(address))
	return node?.key === addressKey(address) ? node : undefined
}

/** The `count` good nodes closest to a place; questionable ones where there are not enough, never bad ones. */
export function closestNodes(
	table: RoutingTable,
	target: Uint8Array,
	count: number,
	now: number,
): TableNode[] {
	const good: TableNode[] = []
	const others: TableNode[] = []
	for (const { nodes } of table.buckets) {
		for (const node of nodes) {
			const state = stateOf(node, now)
			if (state === 'good') good.push(node)
			else if (state === 'questionable') others.push(node)
		}
	}
	const byDistance = (one: TableNode, other: TableNode) => compareDistance(target, one.id, other.id)
	good.sort(byDistance)
	if (good.length >= count) return good.slice(0, count)
	others.sort(byDistance)
	return [...good, ...others.slice(0, count - good.length)]
}

/** How many nodes stand in buckets, bad ones left out. */
export function countNodes(table: RoutingTable, now: number): number {
	let count = 0
	for (const { nodes } of table.buckets) {
		for (const node of nodes) if (stateOf(node, now) !== 'bad') count += 1
	}
	return count
}

/** The node that has been quiet longest and is to be asked whether it is still there. */
export function stalestNode(table: RoutingTable, now: number): TableNode | undefined {
	let stalest: TableNode | undefined
	for (const { nodes } of table.buckets) {
		for (const node of nodes) {
			if (stateOf(node, now) === 'good') continue
			if (stalest === undefined || lastSeenAt(node) < lastSeenAt(stalest)) stalest = node
		}
	}
	return stalest
}

/** The number of the bucket in which nothing changed for longest, when that is longer than fifteen minutes. */
export function stalestBucket(table: RoutingTable, now: number): number | undefined {
	let stalest: number | undefined
	let since = now - quietMs
	for (const [index, { changedAt }] of table.buckets.entries()) {
		if (changedAt > since) continue
		since = changedAt
		stalest = index
	}
	return stalest
}

/** The number of the bucket for an id. */
export function bucketIndex(table: RoutingTable, id: Uint8Array): number {
	return Math.min(commonBits(table.id, id), table.buckets.length - 1)
}

/** We are somebody else now: the same nodes in the buckets that they belong to. */
export function changeId(table: RoutingTable, id: NodeId, now: number): void {
	const nodes = table.buckets.flatMap(bucket => [...bucket.nodes, ...bucket.replacements])
	table.id = id
	table.buckets = [createBucket(now)]
	table.hosts.clear()
	for (const node of nodes) insert(table, node, now)
}

/** The network was away: what was not answered meanwhile is nobody's fault. */
export function forgiveAll(table: RoutingTable): void {
	for (const node of table.hosts.values()) node.failures = 0
}

function insert(table: RoutingTable, node: TableNode, now: number): boolean {
	const bucket = bucketOf(table, node.id)
	const rival =
		bucket.nodes.find(other => equalBytes(other.id, node.id)) ??
		bucket.nodes.find(other => node.net !== undefined && other.net === node.net)
	if (rival !== undefined) {
		if (stateOf(rival, now) !== 'bad') return false
		remove(table, rival)
	}
	if (bucket.nodes.length >= bucketSize) {
		if (bucket === table.buckets.at(-1) && table.buckets.length < mostBuckets) {
			split(table, now)
			return insert(table, node, now)
		}
		const leaves = whoLeaves(bucket, node, now)
		if (leaves === undefined) {
			addReplacement(table, bucket, node)
			return false
		}
		remove(table, leaves)
		if (stateOf(leaves, now) !== 'bad') addReplacement(table, bucket, leaves)
	}
	bucket.nodes.push(node)
	bucket.changedAt = now
	table.hosts.set(node.host, node)
	return true
}

// A bad one first; then, for a node whose id fits its address, one whose id does not.
function whoLeaves(bucket: Bucket, node: TableNode, now: number): TableNode | undefined {
	const bad = bucket.nodes.find(other => stateOf(other, now) === 'bad')
	if (bad !== undefined || node.standing === 'unverified') return bad
	return bucket.nodes.find(other => other.standing === 'unverified')
}

function addReplacement(table: RoutingTable, bucket: Bucket, node: TableNode): void {
	if (node.net !== undefined && bucket.replacements.some(other => other.net === node.net)) return
	const oldest = bucket.replacements.length >= bucketSize ? bucket.replacements.shift() : undefined
	if (oldest !== undefined) table.hosts.delete(oldest.host)
	bucket.replacements.push(node)
	table.hosts.set(node.host, node)
}

/** The latest whose id fits, else the latest; none that would be the second of its net. */
function bestReplacement(bucket: Bucket, leaving: TableNode | undefined): TableNode | undefined {
	const nets = new Set(bucket.nodes.filter(node => node !== leaving).map(({ net }) => net))
	const fit = bucket.replacements.filter(({ net }) => net === undefined || !nets.has(net))
	return fit.findLast(({ standing }) => standing !== 'unverified') ?? fit.at(-1)
}

function promote(bucket: Bucket, node: TableNode): void {
	bucket.replacements = bucket.replacements.filter(other => other !== node)
	bucket.nodes.push(node)
}

function split(table: RoutingTable, now: number): void {
	const last = table.buckets.at(-1)
	if (last === undefined) return
	const depth = table.buckets.length - 1
	const stays = ({ id }: TableNode) => commonBits(table.id, id) === depth
	const closer = createBucket(now)
	closer.nodes = last.nodes.filter(node => !stays(node))
	closer.replacements = last.replacements.filter(node => !stays(node))
	last.nodes = last.nodes.filter(stays)
	last.replacements = last.replacements.filter(stays)
	table.buckets.push(closer)
	for (const bucket of [last, closer]) {
		while (bucket.nodes.length < bucketSize) {
			const next = bestReplacement(bucket, undefined)
			if (next === undefined) break
			promote(bucket, next)
		}
	}
}

function remove(table: RoutingTable, node: TableNode): void {
	const bucket = bucketOf(table, node.id)
	bucket.nodes = bucket.nodes.filter(other => other !== node)
	bucket.replacements = bucket.replacements.filter(other => other !== node)
	table.hosts.delete(node.host)
}

function bucketOf(table: RoutingTable, id: Uint8Array): Bucket {
	return table.buckets[bucketIndex(table, id)] ?? table.buckets[0] ?? createBucket(0)
}

function createBucket(now: number): Bucket {
	return { nodes: [], replacements: [], changedAt: now }
}
