// Runs a client under measure.py, which hands signals on and writes down what the client cost.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, freemem, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('measure.py', import.meta.url))

/** What one whole run of a client cost, from its start to its end. */
export interface Cost {
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
 * Touches and frees as much memory as a run will use, and empties the queue of dirty pages: a virtual machine that
 * gave its memory back to the host pays for it again on first use, at random.
 */
export function settleMemory(bytes: number): void {
	execFileSync('sync')
	execFileSync(python, [script, '--fill', String(Math.floor(Math.min(bytes, freemem() * 0.6)))])
}

/** The machine and what else was going on, in one line. */
export function describeMachine(): string {
	const gibibytes = Math.round(totalmem() / 2 ** 30)
	const load = loadavg()[0] ?? 0
	return `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown CPU'}, ${gibibytes} GiB, Linux ${release()}, Node ${process.versions.node}, load before the runs ${load.toFixed(2)}`
}
