// Sees the network come back (threats H7, S3): while a torrent misses something that it may bring, the machine's
// addresses are looked at every few seconds. At all other times nothing runs. Connections from an address that
// another one came for are ended (S3). A machine that slept was away as well, though its clock says nothing (S2).
import { classifyHost } from '../protocol/address.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { Input } from '../torrent/boundary.ts'
import type { Core } from '../torrent/core.ts'
import { missesNetwork } from '../torrent/network.ts'
import type { DropReason } from '../torrent/reasons.ts'
import type { Connection, Environment } from './environment.ts'

type Link = { readonly connection: Pick<Connection, 'local'>; close(reason: DropReason): void }

export type NetworkWatchOptions = {
	readonly environment: Pick<Environment, 'clock' | 'network'>
	readonly core: Core
	readonly driver: { linkOf(peer: PeerNumber): Link | undefined; feed(input: Input): void }
}

const lookEveryMs = 2_500
/** A shorter sleep breaks nothing, and the two clocks of the machine are not read at the same instant. */
const leastSleepMs = 10_000

export class NetworkWatch {
	readonly #options: NetworkWatchOptions
	#known: ReadonlySet<string>
	#sleptMs: number
	#trackersVersion = -1
	#quietUntilAt = 0
	#cancel: (() => void) | undefined
	#ended = false

	constructor(options: NetworkWatchOptions) {
		this.#options = options
		this.#known = this.#addresses()
		this.#sleptMs = options.environment.network.sleptMs()
	}

	/** Something may have been lost. Called for every input, so it has to be cheap. */
	poke(): void {
		if (this.#cancel !== undefined || this.#ended) return
		const { core, environment } = this.#options
		const version = core.versions.trackers
		const now = environment.clock.now()
		if (core.peers.size > 0 && version === this.#trackersVersion && now < this.#quietUntilAt) return
		this.#trackersVersion = version
		this.#quietUntilAt = now + lookEveryMs * environment.clock.speed
		if (this.#hasSlept()) this.#options.driver.feed({ type: 'NetworkReturned' })
		if (missesNetwork(core, now)) this.#arm()
	}

	end(): void {
		this.#ended = true
		this.#cancel?.()
	}

	#hasSlept(): boolean {
		const before = this.#sleptMs
		this.#sleptMs = this.#options.environment.network.sleptMs()
		return this.#sleptMs - before >= leastSleepMs
	}

	#arm(): void {
		const { clock } = this.#options.environment
		this.#cancel = clock.after(lookEveryMs * clock.speed, () => this.#look())
	}

	#look(): void {
		this.#cancel = undefined
		const before = this.#known
		this.#known = this.#addresses()
		const came = [...this.#known].filter(address => !before.has(address))
		if (came.length > 0) this.#returned(came)
		this.#quietUntilAt = 0
		this.poke()
	}

	#returned(came: readonly string[]): void {
		const { core, driver } = this.#options
		for (const peer of [...core.peers.keys()]) {
			const link = driver.linkOf(peer)
			const host = link?.connection.local?.host
			// It is dead, and would not notice for minutes.
			if (host !== undefined && !this.#isOurs(host, came))
				link?.close({ code: 'connection-failed', error: 'EADDRNOTAVAIL' })
		}
		driver.feed({ type: 'NetworkReturned' })
	}

	// The addresses of the other family may still be on their way back.
	#isOurs(host: string, came: readonly string[]): boolean {
		return this.#known.has(host) || classifyHost(host) === 'loopback' || !came.some(one => isAlike(one, host))
	}

	// Nobody beyond the cable is reached from a link-local address, and they come with every virtual cable.
	#addresses(): ReadonlySet<string> {
		const addresses = this.#options.environment.network.addresses()
		return new Set(addresses.filter(address => classifyHost(address) !== 'linkLocal'))
	}
}

function isAlike(one: string, other: string): boolean {
	return one.includes(':') === other.includes(':')
}
