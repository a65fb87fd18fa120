// A practice swarm in memory and in virtual time: the same scenarios as on sockets, repeated exactly by their seed.
// All trackers speak UDP here, since HTTP has no seam; their moods are those of the scenario.
import { createHash } from 'node:crypto'
import { createRandom } from '../torrent/random.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { createPayload, magnetLink, type Payload, torrentFile } from './content.ts'
import { MemoryNetwork, type NetworkHost } from './network.ts'
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
	const swarm = new Swarm({
		scenario,
		payload,
		clock,
		seed,
		sha1,
		trackers: desks,
		place: ({ latencyMs }, index) => network.addHost(`10.2.0.${index + 1}`, latencyMs),
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
	const torrent = torrentFile(payload, urls)
	const lead = scenario.magnet === true ? magnetLink(payload, scenario.payload.name, urls) : torrent
	return { clock, torrent, lead, payload, swarm, client }
}
