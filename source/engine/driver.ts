// Drives one torrent: takes one input, performs every effect, arms one timer, takes the next. It decides
// nothing. What finishes later (dial, disk, hash, announce) comes back as an input. The tap stands here.
import type { AnnounceRequest } from '../protocol/announce.ts'
import type { Address } from '../protocol/address.ts'
import { encodeHandshake, type Handshake, handshakeHeadBytes } from '../protocol/handshake.ts'
import type { FileExtent, Geometry } from '../protocol/geometry.ts'
import {
	type PeerId,
	type PeerNumber,
	type PieceIndex,
	toPieceIndex,
	type TrackerNumber,
} from '../protocol/ids.ts'
import type { BlockFields, Message } from '../protocol/message.ts'
import type { Tap } from '../inspect/tap.ts'
import type { Effect, Input, TorrentEvent } from '../torrent/boundary.ts'
import { provenAddresses } from '../torrent/candidates.ts'
import type { DropReason, PickReason, UploadReason } from '../torrent/reasons.ts'
import type { Torrent } from '../torrent/torrent.ts'
import { BlockIntake } from './block-intake.ts'
import { BlockServer } from './block-server.ts'
import type { Connection, Environment } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import { type LinkOwner, PeerLink } from './peer-link.ts'
import type { PiecePool } from './piece-pool.ts'
import type { Resume, SessionFacts } from './resume.ts'
import type { TrackerClient } from './tracker-client.ts'
import type { Verifier } from './verifier.ts'

/** Until a dial is given up, in ms of the engine's clock. */
const dialTimeoutMs = 10_000
/** The reserved bytes stand before the info hash. */
const reservedAt = handshakeHeadBytes - 28

export type DriverOptions = {
	readonly environment: Environment
	readonly torrent: Torrent
	readonly pool: PiecePool
	readonly files: FileStorage
	readonly verifier: Verifier
	readonly resume: Resume
	readonly trackers: TrackerClient
	/** URLs by tracker number. */
	readonly trackerUrls: readonly string[]
	readonly announceKey: number
	readonly peerId: PeerId
	readonly bind: string | undefined
	readonly report: (event: TorrentEvent) => void
	readonly checkData: () => void
	/** After every input: something may have moved. */
	readonly onHandled: () => void
	/** Our own fault, out of reach of any caller. */
	readonly onFault: (error: unknown) => void
}

export class Driver implements LinkOwner {
	readonly #options: DriverOptions
	readonly #links = new Map<PeerNumber, PeerLink>()
	readonly #dials = new Map<PeerNumber, AbortController>()
	readonly #announces = new Map<TrackerNumber, AbortController>()
	readonly #server: BlockServer
	readonly #intake: BlockIntake
	/** What is under way on disk and in the background. */
	readonly #work = new Set<Promise<void>>()
	/** Peers whose burst of messages holds requests. */
	readonly #asked = new Set<PeerNumber>()
	readonly #queue: Input[] = []
	readonly #abandoned = new AbortController()
	#tap: Tap | undefined
	#handling = false
	/** Sockets wait for the disk. */
	#holding = false
	#armedAt = Number.POSITIVE_INFINITY
	#cancelTimer: (() => void) | undefined
	#disposed = false

