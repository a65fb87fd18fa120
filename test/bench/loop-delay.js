// Loaded before a program (node --import) to watch the loop of each of its threads: keeps their delays as JSON in
// files of their own, named by SWARMSCOPE_LOOP_DELAY and the thread. A thread that is terminated runs no handler of
// its end, so the file is written anew four times a second.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'

const histogram = monitorEventLoopDelay({ resolution: 1 })
histogram.enable()

function write() {
	const ms = nanoseconds => nanoseconds / 1e6
	const delays = { p99Ms: ms(histogram.percentile(99)), maxMs: ms(histogram.max) }
	writeFileSync(`${process.env.SWARMSCOPE_LOOP_DELAY}.${threadId}`, JSON.stringify({ threadId, ...delays }))
}

setInterval(write, 250).unref()
process.on('exit', write)
