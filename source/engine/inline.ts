// An engine in the screen's own thread, behind the same messages as one in a worker. Apart from remote.ts so
// that a program whose engine lives elsewhere does not load it.
import { MessageChannel } from 'node:worker_threads'
import type { Engine, TorrentOptions, Update } from './api.ts'
import { hostEngine } from './host.ts'
import { createMailbox } from './mailbox.ts'
import { createNodeEnvironment } from './node-environment.ts'

/** An engine in this thread. A fault of ours, whosever in this thread, is its end: nothing may go on after one. */
export function startInlineEngine(options: TorrentOptions): Engine {
	const { port1: ours, port2: theirs } = new MessageChannel()
	const mailbox = createMailbox()
	const onFault = (error: unknown) =>
		mailbox.post({
			type: 'crashed',
			stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
		})
	process.on('uncaughtException', onFault)
	hostEngine(theirs, createNodeEnvironment, () => undefined)
	ours.on('message', (update: Update) => {
		mailbox.post(update)
		// Not before the last word has come: a port that closes drops what is on its way.
		if (update.type !== 'stopped' && update.type !== 'refused') return
		process.off('uncaughtException', onFault)
		ours.close()
	})
	ours.postMessage({ type: 'start', options })
	return {
		send: command => ours.postMessage(command),
		listen: listener => mailbox.listen(listener),
		terminate: async () => {
			process.off('uncaughtException', onFault)
			ours.close()
			await Promise.resolve()
		},
	}
}
