// At most so many open files of a torrent, the least recently used closed first (D11). A file in use is never
// closed, and a file that was replaced or taken away while it was closed is never opened again unseen (D12).

import { systemError } from './disk-errors.ts'
import type { FileHandle, FileStat } from './environment.ts'
import { errorCode } from './world-failure.ts'

export type OpenMode = 'read' | 'write'

/** Opens a file for the first time or again; the stat is that of the handle. */
export type Opener = (
	file: number,
	mode: OpenMode,
) => Promise<{ readonly handle: FileHandle; readonly stat: FileStat }>

type Entry = { readonly handle: FileHandle; readonly mode: OpenMode; users: number; dropped: boolean }

const handleLimit = 40
/** No file has this inode. */
const condemned = 'condemned'

export class OpenFiles {
	readonly #open: Opener
	readonly #limit: number
	/** In order of their last use. */
	readonly #entries = new Map<number, Entry>()
	readonly #opening = new Map<number, Promise<Entry>>()
	readonly #inodes = new Map<number, string>()

	constructor(open: Opener, limit = handleLimit) {
		this.#open = open
		this.#limit = Math.min(limit, handleLimit)
	}

	/** The file that `file` is known to be from now on. */
	know(file: number, inode: string | undefined): void {
		if (inode === undefined) this.#inodes.delete(file)
		else this.#inodes.set(file, inode)
	}

	/** Somebody spoilt the file: it is not used any more until it is known anew. */
	async condemn(file: number): Promise<void> {
		this.#inodes.set(file, condemned)
		await this.#drop(file)
	}

	/** The inode that the file had when it was seen last. */
	inodeOf(file: number): string | undefined {
		return this.#inodes.get(file)
	}

	/** Runs `use` with the file open. Rejects with the system's errors. */
	async use<Value>(
		file: number,
		mode: OpenMode,
		use: (handle: FileHandle) => Value | Promise<Value>,
	): Promise<Value> {
		const entry = this.#ready(file, mode) ?? (await this.#acquire(file, mode))
		try {
			return await use(entry.handle)
		} finally {
			entry.users -= 1
			if (entry.dropped && entry.users === 0) await close(entry)
		}
	}

	/** Forgets and closes all that is open; files in use are closed when they are free. */
	async closeAll(): Promise<void> {
		await Promise.allSettled(this.#opening.values())
		await Promise.all([...this.#entries.keys()].map(file => this.#drop(file)))
	}

	#ready(file: number, mode: OpenMode): Entry | undefined {
		const entry = this.#entries.get(file)
		if (entry === undefined || (mode === 'write' && entry.mode === 'read')) return undefined
		this.#entries.delete(file)
		this.#entries.set(file, entry)
		entry.users += 1
		return entry
	}

	async #acquire(file: number, mode: OpenMode): Promise<Entry> {
		for (;;) {
			const opening = this.#opening.get(file)
			if (opening === undefined) break
			await opening.catch(() => undefined)
			const ready = this.#ready(file, mode)
			if (ready !== undefined) return ready
		}
		const opening = this.#openFresh(file, mode)
		this.#opening.set(file, opening)
		try {
			return await opening
		} finally {
			if (this.#opening.get(file) === opening) this.#opening.delete(file)
		}
	}

	async #openFresh(file: number, mode: OpenMode): Promise<Entry> {
		await this.#drop(file)
		await this.#evict(this.#limit - this.#opening.size)
		const { handle, stat } = await this.#openWithRoom(file, mode)
		const problem = this.#problemOf(file, stat)
		if (problem !== undefined) {
			await handle.close().catch(() => undefined)
			throw problem
		}
		this.#inodes.set(file, stat.inode)
		const entry = { handle, mode, users: 1, dropped: false }
		this.#entries.set(file, entry)
		return entry
	}

	async #openWithRoom(file: number, mode: OpenMode): ReturnType<Opener> {
		try {
			return await this.#open(file, mode)
		} catch (error) {
			// Others in this process hold the descriptors: give ours back and try once more.
			if (errorCode(error) !== 'EMFILE' && errorCode(error) !== 'ENFILE') throw error
			await this.#evict(0)
			return await this.#open(file, mode)
		}
	}

	#problemOf(file: number, stat: FileStat): Error | undefined {
		if (stat.kind !== 'file') return systemError('EFTYPE', 'this is no regular file')
		const inode = this.#inodes.get(file)
		if (stat.links === 0 || (inode !== undefined && inode !== stat.inode)) {
			return systemError('ESTALE', 'the file was replaced by another one')
		}
		return undefined
	}

	async #evict(keep: number): Promise<void> {
		for (const [file, entry] of this.#entries) {
			if (this.#entries.size <= Math.max(0, keep)) return
			if (entry.users === 0) await this.#drop(file)
		}
	}

	async #drop(file: number): Promise<void> {
		const entry = this.#entries.get(file)
		if (entry === undefined) return
		this.#entries.delete(file)
		entry.dropped = true
		if (entry.users === 0) await close(entry)
	}
}

/** What opening says of a file that may be read and not written. */
const readOnlyCodes = ['EACCES', 'EPERM', 'EROFS']

/**
 * Runs `use` with the file open for fdatasync. What may only be read is opened for that, unless this run has
 * written to it: then a disk that takes no more may have lost what it took.
 */
export async function useToSync<Value>(
	files: OpenFiles,
	{ file, isWritten }: { readonly file: number; readonly isWritten: boolean },
	use: (handle: FileHandle) => Promise<Value>,
): Promise<Value> {
	// Windows syncs nothing through a handle for reading, so that is not the first choice.
	const seen = { open: false }
	const during = (handle: FileHandle): Promise<Value> => {
		seen.open = true
		return use(handle)
	}
	try {
		return await files.use(file, 'write', during)
	} catch (error) {
		if (isWritten || seen.open || !readOnlyCodes.includes(errorCode(error))) throw error
		return await files.use(file, 'read', use)
	}
}

/** What was written is made safe by fdatasync; what close has to say in addition helps nobody. */
async function close(entry: Entry): Promise<void> {
	await entry.handle.close().catch(() => undefined)
}
