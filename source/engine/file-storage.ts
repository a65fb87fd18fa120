// The files of one torrent: pieces in, blocks out, whatever files they fall into. Adding or checking a torrent
// creates nothing and shortens nothing (B11); a file comes to be when its first bytes are written, sparse.
// Failures are values. Bytes of files that nobody chose go to the part file in the state folder.

import { type Bitfield, createBitfield, setPiece } from '../protocol/bitfield.ts'
import { type Geometry, pieceBytes, pieceOffset } from '../protocol/geometry.ts'
import type { BlockFields } from '../protocol/message.ts'
import { type BlocksRead, notKept, packWire, planReads, type Readers, readRun } from './block-reader.ts'
import { outcomeOf, systemError } from './disk-errors.ts'
import { DirectWrites } from './direct-writes.ts'
import { DiskMode } from './disk-mode.ts'
import { DiskQueue } from './disk-queue.ts'
import type { Clock, FileStat, Outcome, Storage } from './environment.ts'
import {
	createFileLayout,
	type FileLayout,
	type LayoutFile,
	nowhere,
	type Placement,
	padding,
	partFile,
	placementsOf,
} from './file-layout.ts'
import { openPlace, type Places, pathOf } from './file-places.ts'
import { FileMarks } from './file-marks.ts'
import { type FileProblem, type FileStats, problemOf, surveyFiles } from './file-survey.ts'
import { OpenFiles, useToSync } from './open-files.ts'
import { copyPart, partsOfFile } from './part-import.ts'
import type { PiecePart } from './piece-pool.ts'
import { readAll, writeAll } from './transfer.ts'
import { planWrites, type WriteRun } from './write-plan.ts'

export type FileStorageOptions = {
	readonly storage: Storage
	readonly clock: Clock
	readonly geometry: Geometry
	readonly files: readonly LayoutFile[]
	/** The save directory, absolute; files are at their paths below it. */
	readonly directory: string
	/** Indexes of the files that are wanted; undefined: all. */
	readonly chosen: ReadonlySet<number> | undefined
	/** Absolute path of `<infohash>.parts`, for bytes of unchosen files. */
	readonly partPath: string
	/** Files that may be open at a time, where it is less than 40. */
	readonly mostOpenFiles?: number
}

const writesAtOnce = 2
const syncsAtOnce = 4

export class FileStorage {
	readonly layout: FileLayout
	/** What is known of the files, and whether somebody else changes them. */
	readonly marks: FileMarks
	readonly #places: Places
	readonly #chosen: ReadonlySet<number> | undefined
	readonly #open: OpenFiles
	readonly #inParts: Uint8Array
	readonly #writeMode: DiskMode
	readonly #readers: Readers
	/** Undefined where descriptors are scarce: it takes a second one a file. */
	readonly #direct: DirectWrites | undefined
	readonly #writes = new DiskQueue(writesAtOnce)
	readonly #syncs = new DiskQueue(syncsAtOnce)
	readonly #touched = new Set<number>()
	/** Behind the last byte that was written to each file, the part file's last. */
	readonly #writtenEnds: Float64Array
	#queuedWriteBytes = 0

