// Runs an engine to its end in the output that fits: full screen, plain lines or JSON. Shared by a real
// torrent and the practice swarm.
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Engine, TimedEvent } from '../engine/api.ts'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure, type ExitCode, exitCodes } from '../exit-code.ts'
import type { OutputOptions } from '../options.ts'
import { safeText } from '../protocol/safe-text.ts'
import { eventWords } from '../tui/event-words.ts'
import { runJson } from '../tui/json.ts'
import { runPlain } from '../tui/plain.ts'
import { type SessionEnd, summaryLines } from '../tui/session-end.ts'

export type RunOptions = {
	readonly engine: Engine
	readonly output: OutputOptions
	readonly title: string
	/** undefined: leave when complete, except on the full screen. */
	readonly seed: boolean | undefined
	readonly timeoutS: number | undefined
}

type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM'
const stopSignals: readonly StopSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM']

/** Resolves with the exit code after the last line was written. */
export async function runEngine(options: RunOptions): Promise<ExitCode> {
	const log = await openLog(options.output.log)
	const engine = log === undefined ? options.engine : logged(options.engine, log)
	const onScreen = options.output.mode === 'auto' && process.stdout.isTTY && process.stdin.isTTY
	const end = onScreen ? await runOnScreen({ ...options, engine }) : await runInLines({ ...options, engine })
	if (!end.stopped) await engine.terminate()
	if (log !== undefined) {
		log.end()
		await once(log, 'close')
	}
	return exitCodeOf(end, options.timeoutS)
}

async function runInLines({ engine, output, seed, timeoutS }: RunOptions): Promise<SessionEnd> {
	const abort = new AbortController()
	const timer = timeoutS === undefined ? undefined : setTimeout(() => abort.abort('timeout'), timeoutS * 1000)
	const onSignal = (signal: StopSignal) => {
		// The second one does not wait for anything.
		if (abort.signal.aborted) process.exit(exitCodes[signal])
		abort.abort(signal)
	}
	for (const signal of stopSignals) process.on(signal, onSignal)
	// A reader that went away (`| head`) is the end, and no error.
	process.stdout.on('error', () => abort.abort('SIGHUP'))
	const write = (line: string) => void process.stdout.write(`${line}\n`)
	const run = output.mode === 'json' ? runJson : runPlain
	const end = await run({ engine, write, untilComplete: seed !== true, signal: abort.signal })
	clearTimeout(timer)
	for (const signal of stopSignals) process.off(signal, onSignal)
	if (output.mode !== 'json' && end.reason.type === 'refused') complain(end.reason.message)
	return end
}

async function runOnScreen({ engine, output, seed, timeoutS, title }: RunOptions): Promise<SessionEnd> {
	// chalk asks for colours while it is loaded, and knows nothing of NO_COLOR.
	const color = output.color && (process.env['NO_COLOR'] ?? '') === ''
	if (!color) process.env['FORCE_COLOR'] = '0'
	const { runScreen } = await import('../tui/run-screen.tsx')
	const timer =
		timeoutS === undefined
			? undefined
			: setTimeout(() => process.kill(process.pid, 'SIGTERM'), timeoutS * 1000)
	const end = await runScreen({
		engine,
		title,
		fps: output.fps ?? (isRemote() ? 4 : 10),
		color,
		ascii: output.ascii || !isUnicode(),
		untilComplete: seed === false,
	})
	clearTimeout(timer)
	if (end.reason.type === 'refused') complain(end.reason.message)
	else for (const line of summaryLines(end)) process.stdout.write(`${line}\n`)
	return end
}

function exitCodeOf({ reason, summary }: SessionEnd, timeoutS: number | undefined): ExitCode {
	const complete =
		summary !== undefined && summary.wantedBytes > 0 && summary.completedBytes >= summary.wantedBytes
	switch (reason.type) {
		case 'complete':
			return exitCodes.complete
		case 'quit':
		case 'stopped':
			return complete ? exitCodes.complete : exitCodes.notComplete
		case 'terminalGone':
			return exitCodes.SIGHUP
		case 'signal':
			if (reason.signal === 'timeout') return complete ? exitCodes.complete : exitCodes.notComplete
			if (reason.signal === 'SIGTERM' && timeoutS !== undefined && !complete && summary === undefined)
				return exitCodes.notComplete
			return exitCodes[reason.signal as StopSignal]
		case 'crashed':
			return exitCodes.fault
		case 'refused':
			return refusedCodes[reason.code]
	}
}

const refusedCodes = {
	torrent: exitCodes.torrent,
	disk: exitCodes.disk,
	locked: exitCodes.disk,
	port: exitCodes.usage,
	usage: exitCodes.usage,
} as const

/** One line on stderr. */
export function complain(message: string): void {
	process.stderr.write(`swarmscope: ${safeText(message)}\n`)
}

async function openLog(path: string | undefined): Promise<WriteStream | undefined> {
	if (path === undefined) return undefined
	const log = createWriteStream(path, { flags: 'a', mode: 0o600 })
	try {
		await once(log, 'open')
	} catch (error) {
		throw new CommandFailure(
			exitCodes.disk,
			`--log: expected a file that can be written, got ${path} (${errorCode(error)})`,
		)
	}
	// A log that cannot be written any more (disk full) is no reason to stop.
	log.on('error', () => undefined)
	return log
}

/** The same engine, with each event also written as a line. */
function logged(engine: Engine, log: WriteStream): Engine {
	return {
		...engine,
		listen: listener =>
			engine.listen(update => {
				if (update.type === 'events') for (const event of update.events) log.write(logLine(event))
				listener(update)
			}),
	}
}

function logLine(event: TimedEvent): string {
	return `${new Date(event.wallTime).toISOString()} ${eventWords(event)}\n`
}

function isRemote(): boolean {
	return process.env['SSH_CONNECTION'] !== undefined || process.env['SSH_TTY'] !== undefined
}

function isUnicode(): boolean {
	const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || ''
	return process.platform === 'darwin' || process.platform === 'win32' || /utf-?8/iu.test(locale)
}
