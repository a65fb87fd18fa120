// The whole screen, drawn by Ink and written by the frame writer, driven quickly through sizes and views: it never
// throws, no row is longer than the terminal, and the terminal shows exactly the frame.
import fc from 'fast-check'
import { render } from 'ink'
import { PassThrough } from 'node:stream'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../source/practice/scenarios.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { App } from '../../source/tui/app.tsx'
import { createCell } from '../../source/tui/cell.ts'
import { createController } from '../../source/tui/controller.ts'
import { ErrorBoundary } from '../../source/tui/error-boundary.tsx'
import { SessionContext } from '../../source/tui/hooks.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { toCells } from '../../source/tui/terminal/cells.ts'
import { createFrameWriter } from '../../source/tui/terminal/frame-writer.ts'
import { createInkStdout } from '../../source/tui/terminal/ink-stdout.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createThemes } from '../../source/tui/themes.ts'
import { createView } from '../../source/tui/view.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'
import { createTerminal } from '../helpers/terminal.ts'

/** What may be on the screen, by the keys that open it. */
const views = {
	dashboard: '',
	trackers: '1',
	peers: '2j',
	pipeline: '3',
	pieces: '4jl',
	wire: '5',
	events: '6',
	files: '7',
	graphs: '8',
	dht: '9jj',
	dhtOpen: '9j\rGk\r',
	dhtFiltered: '9/node & bad\r',
	help: '?jj',
	inspector: '5\rjj',
	explained: '5\rj\r',
	filter: '2/down>1M & chok',
	filtered: '5/piece\r',
	command: ':limit down 2',
	completed: ':\t',
	question: '2x',
	refused: ':nothing\r',
	chooser: 'dj',
	lesson: '',
	frozen: ' ',
} as const
const closing = '\u001b'.repeat(6)

type View = keyof typeof views
type Step = { readonly columns: number; readonly rows: number; readonly view: View; readonly ticks: number }

const none = { upArrow: false, downArrow: false, pageUp: false, pageDown: false, home: false, end: false }
const noKey = { ...none, return: false, escape: false, tab: false, ctrl: false, shift: false }

function open(options: { readonly color: boolean; readonly ascii: boolean; readonly peers: number }) {
	const client = '漢字 ｆｕｌｌ a\u0301\u0301 very long name of a client'
	const engine = createFakeEngine({
		peers: options.peers,
		files: 7,
		pieces: 300,
		clients: ['Fake 1.0', client],
	})
	const store = createEngineStore(engine)
	const view = createCell(createView(80, 24, 10))
	const [teaching] = scenarios
	if (teaching === undefined) throw new Error('expected a scenario')
	const practice = { current: 'healthy', choices: scenarios, teaching, onChoose: () => undefined }
	const controller = createController({
		...{ engine, store, view, practice },
		onQuit: () => undefined,
		onRepaint: () => undefined,
		onSuspend: () => undefined,
		onCopy: () => true,
	})
	let frame = ''
	const thrown: unknown[] = []
	const ink = createInkStdout(
		() => view.get(),
		next => {
			frame = next
		},
	)
	const session = {
		...{ engine: store, view, theme: createTheme(options), themes: createThemes(options), practice },
		...{ title: safeText('demo'), scenario: 'healthy' },
	}
	const instance = render(
		<SessionContext value={session}>
			<ErrorBoundary onError={error => thrown.push(error)}>
				<App onKey={controller.handleKey} />
			</ErrorBoundary>
		</SessionContext>,
		{
			stdout: ink.stream,
			stdin: fakeStdin(),
			onRender: ink.onRender,
			...{ debug: true, exitOnCtrlC: false, patchConsole: false, concurrent: true },
		},
	)
	controller.update()
	const press = (keys: string) => {
		for (const key of keys) {
			// One at a time, as a terminal sends them; Esc is told apart by its flag.
			if (key === '\u001b') controller.handleKey('', { ...noKey, escape: true })
			else if (key === '\r') controller.handleKey('', { ...noKey, return: true })
			else if (key === '\t') controller.handleKey('', { ...noKey, tab: true })
			else controller.handleKey(key, noKey)
		}
	}
	return { engine, view, press, thrown, frame: () => frame, close: () => instance.unmount() }
}

/** As much of a terminal's input as Ink asks for. */
function fakeStdin(): NodeJS.ReadStream {
	const stream = Object.assign(new PassThrough(), {
		isTTY: true,
		setRawMode: () => undefined,
		ref: () => undefined,
		unref: () => undefined,
	})
	// All that Ink asks of it.
	return stream as unknown as NodeJS.ReadStream
}

async function settled(): Promise<void> {
	for (let round = 0; round < 4; round += 1) await new Promise(resolve => setImmediate(resolve))
}

const steps: fc.Arbitrary<Step> = fc.record({
	columns: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 24 })),
	rows: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 9 })),
	view: fc.constantFrom(...(Object.keys(views) as View[])), // the keys of a constant object
	ticks: fc.integer({ min: 0, max: 2 }),
})
const looks = fc.record({
	color: fc.boolean(),
	ascii: fc.boolean(),
	peers: fc.constantFrom(0, 1, 60),
})
const said = { kind: 'moment', place: 'peers', bep: 3, isPointing: true } as const

describe('the screen at any size', () => {
	it('keeps every row within the terminal on every view, and the terminal shows the frame', async () => {
		await fc.assert(
			fc.asyncProperty(looks, fc.array(steps, { minLength: 8, maxLength: 16 }), async (options, walk) => {
				const screen = open(options)
				const writer = createFrameWriter()
				const terminal = createTerminal(80, 24)
				try {
					for (const { columns, rows, view, ticks } of walk) {
						screen.press(closing)
						const lesson =
							view === 'lesson'
								? { ...said, text: safeText('Look: 漢字 at these rows. '.repeat(6)) }
								: undefined
						screen.view.change(state => ({ ...state, columns, rows, lesson, frozen: false }))
						for (let tick = 0; tick < ticks; tick += 1) screen.engine.tick(300)
						screen.press(views[view])
						await settled()

						expect(screen.thrown).toEqual([])
						const lines = screen.frame().split('\n')
						expect(lines.length).toBeLessThanOrEqual(rows)
						for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns)
						const bytes = writer.next(screen.frame(), { columns, rows })
						// The model has two columns at least.
						if (columns < 2) continue
						terminal.resize(columns, rows)
						writer.invalidate()
						await terminal.write(bytes + writer.next(screen.frame(), { columns, rows }))
						const wanted = Array.from({ length: rows }, (_, row) =>
							toCells(lines[row] ?? '', columns)
								.glyphs.join('')
								.trimEnd(),
						)
						expect(terminal.text()).toEqual(wanted)
					}
				} finally {
					screen.close()
				}
			}),
			{ numRuns: 12 },
		)
	}, 60_000)
})
