// One engine a torrent: a lock file per info hash names the process that holds it (D16). Pids are used again,
// so a process is its pid and its start; a lock whose process is gone is taken over.
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

const limitBytes = 256
const tries = 4

/** Takes the lock. Fails with code `locked` when a process that runs holds it, else with the system's error. */
export async function acquireLock(options: LockOptions): Promise<Outcome<Lock>> {
	const { storage, stateDirectory, infoHash } = options
	const path = statePath(stateDirectory, infoHash, 'lock')
	return await outcomeOf(async () => {
		await makeDirectories(storage, stateDirectory, 'private')
		const text = await lineOf(options.processes)
		await take(options, path, text)
		return {
			release: async () => {
				// Somebody who took us for dead may hold it now.
				await outcomeOf(async () => {
					if ((await readLine(storage, path)) === text) await storage.unlink(path)
				})
			},
		}
	})
}

async function take(options: LockOptions, path: string, text: string): Promise<void> {
	for (let left = tries; left > 0; left -= 1) {
		if (await create(options.storage, path, text)) return
		const held = await readLine(options.storage, path)
		if (held === undefined) continue
		const holder = await runningHolder(options.processes, held)
		if (holder !== undefined) {
			throw systemError('locked', `this torrent is open in process ${holder}`)
		}
		// Whoever else found it stale meanwhile has written a line of its own.
		if ((await readLine(options.storage, path)) === held) await options.storage.unlink(path)
	}
	throw systemError('locked', 'others try to open this torrent as well')
}

/** Whether the file is there by our doing, with our line in it. */
async function create(storage: Storage, path: string, text: string): Promise<boolean> {
	try {
		const handle = await storage.open(path, 'create', 'private')
		try {
			await handle.write(new TextEncoder().encode(text), 0)
		} finally {
			await handle.close()
		}
	} catch (error) {
		if (errorCode(error) === 'EEXIST') return false
		await storage.unlink(path).catch(() => undefined)
		throw error
	}
	return (await readLine(storage, path)) === text
}

async function runningHolder(processes: ProcessTable, line: string): Promise<number | undefined> {
	const [, pid, start] = /^(\d{1,10}) (\S+)\n$/.exec(line) ?? []
	// Cut off or damaged: nobody holds a lock whose line was not written whole.
	if (pid === undefined || start === undefined) return undefined
	return (await processes.startOf(Number(pid))) === start ? Number(pid) : undefined
}

async function lineOf(processes: ProcessTable): Promise<string> {
	return `${processes.pid} ${(await processes.startOf(processes.pid)) ?? 'unknown'}\n`
}

async function readLine(storage: Storage, path: string): Promise<string | undefined> {
	const bytes = await storage.readFile(path, limitBytes)
	return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}
