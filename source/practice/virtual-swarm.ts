// A practice swarm in memory and in virtual time: the same scenarios as on sockets, repeated exactly by their seed.
// All trackers speak UDP here, since HTTP has no seam; their moods are those of the scenario.
import { createHash } from 'node:crypto'
import { createRandom } from '../torrent/random.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { createPayload, magnetLink, type Payload, torrentFile } from './content.ts'
import type { Address } from '../protocol/address.ts'
import { invariant } from '../protocol/errors.ts'
import { MemoryNetwork, type NetworkHost } from './network.ts'
import { nodeLatencyMs, PracticeDht, type PracticeDhtOptions } from './practice-dht.ts'
import type { Scenario } from './scenario.ts'
import { createSeededSource } from './seeded-source.ts'
import { Swarm } from './swarm.ts'
import { TrackerDesk } from './tracker-desk.ts'
import { VirtualClock } from './virtual-clock.ts'

export type VirtualSwarm = {
	readonly clock: VirtualClock
	readonly torrent: Uint8Array<ArrayBuffer>
	/** What the client is started with: the torrent, or a link to it. */
	readonly lead: Uint8Array | MagnetLink
	/** Where the client's way into the DHT begins; none where there is no DHT. */
	readonly dhtRouters: readonly Address[]
	readonly payload: Payload
	readonly swarm: Swarm
	/** Where the client lives. */
	readonly client: NetworkHost
}

export type VirtualSwarmOptions = {
	readonly scenario: Scenario
	readonly seed: number
	readonly datagramLoss?: number
}

const trackerPort = 6969
const dhtPort = 6881
const clientLatencyMs = 5

/** Everything listens when this resolves; time stands still. */
export async function startVirtualSwarm(options: VirtualSwarmOptions): Promise<VirtualSwarm> {
	const { scenario, seed } = options
	const clock = new VirtualClock()
	const network = new MemoryNetwork({ ...options, clock, random: createRandom(seed) })
	const client = network.addHost('10.1.0.1', clientLatencyMs)
	const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()
	const payload = createPayload(scenario.payload, seed, sha1)
	const desks = scenario.trackers.map(
		tracker =>
			new TrackerDesk({
				...tracker,
				clock,
				random: createSeededSource(seed),
				onAnnounce: ({ address, event }) => {
					if (event !== 'stopped') swarm.clientAnnounced(address)
				},
			}),
	)
	const places = scenario.peers.map(({ latencyMs }, index) =>
		network.addHost(`10.2.0.${index + 1}`, latencyMs),
	)
	const dht = await startDht(
		scenario,
		{ network, places, options: { clock, sha1, seed, payload } },
		(index, found) => swarm.found(index, found),
	)
	const swarm = new Swarm({
		scenario,
		payload,
		clock,
		seed,
		sha1,
		trackers: desks,
		...(dht === undefined ? {} : { dht }),
		place: (_, index) => {
			const place = places[index]
			invariant(place !== undefined, 'a place for every peer')
			return place
		},
	})
	const urls: string[] = []
	for (const [index, desk] of desks.entries()) {
		const { host, datagrams } = network.addHost(`10.3.0.${index + 1}`, 20)
		const socket = await datagrams.bind(host, trackerPort)
		if (!socket.ok) throw new Error(socket.message)
		urls.push(`udp://${host}:${trackerPort}/announce`)
		socket.value.subscribe((bytes, from) => {
			desk.takeDatagram(bytes, from, answer => socket.value.send(answer, from))
			return true
		})
	}
	await swarm.start()
	dht?.open()
	const torrent = torrentFile(payload, urls)
	const lead = scenario.magnet === true ? magnetLink(payload, scenario.payload.name, urls) : torrent
	return { clock, torrent, lead, dhtRouters: dht?.routers ?? [], payload, swarm, client }
}

type DhtPlaces = {
	readonly network: MemoryNetwork
	readonly places: readonly NetworkHost[]
	readonly options: Pick<PracticeDhtOptions, 'clock' | 'sha1' | 'seed'> & { readonly payload: Payload }
}

/** Nodes on the hosts of the peers, by their numbers, and on hosts of their own. */
async function startDht(
	{ dht }: Scenario,
	{ network, places, options }: DhtPlaces,
	onPeers: PracticeDhtOptions['onPeers'],
): Promise<PracticeDht | undefined> {
	if (dht === undefined) return undefined
	const others = Array.from({ length: dht.nodes }, (_, index) =>
		network.addHost(`10.4.0.${index + 1}`, nodeLatencyMs(index)),
	)
	const hosts = await Promise.all(
		[...places, ...others].map(async ({ host, datagrams }) => {
			const socket = await datagrams.bind(host, dhtPort)
			if (!socket.ok) throw new Error(socket.message)
			return { host, socket: socket.value }
		}),
	)
	return new PracticeDht({ ...options, infoHash: options.payload.infoHash, hosts, onPeers })
}
