// A program in a pseudo-terminal and what its terminal shows. Every byte is kept as it came; a test waits for
// what the screen shows, and a wait that takes too long fails with the screen.
import { type IPty, spawn } from '@lydell/node-pty'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { plainEnvironment, temporaryFolder } from './run-cli.ts'
import { createTerminal, type ModelTerminal } from './terminal.ts'

export const builtCli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export type PtyOptions = {
	readonly columns?: number
	readonly rows?: number
	readonly env?: Readonly<Record<string, string>>
	/** Put before the program; the default runs it itself. */
	readonly command?: readonly string[]
}

// So long that only a program that hangs reaches it.
const deadlineMs = 40_000

/** The built program with these arguments, and preferences of its own. */
export function runInPty(args: readonly string[], options: PtyOptions = {}): PtyRun {
	const { command = [process.execPath, builtCli] } = options
	const env = { XDG_STATE_HOME: temporaryFolder(), ...options.env }
	const run = new PtyRun([...command, ...args], { ...options, env })
	onTestFinished(() => run.kill())
	return run
}

export class PtyRun {
	readonly #pty: IPty
	readonly #words: readonly string[]
	readonly #chunks: Buffer[] = []
	readonly #watchers = new Set<() => void>()
	#terminal: ModelTerminal
	#ending: number | undefined
	#drawn = Promise.resolve()
	/** How many bytes have come. */
	length = 0
	readonly #ended: Promise<number>

	/** For runInPty alone, which ends what a test leaves behind. */
	constructor(words: readonly string[], { columns = 80, rows = 24, env }: PtyOptions) {
		this.#words = words
		const [command = '', ...args] = words
		this.#terminal = createTerminal(columns, rows)
		this.#pty = spawn(command, args, {
			cols: columns,
			rows,
			encoding: null,
			env: { ...plainEnvironment(), TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ...env },
		})
		// Without an encoding it brings bytes, whatever its type says.
		this.#pty.onData((data: unknown) => this.#take(data as Buffer))
		this.#ended = new Promise<number>(resolve => {
			this.#pty.onExit(({ exitCode }) => {
				this.#ending = exitCode
				resolve(exitCode)
			})
		})
	}

	/** Waits for the end; the exit code. */
	async ended(): Promise<number> {
		return await this.#within(this.#ended, () => 'end')
	}

	/** Of the program, or of what was put before it. */
	get pid(): number {
		return this.#pty.pid
	}

	/** Everything from the byte at `start` on. */
	bytes(start = 0): Buffer {
		return Buffer.concat(this.#chunks).subarray(start)
	}

	text(start = 0): string {
		return this.bytes(start).toString('utf8')
	}

	/** The terminal with all that has come. */
	async terminal(): Promise<ModelTerminal> {
		await this.#drawn
		return this.#terminal
	}

	press(...keys: readonly string[]): void {
		for (const key of keys) this.#pty.write(key)
	}

	/** Another size, for the program and for the model; what is on its way was meant for the old one. */
	async resize(columns: number, rows: number): Promise<void> {
		await this.#drawn
		this.#terminal.resize(columns, rows)
		this.#pty.resize(columns, rows)
	}

	/** Waits until the screen is as wanted: a pattern over its lines, or a condition on them. */
	async shows(wanted: RegExp | ((lines: readonly string[]) => boolean)): Promise<readonly string[]> {
		const fits = (lines: readonly string[]) =>
			typeof wanted === 'function' ? wanted(lines) : wanted.test(lines.join('\n'))
		let lines: readonly string[] = []
		const is = () => {
			lines = this.#terminal.text()
			return fits(lines)
		}
		await this.#until(is, () => `a screen with ${String(wanted)}`)
		return lines
	}

	/** Waits for something in what was sent from `start` on. */
	async sends(wanted: RegExp, start = 0): Promise<void> {
		await this.#until(
			() => wanted.test(this.text(start)),
			() => `${String(wanted)} among what is sent`,
		)
	}

	/** Waits until no byte has come for `ms`. */
	async quiet(ms = 120): Promise<void> {
		await new Promise<void>(resolve => {
			const done = () => {
				this.#watchers.delete(restart)
				resolve()
			}
			let timer = setTimeout(done, ms)
			const restart = () => {
				clearTimeout(timer)
				timer = setTimeout(done, ms)
			}
			this.#watchers.add(restart)
		})
		await this.#drawn
	}

	/** Closes the terminal's end, as a window does that is closed. */
	hangUp(): void {
		// Not in its types.
		const destroy: unknown = Reflect.get(this.#pty, 'destroy')
		if (typeof destroy === 'function') Reflect.apply(destroy, this.#pty, [])
	}

	kill(): void {
		if (this.#ending !== undefined) return
		try {
			this.#pty.kill('SIGKILL')
		} catch {
			// It ended by itself just now.
		}
	}

	#take(data: Buffer): void {
		this.#chunks.push(data)
		this.length += data.length
		this.#drawn = this.#terminal.write(data).then(() => {
			for (const watcher of this.#watchers) watcher()
		})
	}

	async #until(is: () => boolean, what: () => string): Promise<void> {
		let watcher: () => void = () => undefined
		const fits = new Promise<void>(resolve => {
			watcher = () => {
				if (is()) resolve()
			}
			this.#watchers.add(watcher)
			watcher()
		})
		// What ends without it will never show it.
		const over = this.#ended.then(async () => {
			await this.#drawn
			if (!is()) throw this.#failure(`ended without ${what()}`)
		})
		try {
			await this.#within(Promise.race([fits, over]), what)
		} finally {
			this.#watchers.delete(watcher)
		}
	}

	async #within<Value>(work: Promise<Value>, what: () => string): Promise<Value> {
		let timer: ReturnType<typeof setTimeout> | undefined
		const tooLate = new Promise<never>((_, reject) => {
			timer = setTimeout(() => reject(this.#failure(`no ${what()} within ${deadlineMs} ms`)), deadlineMs)
			timer.unref()
		})
		try {
			return await Promise.race([work, tooLate])
		} finally {
			clearTimeout(timer)
		}
	}

	#failure(what: string): Error {
		const words = this.#words.join(' ').slice(0, 300)
		const last = JSON.stringify(this.text().slice(-600))
		return new Error(`${words}: ${what}\n${this.#terminal.text().join('\n')}\nlast bytes: ${last}`)
	}
}

/** Ids of the processes in the group that `leader` led; empty when nothing of it is left. */
export function processesOf(leader: number): number[] {
	const table = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
	return table.split('\n').flatMap(line => {
		const [pid = '', group = '', state = ''] = line.trim().split(/ +/u)
		// What has ended and waits for its parent to look is no process any more.
		return Number(group) === leader && !state.startsWith('Z') ? [Number(pid)] : []
	})
}
