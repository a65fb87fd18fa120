// One node of the practice swarm's DHT: the program's own node, with time, chance and a way to send handed in. What
// carries its datagrams may change while it runs.
import type { DhtInput } from '../dht/boundary.ts'
import { Dht } from '../dht/dht.ts'
import type { Address } from '../protocol/address.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { Sha1 } from '../protocol/mse.ts'
import type { RandomState } from '../torrent/random.ts'
import { nextUint32 } from '../torrent/random.ts'

/** Time and the network, as a node sees them. */
export type DhtCarrier = {
	now(): number
	after(delayMs: number, callback: () => void): () => void
	send(from: Address, to: Address, bytes: Uint8Array): void
}

export type DhtNodeOptions = {
	readonly address: Address
	readonly carrier: DhtCarrier
	readonly sha1: Sha1
	readonly random: RandomState
	readonly onPeers: (addresses: readonly Address[]) => void
}

/** Two letters and a version, as nodes tell of their software. */
const client = Uint8Array.of(0x50, 0x53, 0, 1)

export class DhtNode {
	readonly address: Address
	readonly #options: DhtNodeOptions
	readonly #dht: Dht
	#carrier: DhtCarrier
	#cancel: (() => void) | undefined

	constructor(options: DhtNodeOptions) {
		const { address, carrier, sha1, random } = options
		this.address = address
		this.#options = options
		this.#carrier = carrier
		this.#dht = new Dht(
			{
				key: Uint8Array.from({ length: 32 }, () => nextUint32(random) & 0xff),
				readOnly: false,
				client,
				routers: 0,
				startedAt: carrier.now(),
			},
			sha1,
		)
	}

	/** Begins with these as acquaintances. */
	join(others: readonly Address[]): void {
		const { port } = this.address
		this.#feed({ type: 'SocketOpened', family: 4, port, saved: [], external: undefined })
		this.#feed({ type: 'NodesNamed', addresses: others })
	}

	receive(from: Address, bytes: Uint8Array): void {
		this.#feed({ type: 'DatagramReceived', family: 4, from, bytes })
	}

	/** Looks for this torrent and announces itself with the port of a peer on its host. */
	announce(infoHash: InfoHash, port: number): void {
		this.#feed({ type: 'TorrentWanted', infoHash, announcePort: port })
	}

	leave(infoHash: InfoHash): void {
		this.#feed({ type: 'TorrentLeft', infoHash })
	}

	/** Goes on over another network, whose time goes on where that of the last one stood. */
	moveTo(carrier: DhtCarrier): void {
		this.#carrier = carrier
		this.#arm()
	}

	end(): void {
		this.#cancel?.()
		this.#cancel = undefined
	}

	#feed(input: DhtInput): void {
		for (const effect of this.#dht.handle(input, this.#carrier.now())) {
			if (effect.type === 'SendDatagram') this.#carrier.send(this.address, effect.to, effect.bytes)
			else if (effect.type === 'PeersFound') this.#options.onPeers(effect.addresses)
		}
		this.#arm()
	}

	#arm(): void {
		this.#cancel?.()
		const { nextWakeAt } = this.#dht
		if (!Number.isFinite(nextWakeAt)) return
		const delayMs = Math.max(1, nextWakeAt - this.#carrier.now())
		this.#cancel = this.#carrier.after(delayMs, () => this.#feed({ type: 'Woken' }))
	}
}
