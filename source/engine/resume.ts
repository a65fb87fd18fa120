// What is known of a torrent between runs. The order that nothing may change: data is written, data is synced,
// then a state that claims it replaces the older of two generations (D2). Pieces in between are in doubt.
import type { Address } from '../protocol/address.ts'
import {
	type Bitfield,
	clearPiece,
	copyBitfield,
	createBitfield,
	forEachPiece,
	hasPiece,
	setPiece,
} from '../protocol/bitfield.ts'
import { pieceBytes } from '../protocol/geometry.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { Clock, Hasher, Outcome, Storage, WorldFailure } from './environment.ts'
import type { FileStorage } from './file-storage.ts'
import type { ResumeState } from './resume-codec.ts'
import { type Resumed, resumeFrom } from './resume-report.ts'
import { StateFile } from './state-file.ts'

export type { Resumed } from './resume-report.ts'

/** What the session adds to a state: totals over all sessions and peers that proved good. */
export type SessionFacts = {
	readonly uploadedBytes: number
	readonly downloadedBytes: number
	/** At most 200 are kept. */
	readonly peers: readonly Address[]
}

/** A failure of the disk, in short. */
export type DiskFailure = { readonly code: string; readonly message: string }

export type ResumeOptions = {
	readonly storage: Storage
	readonly clock: Clock
	readonly hasher: Hasher
	readonly files: FileStorage
	readonly infoHash: InfoHash
	/** The .torrent file as it came, kept beside the state. */
	readonly torrent: Uint8Array
	readonly stateDirectory: string
	readonly directory: string
	/** Asked at each checkpoint. */
	readonly facts: () => SessionFacts
	/** A state could not be saved, or can be again (undefined). The session goes on (D8). */
	readonly onStateFailure: (failure: DiskFailure | undefined) => void
	/** fdatasync of data failed: what was written since the last checkpoint may not be on disk. */
	readonly onSyncFailure: (failure: DiskFailure) => void
}

/** A save takes its time on a busy disk: with it, at most five seconds of a download are lost (threats D1). */
const checkpointMs = 3_000
const checkpointBytes = 128 << 20
/** Totals alone are worth a save this seldom; an idle torrent writes nothing. */
const factsMs = 60_000
const retryMs = 30_000

export class Resume {
	readonly #options: ResumeOptions
	readonly #file: StateFile
	#durable: Bitfield
	/** Written since the last sync, or during it. */
	#inDoubt: Bitfield
	/** In doubt for the rest of the session: a sync of theirs failed, and a later one proves nothing. */
	#suspect: Bitfield
	/** In doubt when the sync began that is running. */
	#syncing: Bitfield
	/** Claimed until a check of all data began, which has not ended, or until somebody changed their files. */
	#unchecked: Bitfield
	#newBytes = 0
	#unsaved = false
	/** A piece is not claimed any more: the generation before must not be left to claim it. */
	#claimsShrank = false
	#savedTotals = ''
	#failing = false
	#began = false
	#closed = false
	#running: Promise<Outcome<undefined>> | undefined
	#cancelTimer: (() => void) | undefined
	#cancelFactsTimer: (() => void) | undefined

	constructor(options: ResumeOptions) {
		this.#options = options
		const { fileCount, pieceCount } = shapeOf(options.files)
		this.#file = new StateFile({ ...options, shape: { infoHash: options.infoHash, fileCount, pieceCount } })
		this.#durable = createBitfield(pieceCount)
		this.#inDoubt = createBitfield(pieceCount)
		this.#suspect = createBitfield(pieceCount)
		this.#syncing = createBitfield(pieceCount)
		this.#unchecked = createBitfield(pieceCount)
	}

