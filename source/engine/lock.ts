// One engine a torrent: a lock file per info hash names the process that holds it (D16). Pids are used again,
// so a process is its pid and its start; a lock whose process is gone is taken over.
//
// Exactly one of those who find the dead line D in a lock L takes it. A lock comes to be with its line in it, once
// (createFile), and is overwritten only by whoever holds its guard L.D, which is a lock as well. Under the guard the
// taker looks at L again. Where D is gone, somebody was faster: it lets go of the guard and begins anew. Where D is
// still there, nobody else can change L before the taker does: the dead release nothing, who creates fails on what
// is there, and who overwrites needs the guard. A taker that dies leaves its guard to the next, under a guard of
// that one. No line is written twice, so the guards of D mean nothing once D is gone from L and may be swept away,
// even from under a late taker. (Where a file system has no hard links a lock is empty for an instant before its
// line is in it, and who looks just then takes it for damaged, which counts as dead.)
import { crc32c } from '../protocol/crc32c.ts'
import type { InfoHash } from '../protocol/ids.ts'
import { outcomeOf, systemError } from './disk-errors.ts'
import type { Outcome, ProcessTable, Storage } from './environment.ts'
import { makeDirectories } from './file-places.ts'
import { statePath } from './state-file.ts'
import { errorCode } from './world-failure.ts'

export type Lock = { release(): Promise<void> }

export type LockOptions = {
	readonly storage: Storage
	readonly processes: ProcessTable
	readonly stateDirectory: string
	readonly infoHash: InfoHash
}

/** Who wants a lock; `line` says so in it. */
type Taker = Pick<LockOptions, 'storage' | 'processes' | 'stateDirectory'> & { readonly line: string }

const limitBytes = 256
const tries = 4

/** Takes the lock. Fails with code `locked` when a process that runs holds it, else with the system's error. */
export async function acquireLock(options: LockOptions): Promise<Outcome<Lock>> {
	const { storage, processes, stateDirectory, infoHash } = options
	const path = statePath(stateDirectory, infoHash, 'lock')
	return await outcomeOf(async () => {
		await makeDirectories(storage, stateDirectory, 'private')
		const taker = { storage, processes, stateDirectory, line: await lineOf(processes) }
		await take(taker, path)
		return { release: () => release(taker, path) }
	})
}

async function take(taker: Taker, path: string): Promise<void> {
	for (let left = tries; left > 0; left -= 1) {
		if (await create(taker, path)) return
		const held = await readLine(taker.storage, path)
		if (held === undefined) continue
		await refuseWhileRunning(taker.processes, held)
		if (await takeOver(taker, path, held)) return
	}
	throw systemError('locked', 'others try to open this torrent as well')
}

/** Whether it is ours now; the line `held` is that of a dead process. */
async function takeOver(taker: Taker, path: string, held: string): Promise<boolean> {
	const { storage, line } = taker
	const guard = `${path}.${keyOf(held)}`
	await take(taker, guard)
	try {
		if ((await readLine(storage, path)) !== held) return false
		// Where starts are not told apart, a newcomer may have the pid of the dead, and its line.
		await refuseWhileRunning(taker.processes, held)
		try {
			await storage.replaceFile(path, encode(line))
		} catch (error) {
			await release(taker, path)
			throw error
		}
		await sweepGuards(taker, path)
		return true
	} finally {
		await release(taker, guard)
	}
}

/** Whether the file is there by our doing. */
async function create({ storage, line }: Taker, path: string): Promise<boolean> {
	try {
		await storage.createFile(path, encode(line))
	} catch (error) {
		// ENOENT: the holder swept what is temporary, ours among it.
		if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false
		throw error
	}
	try {
		return (await readLine(storage, path)) === line
	} catch (error) {
		await storage.unlink(path).catch(() => undefined)
		throw error
	}
}

/** Never rejects. Somebody who took us for dead may hold it now: then it is left alone. */
async function release({ storage, line }: Taker, path: string): Promise<void> {
	await outcomeOf(async () => {
		if ((await readLine(storage, path)) === line) await storage.unlink(path)
	})
}

/** What takers that died left; never rejects. The lock at `path` is ours. */
async function sweepGuards({ storage, stateDirectory }: Taker, path: string): Promise<void> {
	await outcomeOf(async () => {
		for (const name of await storage.list(stateDirectory)) {
			const found = `${stateDirectory}/${name}`
			if (found.startsWith(`${path}.`) && !name.endsWith('.tmp')) await storage.unlink(found)
		}
	})
}

async function refuseWhileRunning(processes: ProcessTable, line: string): Promise<void> {
	const [, pid, start] = /^(\d{1,10}) (\S+)\n$/.exec(line) ?? []
	// Cut off or damaged: nobody holds a lock whose line was not written whole.
	if (pid === undefined || start === undefined) return
	if ((await processes.startOf(Number(pid))) !== start) return
	throw systemError('locked', `this torrent is open in process ${pid}`)
}

async function lineOf(processes: ProcessTable): Promise<string> {
	return `${processes.pid} ${(await processes.startOf(processes.pid)) ?? 'unknown'}\n`
}

async function readLine(storage: Storage, path: string): Promise<string | undefined> {
	const bytes = await storage.readFile(path, limitBytes)
	return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

function keyOf(line: string): string {
	return crc32c(encode(line)).toString(16).padStart(8, '0')
}

function encode(line: string): Uint8Array {
	return new TextEncoder().encode(line)
}
