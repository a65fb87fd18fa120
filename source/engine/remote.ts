// The screen's side of the port: an engine in a worker thread. For one in this thread see inline.ts.
import { Worker } from 'node:worker_threads'
import type { Engine, TorrentOptions, Update } from './api.ts'
import { createMailbox } from './mailbox.ts'

/** An engine in a worker thread of its own; `worker` is the built dist/worker.js. */
export function startWorkerEngine(worker: URL, options: TorrentOptions): Engine {
	const thread = new Worker(worker, { stdout: false, stderr: false })
	const mailbox = createMailbox()
	let over = false
	thread.on('message', (update: Update) => {
		over ||= update.type === 'stopped' || update.type === 'refused'
		mailbox.post(update)
	})
	thread.on('error', error => mailbox.post({ type: 'crashed', stack: error.stack ?? String(error) }))
	thread.on('exit', code => {
		if (!over) mailbox.post({ type: 'crashed', stack: `the engine's thread ended with code ${code}` })
	})
	thread.postMessage({ type: 'start', options })
	return {
		send: command => thread.postMessage(command),
		listen: listener => mailbox.listen(listener),
		terminate: async () => {
			over = true
			await thread.terminate()
		},
	}
}
