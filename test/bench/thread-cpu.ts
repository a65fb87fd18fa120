// CPU time of a running process, thread by thread, in the kernel's nanoseconds: what the threads ran, however long
// they had to wait for a core that others used.
import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds since the process began; threads that have ended are not in it. */
export interface ThreadCpu {
	readonly mainMs: number
	readonly allMs: number
}

export function threadCpu(pid: number): ThreadCpu {
	const milliseconds = (thread: string) =>
		Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6
	const all = readdirSync(`/proc/${pid}/task`).map(milliseconds)
	return { mainMs: milliseconds(String(pid)), allMs: all.reduce((sum, one) => sum + one, 0) }
}
