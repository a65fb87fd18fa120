// A disk in memory for the practice swarm and for tests: files, folders and links, a capacity that can run out,
// a hook at every operation that can fail it or cut it short, and power cuts.
import type { FileHandle, FileStat, Storage } from '../engine/environment.ts'
import { type MemoryDisk, type MemoryOperation, openMemoryFile, statOf } from './memory-file.ts'
import { type DirectoryNode, diskError, type FileNode, findNode, type Found } from './memory-tree.ts'

export type { MemoryOperation } from './memory-file.ts'

export type MemoryStorageOptions = {
	/** Milliseconds since 1970, for the times of files. */
	readonly wallTime?: () => number
	/** All files together; unlimited where not given. */
	readonly capacityBytes?: number
}

/** Throws to fail the operation; a number lets only so many bytes of a read or write through. */
export type FaultHook = (operation: MemoryOperation, path: string) => number | undefined

export class MemoryStorage implements Storage {
	/** Called before every operation. */
	before: FaultHook | undefined
	capacityBytes: number
	readonly #root: DirectoryNode = { type: 'directory', inode: 1, entries: new Map() }
	readonly #disk: MemoryDisk
	readonly #wallTime: () => number
	#lastInode = 1
	#ticks = 0n
	#openHandles = 0
	#usedBytes = 0

