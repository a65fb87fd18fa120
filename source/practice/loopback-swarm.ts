// A practice swarm on this machine: trackers and peers on loopback sockets, driven by a scenario.
import { createHash } from 'node:crypto'
import { toHex } from '../protocol/bytes.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import { createPayload, magnetLink, torrentFile } from './content.ts'
import type { Address } from '../protocol/address.ts'
import { bindLoopbackDatagrams } from './loopback-datagrams.ts'
import { createLoopbackTransport } from './loopback.ts'
import { nodeLatencyMs, PracticeDht, type PracticeDhtOptions } from './practice-dht.ts'
import { createScaledClock } from './scaled-clock.ts'
import type { Scenario } from './scenario.ts'
import { createSeededSource } from './seeded-source.ts'
import { Swarm } from './swarm.ts'
import { type PracticeTracker, startPracticeTracker } from './tracker.ts'

export type LoopbackSwarm = {
	/** The .torrent file that leads to it. */
	readonly torrent: Uint8Array<ArrayBuffer>
	/** What the client is started with: the torrent, or a link to it. */
	readonly lead: Uint8Array | MagnetLink
	/** Where the client's way into the DHT begins; none where there is no DHT. */
	readonly dhtRouters: readonly Address[]
	close(): Promise<void>
}

export type LoopbackSwarmOptions = {
	readonly scenario: Scenario
	readonly seed: number
	/** Scenario time against the machine's. */
	readonly speed: number
}

const host = '127.0.0.1'

/** Everything listens when this resolves. Rejects with the system's error. */
export async function startLoopbackSwarm(options: LoopbackSwarmOptions): Promise<LoopbackSwarm> {
	const { scenario, seed } = options
	const clock = createScaledClock(options.speed)
	const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest()
	const payload = createPayload(scenario.payload, seed, sha1)
	const random = createSeededSource(seed)
	const trackers: PracticeTracker[] = []
	const dht = await startDht(scenario, { clock, sha1, seed, infoHash: payload.infoHash }, (index, found) =>
		swarm.found(index, found),
	)
	const close = async () => {
		await swarm.close()
		await dht?.close()
		await Promise.all(trackers.map(tracker => tracker.close()))
	}
	const swarm = new Swarm({
		scenario,
		payload,
		clock,
		seed,
		sha1,
		trackers,
		...(dht === undefined ? {} : { dht }),
		place: ({ latencyMs }) => ({ transport: createLoopbackTransport(clock, latencyMs), host }),
	})
	try {
		for (const { intervalS, minIntervalS } of scenario.trackers) {
			const tracker = await startPracticeTracker({
				clock,
				random,
				host,
				intervalS,
				minIntervalS,
				onAnnounce: ({ infoHash, address, event }) => {
					if (event !== 'stopped' && toHex(infoHash) === toHex(payload.infoHash))
						swarm.clientAnnounced(address)
				},
			})
			trackers.push(tracker)
		}
		await swarm.start()
		dht?.open()
	} catch (error) {
		await close()
		throw error
	}
	const urls = scenario.trackers
		.map(({ transport }, index) =>
			transport === 'http' ? trackers[index]?.httpUrl : trackers[index]?.udpUrl,
		)
		.filter(url => url !== undefined)
	const torrent = torrentFile(payload, urls)
	const lead = scenario.magnet === true ? magnetLink(payload, scenario.payload.name, urls) : torrent
	return { torrent, lead, dhtRouters: dht?.routers ?? [], close }
}

/** Nodes with the latencies of the peers, by their numbers, and others. */
async function startDht(
	{ dht, peers }: Scenario,
	options: Pick<PracticeDhtOptions, 'clock' | 'sha1' | 'seed' | 'infoHash'>,
	onPeers: PracticeDhtOptions['onPeers'],
): Promise<PracticeDht | undefined> {
	if (dht === undefined) return undefined
	const { clock } = options
	const latencies = [
		...peers.map(({ latencyMs }) => latencyMs),
		...Array.from({ length: dht.nodes }, (_, index) => nodeLatencyMs(index)),
	]
	const hosts = await Promise.all(
		latencies.map(async latencyMs => ({
			host,
			socket: await bindLoopbackDatagrams(host, { clock, latencyMs }),
		})),
	)
	return new PracticeDht({ ...options, hosts, onPeers })
}
