// A UDP tracker in memory at several addresses, each alive, silent or out of reach, for a tracker client in virtual
// time. Each address knows only the connection id that it gave itself.
import type { DatagramSocket } from '../../source/engine/environment.ts'
import { createTrackerClient, type TrackerClient } from '../../source/engine/tracker-client.ts'
import type { TrackerTraffic } from '../../source/engine/tracker-context.ts'
import {
	decodeUdpRequest,
	encodeAnnounced,
	encodeConnected,
	encodeError,
	encodeScraped,
} from '../../source/practice/tracker-udp-codec.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import type { Address } from '../../source/protocol/address.ts'
import type { AddressFamily } from '../../source/protocol/udp-tracker.ts'

type Handler = Parameters<DatagramSocket['subscribe']>[0]
type Sending = {
	readonly to: Address
	readonly bytes: Uint8Array
	readonly onFailure: (code: string) => void
}

/** A system error: known when the datagram is sent, as without a route, or after a round trip, as by ICMP. */
export type Fault = { readonly code: string; readonly when: 'at once' | 'later' }

export const trackerPort = 6969

export class UdpTrackerNet {
	readonly clock = new VirtualClock()
	/** What was sent: instant in ms, host, and what was asked. */
	readonly log: string[] = []
	readonly traffic: TrackerTraffic[] = []
	/** Where each name leads. */
	readonly names: Record<string, readonly string[]> = {}
	/** Hosts that say nothing, and those that cannot be reached; everybody else answers. */
	readonly silent = new Set<string>()
	readonly faults = new Map<string, Fault>()
	/** The round trip to a host, in ms; 50 where none is named. */
	readonly roundTripsMs = new Map<string, number>()
	/** What each host names as peers. */
	readonly peers = new Map<string, readonly Address[]>()
	/** Hears every request before it is answered. */
	onRequest: (host: string, transactionId: number) => void = () => undefined
	readonly #handlers = { 4: new Set<Handler>(), 6: new Set<Handler>() }
	readonly #hosts: string[] = []
	#drawn = 0

	readonly random = { bytes: (length: number) => new Uint8Array(length), uint32: () => (this.#drawn += 1) }

	/** `families`: those of which there is a socket. */
	client(families: readonly AddressFamily[] = [4, 6]): TrackerClient {
		const sockets = { 4: this.socket(4), 6: this.socket(6) }
		return createTrackerClient({
			clock: this.clock,
			random: this.random,
			resolver: {
				resolve: host => {
					const value = this.names[host]
					return Promise.resolve(
						value === undefined
							? { ok: false, code: 'ENOTFOUND', message: 'no such name' }
							: { ok: true, value },
					)
				},
			},
			version: '9.9.9',
			udpSocket: family => (families.includes(family) ? sockets[family] : undefined),
			onExchange: exchange => this.traffic.push(exchange),
		})
	}

	/** Exchanges that listen, of both families. */
	get listening(): number {
		return this.#handlers[4].size + this.#handlers[6].size
	}

	/** Lets time pass until that has happened; fails where it takes more than a minute. */
	async run<Value>(happening: Promise<Value>): Promise<Value> {
		let isDone = false
		void happening.then(() => (isDone = true))
		if (!(await this.clock.runUntil(() => isDone, 60_000))) throw new Error('it takes more than a minute')
		return happening
	}

	/** Delivers a datagram as if it came from there. */
	deliver(bytes: Uint8Array, from: Address): void {
		for (const handler of this.#handlers[from.host.includes(':') ? 6 : 4]) if (handler(bytes, from)) return
	}

	/** What was sent since the last call. */
	takeLog(): string[] {
		return this.log.splice(0)
	}

	socket(family: AddressFamily): DatagramSocket {
		const handlers = this.#handlers[family]
		return {
			port: 6881,
			send: (bytes, to, onFailure = () => undefined) => this.#send({ bytes: bytes.slice(), to, onFailure }),
			subscribe: handler => {
				handlers.add(handler)
				return () => void handlers.delete(handler)
			},
			close: () => Promise.resolve(),
		}
	}

	#send({ bytes, to, onFailure }: Sending): void {
		const { host } = to
		const request = decodeUdpRequest(bytes, host)
		this.log.push(`${this.clock.now()} ${host} ${request?.type}`)
		const fault = this.faults.get(host)
		if (fault?.when === 'at once') {
			onFailure(fault.code)
			return
		}
		this.clock.after(this.roundTripsMs.get(host) ?? 50, () => {
			if (fault !== undefined) {
				onFailure(fault.code)
				return
			}
			if (request === undefined) return
			this.onRequest(host, request.transactionId)
			if (!this.silent.has(host)) this.deliver(this.#answer(host, request), to)
		})
	}

	#answer(host: string, request: NonNullable<ReturnType<typeof decodeUdpRequest>>): Uint8Array {
		const { transactionId } = request
		const own = this.#connectionIdOf(host)
		if (request.type === 'connect') return encodeConnected(transactionId, own)
		if (request.connectionId !== own) return encodeError(transactionId, 'no such connection')
		if (request.type === 'scrape') return encodeScraped(transactionId, [{ seeders: 7 }])
		const peers = this.peers.get(host) ?? []
		return encodeAnnounced(transactionId, { intervalS: 900, counts: {}, peers }, host.includes(':') ? 6 : 4)
	}

	#connectionIdOf(host: string): bigint {
		if (!this.#hosts.includes(host)) this.#hosts.push(host)
		return 1000n + BigInt(this.#hosts.indexOf(host))
	}
}
