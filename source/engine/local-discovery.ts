// Local discovery of one torrent (BEP 14): announces it to the local net every five minutes and hears who else has
// it. Only neighbours are believed, each once a minute, and nobody makes us speak more than once a minute. What it
// must not speak about (a private torrent, one that does not run) is settled by `port`.
import type { Tap } from '../inspect/tap.ts'
import { type Address, addressKey, classifyHost, isDialable, parseHost } from '../protocol/address.ts'
import { equalBytes, toHex } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { InfoHash } from '../protocol/ids.ts'
import {
	decodeLocalAnnounce,
	encodeLocalAnnounce,
	localDiscoveryGroups,
} from '../protocol/local-discovery.ts'
import type { Environment, MulticastSocket } from './environment.ts'

export type LocalDiscoveryOptions = {
	readonly environment: Pick<Environment, 'clock' | 'random' | 'network' | 'multicast'>
	readonly infoHash: InfoHash
	readonly bind: string | undefined
	/** Where peers reach us; undefined while nobody is to hear of the torrent. */
	readonly port: () => number | undefined
	/** Somebody on the local net has the torrent. */
	readonly onPeer: (address: Address) => void
	readonly tap: () => Tap | undefined
}

const announceEveryMs = 300_000
/** BEP 14: no more than one announce a minute. */
const leastBetweenMs = 60_000
/** Who hears somebody new answers within this time, not at the same moment as all others. */
const answerWithinMs = 3_000
/** Organization-local groups reach further than one net; a few routers. */
const hops = 4
const mostHeard = 256
const mostDatagramsPerSecond = 50

type Family = 4 | 6

export class LocalDiscovery {
	readonly #options: LocalDiscoveryOptions
	readonly #cookie: string
	readonly #sockets = new Map<Family, MulticastSocket>()
	/** When we last heard an address, oldest first. */
	readonly #heard = new Map<string, number>()
	/** The machine's addresses when the groups were joined. */
	#joinedFrom = ''
	#isActive = false
	#work: Promise<void> = Promise.resolve()
	#announcedAt = Number.NEGATIVE_INFINITY
	#nextAt = Number.POSITIVE_INFINITY
	#cancel: (() => void) | undefined
	#datagrams = 0
	#datagramsSince = 0
	#ended = false

	constructor(options: LocalDiscoveryOptions) {
		this.#options = options
		this.#cookie = toHex(options.environment.random.bytes(8))
	}

	/** Begins or ends as `port` says. Called after every input, so it has to be cheap. */
	poke(): void {
		const isWanted = this.#isWanted()
		if (isWanted === this.#isActive) return
		this.#isActive = isWanted
		if (isWanted) this.#queue(() => this.#join())
		else {
			this.#cancel?.()
			this.#cancel = undefined
			this.#nextAt = Number.POSITIVE_INFINITY
			this.#queue(() => this.#leave())
		}
	}

	/** Resolves when every socket is closed. */
	async end(): Promise<void> {
		this.#ended = true
		this.poke()
		await this.#work
	}

	#isWanted(): boolean {
		return !this.#ended && this.#options.port() !== undefined
	}

