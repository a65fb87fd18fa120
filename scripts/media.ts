// Makes the pictures in media/ from the running program: runs it in a pseudo-terminal, waits for telling moments, and
// turns the cells of a terminal model into SVG and that into PNG. What is seen there was on a screen.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { animatedPng, type Frame } from './animated-png.ts'
import { indexedPng } from './indexed-png.ts'
import { readPixels } from './png-pixels.ts'
import { openScreen, type PtyScreen, type Size } from './pty-screen.ts'
import { darkScheme, lightScheme, type Scheme, screenSvg, svgColours } from './screen-svg.ts'

const usage = `media [NAME...]: makes media/*.png from the running program: screen, inspector, pieces,
  lesson, light, tour (default: all); needs rsvg-convert; run npm run build first where npm run media does not`

const folder = 'media'
const mostBytes = 350_000
const mostTourBytes = 1_500_000
const pictureZoom = 1.5
const tourZoom = 1.25
const tourSize = { columns: 100, rows: 30 }
const tourFrameMs = 250

/** A run of the program that pictures are taken from. */
const runs: Readonly<Record<string, () => Promise<void>>> = { screen, inspector, pieces, lesson, light, tour }

/** The dashboard, and each pane that has a picture, of one download. */
async function screen(): Promise<void> {
	await inScreen(['healthy'], { columns: 120, rows: 40 }, async it => {
		await it.until('45 % complete', lines => percentOf(lines) >= 45)
		await withoutBanner(it)
		take('screen', it)
		await it.resize({ columns: 200, rows: 50 })
		take('wide', it)
		await it.resize({ columns: 120, rows: 30 })
		it.press('2')
		await it.until('one peer in detail', lines => lines.some(line => line.includes('connected ')))
		take('peers', it)
	})
}

/** One message, from its bytes to what they mean. */
async function inspector(): Promise<void> {
	await inScreen(['healthy'], { columns: 120, rows: 36 }, async it => {
		await it.until('2 % complete', lines => percentOf(lines) >= 2)
		await withoutBanner(it)
		it.press('5/extended & in\r')
		await it.until('handshakes alone', lines => {
			const rows = lines.filter(isWireRow)
			return rows.length > 0 && rows.every(line => line.includes('ext handshake'))
		})
		it.press('\r')
		await it.until('a message open', lines => lines.some(line => line.includes('next message')))
		for (let field = 0; field < 7; field += 1) it.press('j')
		await it.until('a field of it', lines => lines.some(line => line.startsWith('─ reqq ')))
		take('inspector', it)
	})
}

