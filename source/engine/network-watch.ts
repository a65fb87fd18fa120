// Sees the network come back (threats H7, S3): while a torrent misses something that it may bring, the machine's
// addresses are looked at every few seconds. At all other times nothing runs.
import { classifyHost } from '../protocol/address.ts'
import type { Core } from '../torrent/core.ts'
import { missesNetwork } from '../torrent/network.ts'
import type { Environment } from './environment.ts'

export type NetworkWatchOptions = {
	readonly environment: Pick<Environment, 'clock' | 'network'>
	readonly core: Core
	/** An address came that was not there before. */
	readonly onReturned: () => void
}

const lookEveryMs = 2_500

export class NetworkWatch {
	readonly #options: NetworkWatchOptions
	#known: ReadonlySet<string>
	#trackersVersion = -1
	#cancel: (() => void) | undefined
	#ended = false

	constructor(options: NetworkWatchOptions) {
		this.#options = options
		this.#known = this.#addresses()
	}

	/** Something may have been lost. Called for every input, so it has to be cheap. */
	poke(): void {
		if (this.#cancel !== undefined || this.#ended) return
		const { core } = this.#options
		const version = core.versions.trackers
		if (core.peers.size > 0 && version === this.#trackersVersion) return
		this.#trackersVersion = version
		if (missesNetwork(core)) this.#arm()
	}

	end(): void {
		this.#ended = true
		this.#cancel?.()
	}

	#arm(): void {
		const { clock } = this.#options.environment
		this.#cancel = clock.after(lookEveryMs * clock.speed, () => this.#look())
	}

	#look(): void {
		this.#cancel = undefined
		const before = this.#known
		this.#known = this.#addresses()
		if ([...this.#known].some(address => !before.has(address))) this.#options.onReturned()
		this.#trackersVersion = -1
		this.poke()
	}

	// Nobody beyond the cable is reached from a link-local address, and they come with every virtual cable.
	#addresses(): ReadonlySet<string> {
		const addresses = this.#options.environment.network.addresses()
		return new Set(addresses.filter(address => classifyHost(address) !== 'linkLocal'))
	}
}
