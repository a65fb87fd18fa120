// Where peers reach us: the TCP listener, and connections without a whole handshake yet. Those are few: over
// the limit a connection is closed before anything is allocated for it (threats P6), but whoever had its time
// to speak makes room, so that a crowd that says nothing keeps nobody out.
import { type InfoHash, type PeerNumber, toPeerNumber } from '../protocol/ids.ts'
import type { Clock, Connection, ConnectionHandler, Listener, Outcome, Transport } from './environment.ts'
import { KeyQuota } from './key-quota.ts'
import { type LinkOwner, PeerLink } from './peer-link.ts'
import { AcceptedOpening, type EncryptionTools, type StreamOpening } from './stream-opening.ts'
import { TurnedAway } from './turned-away.ts'

/** Accepted connections without a whole handshake. */
const mostStrangers = 50
/** A stranger that others wait behind has this long; one of good will needs a round trip, or two to agree on a key. */
const patienceMs = 1000
/** A crowd is not worth a line for each. */
const tellingEveryMs = 10_000
/** Ports tried after the first one, unless it was fixed. */
const portsToTry = 64

export type ReceptionOptions = {
	readonly transport: Transport
	readonly clock: Clock
	readonly bind: string | undefined
	readonly port: number
	readonly portIsFixed: boolean
	/** Where it is less than 50. */
	readonly mostStrangers?: number
	/** Undefined: who begins with an encrypted handshake is hung up on. */
	readonly encryption?: EncryptionTools | undefined
	/** Torrents that encrypted handshakes may be about. */
	readonly infoHashes?: () => readonly InfoHash[]
	/** A host is refused for a while, and so were `others` since the last call, of which there is one in 10 s. */
	readonly onTurnedAway?: (host: string, others: number) => void
	/** The torrent of an info hash, told of the link; undefined to hang up. */
	readonly route: (infoHash: InfoHash, link: PeerLink) => LinkOwner | undefined
}

export class Reception {
	readonly #options: ReceptionOptions
	/** With the instant at which each came, oldest first. */
	readonly #strangers = new Map<PeerLink, number>()
	readonly #keys = new KeyQuota()
	readonly #turnedAway = new TurnedAway()
	#toldAt = Number.NEGATIVE_INFINITY
	#untold = 0
	#listener: Listener | undefined
	#nextPeer = 1

	constructor(options: ReceptionOptions) {
		this.#options = options
	}

	get port(): number | undefined {
		return this.#listener?.port
	}

	/** Listens on the first free port. */
	async open(): Promise<Outcome<number>> {
		const { transport, clock, bind, port, portIsFixed } = this.#options
		const ports = portIsFixed
			? [port]
			: [...Array.from({ length: portsToTry }, (_, index) => port + index), 0]
		let failure: Outcome<number> = { ok: false, code: 'EADDRINUSE', message: 'no port is free' }
		for (const candidate of ports) {
			const listening = await transport.listen({
				host: bind,
				port: candidate,
				admits: host => !this.#turnedAway.has(host, clock.now()),
				onConnection: connection => this.#accept(connection),
			})
			if (listening.ok) {
				this.#listener = listening.value
				return { ok: true, value: listening.value.port }
			}
			failure = listening
			if (listening.code !== 'EADDRINUSE' && listening.code !== 'EACCES') break
		}
		return failure
	}

	async close(): Promise<void> {
		for (const link of this.#strangers.keys()) if (link.isStranger) link.abandon()
		await this.#listener?.close()
	}

	#accept(connection: Connection): ConnectionHandler | undefined {
		this.#forgetSettled()
		const limit = Math.min(mostStrangers, this.#options.mostStrangers ?? mostStrangers)
		if (this.#strangers.size >= limit && !this.#makeRoom()) return undefined
		const { clock } = this.#options
		const link: PeerLink = new PeerLink({
			connection,
			clock,
			incoming: true,
			peer: this.#drawNumber(),
			route: infoHash => this.#options.route(infoHash, link),
			onFault: () => this.#noteFault(connection.remote.host),
			...this.#openingOf(),
		})
		this.#strangers.set(link, clock.now())
		return link
	}

	#noteFault(host: string): void {
		const now = this.#options.clock.now()
		if (!this.#turnedAway.note(host, now)) return
		if (now - this.#toldAt < tellingEveryMs) {
			this.#untold += 1
			return
		}
		this.#options.onTurnedAway?.(host, this.#untold)
		this.#toldAt = now
		this.#untold = 0
	}

	#forgetSettled(): void {
		for (const link of this.#strangers.keys()) if (!link.isStranger) this.#strangers.delete(link)
	}

	#makeRoom(): boolean {
		const now = this.#options.clock.now()
		for (const [oldest, since] of this.#strangers) {
			if (now - since < patienceMs) break
			if (oldest.isNegotiating && now - since < 2 * patienceMs) continue
			this.#strangers.delete(oldest)
			oldest.close({ code: 'handshake-timeout' })
			return true
		}
		return false
	}

	#openingOf(): { readonly opening?: StreamOpening } {
		const { encryption, infoHashes = () => [], clock } = this.#options
		if (encryption === undefined) return {}
		const admit = () => this.#keys.admit(clock.now())
		return { opening: new AcceptedOpening(encryption, { infoHashes: infoHashes(), admit }) }
	}

	// Odd numbers are ours to give; the core gives even ones to those that it dials.
	#drawNumber(): PeerNumber {
		const number = toPeerNumber(this.#nextPeer)
		this.#nextPeer += 2
		return number
	}
}
