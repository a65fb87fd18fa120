// The built program at every size and through storms of resizes, against a terminal emulator: no row leaves its
// line, no cell is left over from before, none is missing.
import { describe, expect, it } from 'vitest'
import { downloadArguments, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { type Frame, framesOf } from '../helpers/frames.ts'
import { type PtyRun, runInPty } from '../helpers/pty-run.ts'
import { listenAsPeer } from '../helpers/socket-peer.ts'
import { createTerminal } from '../helpers/terminal.ts'
import { readTerminal } from '../helpers/terminal-bytes.ts'

type Size = readonly [columns: number, rows: number]

const sizes: readonly Size[] = [
	[20, 5],
	[40, 10],
	[60, 15],
	[80, 24],
	[120, 40],
	[200, 50],
	[300, 80],
]
/** Where it is looked at again after the storm. */
const last: readonly Size[] = [
	[7, 3],
	[300, 80],
	[2, 1],
	[80, 24],
	[20, 5],
]
const poison = '\ue123'
const whole = /\u001b\[\?2026h\u001b\[m\u001b\[1;1H[\s\S]*?\u001b\[\?2026l/u

/** A download under way, slowly, so that something moves in every pane; it never comes to its end. */
async function start([columns, rows]: Size): Promise<PtyRun> {
	const torrent = torrentOnDisk()
	const { address } = await listenAsPeer({ torrent: torrent.made, pauseMs: 30, blocks: 170 })
	const run = runInPty(downloadArguments(torrent, '--peer', address, '--fps', '20'), { columns, rows })
	await run.sends(whole)
	return run
}

/** Where two screens differ, the first few places. */
function differences(shown: readonly string[][], wanted: readonly string[][]): string[] {
	return wanted
		.flatMap((row, at) =>
			row.flatMap((cell, column) =>
				shown[at]?.[column] === cell
					? []
					: [`row ${at + 1} column ${column + 1}: ${shown[at]?.[column]}, not ${cell}`],
			),
		)
		.slice(0, 5)
}

/** Compares what stands on a display that is still with what a whole repaint puts on a terminal full of rubbish. */
async function expectNothingStale(run: PtyRun, size: Size): Promise<void> {
	const shown = (await run.terminal()).looks()
	const from = run.length
	run.press('\u000c')
	await run.sends(whole, from)
	await run.quiet()
	const [columns, rows] = size
	const fresh = createTerminal(columns, rows)
	for (let row = 1; row <= rows; row += 1) {
		await fresh.write(`\u001b[${row};1H${poison.repeat(columns)}`)
	}
	await fresh.write(run.bytes(from))
	const repainted = fresh.looks()
	expect(
		repainted.flat().filter(cell => cell.includes(poison)),
		`left at ${String(size)}`,
	).toEqual([])
	expect(differences(shown, repainted), `at ${String(size)}`).toEqual([])
}

/** Each frame stays within the size that the last whole one was made for, and that is one of `allowed`. */
function expectWithin(frames: readonly Frame[], allowed: readonly Size[]): void {
	const known = new Set(allowed.map(String))
	let size: Size = [0, 0]
	for (const { whole: isWhole, rows, columns, text } of frames) {
		if (isWhole) size = [columns, rows]
		const words = JSON.stringify(text.slice(0, 300))
		expect(known, `a frame made for ${String(size)}: ${words}`).toContain(String(size))
		expect(rows, words).toBeLessThanOrEqual(size[1])
		expect(columns, words).toBeLessThanOrEqual(size[0])
	}
}

/** Numbers that look drawn, the same for the same seed. */
function createChance(seed: number): (below: number) => number {
	let state = seed
	return below => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
		return Math.floor((state / 2 ** 32) * below)
	}
}

describe('the screen', () => {
	it('starts at sizes from 20×5 to 300×80, fills them, and ends', async () => {
		await Promise.all(
			sizes.map(async size => {
				const [, rows] = size
				const run = await start(size)
				await run.shows(/\d\.\d%/u)
				run.press(' ')
				// The smallest has no room to say so.
				if (rows >= 7) await run.shows(/FROZEN/u)
				await run.quiet()
				await expectNothingStale(run, size)
				run.press('q')
				expect(await run.ended()).toBe(1)
				expectWithin(framesOf(run.text()), [size])
				expect(readTerminal(run.bytes()).faults).toEqual([])
			}),
		)
	})

	it('goes through two hundred resizes, down to one cell, without a row that leaves its line', async () => {
		const seed = 20_251_122
		const chance = createChance(seed)
		console.info(`resizes drawn with seed ${seed}`)
		const run = await start([80, 24])
		const seen: Size[] = [[80, 24]]
		const keys = ['\t', 'z', '?', '?', 'z', 'j', '5', '/', '\u001b', '\u001b', ':', '\u001b', '+', '-']
		for (let turn = 0; turn < 200; turn += 1) {
			const drawn: Size = [1 + chance(chance(3) === 0 ? 12 : 160), 1 + chance(chance(3) === 0 ? 8 : 50)]
			const size: Size = chance(3) === 0 ? (sizes[chance(sizes.length)] ?? drawn) : drawn
			await run.resize(...size)
			seen.push(size)
			if (chance(4) === 0) run.press(keys[chance(keys.length)] ?? '')
			// The pace of a hand that drags a corner; what is drawn meanwhile is up to the machine.
			await new Promise(resolve => setTimeout(resolve, 5 + chance(15)))
		}
		await run.resize(80, 24)
		// Whatever the keys have opened is closed; then nothing moves any more.
		while (!(await run.terminal()).text().at(-1)?.includes('q quit')) {
			run.press('\u001b')
			await run.quiet(30)
		}
		run.press(' ')
		await run.shows(/FROZEN/u)
		for (const size of last) {
			const from = run.length
			await run.resize(...size)
			seen.push(size)
			await run.sends(whole, from)
			// Other panes: what changes is written as changes, over what stood there.
			run.press('\t', 'z', '?', '?', 'z')
			await run.quiet()
			await expectNothingStale(run, size)
		}
		run.press('q')
		expect(await run.ended()).toBe(1)
		expectWithin(framesOf(run.text()), seen)
		expect(readTerminal(run.bytes()).faults).toEqual([])
	})
})
