// Runs an engine to its end in the output that fits: full screen, plain lines or JSON. Shared by a real
// torrent and the practice swarm.
import type { Engine } from '../engine/api.ts'
import type { ExitCode } from '../exit-code.ts'
import type { OutputOptions } from '../options.ts'
import { runJson } from '../tui/json.ts'
import { runPlain } from '../tui/plain.ts'
import type { PracticeOffer } from '../tui/scenario-choice.ts'
import { failureLines, isWhole, type SessionEnd, summaryLines } from '../tui/session-end.ts'
import { complain } from './complain.ts'
import { type EventLog, logged, openLog } from './event-log.ts'
import { readPreferences, savePreferences } from './preference-file.ts'
import { sessionExitCode, signalExitCode } from './session-exit-code.ts'
import { defaultStateDirectory } from './state-directory.ts'
import { terminalTraits } from './terminal-traits.ts'

export type RunOptions = {
	readonly engine: Engine
	readonly output: OutputOptions
	/** What the torrent was called when it was asked for. */
	readonly title: string
	/** Where the content lies, and stays. */
	readonly place?: string | undefined
	/** Of a practice swarm. */
	readonly scenario?: string | undefined
	/** What it teaches, and which others there are. */
	readonly practice?: PracticeOffer | undefined
	/** undefined: leave when complete, except on the full screen. */
	readonly seed: boolean | undefined
	readonly timeoutS: number | undefined
	/** Lines that belong before the last ones of a session without a screen. */
	readonly beforeEnd?: ((end: SessionEnd) => Promise<readonly string[]>) | undefined
}

const stopSignals: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGTERM']
/** The engine may take so long to say goodbye; gone within five seconds of the signal (threats S8). */
const stopTimeoutMs = 4500

/** Resolves with the exit code after the last line was written. */
export async function runEngine(options: RunOptions): Promise<ExitCode> {
	return sessionExitCode(await runSession(options))
}

/** As runEngine, for who has to know how it ended. */
export async function runSession(options: RunOptions): Promise<SessionEnd> {
	const log = await openLogOf(options)
	const engine = log === undefined ? options.engine : logged(options.engine, log)
	const end = isOnScreen(options.output)
		? await runOnScreen({ ...options, engine })
		: await runInLines({ ...options, engine })
	if (!end.stopped) await engine.terminate()
	await log?.close()
	const isTorrent = end.reason.type === 'refused' && end.reason.code === 'torrent'
	for (const line of failureLines(end)) {
		if (end.reason.type === 'crashed') process.stderr.write(`${line}\n`)
		else complain(isTorrent ? `${options.title}: ${line}` : line)
	}
	return end
}

/** Whether a session fills a screen, or writes lines. */
export function isOnScreen({ mode }: OutputOptions): boolean {
	return mode === 'auto' && process.stdout.isTTY && process.stdin.isTTY
}

async function openLogOf({ engine, output }: RunOptions): Promise<EventLog | undefined> {
	try {
		return await openLog(output.log)
	} catch (error) {
		await engine.terminate()
		throw error
	}
}

async function runInLines(options: RunOptions): Promise<SessionEnd> {
	const { engine, output, seed, timeoutS, beforeEnd, practice, place } = options
	const abort = new AbortController()
	const onSignal = (signal: NodeJS.Signals) => {
		// The second one does not wait for anything.
		if (abort.signal.aborted) process.exit(signalExitCode(signal))
		abort.abort(signal)
	}
	for (const signal of stopSignals) process.on(signal, onSignal)
	// A reader that went away (`| head`) is the end, and no error.
	process.stdout.on('error', () => abort.abort('SIGHUP'))
	const run = output.mode === 'json' ? runJson : runPlain
	const end = await run({
		engine,
		write: lines => void process.stdout.write(`${lines.join('\n')}\n`),
		untilComplete: seed !== true,
		signal: abort.signal,
		timeoutMs: timeoutS === undefined ? undefined : timeoutS * 1000,
		stopTimeoutMs,
		beforeEnd,
		teaching: practice?.teaching,
		place,
	})
	for (const signal of stopSignals) process.off(signal, onSignal)
	return end
}

async function runOnScreen({
	engine,
	output,
	seed,
	timeoutS,
	title,
	scenario,
	practice,
	place,
}: RunOptions): Promise<SessionEnd> {
	// chalk asks for colours while it is loaded, and knows nothing of NO_COLOR.
	const color = output.color && (process.env['NO_COLOR'] ?? '') === ''
	if (!color) process.env['FORCE_COLOR'] = '0'
	const { runScreen } = await import('../tui/run-screen.tsx')
	const directory = defaultStateDirectory(process.platform, process.env)
	const found = await readPreferences(directory)
	const watched = watchCompletion(engine)
	const time = { isUp: false }
	const giveUp = () => {
		if (watched.isComplete()) return
		time.isUp = true
		engine.send({ type: 'stop' })
	}
	const timer = timeoutS === undefined ? undefined : setTimeout(giveUp, timeoutS * 1000)
	const end = await runScreen({
		engine: watched.engine,
		title,
		scenario,
		practice,
		fps: output.fps ?? found.preferences.snapshotsPerSecond ?? (isRemote() ? 4 : 10),
		color,
		ascii: output.ascii || !isUnicode(),
		...terminalTraits(process.env),
		memory: { ...found, save: preferences => savePreferences(directory, preferences) },
		untilComplete: seed === false,
		tell: output.tell,
		stopTimeoutMs,
	})
	clearTimeout(timer)
	for (const line of summaryLines(end, place)) process.stdout.write(`${line}\n`)
	return time.isUp && end.reason.type === 'stopped' ? { ...end, reason: { type: 'timeout' } } : end
}

/** The same engine, with an ear on whether everything that was chosen is here. */
function watchCompletion(engine: Engine): { readonly engine: Engine; readonly isComplete: () => boolean } {
	let complete = false
	const listen: Engine['listen'] = listener =>
		engine.listen(update => {
			if (update.type === 'snapshot') complete ||= isWhole(update.slices.summary)
			listener(update)
		})
	return { engine: { ...engine, listen }, isComplete: () => complete }
}

function isRemote(): boolean {
	return process.env['SSH_CONNECTION'] !== undefined || process.env['SSH_TTY'] !== undefined
}

function isUnicode(): boolean {
	const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || ''
	return process.platform === 'darwin' || process.platform === 'win32' || /utf-?8/iu.test(locale)
}
