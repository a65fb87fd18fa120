// A DHT of five hundred of our own nodes: whoever announces is found, though a third of the nodes leave without a
// word, as many others come, and a tenth of all datagrams is lost.
import { describe, expect, it } from 'vitest'
import { addressKey } from '../../source/protocol/address.ts'
import { DhtNetwork, hashOf, hostOf, type NetworkNode } from '../helpers/dht-network.ts'
import { fewSeeds } from '../helpers/seeds.ts'

const nodeCount = 500
const torrents = 25

describe.each(fewSeeds)('with seed %i', seed => {
	it('five hundred nodes find every peer that announced itself, under churn and loss', () => {
		const routers = [0, 1].map(at => ({ host: hostOf(at), port: 6881 }))
		const network = new DhtNetwork({ seed, routers, loss: 0.1 })
		for (const router of routers) network.add(router)
		let hosts = routers.length
		const join = (): NetworkNode => {
			hosts += 1
			return network.add({ host: hostOf(hosts), port: 6881 })
		}
		const nodes = Array.from({ length: nodeCount }, () => {
			network.run(100)
			return join()
		})
		network.run(60_000)

		const wanted = Array.from({ length: torrents }, (_, at) => ({
			infoHash: hashOf(`torrent ${at}`),
			seeders: [nodes[at * 20], nodes[at * 20 + 7]].filter(node => node !== undefined),
		}))
		for (const { infoHash, seeders } of wanted) {
			for (const node of seeders) node.feed({ type: 'TorrentWanted', infoHash, announcePort: 7000 })
		}
		network.run(30_000)

		const stay = new Set(wanted.flatMap(({ seeders }) => seeders))
		const mayLeave = nodes.filter(node => !stay.has(node))
		for (let at = 0; at < nodeCount / 3; at += 1) {
			const [leaving] = mayLeave.splice(network.below(mayLeave.length), 1)
			if (leaving !== undefined) network.remove(leaving)
			mayLeave.push(join())
			network.run(2000)
		}

		for (const { infoHash, seeders } of wanted) {
			const seeker = mayLeave[network.below(mayLeave.length)]
			seeker?.feed({ type: 'TorrentWanted', infoHash, announcePort: undefined })
			const expected = seeders.map(({ address }) => addressKey({ ...address, port: 7000 }))
			network.runUntil(() => expected.every(peer => seeker?.foundPeers(infoHash).has(peer)), 60_000)
			expect([...(seeker?.foundPeers(infoHash) ?? [])].sort()).toEqual(expected.sort())
		}
	})
})
