// Runs the DHT node on the shared UDP sockets: hands it what comes in, sends what it says, looks up its routers,
// keeps its table between runs. It decides nothing; see dht/.
import type { DhtEffect, DhtInput, Family, Heard, PingOutcome } from '../dht/boundary.ts'
import { Dht } from '../dht/dht.ts'
import type { Lookup } from '../dht/lookup.ts'
import { savedOf } from '../dht/saved-state.ts'
import type { DhtSlice } from '../dht/snapshot.ts'
import { dhtSlice } from '../dht/views.ts'
import type { Tap } from '../inspect/tap.ts'
import type { Address } from '../protocol/address.ts'
import type { InfoHash } from '../protocol/ids.ts'
import { clientBytes } from '../protocol/krpc-encode.ts'
import type { DhtSettings } from './api.ts'
import { dhtFaults } from './dht-faults.ts'
import { loadDht, saveDht } from './dht-file.ts'
import type { DatagramSocket, Environment } from './environment.ts'
import { resolveAddresses } from './resolve-addresses.ts'
import { version } from './version.ts'
import { WakeTimer } from './wake-timer.ts'

/** First byte of a bencoded dictionary: what the tracker protocol and uTP never begin with. */
const dictionaryByte = 0x64

export type DhtServiceOptions = DhtSettings & {
	readonly environment: Pick<Environment, 'clock' | 'random' | 'resolver' | 'hasher' | 'storage'>
	/** undefined: nothing is kept between runs. */
	readonly stateDirectory: string | undefined
	readonly sockets: readonly { readonly family: Family; readonly socket: DatagramSocket }[]
	readonly tap?: () => Tap | undefined
	readonly onPeers: (infoHash: InfoHash, addresses: readonly Address[]) => void
	readonly onLookupEnded?: (request: number | undefined, lookup: Lookup) => void
	readonly onPingEnded?: (request: number, outcome: PingOutcome) => void
	/** After every input: something may have moved. */
	readonly onHandled?: () => void
}

export class DhtService {
	readonly #options: DhtServiceOptions
	readonly #dht: Dht
	readonly #timer: WakeTimer
	readonly #abort = new AbortController()
	readonly #sockets = new Map<Family, DatagramSocket>()
	readonly #work = new Set<Promise<void>>()
	#unsubscribe: (() => void)[] = []

