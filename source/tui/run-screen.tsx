// The full-screen session from the first frame to the terminal given back.
import { render } from 'ink'
import type { Engine } from '../engine/api.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import { App } from './app.tsx'
import { createCell } from './cell.ts'
import { createDeferred } from './deferred.ts'
import { createController } from './controller.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { SessionContext } from './hooks.ts'
import { createLessonDesk } from './lesson-desk.ts'
import { defaultPreferences, type Preferences } from './preferences.ts'
import { rememberPreferences } from './remembering.ts'
import type { PracticeOffer } from './scenario-choice.ts'
import type { SessionEnd } from './session-end.ts'
import { createEngineStore, type EngineStore } from './store.ts'
import type { Ending } from './terminal/endings.ts'
import { createInkStdin } from './terminal/ink-stdin.ts'
import { createInkStdout } from './terminal/ink-stdout.ts'
import { copySequence } from './terminal/osc.ts'
import { openScreen, type ScreenStreams } from './terminal/screen.ts'
import { createTeller, tellNothing, type TellOptions } from './telling.ts'
import { createTheme } from './theme.ts'
import { createThemes } from './themes.ts'
import { createView, type ViewState } from './view.ts'

export type ScreenMemory = {
	readonly preferences: Preferences
	/** Why they are not those of the last run. */
	readonly problem: SafeText | undefined
	/** Resolves with what went wrong, if anything did. */
	readonly save: (preferences: Preferences) => Promise<SafeText | undefined>
}

export type ScreenOptions = Partial<ScreenStreams> & {
	readonly engine: Engine
	/** Shown until the engine tells the name; safe for a terminal. */
	readonly title: string
	/** Of the practice swarm that is shown. */
	readonly scenario?: string | undefined
	/** What it teaches, and which others there are. */
	readonly practice?: PracticeOffer | undefined
	/** Snapshots a second at the start. */
	readonly fps: number
	readonly color: boolean
	readonly ascii: boolean
	/** Whether dark letters stand on a light ground, and whether there are more than 16 colours. */
	readonly light?: boolean
	readonly rich?: boolean
	/** What is remembered from the last run, and how to remember it for the next. */
	readonly memory?: ScreenMemory
	/** What the terminal is told beside the screen. */
	readonly tell?: TellOptions
	/** Whether to stop when the download is complete. */
	readonly untilComplete?: boolean
	/** How long the engine may take to say goodbye, in ms of the machine's clock. */
	readonly stopTimeoutMs?: number
	/** Called when the terminal is given back while the engine still says goodbye. */
	readonly onLeaving?: () => void
}

