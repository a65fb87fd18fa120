// One torrent from its file to its end: the parts are put together here, in the order in which they need each
// other, and taken apart in the reverse order. Everything that can fail before the start is one `refused`.
import type { TorrentEvent } from '../torrent/boundary.ts'
import type { Torrent } from '../torrent/torrent.ts'
import type { Command, TorrentOptions, Update } from './api.ts'
import type { Driver } from './driver.ts'
import { Emitter } from './emitter.ts'
import type { Environment } from './environment.ts'
import { openTorrent, type OpenTorrent } from './open-torrent.ts'
import { Publisher } from './publisher.ts'
import { refusalOf } from './refusal.ts'
import { createSliceSource } from './slices.ts'
import { extensionName } from './extension-name.ts'
import { WireLog } from './wire-log.ts'

/** Trackers have this long to hear that we leave, in real ms (threats S8: gone within five seconds). */
const farewellMs = 2500
/** What is under way when we are told to stop has this long, in real ms. */
const hearingMs = 1000

export type RunningEngine = { command(command: Command): void }

/** Starts a torrent. Updates go to `post`; the last one is `stopped` or `refused`. */
export function startEngine(
	options: TorrentOptions,
	environment: Environment,
	post: (update: Update) => void,
): RunningEngine {
	const engine = new TorrentEngine(options, environment, post)
	engine.run()
	return engine
}

class TorrentEngine implements RunningEngine {
	readonly #options: TorrentOptions
	readonly #environment: Environment
	readonly #post: (update: Update) => void
	readonly #emitter: Emitter
	readonly #early: Exclude<Command, { type: 'stop' }>[] = []
	readonly #abort = new AbortController()
	#open: OpenTorrent | undefined
	#publisher: Publisher | undefined
	#wireLog: WireLog | undefined
	/** The wire log while somebody watches it. */
	#tap: WireLog | undefined
	#onAnnounced: (() => void) | undefined
	/** Settles when the start has come to its end, whichever; never rejects. */
	#started: Promise<void> = Promise.resolve()
	#stopping = false
	#refused = false

	constructor(options: TorrentOptions, environment: Environment, post: (update: Update) => void) {
		this.#options = options
		this.#environment = environment
		this.#post = post
		this.#emitter = new Emitter(environment.clock, events => post({ type: 'events', events }))
	}

	run(): void {
		this.#started = this.#start().catch((error: unknown) => this.#fail(error))
	}

