// Lets an engine live behind a message port: the first message starts it, commands follow, updates go back.
// The same code serves a worker thread and an engine in the screen's own thread.
import type { Command, TorrentOptions, Update } from './api.ts'
import { type RunningEngine, startEngine } from './engine.ts'
import type { Environment } from './environment.ts'

/** What goes from the screen to the engine. */
export type HostMessage = { readonly type: 'start'; readonly options: TorrentOptions } | Command

/** The two methods of a MessagePort that are needed. */
export type HostPort = {
	postMessage(message: Update): void
	on(event: 'message', listener: (message: HostMessage) => void): unknown
}

/** Serves one engine on `port` until it has stopped. */
export function hostEngine(
	port: HostPort,
	createEnvironment: (clockSpeed: number) => Environment,
	onStopped: () => void,
): void {
	let engine: RunningEngine | undefined
	const post = (update: Update) => {
		port.postMessage(update)
		if (update.type === 'stopped' || update.type === 'refused') onStopped()
	}
	port.on('message', message => {
		if (message.type === 'start')
			engine = startEngine(message.options, createEnvironment(message.options.clockSpeed), post)
		else engine?.command(message)
	})
}
