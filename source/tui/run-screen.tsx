// The full-screen session from the first frame to the terminal given back.
import { render } from 'ink'
import type { Engine } from '../engine/api.ts'
import { safeText } from '../protocol/safe-text.ts'
import { App } from './app.tsx'
import { createCell } from './cell.ts'
import { createDeferred } from './deferred.ts'
import { createController } from './controller.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { SessionContext } from './hooks.ts'
import type { SessionEnd } from './session-end.ts'
import { createEngineStore, type EngineStore } from './store.ts'
import type { Ending } from './terminal/endings.ts'
import { createInkStdout } from './terminal/ink-stdout.ts'
import { copySequence } from './terminal/osc.ts'
import { openScreen, type ScreenStreams } from './terminal/screen.ts'
import { createTheme } from './theme.ts'
import { createView } from './view.ts'

export type ScreenOptions = Partial<ScreenStreams> & {
	readonly engine: Engine
	/** Shown until the engine tells the name; safe for a terminal. */
	readonly title: string
	/** Of the practice swarm that is shown. */
	readonly scenario?: string | undefined
	/** Snapshots a second at the start. */
	readonly fps: number
	readonly color: boolean
	readonly ascii: boolean
	/** Whether to stop when the download is complete. */
	readonly untilComplete?: boolean
	/** How long the engine may take to say goodbye, in ms of the machine's clock. */
	readonly stopTimeoutMs?: number
	/** Called when the terminal is given back while the engine still says goodbye. */
	readonly onLeaving?: () => void
}

/** Runs the screen until the user, a signal or the engine ends it; the terminal is as before when it resolves. */
export async function runScreen(options: ScreenOptions): Promise<SessionEnd> {
	const { engine, fps } = options
	const streams = { stdin: options.stdin ?? process.stdin, stdout: options.stdout ?? process.stdout }
	const ended = createDeferred<SessionEnd['reason']>()
	const store = createEngineStore(engine)
	const view = createCell(createView(streams.stdout.columns || 80, streams.stdout.rows || 24, fps))
	const screen = openScreen(streams, {
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
	})
	store.onSnapshot(() => setImmediate(() => screen.whenTaken(() => engine.send({ type: 'acknowledge' }))))
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
	const session = { engine: store, view, theme: createTheme(options), title, scenario }
	const onCrash = (error: unknown) => ended.resolve({ type: 'crashed', stack: stackOf(error) })
	const instance = render(
		<SessionContext value={session}>
			<ErrorBoundary onError={onCrash}>
				<App onKey={controller.handleKey} />
			</ErrorBoundary>
		</SessionContext>,
		{
			stdout: ink.stream,
			stdin: streams.stdin,
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
	instance.unmount()
	await screen.leave()
	const stopped = await sayGoodbye(options, store, reason)
	return { reason, summary: store.get().slices.summary, stopped }
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
