// An open file over a bare descriptor: the callback calls of node:fs cost less than those of its FileHandle.
import * as fs from 'node:fs'
import type { FileHandle, FileStat } from './environment.ts'

/** Takes ownership of the descriptor. */
export function createNodeFileHandle(descriptor: number): FileHandle {
	return {
		readSync: (target, position) => fs.readSync(descriptor, target, 0, target.length, position),
		readvSync: (targets, position) => fs.readvSync(descriptor, targets, position),
		writeSync: (bytes, position) => fs.writeSync(descriptor, bytes, 0, bytes.length, position),
		read: (target, position) => settle(done => fs.read(descriptor, target, 0, target.length, position, done)),
		readv: (targets, position) => settle(done => fs.readv(descriptor, targets, position, done)),
		write: (bytes, position) => settle(done => fs.write(descriptor, bytes, 0, bytes.length, position, done)),
		sync: () => settle<undefined>(done => fs.fdatasync(descriptor, error => done(error, undefined))),
		stat: () => settle<fs.BigIntStats>(done => fs.fstat(descriptor, { bigint: true }, done)).then(toFileStat),
		truncate: lengthBytes =>
			settle<undefined>(done => fs.ftruncate(descriptor, lengthBytes, error => done(error, undefined))),
		close: () => settle<undefined>(done => fs.close(descriptor, error => done(error ?? null, undefined))),
	}
}

/** What node:fs says of a file; times stay exact. */
export function toFileStat(stats: fs.BigIntStats): FileStat {
	return {
		sizeBytes: Number(stats.size),
		mtimeNs: stats.mtimeNs.toString(),
		inode: `${stats.dev.toString()}:${stats.ino.toString()}`,
		links: Number(stats.nlink),
		allocatedBytes: Number(stats.blocks) * 512,
		kind: kindOf(stats),
	}
}

function kindOf(stats: fs.BigIntStats): FileStat['kind'] {
	if (stats.isFile()) return 'file'
	if (stats.isDirectory()) return 'directory'
	return stats.isSymbolicLink() ? 'symlink' : 'other'
}

type Done<Value> = (error: Error | null, value: Value) => void

function settle<Value>(start: (done: Done<Value>) => void): Promise<Value> {
	return new Promise((resolve, reject) => {
		start((error, value) => {
			if (error === null) resolve(value)
			else reject(error)
		})
	})
}
