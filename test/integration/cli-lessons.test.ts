// Each practice swarm in a pseudo-terminal to its end: what it teaches stands on the screen, where it says it does.
import { spawn } from '@lydell/node-pty'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scenarios } from '../../source/practice/scenarios.ts'
import { plainEnvironment } from '../helpers/run-cli.ts'
import { patternOf } from '../helpers/taught.ts'
import { createTerminal } from '../helpers/terminal.ts'

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const [columns, rows] = [120, 40]
/** Four minutes of scenario time in as many seconds; nothing here depends on how long it takes. */
const speed = 40

function start(...args: readonly string[]) {
	const pty = spawn(process.execPath, [cli, 'demo', ...args], {
		cols: columns,
		rows,
		env: { ...plainEnvironment(), TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
	})
	const terminal = createTerminal(columns, rows)
	let bytes = ''
	let check = (): void => undefined
	pty.onData(data => {
		bytes += data
		void terminal.write(data).then(() => check())
	})
	const ended = new Promise<number>(resolve => void pty.onExit(({ exitCode }) => resolve(exitCode)))
	onTestFinished(() => pty.kill('SIGKILL'))
	/** Waits for a screen that `is` what it should be; it is looked at whenever something was drawn. */
	const until = (is: (text: readonly string[]) => boolean) =>
		new Promise<readonly string[]>(resolve => {
			check = () => {
				const text = terminal.text()
				if (is(text)) resolve(text)
			}
			check()
		})
	return { pty, terminal, ended, until, bytes: () => bytes }
}

/** The banner's lines, between the header and the panes, as one. */
function bannerOf(text: readonly string[]): string {
	const end = text.findIndex((line, row) => row >= 3 && /^[┌─]/u.test(line))
	const lines = text.slice(3, end).map(line => line.trim())
	return lines.join(' ').trim()
}

describe('a practice swarm on the screen', () => {
	it.each(scenarios.map(scenario => [scenario.name, scenario] as const))(
		'%s: every lesson is read on the screen, and what was learned at the end',
		async (name, { look, lessons, learned }) => {
			const screen = start(name, '--speed', String(speed), '--fps', '20', '--random-seed', '1')
			const seen = new Set<string>()
			const wanted = [look, ...lessons.map(({ text }) => text), learned]
			const last = await screen.until(text => {
				const banner = bannerOf(text)
				for (const lesson of wanted) if (patternOf(lesson).test(banner)) seen.add(lesson)
				return seen.has(learned)
			})
			expect(bannerOf(last)).toContain('d: another scenario')
			expect(wanted.filter(lesson => !seen.has(lesson))).toEqual([])
			screen.pty.write('q')
			expect(await screen.ended).toBe(0)
			expect(screen.bytes()).toContain('are right (--random-seed 1)')
		},
		60_000,
	)

	it('marks the pane that it points at, keeps what it said among the events, and is put away by Esc', async () => {
		const screen = start('healthy', '--random-seed', '1')
		const text = await screen.until(lines => /▸ 2 Peers │ /u.test(bannerOf(lines)))
		const row = text.findIndex(line => /^[┌├│].*2 Peers/u.test(line))
		const column = text[row]?.indexOf('2 Peers') ?? 0
		expect(text[row]).toContain('▸2 Peers')
		const { style: marked } = screen.terminal.cell(column, row)
		const pipeline = text.findIndex(line => line.includes('3 Pipeline'))
		const { style: plain } = screen.terminal.cell(text[pipeline]?.indexOf('3 Pipeline') ?? 0, pipeline)
		expect(marked).not.toEqual(plain)
		screen.pty.write('\u001b')
		await screen.until(lines => !bannerOf(lines).startsWith('▸'))
		screen.pty.write('6')
		await screen.until(lines => lines.some(line => line.includes('lesson: Each row of Peers')))
		screen.pty.write('q')
		expect(await screen.ended).toBe(0)
	})

	it('d opens the list of scenarios, Enter goes on with the one that is chosen', async () => {
		const screen = start('--speed', '20')
		await screen.until(text => text.join('\n').includes('healthy'))
		await screen.until(text => /^▸ Look/u.test(bannerOf(text)))
		screen.pty.write('d')
		const list = await screen.until(text => text.some(line => line.includes('Practice swarms')))
		for (const { name } of scenarios) expect(list.join('\n')).toContain(name)
		screen.pty.write('G')
		screen.pty.write('k')
		screen.pty.write('\r')
		await screen.until(text => bannerOf(text).includes('No peer has all pieces'))
		screen.pty.write('q')
		expect(await screen.ended).toBe(0)
		expect(screen.bytes().match(/A Single from the Swarm/gu)?.length).toBeGreaterThan(0)
	})
})