/** The map where copies differ. */
async function pieces(): Promise<void> {
	await inScreen(['slow-and-fast'], { columns: 100, rows: 20 }, async it => {
		await it.until('20 % complete', lines => percentOf(lines) >= 20)
		await withoutBanner(it)
		it.press('4')
		await it.until('the map', lines => lines.some(line => line.includes('copies of a missing one')))
		it.press('j')
		for (let column = 0; column < 12; column += 1) it.press('l')
		await it.until('its cursor', lines => lines.some(line => /#1\d\d .*cop(?:y|ies)/u.test(line)))
		take('pieces', it)
	})
}

/** What a practice swarm points at, and the smallest screen. */
async function lesson(): Promise<void> {
	await inScreen(['choky'], { columns: 80, rows: 24 }, async it => {
		await it.until('a choke', lines => lines.some(line => line.includes('choked us:')))
		take('lesson', it)
		it.press('\u001b')
		await it.resize({ columns: 40, rows: 10 })
		take('small', it)
	})
}

async function light(): Promise<void> {
	const open = { COLORFGBG: '0;15' }
	await inScreen(
		['slow-and-fast'],
		{ columns: 100, rows: 30 },
		async it => {
			await it.until('15 % complete', lines => percentOf(lines) >= 15)
			await withoutBanner(it)
			take('light', it, lightScheme)
		},
		open,
	)
}

/** From the dashboard to one byte of one message, and back. */
async function tour(): Promise<void> {
	await inScreen(['healthy'], tourSize, async it => {
		await it.until('12 % complete', lines => percentOf(lines) >= 12)
		const film: { readonly svg: string; readonly durationMs: number }[] = []
		const watch = async (forMs: number) => {
			for (const end = performance.now() + forMs; performance.now() < end; ) {
				film.push({ svg: screenSvg(it.cells()), durationMs: tourFrameMs })
				await wait(tourFrameMs)
			}
		}
		await watch(4000)
		it.press('2')
		await watch(1250)
		it.press('j')
		await watch(1250)
		it.press('4')
		await watch(2000)
		it.press('5')
		await watch(1500)
		it.press('\r')
		await watch(1500)
		for (let field = 0; field < 3; field += 1) {
			it.press('j')
			await watch(1000)
		}
		it.press('\u001b')
		await wait(100)
		it.press('\u001b')
		await watch(1500)
		writeTour(film)
	})
}

/** Puts away what the practice swarm points at. */
async function withoutBanner(screen: PtyScreen): Promise<void> {
	screen.press('\u001b')
	await screen.until('the banner away', lines => !lines.some(line => line.startsWith(' ▸ ')))
}

/** Runs the practice swarm in a terminal, with the same chances every time and no memory of other runs. */
async function inScreen(
	words: readonly string[],
	size: Size,
	story: (screen: PtyScreen) => Promise<void>,
	extra: Readonly<Record<string, string>> = {},
): Promise<void> {
	const state = mkdtempSync(join(tmpdir(), 'swarmscope-media-'))
	const command = [process.execPath, 'dist/cli.js', 'demo', ...words, '--random-seed', '7']
	const screen = openScreen(command, size, { XDG_STATE_HOME: state, HOME: state, ...extra })
	try {
		await story(screen)
	} finally {
		await screen.close()
		rmSync(state, { recursive: true, force: true })
	}
}

/** What the bar in the second line says; 0 before there is one. */
function percentOf(lines: readonly string[]): number {
	return Number(/(\d+(?:\.\d+)?)%/u.exec(lines[1] ?? '')?.[1] ?? 0)
}

function isWireRow(line: string): boolean {
	return /\d+:\d\d\.\d{3} [←→]/u.test(line)
}

/** Writes the screen as it is to media/NAME.png. */
function take(name: string, screen: PtyScreen, scheme: Scheme = darkScheme): void {
	const svg = screenSvg(screen.cells(), scheme)
	write(name, indexedPng(rendered(svg, pictureZoom), svgColours(svg)), mostBytes)
}

function writeTour(film: readonly { readonly svg: string; readonly durationMs: number }[]): void {
	const frames: (Frame & { readonly svg: string })[] = []
	for (const { svg, durationMs } of film) {
		const last = frames.at(-1)
		if (last?.svg === svg) frames.splice(-1, 1, { ...last, durationMs: last.durationMs + durationMs })
		else frames.push({ svg, durationMs, pixels: readPixels(rendered(svg, tourZoom)) })
	}
	const colours = [...new Set(film.flatMap(({ svg }) => svgColours(svg)))]
	write('tour', animatedPng(frames, colours), mostTourBytes)
}

function rendered(svg: string, zoom: number): Buffer {
	const { error, status, stdout, stderr } = spawnSync('rsvg-convert', ['--zoom', String(zoom)], {
		input: svg,
		maxBuffer: 64 << 20,
	})
	if (error !== undefined)
		throw new Error(
			`rsvg-convert cannot be run (${error.message}); on Debian: apt-get install librsvg2-bin fonts-dejavu-core`,
		)
	if (status !== 0) throw new Error(`rsvg-convert: ${stderr.toString()}`)
	return stdout
}

function write(name: string, png: Uint8Array, most: number): void {
	const path = `${folder}/${name}.png`
	if (png.length > most) throw new Error(`${path}: expected at most ${most} bytes, got ${png.length}`)
	writeFileSync(path, png)
	console.log(`${path}  ${Math.round(png.length / 1000)} kB`)
}

async function media(names: readonly string[]): Promise<void> {
	mkdirSync(folder, { recursive: true })
	for (const name of names) {
		const run = runs[name]
		if (run === undefined)
			throw new Error(`expected ${Object.keys(runs).join(', ')}, got ${JSON.stringify(name)}`)
		await run()
	}
}

const { values, positionals } = parseArgs({
	options: { help: { type: 'boolean', default: false } },
	allowPositionals: true,
})
if (values.help) console.log(usage)
else
	try {
		// Known before a minute is spent.
		rendered('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>', 1)
		await media(positionals.length > 0 ? positionals : Object.keys(runs))
	} catch (error) {
		console.error(error instanceof Error ? error.message : error)
		process.exitCode = 1
	}
