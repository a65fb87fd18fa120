// Drives one torrent: takes one input, performs every effect, arms one timer, takes the next. It decides
// nothing. What finishes later (dial, disk, hash, announce) comes back as an input. The tap stands here.
import type { Address } from '../protocol/address.ts'
import type { Handshake } from '../protocol/handshake.ts'
import type { PeerId, PeerNumber } from '../protocol/ids.ts'
import type { BlockFields, Message } from '../protocol/message.ts'
import type { Tap } from '../inspect/tap.ts'
import type { Effect, Input, TorrentEvent } from '../torrent/boundary.ts'
import { provenAddresses } from '../torrent/candidates.ts'
import { usesDht } from '../torrent/dht-port.ts'
import type { DropReason, MessageReason } from '../torrent/reasons.ts'
import type { Torrent } from '../torrent/torrent.ts'
import { BackgroundWork } from './background-work.ts'
import { ContentDesk, type ContentParts } from './content-desk.ts'
import { Dialler } from './dialler.ts'
import { DrainWatch } from './drain-watch.ts'
import type { Connection, Environment } from './environment.ts'
import { type EncryptionStep, type LinkOwner, PeerLink, rawHandshake } from './peer-link.ts'
import type { SessionFacts } from './resume.ts'
import { tapBlock } from './tap-block.ts'
import type { EncryptionTools } from './stream-opening.ts'
import type { TrackerClient } from './tracker-client.ts'
import { TrackerExchanges } from './tracker-exchanges.ts'
import { WakeTimer } from './wake-timer.ts'

export type DriverOptions = {
	readonly environment: Environment
	readonly torrent: Torrent
	/** undefined where the torrent's content is: `bindContent` brings it. */
	readonly content: ContentParts | undefined
	readonly trackers: TrackerClient
	/** URLs by tracker number. */
	readonly trackerUrls: readonly string[]
	readonly announceKey: number
	readonly peerId: PeerId
	readonly bind: string | undefined
	/** For connections that begin encrypted. */
	readonly encryption?: EncryptionTools | undefined
	readonly report: (event: TorrentEvent) => void
	readonly checkData: () => void
	/** Perhaps the info dictionary: to be answered by an input. */
	readonly checkMetadata: (bytes: Uint8Array) => void
	/** A peer says that a node of the DHT is there. */
	readonly nameDhtNode?: (address: Address) => void
	/** After every input: something may have moved. */
	readonly onHandled: () => void
	/** Our own fault, out of reach of any caller. */
	readonly onFault: (error: unknown) => void
}

export class Driver implements LinkOwner {
	readonly #options: DriverOptions
	readonly #links = new Map<PeerNumber, PeerLink>()
	readonly #dialler: Dialler
	readonly #timer: WakeTimer
	readonly #exchanges: TrackerExchanges
	/** What is under way on disk and in the background. */
	readonly #work: BackgroundWork
	/** Peers whose burst of messages holds requests. */
	readonly #asked = new Set<PeerNumber>()
	readonly #drains = new DrainWatch(peer => this.feed({ type: 'SocketDrained', peer }))
	readonly #queue: Input[] = []
	#desk: ContentDesk | undefined
	#tap: Tap | undefined
	#handling = false
	/** Sockets wait for the disk. */
	#holding = false
	#disposed = false

