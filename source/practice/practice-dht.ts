// The practice swarm's DHT: nodes of their own, some of them on the hosts of peers. They find each other in no time,
// in a network in memory and virtual time; from then on they answer over whatever sockets they were given.
import type { Clock, DatagramSocket } from '../engine/environment.ts'
import { type Address, addressKey } from '../protocol/address.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { Sha1 } from '../protocol/mse.ts'
import { createRandom, nextUint32, randomBelow, type RandomState } from '../torrent/random.ts'
import { type DhtCarrier, DhtNode } from './dht-node.ts'
import { VirtualClock } from './virtual-clock.ts'

export type DhtHost = { readonly host: string; readonly socket: DatagramSocket }

export type PracticeDhtOptions = {
	readonly clock: Clock
	readonly sha1: Sha1
	readonly seed: number
	readonly infoHash: InfoHash
	readonly hosts: readonly DhtHost[]
	/** The node of this host found these peers. */
	readonly onPeers: (index: number, addresses: readonly Address[]) => void
}

/** Near and far ones, to their end of the line and from it, each. */
export function nodeLatencyMs(index: number): number {
	return 12 + ((index * 29) % 70)
}

/** How long they take to find each other, and to announce, in a time of their own. */
const joiningMs = 6000
const announcingMs = 4000
const oneWayMs = 40
/** Others that a node knows when it comes. */
const acquaintances = 5

export class PracticeDht {
	readonly #options: PracticeDhtOptions
	readonly #nodes: readonly DhtNode[]
	readonly #forming = new VirtualClock()
	readonly #random: RandomState
	/** Announced before the sockets took over. */
	readonly #early = new Map<number, number>()
	#isOpen = false
	#unsubscribe: (() => void)[] = []

	constructor(options: PracticeDhtOptions) {
		this.#options = options
		const { seed, hosts, sha1, onPeers } = options
		this.#random = createRandom(seed)
		const carrier = this.#inMemory()
		this.#nodes = hosts.map(
			({ host, socket }, index) =>
				new DhtNode({
					...{ carrier, sha1, address: { host, port: socket.port } },
					random: createRandom(nextUint32(this.#random)),
					onPeers: addresses => onPeers(index, addresses),
				}),
		)
	}

	/** Nodes to begin with: the first ones that are nobody's peers. */
	get routers(): readonly Address[] {
		return this.#nodes.slice(-2).map(({ address }) => address)
	}

	/** The peer on host `index` takes connections at `port`: those who look for its torrent are to find it. */
	announce(index: number, port: number): void {
		if (this.#isOpen) this.#nodes[index]?.announce(this.#options.infoHash, port)
		else this.#early.set(index, port)
	}

	/** That peer is gone. */
	leave(index: number): void {
		this.#nodes[index]?.leave(this.#options.infoHash)
	}

	/** They find each other, announce what was announced so far, and answer over their sockets from then on. */
	open(): void {
		for (const [index, node] of this.#nodes.entries()) node.join(this.#acquaintancesOf(index))
		this.#runFor(joiningMs)
		this.#isOpen = true
		for (const [index, port] of this.#early) this.announce(index, port)
		this.#runFor(announcingMs)
		const carrier = this.#overSockets()
		for (const [index, { socket }] of this.#options.hosts.entries()) {
			const node = this.#nodes[index]
			node?.moveTo(carrier)
			this.#unsubscribe.push(
				socket.subscribe((bytes, from) => {
					node?.receive(from, bytes)
					return true
				}),
			)
		}
	}

	async close(): Promise<void> {
		for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
		for (const node of this.#nodes) node.end()
		await Promise.all(this.#options.hosts.map(({ socket }) => socket.close()))
	}

	#inMemory(): DhtCarrier {
		const clock = this.#forming
		const byAddress = new Map<string, DhtNode>()
		return {
			now: () => clock.now(),
			after: (delayMs, callback) => clock.after(delayMs, callback),
			send: (from, to, bytes) => {
				if (byAddress.size === 0)
					for (const node of this.#nodes) byAddress.set(addressKey(node.address), node)
				clock.after(oneWayMs, () => byAddress.get(addressKey(to))?.receive(from, bytes))
			},
		}
	}

	#overSockets(): DhtCarrier {
		const { clock, hosts } = this.#options
		const sockets = new Map(
			hosts.map(({ host, socket }) => [addressKey({ host, port: socket.port }), socket]),
		)
		const aheadMs = this.#forming.now() - clock.now()
		return {
			now: () => clock.now() + aheadMs,
			after: (delayMs, callback) => clock.after(delayMs, callback),
			send: (from, to, bytes) => sockets.get(addressKey(from))?.send(bytes, to),
		}
	}

	#acquaintancesOf(index: number): Address[] {
		const count = this.#nodes.length
		const chosen = Array.from({ length: acquaintances }, () => randomBelow(this.#random, count))
		const others = new Set([(index + 1) % count, ...chosen])
		others.delete(index)
		return [...others].flatMap(other => this.#nodes[other]?.address ?? [])
	}

	#runFor(durationMs: number): void {
		const end = { isThere: false }
		this.#forming.after(durationMs, () => {
			end.isThere = true
		})
		while (!end.isThere && this.#forming.step());
	}
}
