// Lets a scenario happen: peers come and go and trackers change their mood at their times. Where it happens, on
// sockets or in memory, is up to the transports and trackers that are handed in.
import { type Address, addressKey } from '../protocol/address.ts'
import type { Clock, Transport } from '../engine/environment.ts'
import { toHex } from '../protocol/bytes.ts'
import type { PeerId } from '../protocol/ids.ts'
import type { Sha1 } from '../protocol/mse.ts'
import { pexFlags, type PexPeer } from '../protocol/ut-pex.ts'
import { createRandom, nextUint32 } from '../torrent/random.ts'
import type { Payload } from './content.ts'
import type { PeerScript, Scenario } from './scenario.ts'
import { ScriptedPeer } from './scripted-peer.ts'
import type { TrackerMood } from './tracker-desk.ts'
import type { ReceivedAnnounce } from './tracker-swarms.ts'

/** What the swarm needs of a tracker. */
export type SwarmTracker = {
	setMood(mood: TrackerMood): void
	/** Knows of a peer as if it had announced. */
	enter(announce: ReceivedAnnounce): void
}

/** What the swarm needs of a DHT: who announces himself there, by his number. */
export type SwarmDht = {
	announce(peer: number, port: number): void
	leave(peer: number): void
}

export type SwarmOptions = {
	readonly scenario: Scenario
	readonly payload: Payload
	readonly clock: Clock
	readonly seed: number
	/** For encrypted handshakes. */
	readonly sha1?: Sha1
	/** In the order of the scenario. */
	readonly trackers: readonly SwarmTracker[]
	readonly dht?: SwarmDht
	/** Where a peer lives. */
	readonly place: (
		script: PeerScript,
		index: number,
	) => { readonly transport: Transport; readonly host: string }
}

/** Trackers forget who was not heard of for two intervals. */
const announceEveryMs = 5000

export class Swarm {
	readonly peers: readonly ScriptedPeer[]
	readonly #options: SwarmOptions
	readonly #addresses = new Map<ScriptedPeer, Address>()
	readonly #timers = new Set<() => void>()
	/** Who comes only when the client lacks no more than so many pieces. */
	readonly #awaiting = new Set<ScriptedPeer>()
	readonly #members: ReadonlySet<string>
	#client: Address | undefined

	constructor(options: SwarmOptions) {
		this.#options = options
		const seeds = createRandom(options.seed)
		this.peers = options.scenario.peers.map((script, index) => {
			const peer: ScriptedPeer = new ScriptedPeer({
				script,
				payload: options.payload,
				clock: options.clock,
				...options.place(script, index),
				random: createRandom(nextUint32(seeds)),
				onArrived: address => this.#arrived(peer, address),
				onLeft: () => this.#left(peer),
				neighbours: () => this.#neighboursOf(peer),
				...(options.sha1 === undefined ? {} : { sha1: options.sha1 }),
				onHeard: (peerId, piecesHave) => this.#heard(peerId, piecesHave),
			})
			return peer
		})
		this.#members = new Set(this.peers.map(({ peerId }) => toHex(peerId)))
	}

