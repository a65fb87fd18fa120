// One engine a torrent: a lock file per info hash (D16).
import type { InfoHash } from '../protocol/ids.ts'
import type { Outcome, Storage } from './environment.ts'

/** Who runs on this machine: pids are used again, so a process is its pid and its start. */
export type ProcessTable = {
	readonly pid: number
	/** When that process started, in any unit of the system; undefined when there is none. */
	startOf(pid: number): Promise<string | undefined>
}

export type Lock = { release(): Promise<void> }

/** Takes the lock, over from a process that is gone too; fails with code `locked` and who holds it. */
export declare function acquireLock(options: {
	readonly storage: Storage
	readonly processes: ProcessTable
	readonly stateDirectory: string
	readonly infoHash: InfoHash
}): Promise<Outcome<Lock>>
