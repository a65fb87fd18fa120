// One peer of the practice swarm: it comes, talks to everybody in the manner of its personality, and goes. It
// reaches the world through a clock and a transport alone, so it runs over sockets as well as in virtual time.
import { type Bitfield, hasPiece, hasPieceBeyond, isFull } from '../protocol/bitfield.ts'
import { type Address, addressKey } from '../protocol/address.ts'
import type { HandshakeFlags } from '../protocol/handshake.ts'
import type { PeerId } from '../protocol/ids.ts'
import type { Sha1 } from '../protocol/mse.ts'
import type { PexPeer } from '../protocol/ut-pex.ts'
import type { BlockFields } from '../protocol/message.ts'
import type { SessionChange } from '../protocol/receive-message.ts'
import type { Clock, Connection, ConnectionHandler, Listener, Transport } from '../engine/environment.ts'
import { type RandomState, shuffle } from '../torrent/random.ts'
import type { Payload } from './content.ts'
import { Fetcher } from './fetcher.ts'
import { Pacer } from './pacer.ts'
import { drawPeerId, drawPieces } from './drawn-peer.ts'
import { ExtensionTalk } from './extension-talk.ts'
import type { PeerScript } from './scenario.ts'
import { SecureConnection } from './secure-connection.ts'
import { ScriptedWire, type WireOwner } from './scripted-wire.ts'
import { Unchoker } from './unchoker.ts'
import { Uploader } from './uploader.ts'

export type ScriptedPeerOptions = {
	readonly script: PeerScript
	readonly payload: Payload
	readonly clock: Clock
	readonly transport: Transport
	readonly host: string
	/** Of this peer alone. */
	readonly random: RandomState
	/** It listens at this address from now on. */
	readonly onArrived: (address: Address) => void
	readonly onLeft: () => void
	/** Whom it may tell others of. */
	readonly neighbours?: () => readonly PexPeer[]
	/** For encrypted handshakes. */
	readonly sha1?: Sha1
	/** Somebody has at least so many pieces. */
	readonly onHeard?: (peerId: PeerId, piecesHave: number) => void
}

const heartbeatMs = 10_000
const keepAliveBeats = 9
/** A peer that owes blocks for so long is asked for others. */
const stalledMs = 20_000
const dialTimeoutMs = 10_000

export class ScriptedPeer implements WireOwner {
	readonly payload: Payload
	readonly peerId: PeerId
	readonly flags: HandshakeFlags
	readonly client: string
	readonly have: Bitfield
	readonly script: PeerScript
	readonly #options: ScriptedPeerOptions
	readonly #wires = new Set<ScriptedWire>()
	readonly #targets = new Map<string, { readonly address: Address; wire: ScriptedWire | undefined }>()
	readonly #blockAt = new Map<ScriptedWire, number>()
	readonly #timers = new Set<() => void>()
	readonly #talk: ExtensionTalk
	readonly #uploader: Uploader
	readonly #unchoker: Unchoker
	readonly #fetcher: Fetcher
	readonly #downloads: Pacer | undefined
	#listener: Listener | undefined
	/** One for each dial: a signal that many listen to looks like a leak to Node. */
	readonly #dials = new Set<AbortController>()
	#visits = 0
	#port = 0
	#here = false
	#beats = 0
	#liesHeard = 0

	constructor(options: ScriptedPeerOptions) {
		const { script, payload, clock, random } = options
		this.#options = options
		this.script = script
		this.payload = payload
		this.client = script.name
		this.peerId = drawPeerId(script.id, random)
		this.flags = { extended: script.plain !== true, fast: script.plain !== true, dht: false, v2: false }
		this.have = drawPieces(payload.geometry.pieceCount, script, random)
		const { neighbours = () => [] } = options
		this.#talk = new ExtensionTalk({ script, infoBytes: payload.infoBytes, clock, neighbours })
		this.#fetcher = new Fetcher({ payload, have: this.have, wires: this.#wires, random })
		this.#uploader = new Uploader({ script, clock, wires: this.#wires })
		this.#unchoker = new Unchoker({ personality: script.personality, clock, random, wires: this.#wires })
		this.#downloads =
			script.downBytesPerSecond === 0
				? undefined
				: new Pacer({
						clock,
						bytesPerSecond: script.downBytesPerSecond,
						step: () => this.#fetcher.ask(),
					})
	}