	constructor(options: MemoryStorageOptions = {}) {
		this.#wallTime = options.wallTime ?? (() => 0)
		this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
		this.#disk = {
			before: (operation, path, bytes) => this.#ask(operation, path, bytes),
			reserve: (bytes, path) => this.#reserve(bytes, path),
			mtimeNs: () => this.#now(),
			onClose: () => {
				this.#openHandles -= 1
			},
		}
	}

	/** Handles that nobody closed yet. */
	get openHandles(): number {
		return this.#openHandles
	}

	open(path: string, mode: 'read' | 'write' | 'create'): Promise<FileHandle> {
		return this.#do('open', path, () => {
			const found = this.#find(path)
			const { node } = found
			if (node !== undefined && mode === 'create') throw diskError('EEXIST', path)
			if (node?.type === 'symlink') throw diskError('ELOOP', path)
			if (node?.type === 'directory' && mode === 'write') throw diskError('EISDIR', path)
			if (node === undefined && mode === 'read') throw diskError('ENOENT', path)
			this.#openHandles += 1
			const file = node ?? this.#create(found, new Uint8Array())
			return openMemoryFile(this.#disk, file, { path, writable: mode !== 'read' })
		})
	}

	stat(path: string): Promise<FileStat | undefined> {
		return this.#do('stat', path, () => {
			const node = this.#findOrUndefined(path, false)?.node
			return node === undefined ? undefined : statOf(node)
		})
	}

	realpath(path: string): Promise<string> {
		return this.#do('realpath', path, () => {
			const found = this.#find(path, true)
			if (found.node === undefined) throw diskError('ENOENT', path)
			return found.path
		})
	}

	makeDirectory(path: string): Promise<void> {
		return this.#do('makeDirectory', path, () => this.#makeDirectory(path))
	}

	readFile(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
		return this.#do('readFile', path, () => {
			const node = this.#findOrUndefined(path, false)?.node
			if (node === undefined) return undefined
			if (node.type === 'symlink') throw diskError('ELOOP', path)
			if (node.type === 'directory') throw diskError('EISDIR', path)
			if (node.sizeBytes > limitBytes) throw diskError('EFBIG', path)
			return node.bytes.slice(0, node.sizeBytes)
		})
	}

	createFile(path: string, bytes: Uint8Array): Promise<void> {
		return this.#do('createFile', path, () => {
			const found = this.#find(path)
			if (found.node !== undefined) throw diskError('EEXIST', path)
			this.#reserve(bytes.length, path)
			this.#create(found, bytes.slice())
		})
	}

	/** Fails in its middle as well: the hook is asked as `replaceFile` for the new file and for its rename. */
	replaceFile(path: string, bytes: Uint8Array): Promise<void> {
		return this.#do('replaceFile', path, () => {
			const found = this.#find(path)
			if (found.node?.type === 'directory') throw diskError('EISDIR', path)
			this.#reserve(bytes.length, path)
			this.#ask('replaceFile', `${path}.tmp`, 0)
			this.#remove(found)
			const node = this.#create(found, bytes.slice())
			node.durable = node.bytes
		})
	}

	unlink(path: string): Promise<void> {
		return this.#do('unlink', path, () => {
			const found = this.#findOrUndefined(path, false)
			if (found?.node?.type === 'directory') throw diskError('EISDIR', path)
			if (found !== undefined) this.#remove(found)
		})
	}

	list(path: string): Promise<readonly string[]> {
		return this.#do('list', path, () => {
			const node = this.#findOrUndefined(path, true)?.node
			if (node === undefined) return []
			if (node.type !== 'directory') throw diskError('ENOTDIR', path)
			return [...node.entries.keys()]
		})
	}

	/** Makes the folders above and the file, or replaces it, without asking the hook. */
	put(path: string, bytes: Uint8Array): void {
		this.#makeParents(path)
		const found = this.#find(path, true)
		this.#remove(found)
		this.#reserve(bytes.length, path)
		const node = this.#create(found, bytes.slice())
		node.durable = node.bytes
	}

	/** Makes a link; `target` is absolute or relative to the folder of the link. */
	link(path: string, target: string): void {
		this.#makeParents(path)
		const { parent, name } = this.#find(path)
		parent.entries.set(name, { type: 'symlink', inode: this.#nextInode(), target })
	}

	/** The bytes of a file, undefined where there is none; without asking the hook. */
	get(path: string): Uint8Array | undefined {
		const node = this.#findOrUndefined(path, true)?.node
		return node?.type === 'file' ? node.bytes.slice(0, node.sizeBytes) : undefined
	}

	/** Changes bytes of a file in place, as another program would. */
	patch(path: string, position: number, bytes: Uint8Array): void {
		const node = this.#find(path, true).node
		if (node?.type !== 'file') throw diskError('ENOENT', path)
		node.bytes.set(bytes, position)
		node.mtimeNs = this.#now()
	}

	/** Paths of all files, sorted. */
	paths(): string[] {
		const paths: string[] = []
		const walk = (directory: DirectoryNode, above: string): void => {
			for (const [name, node] of directory.entries) {
				if (node.type === 'directory') walk(node, `${above}/${name}`)
				else paths.push(`${above}/${name}`)
			}
		}
		walk(this.#root, '')
		return paths.sort()
	}

	/** Every file is what it was when it was synced last. */
	powerCut(): void {
		const walk = (directory: DirectoryNode): void => {
			for (const node of directory.entries.values()) {
				if (node.type === 'directory') walk(node)
				else if (node.type === 'file') {
					node.bytes = node.durable.slice()
					node.sizeBytes = node.durable.length
				}
			}
		}
		walk(this.#root)
	}

	#do<Value>(operation: MemoryOperation, path: string, work: () => Value): Promise<Value> {
		return new Promise(resolve => {
			this.#ask(operation, path, 0)
			resolve(work())
		})
	}

	#ask(operation: MemoryOperation, path: string, bytes: number): number {
		const allowed = this.before?.(operation, path)
		return typeof allowed === 'number' ? Math.min(bytes, allowed) : bytes
	}

	#find(path: string, follow = false): Found {
		return findNode(this.#root, path, { follow })
	}

	#findOrUndefined(path: string, follow: boolean): Found | undefined {
		try {
			return this.#find(path, follow)
		} catch {
			return undefined
		}
	}

	#makeDirectory(path: string): void {
		const { node, parent, name } = this.#find(path, true)
		if (node !== undefined && node.type !== 'directory') throw diskError('EEXIST', path)
		if (node === undefined) {
			parent.entries.set(name, { type: 'directory', inode: this.#nextInode(), entries: new Map() })
		}
	}

	#makeParents(path: string): void {
		const elements = path.split('/').slice(1, -1)
		for (let depth = 1; depth <= elements.length; depth += 1) {
			this.#makeDirectory(`/${elements.slice(0, depth).join('/')}`)
		}
	}

	#create({ parent, name }: Found, bytes: Uint8Array): FileNode {
		const node: FileNode = {
			type: 'file',
			inode: this.#nextInode(),
			bytes,
			sizeBytes: bytes.length,
			durable: new Uint8Array(),
			mtimeNs: this.#now(),
			links: 1,
			allocatedBytes: bytes.length,
		}
		parent.entries.set(name, node)
		return node
	}

	#remove({ node, parent, name }: Found): void {
		if (node === undefined) return
		parent.entries.delete(name)
		if (node.type !== 'file') return
		node.links -= 1
		this.#usedBytes -= node.sizeBytes
	}

	#reserve(bytes: number, path: string): void {
		if (this.#usedBytes + bytes > this.capacityBytes) throw diskError('ENOSPC', path)
		this.#usedBytes += bytes
	}

	#nextInode(): number {
		this.#lastInode += 1
		return this.#lastInode
	}

	/** Wall time, and never the same instant twice. */
	#now(): bigint {
		this.#ticks += 1n
		return BigInt(Math.round(this.#wallTime())) * 1_000_000n + this.#ticks
	}
}
