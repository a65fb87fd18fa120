// Runs a client under measure.py, which hands signals on and writes down what the client cost.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { sha256OfFile } from '../helpers/content.ts'

const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('measure.py', import.meta.url))

/** What one whole run of a client cost, from its start to its end. */
export interface Cost {
	/** Milliseconds since 1970. */
	readonly startedAt: number
	readonly wallSeconds: number
	readonly userSeconds: number
	readonly systemSeconds: number
	readonly peakRssBytes: number
	readonly peakPrivateBytes: number
	readonly exitCode: number
}

/** The words to put before a client's command so that its cost is written to `costFile`. */
export function measuring(costFile: string): readonly string[] {
	return [python, script, costFile, '--']
}

export function readCost(costFile: string): Cost {
	return JSON.parse(readFileSync(costFile, 'utf8')) as Cost
}

/**
 * Empties the queue of dirty pages and reads `content` into the page cache, so that each run begins alike. Memory is
 * deliberately not filled and freed before: on a virtual machine that hands free memory back to its host, that made
 * the page cache of the next run dearer and random (0.55 to 1.9 s of system time for 1 GiB), while pages that the
 * last download has just left behind are taken again at a steady price.
 */
export function settleDisk(content: string): void {
	execFileSync('sync')
	sha256OfFile(content)
}

/** The machine and what else was going on, in one line. */
export function describeMachine(): string {
	const gibibytes = Math.round(totalmem() / 2 ** 30)
	const load = loadavg()[0] ?? 0
	return `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown CPU'}, ${gibibytes} GiB, Linux ${release()}, Node ${process.versions.node}, load before the runs ${load.toFixed(2)}`
}
