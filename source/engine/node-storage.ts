// The disk of this machine. Nothing is opened through a symlink in the last element, nothing that we open can
// block (a FIFO would), and what is private is private from the moment it exists.
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { type BigIntStats, lstatSync, open as openDescriptor, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DiskMode } from './disk-mode.ts'
import type { Access, Clock, Storage } from './environment.ts'
import { createNodeFileHandle, toFileStat } from './node-file-handle.ts'
import { errorCode } from './world-failure.ts'

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = constants
// Windows has neither flag: undefined counts as no bit.
const safely = constants.O_NOFOLLOW | constants.O_NONBLOCK
const flags = {
	read: O_RDONLY | safely,
	write: O_RDWR | O_CREAT | safely,
	create: O_RDWR | O_CREAT | O_EXCL | safely,
}

/** Files and directories are looked at and opened by the thousand: more than this is held against the disk. */
const mostHoldMs = 2

/** What link(2) says where a file system, or the system around it, has no hard links. */
const withoutLinks = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

let temporaryFiles = 0

/** The disk as the system gives it. Looking at files and opening them is synchronous while that takes no time. */
export function createNodeStorage(clock: Clock): Storage {
	const mode = new DiskMode(clock, mostHoldMs)
	const open: Storage['open'] = async (path, wanted, access = 'shared') => {
		const bits = access === 'private' ? 0o600 : 0o666
		const descriptor = await mode.run(
			() => openSync(path, flags[wanted], bits),
			() => openLater(path, flags[wanted], bits),
		)
		return createNodeFileHandle(descriptor, mode)
	}
	return {
		open,
		stat: async path => {
			const looked = mode.run(
				() => lstatSync(path, { bigint: true, throwIfNoEntry: false }),
				(): Promise<BigIntStats | undefined> => fs.lstat(path, { bigint: true }),
			)
			const stats = await orUndefined(looked, ['ENOENT', 'ENOTDIR'])
			return stats === undefined ? undefined : toFileStat(stats)
		},
		realpath: path => fs.realpath(path),
		makeDirectory,
		readFile: (path, limitBytes) => readFile(open, path, limitBytes),
		createFile,
		replaceFile,
		unlink: path => fs.rm(path, { force: true }),
		list: async path => (await orUndefined(fs.readdir(path), ['ENOENT'])) ?? [],
	}
}

function openLater(path: string, bits: number, permissions: number): Promise<number> {
	return new Promise((resolve, reject) => {
		openDescriptor(path, bits, permissions, (error, descriptor) => {
			if (error === null) resolve(descriptor)
			else reject(error)
		})
	})
}

async function makeDirectory(path: string, access: Access = 'shared'): Promise<void> {
	try {
		await fs.mkdir(path, access === 'private' ? 0o700 : 0o777)
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') throw error
		// Of a link what it leads to counts: whether it may be followed is for the caller to say.
		if (!(await fs.stat(path)).isDirectory()) throw error
	}
}

async function readFile(
	open: Storage['open'],
	path: string,
	limitBytes: number,
): Promise<Uint8Array | undefined> {
	const handle = await orUndefined(open(path, 'read'), ['ENOENT', 'ENOTDIR'])
	if (handle === undefined) return undefined
	try {
		const { sizeBytes } = await handle.stat()
		if (sizeBytes > limitBytes) throw tooLarge(path, sizeBytes)
		const bytes = new Uint8Array(sizeBytes)
		let length = 0
		while (length < sizeBytes) {
			const count = await handle.read(bytes.subarray(length), length)
			if (count === 0) break
			length += count
		}
		return bytes.subarray(0, length)
	} finally {
		await handle.close()
	}
}

async function createFile(path: string, bytes: Uint8Array): Promise<void> {
	const temporary = temporaryBeside(path)
	try {
		await writeNew(temporary, bytes, false)
		await fs.link(temporary, path)
	} catch (error) {
		if (!withoutLinks.includes(errorCode(error))) throw error
		await writeNew(path, bytes, false)
	} finally {
		await fs.rm(temporary, { force: true }).catch(() => undefined)
	}
}

async function writeNew(path: string, bytes: Uint8Array, synced: boolean): Promise<void> {
	const handle = await fs.open(path, flags.create, 0o600)
	try {
		await handle.writeFile(bytes)
		if (synced) await handle.sync()
	} catch (error) {
		// Only what we made: where the open failed, the file is another's.
		await fs.rm(path, { force: true }).catch(() => undefined)
		throw error
	} finally {
		await handle.close()
	}
}

function temporaryBeside(path: string): string {
	temporaryFiles += 1
	return `${path}.${process.pid}-${temporaryFiles}.tmp`
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
	const temporary = temporaryBeside(path)
	try {
		await writeNew(temporary, bytes, true)
		await fs.rename(temporary, path)
	} catch (error) {
		await fs.rm(temporary, { force: true }).catch(() => undefined)
		throw error
	}
	await syncDirectory(dirname(path))
}

async function syncDirectory(path: string): Promise<void> {
	// Windows opens no directories, and some file systems refuse to sync them: the rename was atomic anyway.
	const handle = await orUndefined(fs.open(path, O_RDONLY), ['EISDIR', 'EPERM', 'EACCES'])
	if (handle === undefined) return
	try {
		await orUndefined(handle.sync(), ['EINVAL', 'EPERM', 'ENOTSUP'])
	} finally {
		await handle.close()
	}
}

async function orUndefined<Value>(
	value: Promise<Value>,
	codes: readonly string[],
): Promise<Value | undefined> {
	try {
		return await value
	} catch (error) {
		if (codes.includes(errorCode(error))) return undefined
		throw error
	}
}

function tooLarge(path: string, sizeBytes: number): Error {
	return Object.assign(new Error(`EFBIG: ${sizeBytes} bytes are too many to read, '${path}'`), {
		code: 'EFBIG',
	})
}
