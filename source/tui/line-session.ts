// A session without a screen: reads the summary once a second and the events, and ends when the torrent is
// complete, the engine stops or the caller aborts. What the lines look like is up to plain.ts and json.ts.
import type { Command, Engine, TimedEvent, Update } from '../engine/api.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
import { createDeferred } from './deferred.ts'
import type { SessionEnd } from './session-end.ts'

export type LineOptions = {
	readonly engine: Engine
	/** Takes one line without its line feed. */
	readonly write: (line: string) => void
	/** Whether to stop when the download is complete. */
	readonly untilComplete: boolean
	/** Aborted to stop: the reason should be the name of the signal. */
	readonly signal?: AbortSignal
	/** How long the engine may take to say goodbye, in ms of the machine's clock. */
	readonly stopTimeoutMs?: number
}

export type LineFormat = {
	/** Lines for a summary; asked at most once a second. */
	readonly progress: (summary: SummarySlice) => readonly string[]
	readonly event: (event: TimedEvent) => readonly string[]
	readonly end: (end: SessionEnd) => readonly string[]
}

const startCommands: readonly Command[] = [
	{ type: 'watch', slices: ['summary'], wireRows: 0, wirePeer: undefined },
	{ type: 'setRate', snapshotsPerSecond: 1 },
]

/** Runs until the end; resolves after the last line. */
export async function runLines(options: LineOptions, format: LineFormat): Promise<SessionEnd> {
	const { engine, untilComplete, signal } = options
	const gone = createDeferred<undefined>()
	let summary: SummarySlice | undefined
	let reason: SessionEnd['reason'] | undefined
	let stopped = false

	const stop = (why: SessionEnd['reason']) => {
		if (reason !== undefined) return
		reason = why
		setTimeout(() => gone.resolve(undefined), options.stopTimeoutMs ?? 5000).unref()
		engine.send({ type: 'stop' })
	}
	const finish = (why: SessionEnd['reason']) => {
		reason ??= why
		gone.resolve(undefined)
	}
	const writeAll = (lines: readonly string[]) => {
		for (const line of lines) options.write(line)
	}
	const take = (update: Update) => {
		switch (update.type) {
			case 'snapshot':
				engine.send({ type: 'acknowledge' })
				if (update.slices.summary === undefined) return
				summary = update.slices.summary
				if (reason === undefined) writeAll(format.progress(summary))
				if (untilComplete && isComplete(summary)) stop({ type: 'complete' })
				return
			case 'events':
				for (const event of update.events) {
					writeAll(format.event(event))
					// The last block ends the session at once, not at the next snapshot.
					if (untilComplete && isCompletion(event)) stop({ type: 'complete' })
				}
				return
			case 'refused':
				finish({ type: 'refused', code: update.code, message: safeText(update.message) })
				return
			case 'crashed':
				finish({ type: 'crashed', stack: update.stack })
				return
			case 'stopped':
				stopped = true
				finish({ type: 'stopped' })
		}
	}
	const onAbort = () => stop({ type: 'signal', signal: String(signal?.reason) })

	engine.listen(take)
	for (const command of startCommands) engine.send(command)
	if (signal?.aborted === true) onAbort()
	signal?.addEventListener('abort', onAbort)
	await gone.promise
	signal?.removeEventListener('abort', onAbort)
	const end: SessionEnd = { reason: reason ?? { type: 'stopped' }, summary, stopped }
	writeAll(format.end(end))
	return end
}

function isCompletion({ event }: TimedEvent): boolean {
	return event.type === 'stateChanged' && (event.state === 'seeding' || event.state === 'complete')
}

/** Whether everything that was chosen is here. */
export function isComplete({ state }: SummarySlice): boolean {
	return state === 'complete' || state === 'seeding'
}
