// Beside the thread that fuzzes: when one input takes longer than the limit, it is written down and the
// process killed, since nothing else gets a word in while that thread spins.
import { writeFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const { buffer, limitMs, file } = workerData
const head = new Int32Array(buffer, 0, 2)
const bytes = new Uint8Array(buffer, 8)
let seen = -1
let since = performance.now()

setInterval(() => {
	const run = Atomics.load(head, 0)
	const now = performance.now()
	if (run !== seen || run === 0) {
		seen = run
		since = now
	} else if (now - since > limitMs) {
		writeFileSync(file, Buffer.from(bytes.subarray(0, Atomics.load(head, 1))).toString('hex'))
		process.kill(process.pid, 'SIGKILL')
	}
}, 100)