	constructor(options: DhtServiceOptions) {
		this.#options = options
		const { clock, random, hasher } = options.environment
		this.#dht = new Dht(
			{
				key: random.bytes(32),
				readOnly: options.readOnly,
				client: clientBytes(version),
				routers: options.routers.length,
				routersServe: options.routersServe,
				startedAt: clock.now(),
			},
			bytes => hasher.sha1(bytes),
		)
		this.#timer = new WakeTimer({
			clock,
			nextAt: () => this.#dht.nextWakeAt,
			wake: () => this.#feed({ type: 'Woken' }),
		})
	}

	/** The port of the node of that family; undefined where there is none. */
	portOf(family: Family): number | undefined {
		return this.#sockets.get(family)?.port
	}

	/** Grows whenever the slice would look different. */
	get version(): number {
		return this.#dht.state.version
	}

	/** What a screen draws. */
	slice(): DhtSlice {
		return dhtSlice(this.#dht.state, this.#options.environment.clock.now())
	}

	/** Reads what the last run knew and begins. */
	async start(): Promise<void> {
		const { environment, stateDirectory, sockets } = this.#options
		const saved =
			stateDirectory === undefined ? undefined : await loadDht(environment.storage, stateDirectory)
		if (this.#abort.signal.aborted) return
		for (const { family, socket } of sockets) {
			this.#sockets.set(family, socket)
			this.#unsubscribe.push(
				socket.subscribe((bytes, from) => {
					if (bytes[0] !== dictionaryByte) return false
					this.#receive(family, from, bytes)
					return true
				}),
			)
			const { nodes, external } = saved?.[family] ?? { nodes: [], external: undefined }
			this.#feed({ type: 'SocketOpened', family, port: socket.port, saved: nodes, external })
		}
	}

	/** Peers of this torrent are wanted from now on, and those who look for it told of us at `announcePort`. */
	want(infoHash: InfoHash, announcePort: number | undefined): void {
		this.#feed({ type: 'TorrentWanted', infoHash, announcePort })
	}

	/** Not any more. */
	leave(infoHash: InfoHash): void {
		this.#feed({ type: 'TorrentLeft', infoHash })
	}

	/** Nodes are said to be here. Names are looked up first. */
	addNodes(hosts: readonly Address[], mayBeAsked: (address: Address) => boolean = () => true): void {
		this.#background(
			this.#resolve(hosts).then(addresses => {
				this.#feed({ type: 'NodesNamed', addresses: addresses.filter(mayBeAsked) })
			}),
		)
	}

	/** The machine has its network again, or another one. */
	networkReturned(): void {
		this.#feed({ type: 'NetworkReturned' })
	}

	/** A question by the user, answered by `onPingEnded` or `onLookupEnded`. */
	request(input: Extract<DhtInput, { type: 'PingRequested' | 'LookupRequested' }>): void {
		this.#feed(input)
	}

	/** Keeps what is known and ends; the sockets stay open, they are others' too. */
	async close(): Promise<void> {
		if (this.#abort.signal.aborted) return
		this.#abort.abort()
		this.#timer.end()
		for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
		this.#save()
		await Promise.all(this.#work)
	}

	#receive(family: Family, from: Address, bytes: Uint8Array): void {
		if (this.#abort.signal.aborted) return
		const effects = this.#handle({ type: 'DatagramReceived', family, from, bytes })
		const tap = this.#options.tap?.()
		if (tap !== undefined) this.#tapReceived(tap, { address: from, bytes, heard: this.#dht.heard })
		this.#performAll(effects)
	}

	#feed(input: DhtInput): void {
		if (!this.#abort.signal.aborted) this.#performAll(this.#handle(input))
	}

	#handle(input: DhtInput): readonly DhtEffect[] {
		return this.#dht.handle(input, this.#options.environment.clock.now())
	}

	#performAll(effects: readonly DhtEffect[]): void {
		for (const effect of effects) this.#perform(effect)
		this.#timer.arm()
		this.#options.onHandled?.()
	}

	#perform(effect: DhtEffect): void {
		const { onPeers, onLookupEnded, onPingEnded } = this.#options
		switch (effect.type) {
			case 'SendDatagram':
				this.#send(effect)
				return
			case 'ResolveRouters':
				this.#background(
					this.#resolve(this.#options.routers).then(addresses =>
						this.#feed({ type: 'RoutersResolved', addresses }),
					),
				)
				return
			case 'PeersFound':
				onPeers(effect.infoHash, effect.addresses)
				return
			case 'LookupEnded': {
				const lookup = this.#dht.state.ended.find(({ number }) => number === effect.lookup)
				if (lookup !== undefined) onLookupEnded?.(effect.request, lookup)
				return
			}
			case 'PingEnded':
				onPingEnded?.(effect.request, effect.outcome)
				return
			case 'SaveTable':
				this.#save()
		}
	}

	#send({ family, to, bytes, why, answers, target }: Extract<DhtEffect, { type: 'SendDatagram' }>): void {
		this.#options.tap?.()?.datagram('out', 'dht', {
			address: to,
			bytes,
			now: this.#options.environment.clock.now(),
			reason: why,
			answers,
			target,
		})
		this.#sockets.get(family)?.send(bytes, to)
	}

	#tapReceived(
		tap: Tap,
		{
			address,
			bytes,
			heard,
		}: { readonly address: Address; readonly bytes: Uint8Array; readonly heard: Heard },
	): void {
		tap.datagram('in', 'dht', {
			address,
			bytes,
			now: this.#options.environment.clock.now(),
			latencyMs: heard.roundTripMs,
			answers: heard.answers,
			target: heard.target,
			fault: heard.dropped === undefined ? undefined : dhtFaults[heard.dropped],
		})
	}

	#resolve(hosts: readonly Address[]): Promise<Address[]> {
		const { resolver, clock } = this.#options.environment
		return resolveAddresses(hosts, { resolver, clock, signal: this.#abort.signal })
	}

	#save(): void {
		const { environment, stateDirectory } = this.#options
		if (stateDirectory === undefined) return
		const saved = savedOf(this.#dht.state, environment.clock.now())
		this.#background(saveDht(environment.storage, stateDirectory, saved))
	}

	#background(work: Promise<void>): void {
		const watched = work.finally(() => this.#work.delete(watched))
		this.#work.add(watched)
	}
}
