// An engine that is not there yet: commands wait for it, so that a screen can be drawn meanwhile.
import type { Command, Engine } from './api.ts'
import { createMailbox } from './mailbox.ts'

/** Stands for the engine that `starting` promises; a promise that is broken is a crash. */
export function pendingEngine(starting: Promise<Engine>): Engine {
	const mailbox = createMailbox()
	const waiting: Command[] = []
	let engine: Engine | undefined
	const started = starting.then(
		found => {
			engine = found
			found.listen(update => mailbox.post(update))
			for (const command of waiting.splice(0)) found.send(command)
		},
		(error: unknown) => {
			const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
			mailbox.post({ type: 'crashed', stack })
		},
	)
	return {
		send(command) {
			if (engine === undefined) waiting.push(command)
			else engine.send(command)
		},
		listen: listener => mailbox.listen(listener),
		async terminate() {
			await started
			await engine?.terminate()
		},
	}
}
