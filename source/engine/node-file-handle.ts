// An open file over a bare descriptor: the callback calls of node:fs cost less than those of its FileHandle.
import * as fs from 'node:fs'
import type { DiskMode } from './disk-mode.ts'
import type { FileHandle, FileStat } from './environment.ts'

// Linux alone has both the flag and a way to a file by the number of a descriptor.
const hasDirectWrites = process.platform === 'linux'

/** Takes ownership of the descriptor. `mode` says how to look at a file. */
export function createNodeFileHandle(descriptor: number, mode: DiskMode): FileHandle {
	const direct = hasDirectWrites ? createDirect(descriptor) : undefined
	return {
		...(direct === undefined ? {} : { writeDirect: direct.write }),
		readSync: (target, position) => fs.readSync(descriptor, target, 0, target.length, position),
		readvSync: (targets, position) => fs.readvSync(descriptor, targets, position),
		writeSync: (bytes, position) => fs.writeSync(descriptor, bytes, 0, bytes.length, position),
		read: (target, position) => settle(done => fs.read(descriptor, target, 0, target.length, position, done)),
		readv: (targets, position) => settle(done => fs.readv(descriptor, targets, position, done)),
		write: (bytes, position) => settle(done => fs.write(descriptor, bytes, 0, bytes.length, position, done)),
		sync: () =>
			mode.during(() => settle<undefined>(done => fs.fdatasync(descriptor, error => done(error, undefined)))),
		stat: async () =>
			toFileStat(
				await mode.run(
					() => fs.fstatSync(descriptor, { bigint: true }),
					() => settle<fs.BigIntStats>(done => fs.fstat(descriptor, { bigint: true }, done)),
				),
			),
		truncate: lengthBytes =>
			settle<undefined>(done => fs.ftruncate(descriptor, lengthBytes, error => done(error, undefined))),
		close: async () => {
			await direct?.close()
			await close(descriptor)
		},
	}
}

/** A second descriptor of the same file, opened on the first write that wants it. */
function createDirect(descriptor: number): {
	readonly write: (parts: readonly Uint8Array[], position: number) => Promise<number>
	readonly close: () => Promise<void>
} {
	let opened: Promise<number> | undefined
	return {
		async write(parts, position) {
			// By its number: a path could lead to another file by now.
			opened ??= settle(done =>
				fs.open(`/proc/self/fd/${descriptor}`, fs.constants.O_WRONLY | fs.constants.O_DIRECT, done),
			)
			let second: number
			try {
				second = await opened
			} catch (error) {
				throw Object.assign(new Error('EOPNOTSUPP: no direct writes here', { cause: error }), {
					code: 'EOPNOTSUPP',
				})
			}
			return await settle(done => fs.writev(second, parts, position, done))
		},
		async close() {
			const second = await opened?.catch(() => undefined)
			if (second !== undefined) await close(second)
		},
	}
}

function close(descriptor: number): Promise<undefined> {
	return settle<undefined>(done => fs.close(descriptor, error => done(error ?? null, undefined)))
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
