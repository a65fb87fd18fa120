import { describe, expect, it } from 'vitest'
import { DhtNetwork, hashOf, hostOf, type NetworkNode } from '../helpers/dht-network.ts'
import { addressKey } from '../../source/protocol/address.ts'
import { dhtSlice } from '../../source/dht/views.ts'

const router = { host: hostOf(0), port: 6881 }
const infoHash = hashOf('a torrent')

function grow(count: number, details: { readonly seed?: number; readonly loss?: number } = {}) {
	const network = new DhtNetwork({ seed: 1, routers: [router], ...details })
	network.add(router)
	const nodes = Array.from({ length: count }, (_, at) => {
		network.run(200)
		return network.add({ host: hostOf(at + 1), port: 6881 })
	})
	network.run(30_000)
	const slice = (node: NetworkNode | undefined) =>
		dhtSlice((node ?? nodes[0]!).dht.state, network.clock.now())
	return { network, nodes, slice }
}

describe('thirty nodes that know one router', () => {
	const { network, nodes, slice } = grow(30)

	it('join, and stand in each other’s tables, each with an id that fits its address', () => {
		for (const node of nodes) {
			const { state, tables } = slice(node)
			expect(state).toBe('joined')
			expect(tables[0]?.idReason.code).toBe('for-voted-address')
			expect(tables[0]?.external?.host).toBe(node.address.host)
		}
		const known = nodes.map(node => slice(node).tables[0]?.good ?? 0)
		expect(known.reduce((sum, count) => sum + count) / nodes.length).toBeGreaterThan(10)
	})

	it('leave the router out of their tables', () => {
		for (const node of nodes) {
			const hosts = slice(node).tables.flatMap(({ buckets }) => buckets.flatMap(({ nodes }) => nodes))
			expect(hosts.filter(({ host }) => host === router.host)).toEqual([])
		}
	})

	it('find the peer that announced itself, and show the way by rounds', () => {
		nodes[3]?.feed({ type: 'TorrentWanted', infoHash, announcePort: 7000 })
		network.run(20_000)
		nodes[20]?.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
		network.run(20_000)
		expect([...(nodes[20]?.foundPeers(infoHash) ?? [])]).toEqual([`${nodes[3]?.address.host}:7000`])

		const [announce] = slice(nodes[3]).lookups.filter(({ purpose }) => purpose === 'announce')
		expect(announce?.announcedTo).toBe(8)
		expect(announce?.steps.filter(step => step.announce === 'accepted')).toHaveLength(8)
		const [lookup] = slice(nodes[20]).lookups.filter(({ purpose }) => purpose === 'peers')
		expect(lookup?.end).toEqual({ code: 'closest-answered', nodes: 8 })
		for (const step of lookup?.steps ?? []) {
			const namedBy = step.namedBy === undefined ? undefined : lookup?.steps[step.namedBy]
			expect(step.round).toBe(namedBy === undefined ? 0 : namedBy.round + 1)
			expect(['asked', 'late']).not.toContain(step.state)
		}
		const asked = lookup?.steps.filter(({ askedAt }) => askedAt !== undefined) ?? []
		expect(asked.length).toBe(lookup?.asked)
	})

	it('show slices that can be posted to another thread', () => {
		expect(structuredClone(slice(nodes[20]))).toEqual(slice(nodes[20]))
		expect(() => structuredClone(nodes[20]?.dht.state)).not.toThrow()
	})

	it('forget a node that is gone, and keep those that are there', () => {
		const gone = nodes[5]!
		const stands = (node: NetworkNode) =>
			slice(node).tables[0]?.buckets.some(({ nodes }) => nodes.some(({ host }) => host === gone.address.host))
		const count = () => nodes.filter(stands).length
		expect(count()).toBeGreaterThan(5)
		network.remove(gone)
		network.run(60 * 60_000)
		expect(count()).toBe(0)
		const staying = nodes.filter(node => node !== gone)
		for (const node of staying) expect(slice(node).tables[0]?.good).toBeGreaterThan(5)
	})
})

it('a peer that announces no more is forgotten after 45 minutes', () => {
	const { network, nodes } = grow(12)
	nodes[3]?.feed({ type: 'TorrentWanted', infoHash, announcePort: 7000 })
	network.run(20_000)
	nodes[3]?.feed({ type: 'TorrentLeft', infoHash })
	network.run(50 * 60_000)
	nodes[9]?.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
	network.run(20_000)
	expect(nodes[9]?.foundPeers(infoHash).size).toBe(0)
})

it('a read-only node finds, is in no table and answers nobody (BEP 43)', () => {
	const { network, nodes, slice } = grow(12)
	const quiet = network.add({ host: hostOf(40), port: 6881 }, { readOnly: true })
	nodes[3]?.feed({ type: 'TorrentWanted', infoHash, announcePort: 7000 })
	network.run(20_000)
	quiet.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
	network.run(30 * 60_000)
	expect(quiet.foundPeers(infoHash).size).toBe(1)
	for (const node of nodes) {
		expect(node.dht.state.families[4]?.table.hosts.has(quiet.address.host)).toBe(false)
	}
	nodes[2]?.feed({ type: 'PingRequested', request: 1, address: quiet.address })
	network.run(20_000)
	expect(nodes[2]?.effects).toContainEqual({ type: 'PingEnded', request: 1, outcome: { type: 'silent' } })
	expect(slice(quiet).counters).toMatchObject({ answersOut: 0, errorsOut: 0 })
	expect(slice(quiet).counters.dropped['read-only']).toBe(1)
})

it('a node that knows nobody tries again, ever later, and joins when a router comes', () => {
	const network = new DhtNetwork({ seed: 3, routers: [router] })
	const node = network.add({ host: hostOf(1), port: 6881 })
	network.run(75_000)
	const slice = dhtSlice(node.dht.state, network.clock.now())
	expect(slice.state).toBe('joining')
	expect(slice.tables[0]?.bootstrap).toMatchObject({ code: 'nobody-answered', asked: 1 })
	network.add(router)
	network.add({ host: hostOf(2), port: 6881 })
	expect(
		network.runUntil(() => dhtSlice(node.dht.state, network.clock.now()).state === 'joined', 6 * 60_000),
	).toBe(true)
})

it('nodes of the last run are asked before any router', () => {
	const { network, nodes } = grow(12)
	const asked: string[] = []
	const watched = new DhtNetwork({ seed: 1, observe: (_, to) => asked.push(addressKey(to)) })
	const saved = nodes
		.slice(0, 8)
		.map(node => ({ id: node.dht.state.families[4]!.table.id, address: node.address }))
	const node = watched.add({ host: hostOf(60), port: 6881 }, { routers: 1 })
	node.feed({ type: 'SocketOpened', family: 4, port: 6881, saved, external: '20.60.7.9' })
	expect(asked.sort()).toEqual(saved.map(({ address }) => addressKey(address)).sort())
	expect(node.dht.state.families[4]?.idReason).toEqual({ code: 'for-saved-address', host: '20.60.7.9' })
	network.run(0)
})

it('a hint of a torrent or a peer is a way in where there is no router', () => {
	const { network, nodes, slice } = grow(12)
	const stranger = network.add({ host: hostOf(70), port: 6881 }, { routers: 0 })
	expect(slice(stranger).tables[0]?.bootstrap).toEqual({ code: 'nobody-to-ask' })
	stranger.feed({ type: 'NodesNamed', addresses: [nodes[2]!.address] })
	network.run(20_000)
	expect(slice(stranger).state).toBe('joined')
	expect(slice(stranger).tables[0]?.good).toBeGreaterThan(3)
})