	constructor(options: DriverOptions) {
		this.#options = options
		this.#intake = new BlockIntake(options.pool)
		this.#server = new BlockServer({
			files: options.files,
			onSent: sent => this.feed({ type: 'BlocksSent', ...sent }),
			onFailed: failed => this.feed({ type: 'BlockReadFailed', ...failed }),
			onBlock: (peer, block) => this.#tapBlock(peer, block),
		})
	}

	get handshake(): LinkOwner['handshake'] {
		const { core } = this.#options.torrent
		return { flags: core.options.flags, infoHash: this.#infoHash, peerId: this.#options.peerId }
	}

	get pieceCount(): number {
		return this.#options.torrent.core.options.geometry.pieceCount
	}

	get #infoHash(): LinkOwner['handshake']['infoHash'] {
		return this.#options.torrent.core.options.infoHash
	}

	/** Announces that have not ended. */
	get announcing(): number {
		return this.#announces.size
	}

	/** Shows every message from here on, or none. */
	setTap(tap: Tap | undefined): void {
		this.#tap = tap
	}

	addressOf(peer: PeerNumber): Address | undefined {
		return this.#links.get(peer)?.connection.remote
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
		this.#queue.push(input)
		if (this.#handling) return
		this.#handling = true
		try {
			for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handle(next)
		} finally {
			this.#handling = false
			this.#arm()
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
		this.#cancelTimer?.()
		this.#abandoned.abort()
		for (const link of this.#links.values()) link.abandon()
		for (const dial of this.#dials.values()) dial.abort()
		for (const announce of this.#announces.values()) announce.abort()
		this.#links.clear()
		await Promise.all(this.#work)
	}

	handshakeSent(link: PeerLink, raw: Uint8Array): void {
		this.#tap?.handshake('out', link.peer, raw, this.#now())
	}

	handshakeReceived(link: PeerLink, handshake: Handshake): void {
		this.#links.set(link.peer, link)
		this.#dials.delete(link.peer)
		this.#tap?.handshake('in', link.peer, rawHandshake(handshake), this.#now())
		if (this.#holding) link.connection.pause()
		this.feed({
			type: 'HandshakeReceived',
			peer: link.peer,
			address: link.connection.remote,
			incoming: link.incoming,
			peerId: handshake.peerId,
			flags: handshake.flags,
		})
	}

	messageReceived(link: PeerLink, message: Message, raw: Uint8Array): void {
		this.#tap?.message('in', link.peer, message, raw, this.#now(), undefined)
		if (message.type === 'request') this.#asked.add(link.peer)
		this.feed({ type: 'MessageReceived', peer: link.peer, message })
	}

	blockStarted(link: PeerLink, block: BlockFields): Uint8Array | undefined {
		if (!this.#options.torrent.wantsBlock(link.peer, block)) return undefined
		return this.#intake.start(link, block)
	}

	blockEnded(link: PeerLink, fields: BlockFields, taken: boolean): void {
		const { torrent } = this.#options
		if (this.#tap !== undefined) this.#tapReceived(link.peer, fields)
		// While its payload came in, another peer may have been faster with the same block.
		const wanted = taken && torrent.wantsBlock(link.peer, fields)
		this.#intake.end(link, fields, wanted)
		this.#holdBack()
		if (wanted) {
			this.feed({ type: 'BlockReceived', peer: link.peer, block: fields })
		} else this.feed({ type: 'BlockWasted', peer: link.peer, fields })
	}

	burstEnded(link: PeerLink): void {
		if (this.#asked.delete(link.peer)) this.feed({ type: 'BurstEnded', peer: link.peer })
	}

	/** Bytes reached the disk: sockets that waited for it may go on (threats D14). */
	diskMoved(): void {
		if (!this.#holding || this.#options.pool.congested) return
		this.#holding = false
		for (const link of this.#links.values()) link.connection.resume()
	}

	linkDrained(link: PeerLink): void {
		this.#server.drained(link)
	}

	linkClosed(link: PeerLink, reason: DropReason): void {
		this.#forget(link.peer)
		this.feed({ type: 'PeerClosed', peer: link.peer, reason })
	}

	#handle(input: Input): void {
		const effects = this.#options.torrent.handle(input, this.#now())
		for (const effect of effects) this.#perform(effect)
	}

	#perform(effect: Effect): void {
		switch (effect.type) {
			case 'SendMessages':
				this.#send(effect.peer, effect.messages, effect.reason)
				return
			case 'ServeBlocks': {
				const link = this.#links.get(effect.peer)
				if (link !== undefined) this.#background(this.#server.serve(link, effect.blocks))
				return
			}
			case 'VerifyPiece':
				this.#background(this.#verify(effect))
				return
			case 'WritePiece':
				this.#background(this.#write(effect))
				return
			case 'DiscardPiece':
				this.#discard(effect.piece)
				return
			case 'Dial':
				this.#background(this.#dial(effect.peer, effect.address))
				return
			case 'ClosePeer':
				this.#links.get(effect.peer)?.abandon()
				this.#dials.get(effect.peer)?.abort()
				this.#forget(effect.peer)
				return
			case 'Announce':
				this.#background(this.#announce(effect))
				return
			case 'Scrape':
				this.#background(this.#scrape(effect.tracker))
				return
			case 'FinishFiles':
				this.#background(this.#finish())
				return
			case 'CheckData':
				this.#options.checkData()
				return
			case 'Report':
				this.#options.report(effect.event)
		}
	}

	#send(peer: PeerNumber, messages: readonly Message[], reason: PickReason | UploadReason | undefined): void {
		const link = this.#links.get(peer)
		if (link === undefined) return
		if (this.#tap !== undefined) {
			const details = reason === undefined ? undefined : { latencyMs: undefined, reason }
			for (const message of messages) this.#tap.message('out', peer, message, undefined, this.#now(), details)
		}
		link.send(messages)
	}

	async #verify({ piece, digests }: Extract<Effect, { type: 'VerifyPiece' }>): Promise<void> {
		const verdict = await this.#options.verifier.verify(this.#options.pool, piece, digests)
		if (verdict.ok)
			this.feed({
				type: 'PieceHashed',
				piece,
				matches: verdict.value.matches,
				digests: verdict.value.digests,
			})
		else this.feed({ type: 'PieceHashFailed', piece, error: verdict.code })
	}

	async #write({ piece }: Extract<Effect, { type: 'WritePiece' }>): Promise<void> {
		const { pool, files, resume } = this.#options
		const spilled = await pool.settled(piece)
		const parts = pool.parts(piece)
		const written = spilled.ok && parts.length > 0 ? await files.writePiece(piece, parts) : spilled
		pool.release(piece)
		this.diskMoved()
		if (written.ok) {
			resume.pieceWritten(piece)
			this.feed({ type: 'PieceWritten', piece })
		} else this.feed({ type: 'PieceWriteFailed', piece, error: written.code })
	}

	// Everything was downloaded: whatever is not as we wrote it is missing again (threats D12).
	async #finish(): Promise<void> {
		const { files, resume, torrent } = this.#options
		const finished = await files.finish()
		if (!finished.ok) {
			this.feed({ type: 'DiskFailed', error: finished.code })
			return
		}
		for (const { file } of finished.value) {
			for (const piece of piecesOfFile(torrent.core.options.geometry, files.layout.extents[file])) {
				resume.pieceLost(piece)
				this.feed({ type: 'PieceLost', piece })
			}
		}
	}

	#holdBack(): void {
		if (this.#holding || !this.#options.pool.congested) return
		this.#holding = true
		for (const link of this.#links.values()) link.connection.pause()
	}

	#discard(piece: number): void {
		// A block on its way into this piece must not write into memory that another piece has by then.
		this.#intake.discard(piece)
		this.#options.pool.release(piece)
	}

	async #dial(peer: PeerNumber, address: Address): Promise<void> {
		const { environment, bind } = this.#options
		const abort = new AbortController()
		this.#dials.set(peer, abort)
		const dialled = await environment.transport.dial(
			{ address, bind, timeoutMs: dialTimeoutMs / environment.clock.speed, signal: abort.signal },
			connection => this.#link(peer, connection),
		)
		if (dialled.ok || abort.signal.aborted) return
		this.#dials.delete(peer)
		this.feed({ type: 'DialFailed', peer, error: dialled.code })
	}

	#link(peer: PeerNumber, connection: Connection): PeerLink {
		const link = new PeerLink({
			connection,
			clock: this.#options.environment.clock,
			incoming: false,
			peer,
			route: () => this,
		})
		this.#links.set(peer, link)
		link.greet(this)
		return link
	}

	async #announce({
		order,
		uploadedBytes,
		downloadedBytes,
		leftBytes,
	}: Extract<Effect, { type: 'Announce' }>): Promise<void> {
		const { tracker } = order
		const { core } = this.#options.torrent
		const request: AnnounceRequest = {
			infoHash: this.#infoHash,
			peerId: this.#options.peerId,
			port: core.listeningPort ?? 0,
			uploaded: uploadedBytes,
			downloaded: downloadedBytes,
			left: leftBytes,
			event: order.event,
			numwant: order.numwant,
			key: this.#options.announceKey,
			...(order.trackerId === undefined ? {} : { trackerId: order.trackerId }),
		}
		const signal = this.#beginExchange(tracker)
		const answer = await this.#options.trackers.announce(this.#urlOf(tracker), request, { signal })
		if (!this.#endExchange(tracker, signal)) return
		if (answer.type === 'announced') this.feed({ type: 'AnnounceSucceeded', tracker, response: answer })
		else this.feed({ type: 'AnnounceFailed', tracker, failure: answer })
	}

	async #scrape(tracker: TrackerNumber): Promise<void> {
		const answer = await this.#options.trackers.scrape(this.#urlOf(tracker), [this.#infoHash], {
			signal: this.#abandoned.signal,
		})
		const counts = answer.type === 'scraped' ? answer.swarms[0] : undefined
		if (counts !== undefined) this.feed({ type: 'ScrapeSucceeded', tracker, counts })
	}

	// A later order for the same tracker replaces an earlier one, whose result nobody may hear any more.
	#beginExchange(tracker: TrackerNumber): AbortSignal {
		this.#announces.get(tracker)?.abort()
		const abort = new AbortController()
		this.#announces.set(tracker, abort)
		return abort.signal
	}

	#endExchange(tracker: TrackerNumber, signal: AbortSignal): boolean {
		if (this.#announces.get(tracker)?.signal !== signal) return false
		this.#announces.delete(tracker)
		return true
	}

	#urlOf(tracker: TrackerNumber): string {
		return this.#options.trackerUrls[tracker] ?? ''
	}

	#forget(peer: PeerNumber): void {
		const link = this.#links.get(peer)
		if (link !== undefined) this.#intake.forget(link)
		this.#links.delete(peer)
		this.#dials.delete(peer)
		this.#asked.delete(peer)
		this.#server.forget(peer)
	}

	#arm(): void {
		const at = this.#options.torrent.nextWakeAt
		if (this.#disposed || at >= this.#armedAt || at === Number.POSITIVE_INFINITY) return
		this.#cancelTimer?.()
		this.#armedAt = at
		this.#cancelTimer = this.#options.environment.clock.after(Math.max(0, at - this.#now()), () =>
			this.#wake(),
		)
	}

	#wake(): void {
		this.#armedAt = Number.POSITIVE_INFINITY
		this.#cancelTimer = undefined
		if (this.#now() >= this.#options.torrent.nextWakeAt) this.feed({ type: 'Woken' })
		else this.#arm()
	}

	#tapReceived(peer: PeerNumber, fields: BlockFields): void {
		const askedAt = this.#options.torrent.askedAt(peer, fields)
		const now = this.#now()
		const details = { latencyMs: askedAt === undefined ? undefined : now - askedAt, reason: undefined }
		this.#tap?.message('in', peer, { type: 'piece', ...fields }, undefined, now, details)
	}

	#tapBlock(peer: PeerNumber, block: BlockFields): void {
		this.#tap?.message('out', peer, { type: 'piece', ...block }, undefined, this.#now(), undefined)
	}

	#now(): number {
		return this.#options.environment.clock.now()
	}

	// The world's failures come back as inputs; whatever else is thrown is our own fault.
	#background(work: Promise<void>): void {
		const watched = work
			.catch((error: unknown) => this.#options.onFault(error))
			.finally(() => this.#work.delete(watched))
		this.#work.add(watched)
	}
}

/** As it was on the wire, bits included that we know nothing of. */
function rawHandshake(handshake: Handshake): Uint8Array {
	const raw = encodeHandshake(handshake)
	raw.set(handshake.reserved, reservedAt)
	return raw
}

/** The pieces that hold bytes of a file. */
function piecesOfFile({ pieceLength, pieceCount }: Geometry, extent: FileExtent | undefined): PieceIndex[] {
	if (extent === undefined || extent.lengthBytes === 0) return []
	const first = Math.floor(extent.offsetBytes / pieceLength)
	const last = Math.floor((extent.offsetBytes + extent.lengthBytes - 1) / pieceLength)
	return Array.from({ length: last - first + 1 }, (_, index) => toPieceIndex(first + index, pieceCount))
}
