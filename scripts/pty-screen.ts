// A program in a pseudo-terminal of its own: presses its keys, waits for what is wanted, and shows the cells of its
// screen as whole frames leave them.
import { setTimeout as wait } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { createTerminal } from '../test/helpers/terminal.ts'
import type { ScreenCells } from './screen-svg.ts'

export type Size = { readonly columns: number; readonly rows: number }

export type PtyScreen = {
	press(keys: string): void
	resize(size: Size): Promise<void>
	/** Resolves after a whole frame of which `isWanted` says yes. */
	until(what: string, isWanted: (lines: readonly string[]) => boolean): Promise<void>
	/** The screen as it is. */
	cells(): ScreenCells
	close(): Promise<void>
}

const patienceMs = 120_000
/** Ink draws otherwise where it sees a CI; colours and language are ours to choose. */
const leftOut =
	/^(?:CI|CI_.*|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|BUILD_NUMBER|RUN_ID|SSH_.*|NO_COLOR|FORCE_COLOR|LC_ALL|COLORFGBG|XDG_STATE_HOME)$/u

/** Starts `command`; `extra` is added to its environment. */
export function openScreen(
	command: readonly string[],
	{ columns, rows }: Size,
	extra: Readonly<Record<string, string>>,
): PtyScreen {
	const terminal = createTerminal(columns, rows)
	const [program = '', ...words] = command
	const pty = spawn(program, words, { cols: columns, rows, env: { ...environment(), ...extra } })
	let size = { columns, rows }
	let drawn = Promise.resolve()
	let tail = ''
	let frames = 0
	let hasEnded = false
	pty.onData(data => {
		tail = (tail + data).slice(-16)
		const isWhole = tail.endsWith('\u001b[?2026l')
		drawn = drawn.then(async () => {
			await terminal.write(data)
			if (isWhole) frames += 1
		})
	})
	pty.onExit(() => {
		hasEnded = true
	})

	const nextFrame = async (what: string, deadline: number) => {
		const seen = frames
		while (frames === seen) {
			await wait(5)
			if (hasEnded || performance.now() > deadline)
				throw new Error(
					`waited for ${what}, but the program ${hasEnded ? 'ended' : 'went on'}:\n${terminal.text().join('\n')}`,
				)
		}
	}
	return {
		press(keys) {
			pty.write(keys)
		},
		async resize(wanted) {
			size = wanted
			terminal.resize(wanted.columns, wanted.rows)
			pty.resize(wanted.columns, wanted.rows)
			// Frames of the old size may be on their way still.
			for (let frame = 0; frame < 5; frame += 1) await nextFrame('frames', performance.now() + patienceMs)
		},
		async until(what, isWanted) {
			const deadline = performance.now() + patienceMs
			do await nextFrame(what, deadline)
			while (!isWanted(terminal.text()))
		},
		cells: () => ({ ...size, cell: (column, row) => terminal.cell(column, row) }),
		async close() {
			if (!hasEnded) pty.write('\u001bq')
			for (let tries = 0; tries < 100 && !hasEnded; tries += 1) await wait(20)
			if (!hasEnded) pty.write('q')
			for (let tries = 0; tries < 400 && !hasEnded; tries += 1) await wait(20)
			if (!hasEnded) pty.kill('SIGKILL')
		},
	}
}

function environment(): Record<string, string> {
	const kept = Object.entries(process.env).filter(
		(entry): entry is [string, string] => entry[1] !== undefined && !leftOut.test(entry[0]),
	)
	return { ...Object.fromEntries(kept), TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8' }
}