	constructor(options: FileStorageOptions) {
		this.layout = createFileLayout(options.geometry, options.files)
		this.#places = { ...options, layout: this.layout }
		this.#chosen = options.chosen
		this.#inParts = new Uint8Array(options.files.length)
		this.#writtenEnds = new Float64Array(options.files.length + 1)
		this.marks = new FileMarks(options.clock, options.files.length)
		this.#writeMode = new DiskMode(options.clock)
		const isStinted = (options.mostOpenFiles ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY
		this.#direct = isStinted ? undefined : new DirectWrites(options.clock, this.#writeMode)
		this.#open = new OpenFiles(
			(file, mode) => openPlace(this.#places, file, { mode, known: this.#open.inodeOf(file) }),
			options.mostOpenFiles,
		)
		this.#readers = { open: this.#open, marks: this.marks, mode: new DiskMode(options.clock) }
	}

	/** Bytes handed to writePiece() that are not on their way through yet. */
	get queuedWriteBytes(): number {
		return this.#queuedWriteBytes
	}

	/** What was seen last of each file, the part file's last; undefined where there is none on disk. */
	get stats(): readonly (FileStat | undefined)[] {
		return this.marks.stats
	}

	/** Whether the file is wanted. */
	isChosen(file: number): boolean {
		return this.#chosen?.has(file) ?? true
	}

	/** Whether bytes of this file are kept in the part file. */
	isInParts(file: number): boolean {
		return this.#inParts[file] === 1
	}

	/** Absolute path of a file of the layout. */
	pathOf(file: number): string {
		return pathOf(this.#places, file)
	}

	/**
	 * Looks at what is there, and moves bytes of newly chosen files out of the part file. Creates nothing else.
	 * Called again, it takes what it finds as it is: no file counts as replaced any more.
	 */
	async prepare(): Promise<Outcome<undefined>> {
		return await outcomeOf<undefined>(async () => {
			await this.#open.closeAll()
			this.#writtenEnds.fill(0)
			const stats = await surveyFiles(this.#places)
			this.marks.reset(stats)
			for (let file = 0; file < this.layout.files.length; file += 1) {
				const there = stats[file] !== undefined
				this.#inParts[file] = !there && !this.isChosen(file) ? 1 : 0
				this.#open.know(file, stats[file]?.inode)
			}
			this.#open.know(partFile, stats.at(-1)?.inode)
			if (stats.at(-1) !== undefined) await this.#importParts()
			return undefined
		})
	}

	/**
	 * Writes these bytes of a piece, and of those behind it, wherever they belong. Writes begin in the order of the
	 * calls. What is `wanted` soon stays in the page cache.
	 */
	async writePiece(piece: number, parts: readonly PiecePart[], wanted = true): Promise<Outcome<undefined>> {
		let length = 0
		for (const { bytes } of parts) length += bytes.length
		this.#queuedWriteBytes += length
		try {
			return await this.#writes.run(() => outcomeOf(() => this.#writeParts(piece, parts, wanted)))
		} finally {
			this.#queuedWriteBytes -= length
		}
	}

	/** Up to 32 blocks as `piece` messages into the start of `slab`, which holds at least wireBytes(blocks). */
	async readBlocks(blocks: readonly BlockFields[], slab: Uint8Array): Promise<BlocksRead> {
		const runs = planReads(blocks, slab, ({ piece, offset, length }) =>
			this.#placementsOf(pieceOffset(this.layout.geometry, piece) + offset, length),
		)
		const errors = new Map<number, unknown>()
		for (const run of runs) {
			const { full, error } = await readRun(run, this.#readers)
			if (error === undefined) continue
			for (const owner of run.owners.slice(full)) if (!errors.has(owner)) errors.set(owner, error)
		}
		return packWire(blocks, slab, errors)
	}

	/** Fills `target` from `offset` in the torrent, never holding up the loop. A short file fails with EIO. */
	async read(offset: number, target: Uint8Array): Promise<Outcome<undefined>> {
		return await outcomeOf<undefined>(async () => {
			for (const { file, position, at, length } of this.#placementsOf(offset, target.length)) {
				const part = target.subarray(at, at + length)
				if (file === padding) part.fill(0)
				else if (file === nowhere) throw notKept()
				else await this.#open.use(file, 'read', handle => readAll(handle, part, position))
			}
			return undefined
		})
	}

	/** The pieces all of whose bytes could be on disk, as prepare() saw it: what a check has to read. */
	checkable(): Bitfield {
		const { geometry } = this.layout
		const pieces = createBitfield(geometry.pieceCount)
		for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
			const placements = this.#placementsOf(pieceOffset(geometry, piece), pieceBytes(geometry, piece))
			if (placements.every(placement => this.#mayHold(placement))) setPiece(pieces, piece)
		}
		return pieces
	}

	/** Whether these bytes lie in files that take no place on disk at all: then they most likely are zeros. */
	isHole(offset: number, length: number): boolean {
		return this.#placementsOf(offset, length).every(
			({ file }) => file === padding || (file >= 0 && this.stats[file]?.allocatedBytes === 0),
		)
	}

	/** The files of this piece are synced by the next sync(), as if they had been written now. */
	touch(piece: number): void {
		for (const file of this.#filesOf(piece)) this.#touched.add(file)
	}

	/** Looks whether somebody changed the files of this piece. */
	async look(piece: number): Promise<Outcome<undefined>> {
		return await outcomeOf<undefined>(async () => {
			for (const file of this.#filesOf(piece))
				await this.#open.use(file, 'read', handle => this.marks.look(file, handle))
			return undefined
		})
	}

	/**
	 * fdatasync of all files written since the last call. After a failure the system may take for clean what
	 * never reached the disk: what was written before must not be called safe by a later success.
	 */
	async sync(): Promise<Outcome<undefined>> {
		const files = [...this.#touched]
		this.#touched.clear()
		const ends = await Promise.all(
			files.map(file =>
				this.#syncs.run(() => outcomeOf(() => this.#writeMode.during(() => this.#syncFile(file)))),
			),
		)
		return ends.find(end => !end.ok) ?? { ok: true, value: undefined }
	}

	/** At the end: creates empty files, looks whether all are what we wrote (D12). Spoilt ones are not used any more. */
	async finish(): Promise<Outcome<readonly FileProblem[]>> {
		return await outcomeOf(async () => {
			for (const [file, { lengthBytes, pad }] of this.layout.files.entries()) {
				if (lengthBytes === 0 && !pad && this.isChosen(file) && this.stats[file] === undefined) {
					await this.#open.use(file, 'write', () => undefined)
				}
			}
			const stats = await surveyFiles(this.#places)
			if (!this.#inParts.includes(1)) await this.#removePartFile(stats)
			const found = [...this.layout.files.keys()].flatMap(file => this.#problemOf(file, stats[file]) ?? [])
			// Through an open handle what is fetched again would go where nobody finds it.
			for (const { file, problem } of found) if (problem !== 'larger') await this.#open.condemn(file)
			return found
		})
	}

	/** Closes every handle; nothing may be called afterwards. */
	async close(): Promise<void> {
		await this.#open.closeAll()
	}

	#filesOf(piece: number): number[] {
		const { geometry } = this.layout
		const placements = this.#placementsOf(pieceOffset(geometry, piece), pieceBytes(geometry, piece))
		return placements.flatMap(({ file }) => (file >= 0 || file === partFile ? [file] : []))
	}

	#placementsOf(offset: number, length: number): Placement[] {
		return placementsOf(this.layout, this.#inParts, { offset, length })
	}

	async #writeParts(piece: number, parts: readonly PiecePart[], wanted: boolean): Promise<undefined> {
		const direct = wanted ? undefined : this.#direct
		const start = pieceOffset(this.layout.geometry, piece)
		const runs = planWrites(parts, ({ offset, bytes }) => this.#placementsOf(start + offset, bytes.length))
		for (const run of runs) {
			if (run.file === nowhere) throw notKept()
			if (run.file !== padding) await this.#write(run, direct)
		}
		return undefined
	}

	async #write({ file, position, parts }: WriteRun, direct?: DirectWrites): Promise<void> {
		await this.#open.use(file, 'write', async handle => {
			await this.marks.writeBegins(file, handle)
			try {
				await writeAll(handle, parts, { position, mode: this.#writeMode, direct })
			} finally {
				// Also by a write that failed, and not before it: a sync meanwhile would take the file for safe.
				this.#touched.add(file)
				this.marks.writeEnds(file)
			}
		})
		const index = this.#indexOf(file)
		const end = parts.reduce((sum, { length }) => sum + length, position)
		this.#writtenEnds[index] = Math.max(this.#writtenEnds[index] ?? 0, end)
	}

	#mayHold({ file, position, length }: Placement): boolean {
		if (file === padding) return true
		if (file === nowhere) return false
		const stat = this.stats[this.#indexOf(file)]
		return stat?.kind === 'file' && stat.sizeBytes >= position + length
	}

	async #syncFile(file: number): Promise<undefined> {
		// Before the look at the file: what is written meanwhile may or may not be in it.
		const writtenEnd = this.#writtenEnds[this.#indexOf(file)] ?? 0
		const turn = this.marks.turnOf(file)
		const stat = await useToSync(this.#open, { file, isWritten: writtenEnd > 0 }, async handle => {
			await handle.sync()
			return await handle.stat()
		})
		if (stat.links === 0) throw systemError('ESTALE', 'the file was taken away')
		if (stat.sizeBytes < writtenEnd) {
			// What is written now would make it as long as it was, around a hole that nobody sees.
			await this.#open.condemn(file)
			throw systemError('ESTALE', 'the file was cut short')
		}
		this.marks.synced(file, stat, turn)
		return undefined
	}

	/** In lists with an entry a file, the part file's last. */
	#indexOf(file: number): number {
		return file === partFile ? this.layout.files.length : file
	}

	async #importParts(): Promise<void> {
		const allInParts = new Uint8Array(this.layout.files.length).fill(1)
		for (let file = 0; file < this.layout.files.length; file += 1) {
			if (this.stats[file] !== undefined || !this.isChosen(file)) continue
			for (const { fileOffset, part } of partsOfFile(this.layout, file, allInParts)) {
				await this.#open.use(partFile, 'read', from =>
					copyPart(from, part, (bytes, at) =>
						this.#write({ file, position: fileOffset + at, parts: [bytes] }),
					),
				)
			}
			if (this.#touched.has(file)) this.marks.set(file, await this.#places.storage.stat(this.pathOf(file)))
		}
	}

	async #removePartFile(stats: FileStats): Promise<void> {
		if (stats.at(-1) === undefined) return
		await this.#places.storage.unlink(this.#places.partPath)
		this.#open.know(partFile, undefined)
		this.#touched.delete(partFile)
		this.#writtenEnds[this.layout.files.length] = 0
		this.marks.set(partFile, undefined)
	}

	#problemOf(file: number, stat: FileStat | undefined): FileProblem | undefined {
		const wanted = this.layout.files[file]
		if (wanted === undefined || wanted.pad || !this.isChosen(file)) return undefined
		const problem = problemOf(stat, { lengthBytes: wanted.lengthBytes, inode: this.#open.inodeOf(file) })
		return problem === undefined ? undefined : { file, problem }
	}
}

export { type BlocksRead, wireBytes } from './block-reader.ts'
