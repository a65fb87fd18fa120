// The screen's side of the port: an engine in a worker thread, or in this thread behind the same messages.
import { MessageChannel, Worker } from 'node:worker_threads'
import type { Engine, TorrentOptions, Update } from './api.ts'
import { hostEngine } from './host.ts'
import { createNodeEnvironment } from './node-environment.ts'

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

/** An engine in this thread. A fault of it is an uncaught exception of this thread. */
export function startInlineEngine(options: TorrentOptions): Engine {
	const { port1: ours, port2: theirs } = new MessageChannel()
	const mailbox = createMailbox()
	hostEngine(theirs, createNodeEnvironment, () => setImmediate(() => ours.close()))
	ours.on('message', (update: Update) => mailbox.post(update))
	ours.postMessage({ type: 'start', options })
	return {
		send: command => ours.postMessage(command),
		listen: listener => mailbox.listen(listener),
		terminate: async () => {
			ours.close()
			await Promise.resolve()
		},
	}
}

/** Keeps updates until somebody listens. A crash is told once. */
function createMailbox(): { post(update: Update): void; listen(listener: (update: Update) => void): void } {
	const waiting: Update[] = []
	let listener: ((update: Update) => void) | undefined
	let crashed = false
	return {
		post(update) {
			if (crashed) return
			crashed = update.type === 'crashed'
			if (listener === undefined) waiting.push(update)
			else listener(update)
		},
		listen(next) {
			listener = next
			for (const update of waiting.splice(0)) next(update)
		},
	}
}
