// A session without a screen: prints the summary once a second and the events, and ends when the torrent is
// complete, the time is up, the disk fails, the engine stops or the caller aborts. What the lines look like is
// up to plain.ts and json.ts.
import type { Command, Engine, TimedEvent, Update } from '../engine/api.ts'
import type { Teaching } from '../inspect/lesson.ts'
import { type LessonWatch, type Said, watchLessons } from '../inspect/lesson-watch.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
import { createDeferred } from './deferred.ts'
import type { SessionEnd } from './session-end.ts'

export type LineOptions = {
	readonly engine: Engine
	/** Takes what there is to say at a moment, at least one line, without line feeds: a download says thousands. */
	readonly write: (lines: readonly string[]) => void
	/** Whether to stop when the download is complete, and when the disk takes nothing more of it. */
	readonly untilComplete: boolean
	/** Aborted to stop: the reason should be the name of the signal. */
	readonly signal?: AbortSignal
	/** Gives up when the download is not complete by then, in ms of the machine's clock. */
	readonly timeoutMs?: number | undefined
	/** How long the engine may take to say goodbye, in ms of the machine's clock. */
	readonly stopTimeoutMs?: number
	/** What a practice swarm teaches. */
	readonly teaching?: Teaching | undefined
	/** Lines that belong before the last words, when the engine is gone. */
	readonly beforeEnd?: ((end: SessionEnd) => Promise<readonly string[]>) | undefined
}

export type LineFormat = {
	/** Lines for a summary; asked once a second, also when it has not moved. */
	readonly progress: (summary: SummarySlice) => readonly string[]
	readonly event: (event: TimedEvent) => readonly string[]
	readonly lesson: (said: Said) => readonly string[]
	readonly end: (end: SessionEnd) => readonly string[]
}

/** A little over the second after which a snapshot comes, so as not to repeat what it replaces. */
const repeatMs = 1100

/** Lessons need to see more than a line tells. */
const lessonWireRows = 2000

function startCommands(lessons: LessonWatch | undefined): readonly Command[] {
	const needs = lessons?.needs() ?? []
	const wireRows = needs.includes('wire') ? lessonWireRows : 0
	return [
		{ type: 'watch', slices: [...new Set(['summary' as const, ...needs])], wireRows, wirePeer: undefined },
		{ type: 'setRate', snapshotsPerSecond: 1 },
	]
}

/** Runs until the end; resolves after the last line. */
export function runLines(options: LineOptions, format: LineFormat): Promise<SessionEnd> {
	return new LineSession(options, format).run()
}

class LineSession {
	readonly #options: LineOptions
	readonly #format: LineFormat
	readonly #gone = createDeferred<undefined>()
	readonly #lessons: LessonWatch | undefined
	#summary: SummarySlice | undefined
	#repeat: ReturnType<typeof setTimeout> | undefined
	#completed = false
	#reason: SessionEnd['reason'] | undefined
	#stopped = false

	constructor(options: LineOptions, format: LineFormat) {
		this.#options = options
		this.#format = format
		this.#lessons = options.teaching === undefined ? undefined : watchLessons(options.teaching)
	}

	async run(): Promise<SessionEnd> {
		const { engine, signal, timeoutMs } = this.#options
		const onAbort = () => this.#stop({ type: 'signal', signal: String(signal?.reason) })
		engine.listen(update => this.#take(update))
		for (const command of startCommands(this.#lessons)) engine.send(command)
		if (signal?.aborted === true) onAbort()
		signal?.addEventListener('abort', onAbort)
		const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#giveUp(), timeoutMs)
		await this.#gone.promise
		clearTimeout(this.#repeat)
		clearTimeout(timer)
		signal?.removeEventListener('abort', onAbort)
		const end: SessionEnd = {
			reason: this.#reason ?? { type: 'stopped' },
			summary: this.#summary,
			stopped: this.#stopped,
		}
		this.#teach()
		this.#write((await this.#options.beforeEnd?.(end)) ?? [])
		this.#write(this.#format.end(end))
		return end
	}

	#take(update: Update): void {
		switch (update.type) {
			case 'snapshot':
				this.#options.engine.send({ type: 'acknowledge' })
				this.#lessons?.see(update.slices)
				if (update.slices.summary !== undefined) this.#takeSummary(update.slices.summary)
				this.#teach()
				return
			case 'events':
				this.#lessons?.hear(update.events.map(({ event }) => event))
				this.#write(update.events.flatMap(this.#format.event))
				for (const event of update.events) this.#takeEvent(event)
				this.#teach()
				return
			case 'inspected':
			case 'metainfo':
				return
			case 'refused':
				this.#finish({ type: 'refused', code: update.code, message: safeText(update.message) })
				return
			case 'crashed':
				// Whatever we were about to end with: this is how it ended.
				this.#reason = { type: 'crashed', stack: update.stack }
				this.#gone.resolve(undefined)
				return
			case 'stopped':
				this.#stopped = true
				this.#finish({ type: 'stopped' })
		}
	}

	#takeSummary(summary: SummarySlice): void {
		this.#summary = summary
		if (this.#reason === undefined) this.#printProgress(summary)
		// A state, not a count of bytes: what is complete has been written and claimed.
		if (summary.state === 'complete' || summary.state === 'seeding') this.#complete()
	}

	#takeEvent({ event }: TimedEvent): void {
		// The last block ends the session at once, not at the next snapshot.
		if (event.type === 'stateChanged' && (event.state === 'seeding' || event.state === 'complete'))
			this.#complete()
		if (event.type === 'diskStopped' && this.#options.untilComplete)
			this.#stop({ type: 'disk', message: diskSentence(event.error) })
	}

	#complete(): void {
		this.#completed = true
		if (this.#options.untilComplete) this.#stop({ type: 'complete' })
	}

	#giveUp(): void {
		if (!this.#completed) this.#stop({ type: 'timeout' })
	}

	#stop(why: SessionEnd['reason']): void {
		if (this.#reason !== undefined) return
		this.#reason = why
		setTimeout(() => this.#gone.resolve(undefined), this.#options.stopTimeoutMs ?? 5000).unref()
		this.#options.engine.send({ type: 'stop' })
	}

	#finish(why: SessionEnd['reason']): void {
		this.#reason ??= why
		this.#gone.resolve(undefined)
	}

	// Snapshots come when something moves; who reads the lines hears of standstill, too.
	#printProgress(summary: SummarySlice): void {
		clearTimeout(this.#repeat)
		this.#repeat = setTimeout(() => {
			if (this.#reason === undefined) this.#printProgress(summary)
		}, repeatMs)
		this.#write(this.#format.progress(summary))
	}

	/** Everything whose moment has come. */
	#teach(): void {
		for (let said = this.#lessons?.next(); said !== undefined; said = this.#lessons?.next())
			this.#write(this.#format.lesson(said))
	}

	#write(lines: readonly string[]): void {
		if (lines.length > 0) this.#options.write(lines)
	}
}

function diskSentence(code: string): SafeText {
	const words: Readonly<Record<string, string>> = {
		ENOSPC: 'is full',
		EDQUOT: 'is full',
		EROFS: 'is read-only',
	}
	if (code === 'ESTALE') {
		return safeText(
			`files were taken away or replaced while they were downloaded (${code}); --recheck goes on with what is there`,
		)
	}
	const what = words[code] ?? 'cannot be written'
	return safeText(`the disk ${what} (${code}); what has arrived is kept: start again to go on`)
}
