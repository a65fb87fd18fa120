// The screen in a real pseudo-terminal: whatever ends it, the terminal is given back; what it shows is the frame.
import { spawn, type IPty } from '@lydell/node-pty'
import { afterEach, describe, expect, it } from 'vitest'
import { createTerminal, type ModelTerminal } from '../helpers/terminal.ts'

const program = new URL('../helpers/fake-screen.tsx', import.meta.url).pathname
const running = new Set<IPty>()

type Run = {
	readonly pty: IPty
	readonly terminal: ModelTerminal
	readonly bytes: () => string
	/** Waits until the bytes so far hold `text`. */
	readonly until: (text: string) => Promise<void>
	/** Waits until `text` stands on the screen, or stands there no more. */
	readonly untilShown: (text: string, isShown?: boolean) => Promise<void>
	readonly ended: Promise<{ exitCode: number; signal: number }>
}

function start(...options: string[]): Run {
	// Ink treats a terminal in CI as none.
	const environment = { ...process.env }
	for (const name of ['CI', 'CONTINUOUS_INTEGRATION', 'NO_COLOR']) Reflect.deleteProperty(environment, name)
	const pty = spawn(process.execPath, ['--import', 'tsx', program, ...options], {
		cols: 80,
		rows: 24,
		env: { ...environment, TERM: 'xterm-256color', NODE_ENV: 'production' },
	})
	running.add(pty)
	const terminal = createTerminal(80, 24)
	let bytes = ''
	let check: () => void = () => undefined
	pty.onData(data => {
		bytes += data
		check()
		void terminal.write(data).then(() => check())
	})
	const ended = new Promise<{ exitCode: number; signal: number }>(resolve => {
		pty.onExit(({ exitCode, signal }) => {
			running.delete(pty)
			resolve({ exitCode, signal: signal ?? 0 })
		})
	})
	const until = (text: string) =>
		new Promise<void>(resolve => {
			check = () => {
				if (bytes.includes(text)) resolve()
			}
			check()
		})
	const untilShown = (text: string, isShown = true) =>
		new Promise<void>(resolve => {
			check = () => {
				if (terminal.text().join('\n').includes(text) === isShown) resolve()
			}
			check()
		})
	return { pty, terminal, bytes: () => bytes, until, untilShown, ended }
}

afterEach(() => {
	for (const pty of running) pty.kill('SIGKILL')
	running.clear()
})

const enter = '\u001b[?1049h'
const leave = '\u001b[?2004l\u001b[m\u001b[?25h\u001b[?1049l'
const firstFrame = 'requests in flight'

