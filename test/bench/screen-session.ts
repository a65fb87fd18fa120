// This program in a pseudo-terminal with a terminal model behind it: what it writes is counted and kept as cells,
// and every wait is for something that stands on the screen.
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { type IPty, spawn } from '@lydell/node-pty'
import headless from '@xterm/headless'
import { swarmscope } from '../interop/clients/swarmscope.ts'

export interface ScreenSize {
	readonly columns: number
	readonly rows: number
}

export interface SessionOptions extends ScreenSize {
	readonly words: readonly string[]
	readonly env: Readonly<Record<string, string>>
}

/** What has come since the start. */
export interface Counts {
	readonly bytes: number
	/** Updates in the brackets of DEC 2026. */
	readonly frames: number
	/** Sequences that empty the whole screen, its scrollback or the terminal. */
	readonly fullClears: number
}

export interface ScreenSession {
	readonly pid: number
	readonly counts: () => Counts
	/** From before the start of the process to the first frame. */
	readonly firstFrameMs: () => Promise<number>
	/** Writes `key`; from then to the first piece of output after which the screen holds `pattern`, or no more. */
	press(key: string, pattern: RegExp, holds: boolean): Promise<number>
	until(what: string, condition: () => boolean): Promise<void>
	text(): string
	/** Ends it by q. */
	close(): Promise<void>
}

const deadlineMs = 60_000
const leastCells = 10
const fullClear = /\u001b\[[23]J|\u001b\[(?:1;1|;)?H\u001b\[0?J|\u001bc/gu
const frameEnd = /\u001b\[\?2026l/gu
const alive = new Set<IPty>()
process.on('exit', () => {
	for (const pty of alive) pty.kill('SIGKILL')
})
/** As long as the longest of the sequences: they may come in two parts. */
const tailLength = 12
/** Ink takes a terminal in CI for none; what tells of another terminal or of a line over SSH changes the screen. */
const unwanted =
	/^(?:CI$|CI_|CONTINUOUS_|NO_COLOR|FORCE_COLOR|COLORTERM|COLORFGBG|TERM|TMUX|SSH_|LC_|LANG|NODE_)/u

function environment(more: Readonly<Record<string, string>>): Record<string, string> {
	const kept = Object.entries(process.env).flatMap(([name, value]) =>
		value === undefined || unwanted.test(name) ? [] : [[name, value] as const],
	)
	return { ...Object.fromEntries(kept), TERM: 'xterm-256color', LANG: 'C.UTF-8', ...more }
}

export function startScreenSession({ words, columns, rows, env }: SessionOptions): ScreenSession {
	const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
	const startedAt = performance.now()
	const pty = spawn(process.execPath, [swarmscope.program, ...words], {
		cols: columns,
		rows,
		env: environment(env),
	})
	alive.add(pty)
	const watchers = new Set<(at: number) => void>()
	let [bytes, frames, fullClears, tail, hasEnded] = [0, 0, 0, '', false]
	pty.onData(data => {
		const at = performance.now()
		bytes += Buffer.byteLength(data)
		const seen = tail + data
		const found = (pattern: RegExp) =>
			[...seen.matchAll(pattern)].filter(match => match.index + match[0].length > tail.length).length
		frames += found(frameEnd)
		fullClears += found(fullClear)
		tail = seen.slice(-tailLength)
		terminal.write(data, () => {
			for (const watcher of watchers) watcher(at)
		})
	})
	const ended = new Promise<void>(resolve => {
		pty.onExit(() => {
			hasEnded = true
			alive.delete(pty)
			resolve()
		})
	})
	const text = () => {
		const { active } = terminal.buffer
		return Array.from(
			{ length: rows },
			(_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
		).join('\n')
	}
	const failure = (what: string) =>
		new Error(`${what}: not seen${hasEnded ? ', it ended' : ''}\n${text().trim()}`)

	/** The instant of the first output after which `condition` holds. */
	const seen = (what: string, condition: () => boolean) =>
		new Promise<number>((resolve, reject) => {
			const give = () => {
				clearTimeout(timer)
				watchers.delete(watcher)
			}
			const watcher = (at: number) => {
				if (!condition()) return
				give()
				resolve(at)
			}
			const timer = setTimeout(() => {
				give()
				reject(failure(what))
			}, deadlineMs)
			watchers.add(watcher)
			void ended.then(() => {
				give()
				reject(failure(what))
			})
		})
	const firstFrame = seen('a first frame', () => text().replaceAll(/\s/gu, '').length >= leastCells)
	firstFrame.catch(() => undefined)

	return {
		pid: pty.pid,
		counts: () => ({ bytes, frames, fullClears }),
		firstFrameMs: async () => (await firstFrame) - startedAt,
		async press(key, pattern, holds) {
			const pressedAt = performance.now()
			const answered = seen(`an answer to ${JSON.stringify(key)}`, () => pattern.test(text()) === holds)
			pty.write(key)
			return (await answered) - pressedAt
		},
		async until(what, condition) {
			const deadlineAt = performance.now() + deadlineMs
			while (!condition()) {
				if (hasEnded || performance.now() > deadlineAt) throw failure(what)
				await delay(50)
			}
		},
		text,
		async close() {
			pty.write('q')
			const timer = setTimeout(() => pty.kill('SIGKILL'), 8000)
			await ended
			clearTimeout(timer)
		},
	}
}