	/** What the last run left, after FileStorage.prepare(). A state that cannot be read means a check. */
	async load(): Promise<Resumed> {
		const found = await this.#file.load()
		const resumed = resumeFrom(found, this.#options.files, this.#options.directory)
		this.#durable = copyBitfield(resumed.trusted)
		return resumed
	}

	/**
	 * All data is about to be checked as if nothing were known of it. To be awaited before FileStorage.prepare(): an old
	 * claim beside a new look at the files would make true whatever somebody did to them.
	 */
	async distrust(): Promise<void> {
		for (const pieces of [this.#durable, this.#inDoubt])
			forEachPiece(pieces, piece => setPiece(this.#unchecked, piece))
		// What is in doubt stays so as well: should its sync fail, that must outlive the check.
		this.#durable = createBitfield(this.#durable.size)
		this.#claimsShrank = true
		if (this.#began) await this.checkpoint()
	}

	/** The check ended: these pieces are there. Starts the checkpoints; after another check it starts anew. */
	begin(have: Bitfield): void {
		const { files } = this.#options
		const trusted = this.#durable
		this.#durable = createBitfield(have.size)
		this.#inDoubt = createBitfield(have.size)
		this.#unchecked = createBitfield(have.size)
		forEachPiece(have, piece => {
			if (hasPiece(trusted, piece)) setPiece(this.#durable, piece)
			else {
				// Read from the page cache, perhaps: what a run before us wrote may not be on disk yet.
				files.touch(piece)
				setPiece(this.#inDoubt, piece)
			}
		})
		this.#claimsShrank = true
		this.#began = true
		this.#unsaved = true
		this.#cancelFactsTimer?.()
		this.#armFacts()
		void this.checkpoint()
	}

	/** A whole, right piece was written. */
	pieceWritten(piece: number): void {
		clearPiece(this.#syncing, piece)
		clearPiece(this.#unchecked, piece)
		setPiece(this.#inDoubt, piece)
		this.#newBytes += pieceBytes(this.#options.files.layout.geometry, piece)
		this.#unsaved = true
		if (this.#newBytes >= checkpointBytes && this.#running === undefined) void this.checkpoint()
		else this.#arm(checkpointMs)
	}

	/**
	 * Somebody changed the file of these pieces: what we claim of them counts again after `pieceChecked`. Returns which
	 * of them we have claimed.
	 */
	doubt(pieces: Iterable<number>): readonly number[] {
		const claimed: number[] = []
		let isWithdrawn = false
		for (const piece of pieces) {
			clearPiece(this.#syncing, piece)
			const wasDurable = clearPiece(this.#durable, piece)
			if (clearPiece(this.#inDoubt, piece) || wasDurable) {
				setPiece(this.#unchecked, piece)
				isWithdrawn = true
			}
			if (hasPiece(this.#unchecked, piece) || hasPiece(this.#suspect, piece)) claimed.push(piece)
		}
		if (isWithdrawn) this.#withdraw()
		return claimed
	}

	/** A piece in doubt was read back, and is right: claimed once it is synced, since who changed its file may not have. */
	pieceChecked(piece: number): void {
		if (!clearPiece(this.#unchecked, piece)) return
		this.#options.files.touch(piece)
		setPiece(this.#inDoubt, piece)
		this.#unsaved = true
		this.#arm(checkpointMs)
	}

	/** A piece that we claimed is not there any more. */
	pieceLost(piece: number): void {
		for (const pieces of [this.#durable, this.#inDoubt, this.#suspect, this.#syncing, this.#unchecked])
			clearPiece(pieces, piece)
		this.#withdraw()
	}

	/** Data synced, then the state replaced. One at a time: a call during another one waits for the next. */
	async checkpoint(): Promise<Outcome<undefined>> {
		while (this.#running !== undefined) await this.#running
		return await this.#start(false)
	}

	/**
	 * The last checkpoint, when no write is under way any more: marked clean when nothing is in doubt. Ends the
	 * timers.
	 */
	async close(): Promise<Outcome<undefined>> {
		this.#closed = true
		this.#cancelTimer?.()
		this.#cancelFactsTimer?.()
		while (this.#running !== undefined) await this.#running
		return this.#began ? await this.#start(true) : { ok: true, value: undefined }
	}

	#withdraw(): void {
		this.#claimsShrank = true
		this.#unsaved = true
		this.#arm(checkpointMs)
	}

	#start(closing: boolean): Promise<Outcome<undefined>> {
		this.#cancelTimer?.()
		this.#cancelTimer = undefined
		const running = this.#save(closing).finally(() => {
			this.#running = undefined
			if (!this.#unsaved) return
			const isDue = this.#newBytes >= checkpointBytes
			this.#arm(this.#failing ? retryMs : isDue ? 0 : checkpointMs)
		})
		this.#running = running
		return running
	}

	async #save(closing: boolean): Promise<Outcome<undefined>> {
		this.#syncing = copyBitfield(this.#inDoubt)
		this.#newBytes = 0
		this.#unsaved = false
		const synced = await this.#options.files.sync()
		if (synced.ok) this.#settleDoubts()
		else this.#suspectDoubts(synced)
		const doubts = this.#inDoubt.count + this.#suspect.count + this.#unchecked.count
		const clean = closing && doubts === 0
		const saved = await this.#write(clean)
		return synced.ok ? saved : synced
	}

	#settleDoubts(): void {
		forEachPiece(this.#syncing, piece => {
			clearPiece(this.#inDoubt, piece)
			if (!hasPiece(this.#suspect, piece) && !hasPiece(this.#unchecked, piece)) setPiece(this.#durable, piece)
		})
	}

	#suspectDoubts(failure: WorldFailure): void {
		forEachPiece(this.#syncing, piece => {
			clearPiece(this.#inDoubt, piece)
			setPiece(this.#suspect, piece)
		})
		this.#options.onSyncFailure(failure)
	}

	async #write(clean: boolean): Promise<Outcome<undefined>> {
		const generations = this.#claimsShrank ? 2 : 1
		this.#claimsShrank = false
		let outcome: Outcome<undefined> = { ok: true, value: undefined }
		for (let generation = 0; generation < generations && outcome.ok; generation += 1) {
			outcome = await this.#file.save(this.#state(clean), this.#options.torrent)
		}
		if (!outcome.ok) {
			this.#claimsShrank ||= generations === 2
			this.#unsaved = true
		}
		if (this.#failing !== !outcome.ok) {
			this.#failing = !outcome.ok
			this.#options.onStateFailure(outcome.ok ? undefined : outcome)
		}
		return outcome
	}

	#state(clean: boolean): Omit<ResumeState, 'generation'> {
		const { uploadedBytes, downloadedBytes, peers } = this.#options.facts()
		this.#savedTotals = `${uploadedBytes} ${downloadedBytes}`
		const inDoubt = copyBitfield(this.#inDoubt)
		for (const pieces of [this.#suspect, this.#unchecked])
			forEachPiece(pieces, piece => setPiece(inDoubt, piece))
		return {
			infoHash: this.#options.infoHash,
			clean,
			savedAt: this.#options.clock.wallTime(),
			directory: this.#options.directory,
			// As they are together now: either may change before the state is written.
			durable: copyBitfield(this.#durable),
			inDoubt,
			files: [...this.#options.files.stats],
			uploadedBytes,
			downloadedBytes,
			peers,
		}
	}

	#arm(delayMs: number): void {
		if (this.#cancelTimer !== undefined || this.#closed || !this.#began) return
		const { clock } = this.#options
		this.#cancelTimer = clock.after(delayMs * clock.speed, () => {
			this.#cancelTimer = undefined
			if (this.#running === undefined) void this.checkpoint()
		})
	}

	#armFacts(): void {
		const { clock, facts } = this.#options
		this.#cancelFactsTimer = clock.after(factsMs * clock.speed, () => {
			const { uploadedBytes, downloadedBytes } = facts()
			if (this.#savedTotals !== `${uploadedBytes} ${downloadedBytes}`) void this.checkpoint()
			this.#armFacts()
		})
	}
}

function shapeOf(files: FileStorage): { readonly pieceCount: number; readonly fileCount: number } {
	return { pieceCount: files.layout.geometry.pieceCount, fileCount: files.layout.files.length + 1 }
}
