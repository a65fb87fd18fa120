// --log FILE: what happens, one line an event, added to the end of the file. A log that cannot be written any
// more (disk full) does not stop a download.
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Engine, TimedEvent } from '../engine/api.ts'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure, exitCodes } from '../exit-code.ts'
import { eventWords } from '../tui/event-words.ts'
import { complain } from './complain.ts'

export type EventLog = {
	/** Lines without line feeds, at least one. */
	write(lines: readonly string[]): void
	/** Resolves when everything is on its way to the disk. Says in one line on stderr when something is missing. */
	close(): Promise<void>
}

/** Throws a CommandFailure with exit code 4 for what cannot be written. */
export async function openLog(path: string | undefined): Promise<EventLog | undefined> {
	if (path === undefined) return undefined
	const file = createWriteStream(path, { flags: 'a', mode: 0o600 })
	try {
		await once(file, 'open')
	} catch (error) {
		const got = errorCode(error) === 'EISDIR' ? 'a directory' : errorCode(error)
		throw new CommandFailure(
			exitCodes.disk,
			`--log: expected a file that can be written, got ${path}: ${got}`,
		)
	}
	let failure: string | undefined
	file.on('error', error => {
		failure ??= errorCode(error)
	})
	return {
		write: lines => void file.write(`${lines.join('\n')}\n`),
		close: async () => {
			if (!file.closed)
				await new Promise<void>(resolve => {
					file.once('close', resolve)
					file.end()
				})
			if (failure !== undefined) complain(`--log: lines are missing in ${path}: ${failure}`)
		},
	}
}

/** The same engine, with each event also written as a line. */
export function logged(engine: Engine, log: EventLog): Engine {
	return {
		...engine,
		listen: listener =>
			engine.listen(update => {
				if (update.type === 'events') log.write(update.events.map(logLine))
				listener(update)
			}),
	}
}

function logLine(event: TimedEvent): string {
	return `${new Date(event.wallTime).toISOString()} ${eventWords(event)}`
}
