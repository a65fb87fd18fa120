// A network in memory: hosts with a latency each, TCP that keeps the order of its bytes, UDP that may lose some.
// What arrives is handed over as a view that is overwritten at once, and cut where nobody expects it.

import type {
	Clock,
	Connection,
	ConnectionHandler,
	DatagramSocket,
	Datagrams,
	DialOptions,
	Listener,
	ListenOptions,
	Multicast,
	MulticastOptions,
	MulticastSocket,
	Outcome,
	Transport,
} from '../engine/environment.ts'
import { type Address, addressKey } from '../protocol/address.ts'
import { nextRandom, type RandomState, randomBelow } from '../torrent/random.ts'
import { createPipe } from './pipe.ts'

export type NetworkOptions = {
	readonly clock: Clock
	readonly random: RandomState
	/** The part of all datagrams that is lost, 0 … 1. */
	readonly datagramLoss?: number
}

export type NetworkHost = {
	readonly host: string
	readonly transport: Transport
	readonly datagrams: Datagrams
	readonly multicast: Multicast
}

type Member = { readonly host: string; readonly options: MulticastOptions }
type Socket = { readonly handlers: Set<Parameters<DatagramSocket['subscribe']>[0]> }

const firstEphemeralPort = 49_152

export class MemoryNetwork {
	readonly #options: NetworkOptions
	readonly #latencies = new Map<string, number>()
	readonly #listeners = new Map<string, ListenOptions>()
	readonly #sockets = new Map<string, Socket>()
	readonly #members = new Set<Member>()
	#lastPort = firstEphemeralPort

	constructor(options: NetworkOptions) {
		this.#options = options
	}

	/** Everything of this host leaves from its address; a transfer takes the latencies of both ends. */
	addHost(host: string, latencyMs: number): NetworkHost {
		this.#latencies.set(host, latencyMs)
		return {
			host,
			transport: {
				listen: options => Promise.resolve(this.#listen(host, options)),
				dial: (options, handlerFor) => this.#dial(host, options, handlerFor),
			},
			datagrams: { bind: (bind, port) => Promise.resolve(this.#bind(host, bind, port)) },
			multicast: { join: options => Promise.resolve(this.#join(host, options)) },
		}
	}

	#listen(host: string, options: ListenOptions): Outcome<Listener> {
		const { port: wanted } = options
		const port = wanted === 0 ? this.#nextPort() : wanted
		const key = addressKey({ host, port })
		if (this.#listeners.has(key)) return { ok: false, code: 'EADDRINUSE', message: `${key} is taken` }
		this.#listeners.set(key, options)
		const close = () => {
			this.#listeners.delete(key)
			return Promise.resolve()
		}
		return { ok: true, value: { port, close } }
	}

	#dial(
		host: string,
		{ address, signal }: DialOptions,
		handlerFor: (connection: Connection) => ConnectionHandler,
	): Promise<Outcome<Connection>> {
		const { clock } = this.#options
		const latencyMs = this.#latencyOf(host) + this.#latencyOf(address.host)
		const local = { host, port: this.#nextPort() }
		return new Promise(resolve => {
			const refuse = (code: string) =>
				resolve({ ok: false, code, message: `${code}: ${addressKey(address)}` })
			const onAbort = () => refuse('ECONNABORTED')
			signal.addEventListener('abort', onAbort, { once: true })
			clock.after(latencyMs, () => {
				const listener = this.#listeners.get(addressKey(address))
				const pipe = createPipe({ ...this.#options, latencyMs, ends: [local, address] })
				const handler = signal.aborted ? undefined : greet(listener, pipe.far)
				if (handler !== undefined) pipe.far.attach(handler)
				clock.after(latencyMs, () => {
					signal.removeEventListener('abort', onAbort)
					if (signal.aborted) pipe.near.destroy()
					else if (listener === undefined) refuse('ECONNREFUSED')
					else {
						pipe.near.attach(handlerFor(pipe.near))
						resolve({ ok: true, value: pipe.near })
						if (handler === undefined) pipe.far.destroy()
					}
				})
			})
		})
	}

	#bind(host: string, bind: string, wanted: number): Outcome<DatagramSocket> {
		if (bind.includes(':') !== host.includes(':')) {
			return { ok: false, code: 'EAFNOSUPPORT', message: `${host} has no address of that family` }
		}
		const port = wanted === 0 ? this.#nextPort() : wanted
		const key = addressKey({ host, port })
		if (this.#sockets.has(key)) return { ok: false, code: 'EADDRINUSE', message: `${key} is taken` }
		const handlers: Socket['handlers'] = new Set()
		this.#sockets.set(key, { handlers })
		return {
			ok: true,
			value: {
				port,
				send: (bytes, to) => this.#sendDatagram(bytes.slice(), { host, port }, to),
				subscribe: handler => {
					handlers.add(handler)
					return () => void handlers.delete(handler)
				},
				close: () => {
					this.#sockets.delete(key)
					return Promise.resolve()
				},
			},
		}
	}

	// All hosts of a family are on one local net.
	#join(host: string, options: MulticastOptions): Outcome<MulticastSocket> {
		const { group } = options
		if (group.host.includes(':') !== host.includes(':'))
			return { ok: false, code: 'ENODEV', message: `${host} has no address of that family` }
		const member = { host, options }
		const from = { host, port: this.#nextPort() }
		this.#members.add(member)
		const send = (bytes: Uint8Array) => {
			for (const other of this.#members) {
				if (addressKey(other.options.group) !== addressKey(group)) continue
				this.#carry([host, other.host], () => {
					if (this.#members.has(other)) other.options.onDatagram(bytes.slice(), from)
				})
			}
		}
		const close = () => {
			this.#members.delete(member)
			return Promise.resolve()
		}
		return { ok: true, value: { send, close } }
	}

	#sendDatagram(bytes: Uint8Array, from: Address, to: Address): void {
		this.#carry([from.host, to.host], () => {
			for (const handler of this.#sockets.get(addressKey(to))?.handlers ?? []) {
				if (handler(bytes, from)) return
			}
		})
	}

	// Datagrams may be lost, or overtake each other.
	#carry([from, to]: readonly [string, string], deliver: () => void): void {
		const { clock, random, datagramLoss = 0 } = this.#options
		if (nextRandom(random) < datagramLoss) return
		clock.after(this.#latencyOf(from) + this.#latencyOf(to) + randomBelow(random, 5), deliver)
	}

	#latencyOf(host: string): number {
		return this.#latencies.get(host) ?? 0
	}

	#nextPort(): number {
		this.#lastPort += 1
		return this.#lastPort
	}
}

function greet(listener: ListenOptions | undefined, connection: Connection): ConnectionHandler | undefined {
	if (listener?.admits?.(connection.remote.host) === false) return undefined
	return listener?.onConnection(connection)
}
