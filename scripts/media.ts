// Makes the pictures in media/ from the running program: runs it in a pseudo-terminal, waits for a telling moment,
// and turns the cells of a terminal model into SVG and that into PNG. What is seen there was on a screen.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { spawn } from '@lydell/node-pty'
import { createTerminal } from '../test/helpers/terminal.ts'
import { indexedPng } from './indexed-png.ts'
import { screenSvg, svgColours } from './screen-svg.ts'

const usage = `media [--at 45] [COMMAND...]: makes media/*.png from the running program (default: node dist/cli.js demo),
  the first when so many percent are complete; needs rsvg-convert`

const folder = 'media'
const mostBytes = 200_000
const patienceMs = 120_000

type Size = { readonly columns: number; readonly rows: number }
type Screen = {
	/** Presses keys. */
	press(keys: string): void
	resize(size: Size): Promise<void>
	/** Resolves after a whole frame of which `isWanted` says yes. */
	until(what: string, isWanted: (lines: readonly string[]) => boolean): Promise<void>
	/** Writes the screen as it is to media/NAME.png. */
	take(name: string): void
	close(): Promise<void>
}

async function media(command: readonly string[], atPercent: number): Promise<void> {
	mkdirSync(folder, { recursive: true })
	const screen = openScreen(command, { columns: 120, rows: 40 })
	try {
		await screen.until(`${atPercent} % complete`, lines => percentOf(lines) >= atPercent)
		screen.take('screen')
		screen.press('2')
		await screen.until('one peer in detail', lines => lines.some(line => line.includes('connected ')))
		screen.take('peer')
		screen.press('5')
		await screen.until('the wire alone', lines => lines.filter(isWireRow).length > 25)
		screen.take('wire')
		screen.press('5')
		await screen.resize({ columns: 80, rows: 24 })
		screen.take('small')
	} finally {
		await screen.close()
	}
}

/** What the bar in the second line says; 0 before there is one. */
function percentOf(lines: readonly string[]): number {
	return Number(/(\d+(?:\.\d+)?)%/u.exec(lines[1] ?? '')?.[1] ?? 0)
}

function isWireRow(line: string): boolean {
	return /\d+:\d\d\.\d{3} [←→]/u.test(line)
}

/** Starts `command` in a terminal of its own. */
function openScreen(command: readonly string[], { columns, rows }: Size): Screen {
	const terminal = createTerminal(columns, rows)
	const [program = '', ...words] = command
	const pty = spawn(program, words, { cols: columns, rows, env: environment() })
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
		take: name =>
			writePicture(name, screenSvg({ ...size, cell: (column, row) => terminal.cell(column, row) })),
		async close() {
			if (!hasEnded) pty.write('q')
			for (let tries = 0; tries < 500 && !hasEnded; tries += 1) await wait(20)
			if (!hasEnded) pty.kill('SIGKILL')
		},
	}
}

/** Ink draws otherwise where it sees a CI. */
function environment(): Record<string, string> {
	const kept = Object.entries(process.env).filter(
		(entry): entry is [string, string] =>
			entry[1] !== undefined &&
			!/^(?:CI|CI_.*|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|BUILD_NUMBER|RUN_ID|SSH_.*|NO_COLOR|FORCE_COLOR|LC_ALL)$/u.test(
				entry[0],
			),
	)
	return { ...Object.fromEntries(kept), TERM: 'xterm-256color', COLORTERM: '', LANG: 'C.UTF-8' }
}

function writePicture(name: string, svg: string): void {
	const path = `${folder}/${name}.png`
	const { error, status, stdout, stderr } = spawnSync('rsvg-convert', ['--zoom', '1.5'], {
		input: svg,
		maxBuffer: 64 << 20,
	})
	if (error !== undefined)
		throw new Error(
			`rsvg-convert cannot be run (${error.message}); on Debian: apt-get install librsvg2-bin fonts-dejavu-core`,
		)
	if (status !== 0) throw new Error(`rsvg-convert: ${stderr.toString()}`)
	const png = indexedPng(stdout, svgColours(svg))
	if (png.length > mostBytes)
		throw new Error(`${path}: expected at most ${mostBytes} bytes, got ${png.length}`)
	writeFileSync(path, png)
	console.log(`${path}  ${Math.round(png.length / 1000)} kB`)
}

const { values, positionals } = parseArgs({
	options: { help: { type: 'boolean', default: false }, at: { type: 'string', default: '45' } },
	allowPositionals: true,
})
if (values.help) console.log(usage)
else
	try {
		await media(positionals.length > 0 ? positionals : ['node', 'dist/cli.js', 'demo'], Number(values.at))
	} catch (error) {
		console.error(error instanceof Error ? error.message : error)
		process.exitCode = 1
	}