	// Joining takes its time; what was decided meanwhile comes after it.
	#queue(work: () => Promise<void>): void {
		this.#work = this.#work.then(work)
	}

	async #join(): Promise<void> {
		const { environment, bind } = this.#options
		if (!this.#isWanted() || environment.multicast === undefined) return
		this.#joinedFrom = this.#addresses()
		for (const family of [4, 6] as const) {
			if (bind !== undefined && bind.includes(':') !== (family === 6)) continue
			const joined = await environment.multicast.join({
				group: localDiscoveryGroups[family],
				bind,
				hops,
				onDatagram: (bytes, from) => this.#take(bytes, from),
			})
			if (joined.ok) this.#sockets.set(family, joined.value)
		}
		if (this.#isWanted())
			this.#announceAt(Math.max(environment.clock.now(), this.#announcedAt + leastBetweenMs))
	}

	async #leave(): Promise<void> {
		const sockets = [...this.#sockets.values()]
		this.#sockets.clear()
		await Promise.all(sockets.map(socket => socket.close()))
	}

	#announceAt(at: number): void {
		if (at >= this.#nextAt) return
		const { clock } = this.#options.environment
		this.#nextAt = at
		this.#cancel?.()
		this.#cancel = clock.after(at - clock.now(), () => this.#announce())
	}

	#announce(): void {
		const { environment, infoHash, tap, port: portNow } = this.#options
		const port = portNow()
		this.#nextAt = Number.POSITIVE_INFINITY
		if (port === undefined || !this.#isActive) return
		const now = environment.clock.now()
		if (this.#addresses() !== this.#joinedFrom) {
			// Another net: what was joined is of the old one.
			this.#queue(() => this.#leave())
			this.#queue(() => this.#join())
			return
		}
		this.#announcedAt = now
		for (const [family, socket] of this.#sockets) {
			const { bytes } = encodeLocalAnnounce(family, { port, infoHashes: [infoHash], cookie: this.#cookie })
			socket.send(bytes)
			const address = localDiscoveryGroups[family]
			tap()?.datagram('out', 'lsd', { address, bytes, now, reason: { code: 'lsd-announce' } })
		}
		this.#announceAt(now + announceEveryMs)
	}

	#take(bytes: Uint8Array, from: Address): void {
		const { clock } = this.#options.environment
		const now = clock.now()
		if (now - this.#datagramsSince >= 1000) [this.#datagramsSince, this.#datagrams] = [now, 0]
		this.#datagrams += 1
		if (!this.#isActive || this.#datagrams > mostDatagramsPerSecond) return
		const fault = this.#judge(bytes, from, now)
		this.#options.tap()?.datagram('in', 'lsd', { address: from, bytes, now, fault })
	}

	/** Why nothing came of a datagram; undefined when somebody was found. */
	#judge(bytes: Uint8Array, from: Address, now: number): string | undefined {
		const { infoHash, port, onPeer } = this.#options
		try {
			const announce = decodeLocalAnnounce(bytes)
			if (announce.cookie === this.#cookie) return 'our own announce'
			if (!this.#isNeighbour(from.host)) return 'not from the local net'
			if (!announce.infoHashes.some(one => equalBytes(one, infoHash))) return 'another torrent'
			const address = { host: from.host, port: announce.port }
			if (announce.port === port() && this.#isOurs(from.host)) return 'ourselves'
			if (!isDialable(address, 'private')) return 'no port of a peer'
			if (!this.#isNews(addressKey(address), now)) return 'heard a moment ago'
			this.#answer(now)
			onPeer(address)
			return undefined
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			return error.message
		}
	}

	#isNews(key: string, now: number): boolean {
		const before = this.#heard.get(key)
		if (before !== undefined && now - before < leastBetweenMs) return false
		this.#heard.delete(key)
		for (const [other, at] of this.#heard) {
			if (now - at < leastBetweenMs) break
			this.#heard.delete(other)
		}
		if (this.#heard.size >= mostHeard) return false
		this.#heard.set(key, now)
		return true
	}

	// Two clients of one machine may have an address each.
	#isOurs(host: string): boolean {
		const { bind, environment } = this.#options
		return bind === undefined ? environment.network.addresses().includes(host) : bind === host
	}

	// Whoever came just now has not heard us.
	#answer(now: number): void {
		const { random } = this.#options.environment
		const at = Math.max(now, this.#announcedAt + leastBetweenMs)
		if (at > now) return
		this.#announceAt(at + (random.uint32() % answerWithinMs))
	}

	// Multicast goes over our own nets alone, but anybody may send to the port. A link-local IPv6 address is of no
	// use without the interface behind it.
	#isNeighbour(host: string): boolean {
		const isIpv6 = host.includes(':')
		switch (classifyHost(host)) {
			case 'private':
				return true
			case 'linkLocal':
				return !isIpv6
			case 'global':
				return this.#options.environment.network.addresses().some(own => isSameNet(own, host))
			default:
				return false
		}
	}

	#addresses(): string {
		return [...this.#options.environment.network.addresses()].sort().join(' ')
	}
}

/** The net that one cable has: /64 of IPv6, /24 of IPv4. */
function isSameNet(one: string, other: string): boolean {
	const [a, b] = [parseHost(one), parseHost(other)]
	if (a === undefined || b?.length !== a.length) return false
	const bytes = a.length === 16 ? 8 : 3
	return equalBytes(a.subarray(0, bytes), b.subarray(0, bytes))
}