	/** From here on the scenario's time runs. Resolves when those who are there from the start listen. */
	async start(): Promise<void> {
		const { scenario, trackers } = this.#options
		for (const [index, { moods }] of scenario.trackers.entries()) {
			for (const { at, mood } of moods) this.#after(at, () => trackers[index]?.setMood(mood))
		}
		this.#announceAll()
		await Promise.all(this.peers.map(peer => this.#schedule(peer)))
	}

	/** The client announced itself: those who dial do so. */
	clientAnnounced(address: Address): void {
		if (this.#client !== undefined) return
		this.#client = address
		for (const peer of this.#addresses.keys()) this.#introduce(peer)
	}

	/** The DHT node of peer `index` found these; those who are no members are the client. */
	found(index: number, addresses: readonly Address[]): void {
		const members = new Set([...this.#addresses.values()].map(addressKey))
		for (const address of addresses) if (!members.has(addressKey(address))) this.peers[index]?.meet(address)
	}

	async close(): Promise<void> {
		for (const cancel of this.#timers) cancel()
		await Promise.all(this.peers.map(peer => peer.leave()))
	}

	async #schedule(peer: ScriptedPeer): Promise<void> {
		const { arrivesAt, leavesAt, awaits } = peer.script
		if (leavesAt !== undefined) this.#after(leavesAt, () => void peer.leave())
		if (awaits !== undefined) this.#awaiting.add(peer)
		else if (arrivesAt === 0) await peer.arrive()
		else this.#after(arrivesAt, () => void peer.arrive())
	}

	#arrived(peer: ScriptedPeer, address: Address): void {
		this.#addresses.set(peer, address)
		this.#announce(peer)
		this.#introduce(peer)
		if (peer.script.inDht === true) this.#options.dht?.announce(this.peers.indexOf(peer), address.port)
		// Leechers trade with each other; the seeds are the client's, so that it has something to give.
		const { downBytesPerSecond, mostPartners = Number.POSITIVE_INFINITY } = peer.script
		if (downBytesPerSecond === 0) return
		const others = [...this.#addresses].filter(([other]) => other !== peer)
		for (const [{ script }, there] of others) if (script.feedsAll === true) peer.meet(there)
		const partners = others.filter(([{ script }]) => script.downBytesPerSecond > 0)
		// The last to come, so that everybody is met by somebody.
		for (const [, there] of partners.slice(-mostPartners)) peer.meet(there)
	}

	/** All others that listen, as one of them tells of them (BEP 11). */
	#neighboursOf(peer: ScriptedPeer): PexPeer[] {
		const others = [...this.#addresses].filter(([other]) => other !== peer)
		return others.map(([{ leftBytes }, address]) => ({
			address,
			flags: pexFlags.reachable | (leftBytes === 0 ? pexFlags.seed : 0),
		}))
	}

	/** Nobody but the client is no member. */
	#heard(peerId: PeerId, piecesHave: number): void {
		if (this.#awaiting.size === 0 || this.#members.has(toHex(peerId))) return
		const lacks = this.#options.payload.geometry.pieceCount - piecesHave
		for (const peer of this.#awaiting) {
			const { awaits } = peer.script
			if (awaits === undefined || lacks > awaits.clientLacks) continue
			this.#awaiting.delete(peer)
			this.#after(awaits.thenMs, () => void peer.arrive())
		}
	}

	#left(peer: ScriptedPeer): void {
		if (peer.script.inDht === true) this.#options.dht?.leave(this.peers.indexOf(peer))
		this.#addresses.delete(peer)
		this.#announce(peer, 'stopped')
	}

	#introduce(peer: ScriptedPeer): void {
		if (this.#client !== undefined && peer.script.dials === true) peer.meet(this.#client)
	}

	#announceAll(): void {
		for (const peer of this.#addresses.keys()) this.#announce(peer)
		this.#after(announceEveryMs, () => this.#announceAll())
	}

	#announce(peer: ScriptedPeer, event: 'none' | 'stopped' = 'none'): void {
		const address = this.#addresses.get(peer) ?? { host: '0.0.0.0', port: 0 }
		if (peer.script.dials === true) return
		const { knownTo } = peer.script
		for (const [index, tracker] of this.#options.trackers.entries()) {
			if (knownTo?.includes(index) === false) continue
			tracker.enter({
				infoHash: this.#options.payload.infoHash,
				peerId: peer.peerId,
				address,
				uploaded: 0,
				downloaded: 0,
				left: peer.leftBytes,
				event,
				numwant: 0,
			})
		}
	}

	#after(delayMs: number, callback: () => void): void {
		const cancel = this.#options.clock.after(delayMs, () => {
			this.#timers.delete(cancel)
			callback()
		})
		this.#timers.add(cancel)
	}
}
