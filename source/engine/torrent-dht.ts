// The DHT as one torrent uses it: a node on the torrent's UDP sockets that looks for its peers while it runs, and
// tells where we are as soon as it is known that the torrent is not private. A private torrent has no node at all,
// and one that proves to be private ends it (BEP 27, threats M5).
import type { Family } from '../dht/boundary.ts'
import { dhtOff, type DhtSlice } from '../dht/snapshot.ts'
import type { Tap } from '../inspect/tap.ts'
import { type Address, dialObstacle } from '../protocol/address.ts'
import type { Input } from '../torrent/boundary.ts'
import { type Core, isRunning } from '../torrent/core.ts'
import { usesDht } from '../torrent/dht-port.ts'
import type { DhtSettings } from './api.ts'
import { DhtService } from './dht-service.ts'
import type { DatagramSocket, Environment } from './environment.ts'

export type TorrentDhtOptions = {
	readonly environment: Environment
	/** undefined: no DHT. */
	readonly settings: DhtSettings | undefined
	readonly stateDirectory: string
	readonly core: Core
	/** Nodes that the torrent names. */
	readonly nodes: readonly Address[]
	/** IPv4, IPv6; bound when `start` is called. */
	readonly sockets: readonly (DatagramSocket | undefined)[]
	readonly feed: (input: Input) => void
	readonly tap: () => Tap | undefined
	/** Something of the node may have moved. */
	readonly onMoved: () => void
}

export class TorrentDht {
	readonly #options: TorrentDhtOptions
	#service: DhtService | undefined
	#ending: Promise<void> = Promise.resolve()
	/** What was last asked of the node: nothing, peers, or peers and an announce of this port. */
	#asked: number | 'peers' | undefined
	#ended = false

	constructor(options: TorrentDhtOptions) {
		this.#options = options
	}

	/** Begins, where there is to be a node; the sockets are bound. */
	async start(): Promise<void> {
		const { settings, core, environment, stateDirectory, feed, tap, onMoved, nodes } = this.#options
		if (settings === undefined || !usesDht(core) || this.#ended) return
		const service = new DhtService({
			...settings,
			environment,
			stateDirectory,
			sockets: [...this.#families()],
			tap,
			onPeers: (_, addresses) => feed({ type: 'AddressesFound', addresses, source: 'dht' }),
			onHandled: onMoved,
		})
		this.#service = service
		await service.start()
		feed({ type: 'DhtOpened', ports: { 4: service.portOf(4), 6: service.portOf(6) } })
		// A torrent comes from anywhere: it may not point us at the local net.
		if (nodes.length > 0) service.addNodes(nodes, node => dialObstacle(node, 'global') === undefined)
		this.poke()
	}

	/** The torrent may run or rest now. Called after every input, so it has to be cheap. */
	poke(): void {
		const { core } = this.#options
		if (this.#service === undefined) return
		if (!usesDht(core)) {
			this.#endService()
			return
		}
		// While nobody knows whether it is private, nobody is told of us.
		const announces = core.content !== undefined && core.listeningPort !== undefined
		const wanted = isRunning(core) ? (announces ? core.listeningPort : 'peers') : undefined
		if (wanted === this.#asked) return
		this.#asked = wanted
		const { infoHash } = core.options
		if (wanted === undefined) this.#service.leave(infoHash)
		else this.#service.want(infoHash, wanted === 'peers' ? undefined : wanted)
	}

	/** A peer says that its node is there. */
	nodeNamed(address: Address): void {
		this.#service?.addNodes([address])
	}

	/** The machine has its network again, or another one. */
	networkReturned(): void {
		this.#service?.networkReturned()
	}

	/** Grows whenever the slice would look different. */
	get version(): number {
		return this.#service?.version ?? 0
	}

	/** What a screen draws. */
	slice(): DhtSlice {
		return this.#service?.slice() ?? dhtOff(this.#options.environment.clock.now())
	}

	/** Resolves when what is known is kept. The sockets are not ours to close. */
	async end(): Promise<void> {
		this.#ended = true
		this.#endService()
		await this.#ending
	}

	#endService(): void {
		const service = this.#service
		if (service === undefined) return
		this.#service = undefined
		this.#ending = service.close()
		this.#options.feed({ type: 'DhtOpened', ports: { 4: undefined, 6: undefined } })
	}

	*#families(): Generator<{ family: Family; socket: DatagramSocket }> {
		for (const [index, socket] of this.#options.sockets.entries()) {
			if (socket !== undefined) yield { family: index === 0 ? 4 : 6, socket }
		}
	}
}
