// An open file of a disk in memory. It lives on when its name is gone, as on a real disk.
import type { FileHandle, FileStat } from '../engine/environment.ts'
import { diskError, type FileNode, type TreeNode } from './memory-tree.ts'

/** What the disk lends to its open files. */
export type MemoryDisk = {
	/** Throws what the fault hook throws; returns how many bytes of a transfer are let through. */
	before(operation: MemoryOperation, path: string, bytes: number): number
	/** Throws ENOSPC when there is no room for so many bytes more. */
	reserve(bytes: number, path: string): void
	mtimeNs(): bigint
	onClose(): void
}

export type MemoryOperation =
	| 'open'
	| 'read'
	| 'write'
	| 'sync'
	| 'fileStat'
	| 'truncate'
	| 'close'
	| 'stat'
	| 'realpath'
	| 'makeDirectory'
	| 'readFile'
	| 'createFile'
	| 'replaceFile'
	| 'unlink'
	| 'list'

/** A handle on the node; `path` is for the fault hook and for messages alone. */
export function openMemoryFile(
	disk: MemoryDisk,
	node: FileNode | TreeNode,
	{ path, writable }: { readonly path: string; readonly writable: boolean },
): FileHandle {
	let closed = false
	const check = (operation: MemoryOperation, bytes: number): number => {
		if (closed) throw diskError('EBADF', path)
		return disk.before(operation, path, bytes)
	}
	const readSync = (target: Uint8Array, position: number): number => {
		const allowed = check('read', target.length)
		if (node.type !== 'file') throw diskError('EISDIR', path)
		const source = node.bytes.subarray(position, Math.min(node.sizeBytes, position + allowed))
		target.set(source)
		return source.length
	}
	const readvSync = (targets: readonly Uint8Array[], position: number): number => {
		let total = 0
		for (const target of targets) {
			const count = readSync(target, position + total)
			total += count
			if (count < target.length) break
		}
		return total
	}
	const writeSync = (bytes: Uint8Array, position: number): number => {
		const allowed = check('write', bytes.length)
		if (!writable || node.type !== 'file') throw diskError('EBADF', path)
		writeBytes(disk, node, { bytes: bytes.subarray(0, allowed), position, path })
		return allowed
	}
	return {
		readSync,
		readvSync,
		writeSync,
		read: (target, position) => promised(() => readSync(target, position)),
		readv: (targets, position) => promised(() => readvSync(targets, position)),
		write: (bytes, position) => promised(() => writeSync(bytes, position)),
		sync: () =>
			promised(() => {
				check('sync', 0)
				if (node.type === 'file') node.durable = node.bytes.slice(0, node.sizeBytes)
			}),
		stat: () =>
			promised(() => {
				check('fileStat', 0)
				return statOf(node)
			}),
		truncate: lengthBytes =>
			promised(() => {
				check('truncate', 0)
				if (!writable || node.type !== 'file') throw diskError('EINVAL', path)
				resize(node, lengthBytes)
				node.mtimeNs = disk.mtimeNs()
			}),
		close: () =>
			promised(() => {
				if (closed) throw diskError('EBADF', path)
				closed = true
				disk.onClose()
				disk.before('close', path, 0)
			}),
	}
}

/** What the disk knows of a node. */
export function statOf(node: TreeNode): FileStat {
	const isFile = node.type === 'file'
	return {
		sizeBytes: isFile ? node.sizeBytes : 0,
		mtimeNs: isFile ? node.mtimeNs.toString() : '0',
		inode: `1:${node.inode}`,
		links: isFile ? node.links : 1,
		allocatedBytes: isFile ? node.allocatedBytes : 0,
		kind: node.type,
	}
}

function writeBytes(
	disk: MemoryDisk,
	node: FileNode,
	{ bytes, position, path }: { readonly bytes: Uint8Array; readonly position: number; readonly path: string },
): void {
	const end = position + bytes.length
	const growth = Math.max(0, Math.min(bytes.length, end - node.sizeBytes))
	disk.reserve(growth, path)
	if (end > node.sizeBytes) resize(node, end)
	node.bytes.set(bytes, position)
	node.allocatedBytes = Math.min(node.sizeBytes, node.allocatedBytes + bytes.length)
	node.mtimeNs = disk.mtimeNs()
}

function resize(node: FileNode, sizeBytes: number): void {
	if (sizeBytes > node.bytes.length) {
		const grown = new Uint8Array(Math.max(sizeBytes, node.bytes.length * 2))
		grown.set(node.bytes.subarray(0, node.sizeBytes))
		node.bytes = grown
	} else if (sizeBytes < node.sizeBytes) node.bytes.fill(0, sizeBytes, node.sizeBytes)
	node.sizeBytes = sizeBytes
}

/** Failures of the disk arrive as rejections, as they do from a real one. */
function promised<Value>(work: () => Value): Promise<Value> {
	return new Promise(resolve => {
		resolve(work())
	})
}