	get extensions(): WireOwner['extensions'] {
		return this.#talk.extensions
	}

	get metadataBytes(): number | undefined {
		return this.#talk.metadataBytes
	}

	/** Wrong blocks that it sent. */
	get lies(): number {
		return this.#uploader.lies
	}

	/** Wrong blocks that it was sent. */
	get liesHeard(): number {
		return this.#liesHeard
	}

	/** Bytes that it lacks, about. */
	get leftBytes(): number {
		return (this.have.size - this.have.count) * this.payload.geometry.pieceLength
	}

	/** Listens and dials whom it knows. */
	async arrive(): Promise<void> {
		if (this.#here) return
		this.#here = true
		const { transport, host, script, onArrived } = this.#options
		const visit = this.#visits
		const listener = await transport.listen({
			host,
			port: this.#port,
			onConnection: connection => (this.#here ? this.#accept(connection) : undefined),
		})
		if (!listener.ok) return
		this.#listener = listener.value
		if (visit !== this.#visits) {
			await this.#hangUp()
			return
		}
		this.#port = listener.value.port
		this.#after(heartbeatMs, () => this.#beat())
		const { personality } = script
		this.#unchoker.start()
		if (personality.type === 'flaky') this.#after(personality.staysMs, () => this.#goAway(personality.awayMs))
		onArrived({ host, port: this.#port })
		this.#dialAll()
	}

	/** Closes everything. */
	async leave(): Promise<void> {
		for (const cancel of this.#timers) cancel()
		this.#timers.clear()
		if (!this.#here) return
		this.#here = false
		this.#uploader.stop()
		this.#unchoker.stop()
		this.#downloads?.stop()
		this.#visits += 1
		for (const dial of this.#dials) dial.abort()
		for (const wire of [...this.#wires]) wire.close()
		this.#options.onLeft()
		await this.#hangUp()
	}

	/** Knows of somebody there from now on: dials now, whenever it comes, and again while it lacks a piece. */
	meet(address: Address): void {
		const key = addressKey(address)
		if (this.#targets.has(key)) return
		const target = { address, wire: undefined }
		this.#targets.set(key, target)
		if (this.#here) this.#dial(target)
	}

	wireReady(wire: ScriptedWire): void {
		const { allowsFast = 0 } = this.script
		if (allowsFast > 0) wire.allow(this.#somePieces(allowsFast))
		this.#updateInterest(wire)
	}

	wireChanged(wire: ScriptedWire, change: SessionChange): void {
		switch (change.type) {
			case 'interestChanged':
				if (change.interested) this.#unchoker.consider(wire)
				// Who wants nothing of us has at least what we have.
				else this.#heardOf(wire, this.have.count)
				return
			case 'requested':
				this.#requested(wire, change.block)
				return
			case 'badRequest':
				this.#reject(wire, change.block)
				return
			case 'cancelled':
				if (wire.wanted.delete(wire.numberOf(change.block))) this.#reject(wire, change.block)
				return
			case 'choked':
			case 'rejected':
				this.#fetcher.giveUp(wire)
				return
			case 'unchoked':
				this.#blockAt.set(wire, this.#options.clock.now())
				this.#downloads?.poke()
				return
			case 'peerHaveAdded':
			case 'peerHaveReplaced':
				this.#heardOf(wire, wire.session?.peerHave?.count ?? 0)
				this.#updateInterest(wire)
				this.#downloads?.poke()
				return
			default:
				this.#talk.hear(wire, change)
		}
	}

	blockArrived(wire: ScriptedWire, block: BlockFields, bytes: Uint8Array): void {
		this.#blockAt.set(wire, this.#options.clock.now())
		this.#unchoker.received(wire, block.length)
		const result = this.#fetcher.take(wire, block, bytes)
		if (result === 'lie') {
			this.#liesHeard += 1
			wire.close()
			return
		}
		this.#downloads?.poke()
		if (result !== 'piece') return
		for (const other of this.#wires) {
			other.send({ type: 'have', piece: block.piece })
			this.#updateInterest(other)
		}
	}

	wireDrained(): void {
		this.#uploader.poke()
	}

	wireClosed(wire: ScriptedWire): void {
		this.#wires.delete(wire)
		this.#talk.forget(wire)
		this.#blockAt.delete(wire)
		this.#unchoker.closed(wire)
		this.#fetcher.giveUp(wire)
		for (const target of this.#targets.values()) if (target.wire === wire) target.wire = undefined
		this.#downloads?.poke()
	}

	#accept(connection: Connection): ConnectionHandler {
		const { script, payload, random, sha1 } = this.#options
		const { encryption } = script
		if (encryption === undefined || sha1 === undefined) return this.#open(connection)
		const secure = new SecureConnection(connection, {
			...{ sha1, random, infoHash: payload.infoHash },
			accept: encryption === 'requires' ? ['rc4'] : ['plain', 'rc4'],
			takesPlain: encryption === 'accepts',
		})
		secure.attach(this.#open(secure))
		return secure
	}

	#open(connection: Connection): ScriptedWire {
		const wire = new ScriptedWire(connection, this)
		this.#wires.add(wire)
		return wire
	}

	#dialAll(): void {
		for (const target of this.#targets.values()) this.#dial(target)
	}

	#dial(target: { readonly address: Address; wire: ScriptedWire | undefined }): void {
		if (target.wire !== undefined) return
		const { clock, transport, host } = this.#options
		const abort = new AbortController()
		this.#dials.add(abort)
		const options = {
			address: target.address,
			bind: host,
			timeoutMs: dialTimeoutMs / clock.speed,
			signal: abort.signal,
		}
		const dialled = transport.dial(options, connection => {
			const wire = this.#open(connection)
			target.wire = wire
			wire.greet()
			return wire
		})
		void dialled.then(() => this.#dials.delete(abort))
	}

	#heardOf({ peerId }: ScriptedWire, piecesHave: number): void {
		if (peerId !== undefined) this.#options.onHeard?.(peerId, piecesHave)
	}

	#requested(wire: ScriptedWire, block: BlockFields): void {
		if (!wire.mayHave(block.piece) || !hasPiece(this.have, block.piece)) this.#reject(wire, block)
		else this.#uploader.want(wire, block)
	}

	#reject(wire: ScriptedWire, { piece, offset, length }: BlockFields): void {
		if (wire.session?.common.fast === true) wire.send({ type: 'reject', piece, offset, length })
	}

	#updateInterest(wire: ScriptedWire): void {
		const { session } = wire
		if (session?.peerHave === undefined || this.#downloads === undefined) return
		const interested = hasPieceBeyond(session.peerHave, this.have)
		if (interested !== session.amInterested) wire.send({ type: interested ? 'interested' : 'notInterested' })
	}

	#goAway(awayMs: number): void {
		void this.leave()
		this.#after(awayMs, () => void this.arrive())
	}

	#beat(): void {
		this.#beats += 1
		const now = this.#options.clock.now()
		for (const wire of this.#wires) {
			if (this.#beats % keepAliveBeats === 0) wire.send({ type: 'keepAlive' })
			if (wire.asked.size > 0 && now - (this.#blockAt.get(wire) ?? now) > stalledMs) {
				this.#fetcher.giveUp(wire)
			}
		}
		this.#downloads?.poke()
		if (!isFull(this.have)) this.#dialAll()
		this.#after(heartbeatMs, () => this.#beat())
	}

	/** Pieces that it has, by lot. */
	#somePieces(count: number): number[] {
		const pieces = Array.from({ length: this.have.size }, (_, piece) => piece)
		shuffle(pieces, this.#options.random)
		return pieces.filter(piece => hasPiece(this.have, piece)).slice(0, count)
	}

	async #hangUp(): Promise<void> {
		const listener = this.#listener
		this.#listener = undefined
		await listener?.close()
	}

	#after(delayMs: number, callback: () => void): void {
		const cancel = this.#options.clock.after(delayMs, () => {
			this.#timers.delete(cancel)
			callback()
		})
		this.#timers.add(cancel)
	}
}
