// Delays of this program's event loops, from a run of its own: the watching timer would add to a measured run.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const watcher = new URL('loop-delay.js', import.meta.url)

/** How late a timer of 1 ms came in one thread; thread 0 is the main one. */
export interface LoopDelay {
	readonly threadId: number
	readonly p99Ms: number
	readonly maxMs: number
}

/** The words to put before a command so that its threads keep their delays in `folder`, which is emptied. */
export function watchingLoops(folder: string): readonly string[] {
	rmSync(folder, { recursive: true, force: true })
	mkdirSync(folder)
	return [
		...['/usr/bin/env', `SWARMSCOPE_LOOP_DELAY=${join(folder, 'loop')}`],
		`NODE_OPTIONS=--import=${watcher.href}`,
	]
}

/** What the threads left in `folder`, by their numbers. */
export function readLoopDelays(folder: string): LoopDelay[] {
	return readdirSync(folder)
		.sort()
		.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as LoopDelay)
}