	command(command: Command): void {
		if (command.type === 'stop') {
			this.#stop().catch((error: unknown) => this.#fault(error))
			return
		}
		if (this.#open === undefined) this.#early.push(command)
		else this.#obey(command, this.#open)
	}

	async #start(): Promise<void> {
		const open = await openTorrent({
			options: this.#options,
			environment: this.#environment,
			signal: this.#abort.signal,
			report: event => this.#report(event),
			onMetainfo: bytes => this.#post({ type: 'metainfo', bytes }),
			tap: () => this.#tap,
			onHandled: () => {
				this.#publisher?.poke()
				if (this.#open?.driver.announcing === 0) this.#onAnnounced?.()
			},
			onFault: error => void this.#fail(error),
		})
		this.#open = open
		if (this.#abort.signal.aborted) return
		this.#publish(open.torrent, open.driver, open)
		for (const command of this.#early.splice(0)) this.#obey(command, open)
		await open.listen()
		await open.check(this.#options.recheck)
		if (!this.#stopping) open.begin()
	}

	#publish(torrent: Torrent, driver: Driver, open: OpenTorrent): void {
		const { clock } = this.#environment
		const wireLog = new WireLog({
			addressOf: peer => driver.linkOf(peer)?.connection.remote,
			extensionOf: (direction, peer, id) => extensionName(torrent.core, { direction, peer, id }),
		})
		this.#wireLog = wireLog
		this.#publisher = new Publisher({
			clock,
			source: createSliceSource({
				core: torrent.core,
				now: () => clock.now(),
				wireLog,
				trackerUrls: open.trackerUrls,
				dht: open.dht,
				files: () => open.sliceFiles(),
			}),
			post: slices => {
				// A snapshot never shows what no event has told yet.
				this.#emitter.flush()
				this.#post({ type: 'snapshot', slices })
			},
		})
	}

	#obey(command: Exclude<Command, { type: 'stop' }>, { driver }: OpenTorrent): void {
		switch (command.type) {
			case 'pause':
				driver.feed({ type: 'Paused' })
				return
			case 'resume':
				driver.feed({ type: 'Resumed' })
				return
			case 'announce':
				driver.feed({ type: 'AnnounceRequested' })
				return
			case 'recheck':
				driver.feed({ type: 'RecheckRequested' })
				return
			case 'addPeer':
				driver.feed({ type: 'AddressesFound', addresses: [command.address], source: 'user' })
				return
			case 'banPeer':
				driver.feed({ type: 'PeerBanRequested', peer: command.peer })
				return
			case 'closePeer':
				driver.feed({ type: 'PeerCloseRequested', peer: command.peer })
				return
			case 'snubPeer':
				driver.feed({ type: 'PeerSnubRequested', peer: command.peer, snubbed: command.snubbed })
				return
			case 'setLimits':
				driver.feed({ ...command, type: 'LimitsChanged' })
				return
			case 'retryDisk':
				driver.feed({ type: 'DiskRetryRequested' })
				return
			case 'setRate':
				this.#publisher?.setRate(command.snapshotsPerSecond)
				return
			case 'watch':
				this.#tap = command.slices.includes('wire') ? this.#wireLog : undefined
				driver.setTap(this.#tap)
				this.#publisher?.watch(command.slices, { rows: command.wireRows, peer: command.wirePeer })
				return
			case 'inspect': {
				const { sequence } = command
				this.#post({ type: 'inspected', sequence, bytes: this.#wireLog?.bytesOf(sequence) })
				return
			}
			case 'acknowledge':
				this.#publisher?.acknowledge()
		}
	}

	#report(event: TorrentEvent): void {
		this.#emitter.emit(event)
	}

	async #stop(): Promise<void> {
		if (this.#stopping) return
		this.#stopping = true
		this.#abort.abort()
		// What is half open can only be closed when it is open: a lock that is taken later would stay.
		await this.#started
		if (this.#refused) return
		const open = this.#open
		if (open !== undefined) {
			// `stopped` would cut off what is being said, and `completed` is for the tracker's statistics.
			open.driver.feed({ type: 'Woken' })
			await this.#announcesEnd(open, hearingMs)
			open.driver.feed({ type: 'Stopped' })
			await this.#announcesEnd(open, farewellMs)
			this.#publisher?.flush()
			this.#publisher?.dispose()
			await open.close()
		}
		this.#emitter.flush()
		this.#post({ type: 'stopped' })
	}

	#announcesEnd(open: OpenTorrent, atMostMs: number): Promise<void> {
		if (open.driver.announcing === 0) return Promise.resolve()
		return new Promise(resolve => {
			const { clock } = this.#environment
			const cancel = clock.after(atMostMs * clock.speed, resolve)
			this.#onAnnounced = () => {
				cancel()
				resolve()
			}
		})
	}

	// A torrent that cannot be started, or not be checked again, is given up as a whole.
	async #fail(error: unknown): Promise<void> {
		if (this.#stopping && error === this.#abort.signal.reason) return
		const failure = refusalOf(error)
		if (failure === undefined) {
			this.#fault(error)
			return
		}
		if (this.#stopping || this.#refused) return
		this.#refused = true
		this.#publisher?.dispose()
		await this.#open?.close()
		this.#emitter.flush()
		this.#post({ type: 'refused', ...failure })
	}

	// Nothing may go on after a fault of ours: the thread ends with it.
	#fault(error: unknown): void {
		this.#environment.clock.after(0, () => {
			throw error
		})
	}
}
