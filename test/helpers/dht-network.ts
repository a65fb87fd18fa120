// Many DHT nodes on a network of their own in virtual time: datagrams take a while, some are lost, nodes come and go.
// Everything follows from the seed.
import { createHash } from 'node:crypto'
import type { DhtEffect, DhtInput } from '../../source/dht/boundary.ts'
import { Dht } from '../../source/dht/dht.ts'
import type { DhtOptions } from '../../source/dht/state.ts'
import { type Address, addressKey } from '../../source/protocol/address.ts'
import { toInfoHash, type InfoHash } from '../../source/protocol/ids.ts'
import { clientBytes } from '../../source/protocol/krpc-encode.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import { createRandom, nextRandom, randomBelow, type RandomState } from '../../source/torrent/random.ts'

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()

/** Twenty bytes that follow from a text. */
export const hashOf = (text: string): InfoHash => toInfoHash(Uint8Array.from(sha1(Buffer.from(text))))

/** A host in the open internet, each in a net of its own. */
export const hostOf = (number: number): string => `${20 + (number >> 8)}.${number & 255}.7.9`

export type NetworkOptions = {
	readonly seed: number
	/** Share of datagrams that are lost. */
	readonly loss?: number
	readonly roundTripMs?: number
	/** Addresses that every node begins with. */
	readonly routers?: readonly Address[]
	/** Told of every datagram that is sent. */
	readonly observe?: (from: Address, to: Address, bytes: Uint8Array) => void
}

export class DhtNetwork {
	readonly clock = new VirtualClock()
	readonly nodes = new Map<string, NetworkNode>()
	readonly #options: NetworkOptions
	readonly #random: RandomState

	constructor(options: NetworkOptions) {
		this.#options = options
		this.#random = createRandom(options.seed)
	}

	get routers(): readonly Address[] {
		return this.#options.routers ?? []
	}

	/** Adds a node and starts it. */
	add(address: Address, options: Partial<DhtOptions> = {}): NetworkNode {
		const node = new NetworkNode(this, address, options)
		this.nodes.set(addressKey(address), node)
		node.open()
		return node
	}

	/** The node is gone without a word. */
	remove(node: NetworkNode): void {
		node.end()
		this.nodes.delete(addressKey(node.address))
	}

	/** Puts a datagram on its way. */
	carry(from: Address, to: Address, bytes: Uint8Array): void {
		this.#options.observe?.(from, to, bytes)
		if (nextRandom(this.#random) < (this.#options.loss ?? 0)) return
		const oneWayMs = ((this.#options.roundTripMs ?? 80) / 2) * (0.5 + nextRandom(this.#random))
		this.clock.after(oneWayMs, () =>
			this.nodes.get(addressKey(to))?.feed({ type: 'DatagramReceived', family: 4, from, bytes }),
		)
	}

	/** Lets time pass. */
	run(durationMs: number): void {
		const over = { yet: false }
		this.clock.after(durationMs, () => {
			over.yet = true
		})
		while (!over.yet && this.clock.step());
	}

	/** Lets time pass until something is so; whether it came to that. */
	runUntil(condition: () => boolean, limitMs: number): boolean {
		const endAt = this.clock.now() + limitMs
		while (!condition()) {
			if (this.clock.now() >= endAt) return false
			this.run(100)
		}
		return true
	}

	/** An integer below `limit`, of this network's chance. */
	below(limit: number): number {
		return randomBelow(this.#random, limit)
	}
}

export class NetworkNode {
	readonly address: Address
	readonly dht: Dht
	readonly effects: DhtEffect[] = []
	/** Peers found, by info hash in hexadecimal. */
	readonly found = new Map<string, Set<string>>()
	readonly #network: DhtNetwork
	#cancel: (() => void) | undefined
	#ended = false

	constructor(network: DhtNetwork, address: Address, options: Partial<DhtOptions>) {
		this.#network = network
		this.address = address
		this.dht = new Dht(
			{
				key: Uint8Array.from(sha1(Buffer.from(`key of ${addressKey(address)}`))),
				readOnly: false,
				client: clientBytes('0.1.0'),
				routers: network.routers.length,
				startedAt: network.clock.now(),
				...options,
			},
			sha1,
		)
	}

	open(): void {
		this.feed({ type: 'SocketOpened', family: 4, port: this.address.port, saved: [], external: undefined })
	}

	feed(input: DhtInput): void {
		if (this.#ended) return
		const now = this.#network.clock.now()
		for (const effect of this.dht.handle(input, now)) this.#perform(effect)
		this.#arm()
	}

	foundPeers(infoHash: InfoHash): ReadonlySet<string> {
		return this.found.get(Buffer.from(infoHash).toString('hex')) ?? new Set()
	}

	end(): void {
		this.#ended = true
		this.#cancel?.()
	}

	#perform(effect: DhtEffect): void {
		switch (effect.type) {
			case 'SendDatagram':
				this.#network.carry(this.address, effect.to, effect.bytes)
				return
			case 'ResolveRouters': {
				const addresses = this.#network.routers.filter(
					router => addressKey(router) !== addressKey(this.address),
				)
				this.#network.clock.after(10, () => this.feed({ type: 'RoutersResolved', addresses }))
				return
			}
			case 'PeersFound': {
				const key = Buffer.from(effect.infoHash).toString('hex')
				const known = this.found.get(key) ?? new Set()
				this.found.set(key, known)
				for (const address of effect.addresses) known.add(addressKey(address))
				return
			}
			case 'LookupEnded':
			case 'PingEnded':
			case 'SaveTable':
				this.effects.push(effect)
		}
	}

	#arm(): void {
		this.#cancel?.()
		const at = this.dht.nextWakeAt
		this.#cancel = undefined
		if (!Number.isFinite(at)) return
		this.#cancel = this.#network.clock.after(at - this.#network.clock.now(), () => {
			this.#cancel = undefined
			this.feed({ type: 'Woken' })
		})
	}
}