/** Runs the screen until the user, a signal or the engine ends it; the terminal is as before when it resolves. */
export async function runScreen(options: ScreenOptions): Promise<SessionEnd> {
	const { fps, practice } = options
	const lessons = practice === undefined ? undefined : createLessonDesk(options.engine, practice.teaching)
	const engine = lessons?.engine ?? options.engine
	const streams = { stdin: options.stdin ?? process.stdin, stdout: options.stdout ?? process.stdout }
	const ended = createDeferred<SessionEnd['reason']>()
	const store = createEngineStore(engine)
	const { preferences, problem, save } = options.memory ?? noMemory
	const first = createView(streams.stdout.columns || 80, streams.stdout.rows || 24, fps)
	const { arrangement, themeName } = preferences
	const view = createCell<ViewState>({ ...first, arrangement, themeName })
	const note = (line: SafeText | undefined) => {
		if (line !== undefined) store.note(line, Date.now())
	}
	note(problem)
	const memory = rememberPreferences(view, preferences, async changed => note(await save(changed)))
	const teller = createTeller(options.tell ?? tellNothing, sequence => screen.emit(sequence))
	const screen = openScreen(streams, {
		extras: teller,
		onUp: () => teller.forget(),
		onEnding: ending => ended.resolve(reasonOf(ending)),
		onResize: size => view.change(state => ({ ...state, ...size })),
		onStrayLine: line => store.note(line, Date.now()),
	})
	const controller = createController({
		engine,
		store,
		view,
		onQuit: () => ended.resolve({ type: 'quit' }),
		onRepaint: () => screen.repaint(),
		onSuspend: () => screen.suspend(),
		onCopy: text => screen.emit(copySequence(text)),
		practice,
	})
	lessons?.open({ store, view })
	store.onSnapshot(() => {
		teller.update(store.latest().slices.summary)
		setImmediate(() => screen.whenTaken(() => engine.send({ type: 'acknowledge' })))
	})
	const checkEnd = () => {
		const reason = endOf(store, options.untilComplete ?? false)
		if (reason !== undefined) ended.resolve(reason)
	}
	store.subscribe(checkEnd)
	// The engine may have ended before anybody listened.
	checkEnd()
	const ink = createInkStdout(screen.size, frame => screen.show(frame))
	const { scenario } = options
	const title = safeText(options.title)
	const session = {
		engine: store,
		view,
		theme: createTheme(options),
		themes: createThemes(options),
		title,
		scenario,
		practice,
	}
	const onCrash = (error: unknown) => ended.resolve({ type: 'crashed', stack: stackOf(error) })
	const instance = render(
		<SessionContext value={session}>
			<ErrorBoundary onError={onCrash}>
				<App onKey={controller.handleKey} />
			</ErrorBoundary>
		</SessionContext>,
		{
			stdout: ink.stream,
			stdin: createInkStdin(streams.stdin, controller.handlePaste),
			onRender: ink.onRender,
			debug: true,
			exitOnCtrlC: false,
			patchConsole: false,
			// Sync updates of several panes then share one frame; a legacy root draws one for each.
			concurrent: true,
		},
	)
	// Ink ends by itself only when something of its own throws.
	instance.waitUntilExit().catch(onCrash)
	controller.update()
	const reason = await ended.promise
	lessons?.close()
	instance.unmount()
	await screen.leave()
	await memory.end()
	const stopped = await sayGoodbye(options, store, reason)
	return { reason, summary: store.get().slices.summary, stopped }
}

const noMemory: ScreenMemory = {
	preferences: defaultPreferences,
	problem: undefined,
	save: () => Promise.resolve(undefined),
}

function reasonOf(ending: Ending): SessionEnd['reason'] {
	switch (ending.type) {
		case 'signal':
			return { type: 'signal', signal: ending.signal }
		case 'crash':
			return { type: 'crashed', stack: stackOf(ending.error) }
		case 'terminalGone':
			return { type: 'terminalGone' }
	}
}

function endOf(store: EngineStore, untilComplete: boolean): SessionEnd['reason'] | undefined {
	const { end, slices } = store.get()
	if (end?.type === 'refused') return { type: 'refused', code: end.code, message: safeText(end.message) }
	if (end?.type === 'crashed') return { type: 'crashed', stack: end.stack }
	if (end?.type === 'stopped') return { type: 'stopped' }
	const state = slices.summary?.state
	return untilComplete && (state === 'complete' || state === 'seeding') ? { type: 'complete' } : undefined
}

/** Lets the engine tell the trackers and save; a second Ctrl-C does not wait for it. */
async function sayGoodbye(
	options: ScreenOptions,
	store: EngineStore,
	reason: SessionEnd['reason'],
): Promise<boolean> {
	if (store.get().end !== undefined) return store.get().end?.type === 'stopped'
	if (reason.type === 'crashed') return false
	options.onLeaving?.()
	const done = createDeferred<undefined>()
	const finish = () => done.resolve(undefined)
	store.freeze(false)
	store.onSnapshot(() => options.engine.send({ type: 'acknowledge' }))
	const unsubscribe = store.subscribe(() => {
		if (store.get().end !== undefined) finish()
	})
	const timer = setTimeout(finish, options.stopTimeoutMs ?? 5000)
	process.on('SIGINT', finish)
	options.engine.send({ type: 'stop' })
	await done.promise
	clearTimeout(timer)
	process.off('SIGINT', finish)
	unsubscribe()
	return store.get().end?.type === 'stopped'
}

function stackOf(error: unknown): string {
	return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
