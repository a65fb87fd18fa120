// Whole transfers out of calls that may stop half-way: a short write goes on (D18), a short read is an error,
// since a file that was cut off says nothing when it is read behind its end (D12).
import { systemError } from './disk-errors.ts'
import type { DirectWrites } from './direct-writes.ts'
import type { DiskMode } from './disk-mode.ts'
import type { FileHandle } from './environment.ts'
import { errorCode } from './world-failure.ts'

const interruptionLimit = 8
// Linux backs a larger write with larger stretches of memory, which a virtual machine may have lent to its host:
// whole pieces of 1 MiB took up to four times the CPU of the same bytes in such portions (test/bench/README.md).
const portionBytes = 256 << 10

export type WriteOptions = {
	readonly position: number
	readonly mode: DiskMode
	/** Left out: the bytes are to stay in the page cache. */
	readonly direct?: DirectWrites | undefined
}

/**
 * Writes all of `parts`, one after the other from `position` on. Rejects with the system's errors, EIO when nothing
 * more is taken.
 */
export async function writeAll(
	handle: FileHandle,
	parts: readonly Uint8Array[],
	{ position, mode, direct }: WriteOptions,
): Promise<void> {
	let left = (await direct?.write(handle, parts, position)) ?? 0
	let at = position
	for (const part of parts) {
		const done = Math.min(left, part.length)
		left -= done
		await writeCached(handle, part, { position: at, done, mode })
		at += part.length
	}
}

/** The first `done` bytes are written already. */
async function writeCached(
	handle: FileHandle,
	bytes: Uint8Array,
	{
		position,
		done: from,
		mode,
	}: { readonly position: number; readonly done: number; readonly mode: DiskMode },
): Promise<void> {
	let done = from
	let interruptions = 0
	while (done < bytes.length) {
		const portion = bytes.subarray(done, done + portionBytes)
		const at = position + done
		const count = await mode
			.run(
				() => handle.writeSync(portion, at),
				() => handle.write(portion, at),
			)
			.catch(countInterruption)
		if (count === 0) interruptions += 1
		if (interruptions > interruptionLimit) throw systemError('EIO', 'the disk takes no more bytes')
		done += count
	}
}

/** Fills `target`. Rejects with the system's errors, EIO when the file ends before. */
export async function readAll(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
	let done = 0
	let interruptions = 0
	while (done < target.length) {
		const rest = done === 0 ? target : target.subarray(done)
		const count = await handle
			.read(rest, position + done)
			.catch((error: unknown) => countInterruption(error) - 1)
		if (count === 0) throw shortFile(position + done)
		if (count < 0) interruptions += 1
		if (interruptions > interruptionLimit) throw systemError('EIO', 'the disk gives no more bytes')
		done += Math.max(0, count)
	}
}

/**
 * Fills the targets one after the other and returns how many of them are full, with the error that stopped it
 * where not all are. Never rejects.
 */
export async function readManyInto(
	handle: FileHandle,
	targets: readonly Uint8Array[],
	{ position, mode }: { readonly position: number; readonly mode: DiskMode },
): Promise<{ readonly full: number; readonly error: unknown }> {
	let full = 0
	let at = position
	let rest = targets
	while (full < targets.length) {
		const now = rest
		const from = at
		try {
			let count = await mode.run(
				() => handle.readvSync(now, from),
				() => handle.readv(now, from),
			)
			if (count === 0) throw shortFile(at)
			at += count
			const left: Uint8Array[] = []
			for (const target of now) {
				if (count >= target.length) full += 1
				else left.push(count > 0 ? target.subarray(count) : target)
				count = Math.max(0, count - target.length)
			}
			rest = left
		} catch (error) {
			return { full, error }
		}
	}
	return { full, error: undefined }
}

/** An interrupted call did nothing and may be made again. */
function countInterruption(error: unknown): number {
	if (errorCode(error) === 'EINTR' || errorCode(error) === 'EAGAIN') return 0
	throw error
}

function shortFile(position: number): Error {
	return systemError('EIO', `the file ends before byte ${position}`)
}
