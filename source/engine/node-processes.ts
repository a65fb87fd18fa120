// The processes of this machine, as far as a lock needs to know them.
import { readFile } from 'node:fs/promises'
import type { ProcessTable } from './environment.ts'
import { errorCode } from './world-failure.ts'

/** On Linux a start is the boot and the clock tick; elsewhere only whether the pid runs can be told. */
export function createNodeProcesses(): ProcessTable {
	return { pid: process.pid, startOf }
}

async function startOf(pid: number): Promise<string | undefined> {
	if (!isRunning(pid)) return undefined
	try {
		const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
		const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
		// From field 3 on: field 2 is a name in parentheses that may hold spaces and parentheses.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
		// What was killed and waits for its parent holds no lock any more.
		return fields[0] === 'Z' ? undefined : `${boot}:${fields[19] ?? ''}`
	} catch {
		return 'running'
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0)
		return true
	} catch (error) {
		return errorCode(error) === 'EPERM'
	}
}
