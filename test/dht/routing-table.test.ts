import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	bucketSize,
	changeId,
	closestNodes,
	countNodes,
	createTable,
	nodeAnswered,
	nodeAt,
	nodeQueried,
	nodeSilent,
	type RoutingTable,
	stalestBucket,
	stalestNode,
} from '../../source/dht/routing-table.ts'
import { stateOf } from '../../source/dht/table-node.ts'
import { toNodeId } from '../../source/protocol/ids.ts'
import { commonBits, compareDistance, secureNodeId } from '../../source/protocol/node-id.ts'
import { hashOf, hostOf } from '../helpers/dht-network.ts'

const minute = 60_000
const own = toNodeId(new Uint8Array(20))
const answered = (now: number) => ({ now, roundTripMs: 50, client: undefined })

/** A node whose id fits its address, or one in a chosen bucket whose id does not. */
const verified = (number: number) => ({
	id: secureNodeId(hostOf(number), hashOf(`node ${number}`)),
	address: { host: hostOf(number), port: 6881 },
})
function inBucket(bucket: number, number: number) {
	const id = Uint8Array.from(hashOf(`node ${number}`))
	for (let bit = 0; bit <= bucket; bit += 1) {
		const mask = 0x80 >> (bit & 7)
		id[bit >> 3] = ((id[bit >> 3] ?? 0) & ~mask) | (bit === bucket ? mask : 0)
	}
	return { id: toNodeId(id), address: { host: hostOf(number), port: 6881 } }
}
const fill = (table: RoutingTable, contacts: readonly ReturnType<typeof verified>[], now = 0) =>
	contacts.map(contact => nodeAnswered(table, contact, answered(now)))
const hostsIn = (table: RoutingTable, bucket: number) =>
	table.buckets[bucket]?.nodes.map(({ address }) => address.host)

