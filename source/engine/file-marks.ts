// What each file of a torrent was when we saw it last, so that a change that is not ours shows (threats D13). While we
// write to a file its times say nothing: it is looked at before the first write, and known again after the sync.
import { systemError } from './disk-errors.ts'
import type { Clock, FileHandle, FileStat } from './environment.ts'
import { partFile } from './file-layout.ts'
import type { FileStats } from './file-survey.ts'

const lookMs = 30_000

export class FileMarks {
	readonly #clock: Clock
	readonly #fileCount: number
	/** When the next look is due, in ms of the clock; an entry a file, as all of these, the part file's last. */
	readonly #lookAt: Float64Array
	readonly #looking = new Map<number, Promise<void>>()
	/** Writes of ours that are under way. */
	readonly #writing: Uint32Array
	/** 1 where we wrote since the mark was taken. */
	readonly #written: Uint8Array
	/** Rises with whatever makes an earlier look worthless. */
	readonly #turns: Uint32Array
	readonly #leftAlone = new Set<number>()
	#stats: FileStats
	#onChanged: (file: number) => void = () => undefined

	/** Of `fileCount` files and the part file, of which nothing is known yet. */
	constructor(clock: Clock, fileCount: number) {
		this.#clock = clock
		this.#fileCount = fileCount
		this.#lookAt = new Float64Array(fileCount + 1)
		this.#writing = new Uint32Array(fileCount + 1)
		this.#written = new Uint8Array(fileCount + 1)
		this.#turns = new Uint32Array(fileCount + 1)
		this.#stats = new Array<undefined>(fileCount + 1).fill(undefined)
	}

	/** An entry a file, the part file's last; undefined where there is none. */
	get stats(): readonly (FileStat | undefined)[] {
		return this.#stats
	}

	/** Somebody else changed the file: told in the moment in which its mark becomes the new one. */
	listen(onChanged: (file: number) => void): void {
		this.#onChanged = onChanged
	}

	/** All files were looked at anew, and are what they are. */
	reset(stats: FileStats): void {
		this.#stats = stats
		this.#leftAlone.clear()
		for (const slot of stats.keys()) this.#settle(slot)
	}

	/** The file was looked at anew, and is what it is. */
	set(file: number, stat: FileStat | undefined): void {
		const slot = this.#slotOf(file)
		this.#stats[slot] = stat
		this.#settle(slot)
	}

	/** Whether what is read of the file should not leave without a look at it. */
	isDue(file: number): boolean {
		return this.#clock.now() >= (this.#lookAt[this.#slotOf(file)] ?? 0)
	}

	/** Looks at the open file, together with whoever does so already. Rejects with the system's errors. */
	look(file: number, handle: FileHandle): Promise<void> {
		const slot = this.#slotOf(file)
		const under = this.#looking.get(slot)
		if (under !== undefined) return under
		const looking = this.#look(slot, handle).finally(() => this.#looking.delete(slot))
		this.#looking.set(slot, looking)
		return looking
	}

	/** To be followed by `writeEnds`, unless it rejects: with the system's errors, ESTALE for a file left alone. */
	async writeBegins(file: number, handle: FileHandle): Promise<void> {
		const slot = this.#slotOf(file)
		if (this.#leftAlone.has(slot)) throw systemError('ESTALE', 'somebody else wrote to the file')
		// Behind our own writes nobody would see what happened before.
		if (this.#written[slot] === 0) await this.look(file, handle)
		this.#written[slot] = 1
		this.#writing[slot] = (this.#writing[slot] ?? 0) + 1
		this.#void(slot)
	}

	writeEnds(file: number): void {
		const slot = this.#slotOf(file)
		this.#writing[slot] = (this.#writing[slot] ?? 0) - 1
		this.#void(slot)
	}

	/** To be taken before a sync. */
	turnOf(file: number): number {
		return this.#turns[this.#slotOf(file)] ?? 0
	}

	/** What the file is after a sync that began at `turn`. */
	synced(file: number, stat: FileStat, turn: number): void {
		const slot = this.#slotOf(file)
		const isQuiet = this.#turns[slot] === turn && this.#writing[slot] === 0
		if (this.#written[slot] === 1) {
			this.#stats[slot] = stat
			if (isQuiet) this.#written[slot] = 0
		} else if (isQuiet) this.#compare(slot, stat)
	}

	/** Somebody else's bytes are in the file: we write no more to it until all are looked at anew. */
	leaveAlone(file: number): void {
		this.#leftAlone.add(this.#slotOf(file))
	}

	async #look(slot: number, handle: FileHandle): Promise<void> {
		if (this.#written[slot] === 0) {
			const turn = this.#turns[slot]
			const stat = await handle.stat()
			if (this.#turns[slot] === turn) this.#compare(slot, stat)
		}
		this.#lookAt[slot] = this.#clock.now() + lookMs * this.#clock.speed
	}

	#compare(slot: number, stat: FileStat): void {
		const known = this.#stats[slot]
		if (known === undefined || isSame(known, stat)) return
		this.#stats[slot] = stat
		this.#void(slot)
		this.#onChanged(slot === this.#fileCount ? partFile : slot)
	}

	#settle(slot: number): void {
		this.#written[slot] = (this.#writing[slot] ?? 0) > 0 ? 1 : 0
		this.#void(slot)
	}

	#void(slot: number): void {
		this.#turns[slot] = (this.#turns[slot] ?? 0) + 1
	}

	#slotOf(file: number): number {
		return file === partFile ? this.#fileCount : file
	}
}

function isSame(known: FileStat, stat: FileStat): boolean {
	return known.sizeBytes === stat.sizeBytes && known.mtimeNs === stat.mtimeNs && known.inode === stat.inode
}