	constructor(options: DriverOptions) {
		this.#options = options
		this.#work = new BackgroundWork(options.onFault)
		const feed = (input: Input) => this.feed(input)
		this.#timer = new WakeTimer({
			clock: options.environment.clock,
			nextAt: () => options.torrent.nextWakeAt,
			wake: () => feed({ type: 'Woken' }),
		})
		this.#dialler = new Dialler({
			...options,
			onConnection: (peer, connection, encrypted) => this.#link(peer, connection, encrypted),
			onFailed: (peer, error) => feed({ type: 'DialFailed', peer, error }),
		})
		const { core } = options.torrent
		this.#exchanges = new TrackerExchanges({
			client: options.trackers,
			urls: options.trackerUrls,
			infoHash: core.options.infoHash,
			peerId: options.peerId,
			key: options.announceKey,
			port: () => core.listeningPort,
			feed,
		})
		if (options.content !== undefined) this.bindContent(options.content)
	}

	/** The content came to be known: blocks have a place from here on. To be followed by `ContentKnown`. */
	bindContent(parts: ContentParts): void {
		this.#desk = new ContentDesk({
			...parts,
			clock: this.#options.environment.clock,
			feed: input => this.feed(input),
			onReleased: () => this.diskMoved(),
			report: this.#options.report,
			onBlock: (peer, block) =>
				this.#tap?.message('out', peer, { type: 'piece', ...block }, undefined, this.#now(), undefined),
		})
		const { pieceCount } = parts.files.layout.geometry
		for (const link of this.#links.values()) link.learnPieceCount(pieceCount)
	}

	get handshake(): LinkOwner['handshake'] {
		const { core } = this.#options.torrent
		const { flags, infoHash } = core.options
		return { flags: { ...flags, dht: usesDht(core) }, infoHash, peerId: this.#options.peerId }
	}

	get pieceCount(): number | undefined {
		return this.#options.torrent.core.content?.geometry.pieceCount
	}

	/** Announces that have not ended. */
	get announcing(): number {
		return this.#exchanges.announcing
	}

	/** Shows every message from here on, or none. */
	setTap(tap: Tap | undefined): void {
		this.#tap = tap
	}

	linkOf(peer: PeerNumber): PeerLink | undefined {
		return this.#links.get(peer)
	}

	/** What is kept between runs. */
	facts(): SessionFacts {
		const { core } = this.#options.torrent
		return {
			uploadedBytes: core.options.uploadedBefore + core.uploadedBytes,
			downloadedBytes: core.options.downloadedBefore + core.downloadedBytes,
			peers: provenAddresses(core.candidates),
		}
	}

	/** Takes what happened. Throws what the core throws: a ProtocolError for a message of a peer. */
	feed(input: Input): void {
		if (this.#disposed) return
		if (this.#handling || this.#queue.length > 0) this.#queue.push(input)
		if (this.#handling) return
		this.#handling = true
		try {
			if (this.#queue.length === 0) this.#handle(input)
			for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handle(next)
		} finally {
			this.#handling = false
			this.#timer.arm()
			this.#options.onHandled()
		}
	}

	/** A connection that was accepted for this torrent; the handshake's head is known. */
	adopt(link: PeerLink): void {
		this.#links.set(link.peer, link)
	}

	/** Ends everything; no input is taken any more. Resolves when nothing is under way. */
	async dispose(): Promise<void> {
		this.#disposed = true
		this.#desk?.hurry()
		this.#timer.end()
		this.#exchanges.abandon()
		for (const link of this.#links.values()) link.abandon()
		this.#dialler.abortAll()
		this.#links.clear()
		await this.#work.ended()
	}

	encryptionStep(link: PeerLink, { direction, step, now }: EncryptionStep): void {
		this.#tap?.encryption(direction, link.peer, step.type, { raw: step.raw, padBytes: step.padBytes, now })
	}

	handshakeSent(link: PeerLink, raw: Uint8Array): void {
		this.#tap?.handshake('out', link.peer, raw, this.#now())
	}

	handshakeReceived(link: PeerLink, handshake: Handshake): void {
		this.#links.set(link.peer, link)
		this.#dialler.forget(link.peer)
		this.#tap?.handshake('in', link.peer, rawHandshake(handshake), this.#now())
		if (this.#holding) link.hold('disk', true)
		this.feed({
			type: 'HandshakeReceived',
			peer: link.peer,
			address: link.connection.remote,
			incoming: link.incoming,
			peerId: handshake.peerId,
			flags: handshake.flags,
			encryption: link.encryption,
		})
	}

	messageReceived(link: PeerLink, message: Message, raw: Uint8Array): void {
		this.#tap?.message('in', link.peer, message, raw, this.#now(), undefined)
		if (message.type === 'request') this.#asked.add(link.peer)
		this.feed({ type: 'MessageReceived', peer: link.peer, message })
	}

	messageRejected(link: PeerLink, raw: Uint8Array, { message }: Error): void {
		this.#tap?.malformed(link.peer, raw, message, this.#now())
	}

	blockStarted(link: PeerLink, block: BlockFields): Uint8Array | undefined {
		return this.#options.torrent.wantsBlock(link.peer, block) ? this.#desk?.start(link, block) : undefined
	}

	blockEnded(link: PeerLink, fields: BlockFields, taken: boolean): void {
		const { torrent } = this.#options
		if (this.#tap !== undefined) tapBlock(this.#tap, torrent, { peer: link.peer, fields, now: this.#now() })
		// While its payload came in, another peer may have been faster with the same block.
		const wanted = taken && torrent.wantsBlock(link.peer, fields)
		this.#desk?.end(link, fields, wanted)
		this.#holdBack()
		if (wanted) this.feed({ type: 'BlockReceived', peer: link.peer, block: fields })
		else this.feed({ type: 'BlockWasted', peer: link.peer, fields })
	}

	burstEnded(link: PeerLink): void {
		if (this.#asked.delete(link.peer)) this.feed({ type: 'BurstEnded', peer: link.peer })
	}

	/** Bytes reached the disk: sockets that waited for it may go on (threats D14). */
	diskMoved(): void {
		if (!this.#holding || this.#desk?.isCongested === true) return
		this.#holding = false
		for (const link of this.#links.values()) link.hold('disk', false)
	}

	linkDrained(link: PeerLink): void {
		this.#desk?.server.drained(link)
		this.#drains.drained(link.peer)
	}

	linkClosed(link: PeerLink, reason: DropReason): void {
		this.#forget(link.peer)
		this.feed({ type: 'PeerClosed', peer: link.peer, reason })
	}

	#handle(input: Input): void {
		for (const effect of this.#options.torrent.handle(input, this.#now())) this.#perform(effect)
	}

	#perform(effect: Effect): void {
		switch (effect.type) {
			case 'SendMessages':
				this.#send(effect.peer, effect.messages, effect.reason)
				return
			case 'ServeBlocks': {
				const link = this.#links.get(effect.peer)
				if (link !== undefined) this.#work.run(this.#desk?.server.serve(link, effect.blocks))
				return
			}
			case 'AwaitDrain':
				this.#drains.await(this.#links.get(effect.peer))
				return
			case 'HoldPeer':
				this.#links.get(effect.peer)?.hold('queue', effect.held)
				return
			case 'VerifyPiece':
				this.#work.run(this.#desk?.pieces.verify(effect.piece, effect.digests))
				return
			case 'WritePiece':
				this.#work.run(this.#desk?.pieces.write(effect))
				return
			case 'DiscardPiece':
				this.#desk?.discard(effect.piece)
				return
			case 'Dial':
				this.#work.run(this.#dialler.dial(effect))
				return
			case 'ClosePeer':
				this.#links.get(effect.peer)?.abandon(effect.reason)
				this.#dialler.abort(effect.peer)
				this.#forget(effect.peer)
				return
			case 'Announce':
				this.#work.run(this.#exchanges.announce(effect))
				return
			case 'Scrape':
				this.#work.run(this.#exchanges.scrape(effect.tracker))
				return
			case 'FinishFiles':
				this.#work.run(this.#desk?.pieces.finish())
				return
			case 'NameDhtNode':
				this.#options.nameDhtNode?.(effect.address)
				return
			case 'CheckData':
				this.#options.checkData()
				return
			case 'CheckMetadata':
				this.#options.checkMetadata(effect.bytes)
				return
			case 'Report':
				this.#options.report(effect.event)
		}
	}

	#send(peer: PeerNumber, messages: readonly Message[], reason: MessageReason | undefined): void {
		const link = this.#links.get(peer)
		if (link === undefined) return
		if (this.#tap !== undefined) {
			const details = reason === undefined ? undefined : { latencyMs: undefined, reason }
			for (const message of messages) this.#tap.message('out', peer, message, undefined, this.#now(), details)
		}
		link.send(messages)
	}

	#holdBack(): void {
		if (this.#holding || this.#desk?.isCongested !== true) return
		this.#holding = true
		for (const link of this.#links.values()) link.hold('disk', true)
	}

	#link(peer: PeerNumber, connection: Connection, encrypted: boolean): PeerLink {
		const link = new PeerLink({
			connection,
			clock: this.#options.environment.clock,
			incoming: false,
			peer,
			route: () => this,
		})
		this.#links.set(peer, link)
		link.greet(this, encrypted ? this.#options.encryption : undefined)
		return link
	}

	#forget(peer: PeerNumber): void {
		this.#desk?.forget(peer, this.#links.get(peer))
		this.#links.delete(peer)
		this.#dialler.forget(peer)
		this.#asked.delete(peer)
		this.#drains.forget(peer)
	}

	#now(): number {
		return this.#options.environment.clock.now()
	}
}