describe('the table', () => {
	it('has one bucket at first, and splits only the one that we are in', () => {
		const table = createTable(own, 0)
		fill(
			table,
			Array.from({ length: 9 }, (_, at) => inBucket(0, at)),
		)
		expect(table.buckets.map(({ nodes }) => nodes.length)).toEqual([8, 0])
		fill(
			table,
			Array.from({ length: 9 }, (_, at) => inBucket(1, 100 + at)),
		)
		expect(table.buckets.map(({ nodes }) => nodes.length)).toEqual([8, 8, 0])
		expect(table.buckets[0]?.replacements).toHaveLength(1)
	})

	it('has every node in the bucket of its distance, never two of a host, whatever comes', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(60), fc.boolean()), { maxLength: 300 }), events => {
				const table = createTable(own, 0)
				for (const [at, [bucket, number, silent]] of events.entries()) {
					const contact = inBucket(bucket, number)
					if (silent) nodeSilent(table, contact.address, at)
					else nodeAnswered(table, contact, answered(at))
				}
				const all = table.buckets.flatMap(({ nodes, replacements }) => [...nodes, ...replacements])
				expect(new Set(all.map(({ host }) => host)).size).toBe(all.length)
				expect(table.hosts.size).toBe(all.length)
				for (const [index, { nodes, replacements }] of table.buckets.entries()) {
					expect(nodes.length).toBeLessThanOrEqual(bucketSize)
					expect(replacements.length).toBeLessThanOrEqual(bucketSize)
					const last = index === table.buckets.length - 1
					for (const { id } of [...nodes, ...replacements]) {
						if (last) expect(commonBits(own, id)).toBeGreaterThanOrEqual(index)
						else expect(commonBits(own, id)).toBe(index)
					}
				}
			}),
			{ numRuns: 200 },
		)
	})

	it('has one node of a /24 in a bucket, and one of a host at all (threats U4)', () => {
		const table = createTable(own, 0)
		const near = Array.from({ length: 1000 }, (_, at) => ({
			id: hashOf(`near ${at}`) as unknown as ReturnType<typeof toNodeId>,
			address: { host: `203.0.113.${1 + (at % 250)}`, port: 6881 + at },
		}))
		fill(table, near)
		for (const { nodes } of table.buckets) expect(nodes.length).toBeLessThanOrEqual(1)
		expect(table.hosts.size).toBeLessThan(20)
	})

	it('keeps nobody out of a local net for being neighbours, and has a node a port on loopback', () => {
		const table = createTable(own, 0)
		const at = (host: string, port: number, name: string) => ({
			id: toNodeId(hashOf(name)),
			address: { host, port },
		})
		expect(fill(table, [at('192.168.1.2', 1, 'a'), at('192.168.1.3', 1, 'b')])).toEqual([true, true])
		expect(fill(table, [at('127.0.0.1', 1, 'c'), at('127.0.0.1', 2, 'd')])).toEqual([true, true])
		expect(fill(table, [at('192.168.1.2', 2, 'e')])).toEqual([false])
	})

	it('prefers nodes whose ids fit their addresses', () => {
		const table = createTable(own, 0)
		fill(
			table,
			Array.from({ length: 9 }, (_, at) => inBucket(0, at)),
		)
		const fit = Array.from({ length: 400 }, (_, at) => verified(1000 + at)).filter(
			({ id }) => commonBits(own, id) === 0,
		)
		fill(table, fit)
		expect(new Set(table.buckets[0]?.nodes.map(({ standing }) => standing))).toEqual(new Set(['verified']))
	})

	it('gives the place of one who is silent twice to the latest who waits for it', () => {
		const table = createTable(own, 0)
		fill(
			table,
			Array.from({ length: 11 }, (_, at) => inBucket(0, at)),
		)
		expect(hostsIn(table, 0)).not.toContain(hostOf(10))
		nodeSilent(table, { host: hostOf(3), port: 6881 }, 1000)
		expect(hostsIn(table, 0)).toContain(hostOf(3))
		nodeSilent(table, { host: hostOf(3), port: 6881 }, 2000)
		expect(hostsIn(table, 0)).not.toContain(hostOf(3))
		expect(hostsIn(table, 0)).toContain(hostOf(10))
	})

	it('loses nobody while nobody answers at all: that is the network', () => {
		const table = createTable(own, 0)
		fill(
			table,
			Array.from({ length: 5 }, (_, at) => inBucket(0, at)),
		)
		for (let round = 1; round < 9; round += 1) {
			for (let at = 0; at < 5; at += 1)
				nodeSilent(table, { host: hostOf(at), port: 6881 }, 10 * minute * round)
		}
		expect(table.hosts.size).toBe(5)
		expect(countNodes(table, 90 * minute)).toBe(0)
	})

	it('is not changed by a node that only asks, but says whether it would be welcome', () => {
		const table = createTable(own, 0)
		expect(nodeQueried(table, inBucket(0, 1), 0)).toBe(true)
		expect(table.hosts.size).toBe(0)
		fill(
			table,
			Array.from({ length: 9 }, (_, at) => inBucket(0, at)),
		)
		expect(nodeQueried(table, inBucket(0, 50), 0)).toBe(false)
		expect(nodeQueried(table, inBucket(4, 50), 0)).toBe(true)
	})

	it('takes a node anew that has another id at the same endpoint', () => {
		const table = createTable(own, 0)
		fill(table, [inBucket(0, 1), { ...inBucket(3, 2), address: { host: hostOf(1), port: 6881 } }])
		expect(table.hosts.size).toBe(1)
		expect(nodeAt(table, { host: hostOf(1), port: 6881 })?.id).toEqual(inBucket(3, 2).id)
	})

	it('knows good, questionable and bad nodes apart, and which to look after first (BEP 5)', () => {
		const table = createTable(own, 0)
		fill(table, [inBucket(0, 1)], 0)
		fill(table, [inBucket(0, 2)], 10 * minute)
		const [one, two] = table.buckets[0]!.nodes
		expect(stateOf(one!, 14 * minute)).toBe('good')
		expect(stateOf(one!, 16 * minute)).toBe('questionable')
		expect(stalestNode(table, 16 * minute)).toBe(one)
		nodeQueried(table, inBucket(0, 1), 16 * minute)
		expect(stateOf(one!, 16 * minute)).toBe('good')
		expect(stalestNode(table, 26 * minute)).toBe(two)
	})

	it('has a bucket refreshed in which nothing changed for a quarter of an hour', () => {
		const table = createTable(own, 0)
		fill(table, [...Array.from({ length: 9 }, (_, at) => inBucket(0, at)), inBucket(1, 50)])
		expect(stalestBucket(table, 14 * minute)).toBeUndefined()
		fill(table, [inBucket(0, 1)], 14 * minute)
		expect(stalestBucket(table, 16 * minute)).toBe(1)
	})

	it('names the closest good nodes, and never bad ones', () => {
		const table = createTable(own, 0)
		const contacts = Array.from({ length: 40 }, (_, at) => verified(at))
		fill(table, contacts)
		const target = hashOf('target')
		const all = table.buckets.flatMap(({ nodes }) => nodes)
		all.sort((one, other) => compareDistance(target, one.id, other.id))
		expect(closestNodes(table, target, 8, 1000)).toEqual(all.slice(0, 8))
		const [first] = all
		first!.failures = 2
		expect(closestNodes(table, target, 8, 1000)).toEqual(all.slice(1, 9))
	})

	it('keeps its nodes when we become somebody else', () => {
		const table = createTable(own, 0)
		fill(
			table,
			Array.from({ length: 6 }, (_, at) => verified(at)),
		)
		changeId(table, toNodeId(hashOf('another')), 0)
		expect(countNodes(table, 0)).toBe(6)
	})
})