describe('the screen in a terminal', () => {
	it.each([
		['q', (pty: IPty) => pty.write('q'), 1],
		['Ctrl-C', (pty: IPty) => pty.write('\u0003'), 1],
		['SIGINT', (pty: IPty) => pty.kill('SIGINT'), 130],
		['SIGTERM', (pty: IPty) => pty.kill('SIGTERM'), 143],
		['SIGHUP', (pty: IPty) => pty.kill('SIGHUP'), 129],
		['SIGQUIT', (pty: IPty) => pty.kill('SIGQUIT'), 131],
	])('gives the terminal back after %s', async (_name, end, code) => {
		const run = start()
		await run.until(firstFrame)
		end(run.pty)
		expect(await run.ended).toEqual({ exitCode: code, signal: 0 })
		expect(run.bytes().split(enter)).toHaveLength(2)
		expect(run.bytes().split(leave)).toHaveLength(2)
		expect(run.bytes().split(leave)[1]).toContain('pieces')
	})

	it.each([
		['q', []],
		['a crash', ['--crash', 'throw']],
	])('tells title and progress only when asked to, and takes them back after %s', async (_name, options) => {
		const silent = start(...options)
		const telling = start('--tell', ...options)
		await Promise.all([silent.until(firstFrame), telling.until('\u001b]9;4;1;')])
		for (const { pty } of [silent, telling]) pty.write('q')
		await Promise.all([silent.ended, telling.ended])
		expect(silent.bytes()).not.toMatch(/\u001b\]|\u001b\[2[23];2t/u)
		expect(telling.bytes()).toContain(`${enter}\u001b[?25l\u001b[?2004h\u001b[22;2t`)
		expect(telling.bytes()).toMatch(/\u001b\]2;\d+% debian-12\.8\.0[^\u001b]*\u001b\\/u)
		expect(telling.bytes()).toContain(`\u001b]9;4;0;0\u001b\\\u001b[23;2t${leave}`)
	})

	it('copies on the key alone, an address and nothing else', async () => {
		const run = start()
		await run.until(firstFrame)
		expect(run.bytes()).not.toContain('\u001b]52')
		run.pty.write('y')
		await run.until('\u001b]52;c;')
		run.pty.write('q')
		await run.ended
		const copied = /\u001b\]52;c;([A-Za-z0-9+/=]*)\u001b\\/u.exec(run.bytes())?.[1] ?? ''
		expect(atob(copied)).toMatch(/^(?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+$/u)
	})

	it('takes pasted text for no keys, and puts it into a line that is open', async () => {
		const run = start('--idle')
		await run.until(firstFrame)
		run.pty.write('\u001b[200~q\u0003\u001b[201~/\u001b[200~clie')
		run.pty.write('nt=~lib\r\u001b[201~')
		await run.untilShown('client=~lib')
		run.pty.write('\u001b')
		// Before the line is gone, q could be taken for Alt-q.
		await run.untilShown('client=~lib', false)
		run.pty.write('q')
		expect((await run.ended).exitCode).toBe(1)
	})

	it.each(['throw', 'reject', 'render'])(
		'gives the terminal back after a crash by %s, prints the stack and exits with 70',
		async kind => {
			const run = start('--crash', kind)
			expect((await run.ended).exitCode).toBe(70)
			const [before, after] = run.bytes().split(leave)
			expect(before).toContain(enter)
			expect(before).not.toContain('made to fail')
			expect(after).toContain('made to fail')
		},
	)

	it('shows what is printed meanwhile as an event instead of on the terminal', async () => {
		const run = start('--chatter')
		await run.until(firstFrame)
		run.pty.write('6')
		await run.until('stray line')
		run.pty.write('q')
		await run.ended
		const outside = run
			.bytes()
			.split('\u001b[?2026h')
			.map(part => part.split('\u001b[?2026l').at(-1) ?? '')
		expect(outside.join('').split(leave)[0]).not.toContain('stray')
	})

	it('draws the whole screen anew after a resize and on Ctrl-L', async () => {
		const run = start('--idle')
		await run.until(firstFrame)
		const whole = '\u001b[?2026h\u001b[m\u001b[1;1H'
		const frames = () => run.bytes().split(whole).length - 1
		const reached = async (count: number) => {
			while (frames() < count) await new Promise(resolve => setTimeout(resolve, 20))
		}
		const first = frames()
		run.pty.resize(60, 16)
		await reached(first + 1)
		run.pty.write('\u000c')
		await reached(first + 2)
		const last = run.bytes().split(whole).at(-1) ?? ''
		expect(last).toContain('\u001b[16;1H')
		expect(last).not.toContain('\u001b[17;1H')
		run.pty.write('q')
		await run.ended
	})

	it('sends not one byte while nothing changes', async () => {
		const run = start('--idle')
		await run.until(firstFrame)
		run.pty.write('?')
		await run.until('closes')
		run.pty.write('?')
		await run.until('\u001b[?2026l')
		const before = run.bytes().length
		await new Promise(resolve => setTimeout(resolve, 1500))
		const after = run.bytes().length
		run.pty.write('q')
		await run.ended
		// The frame that closes the help page may still have been on its way.
		expect(after - before).toBeLessThan(6000)
		expect(run.bytes().slice(after)).toMatch(/^\u001b\[\?2004l/u)
	})
})
