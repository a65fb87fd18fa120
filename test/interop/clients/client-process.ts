// A child process of a test: keeps the tail of what it printed, ends it by its own pid, and gives every wait a
// deadline whose message carries that tail. Children still alive when the test process exits are killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const tailBytes = 8_192
const alive = new Set<ChildProcess>()
process.on('exit', () => {
	for (const child of alive) child.kill('SIGKILL')
})

/** How a process ended: an exit code, or the signal that killed it. */
export interface Ending {
	readonly code: number | null
	readonly signal: NodeJS.Signals | null
}

export interface LaunchOptions {
	readonly name: string
	readonly command: string
	readonly args: readonly string[]
	readonly cwd?: string
	/** Words put before the command, such as a program that measures it and hands signals on. */
	readonly wrapper?: readonly string[]
	readonly env?: Readonly<Record<string, string>>
	/** Called with every whole line of standard output. */
	readonly onLine?: (line: string) => void
	/** Lines of standard output that say too little to be kept for the message of a failure. */
	readonly isNoise?: (line: string) => boolean
	/** A log file whose tail belongs into the message of a failure. */
	readonly logFile?: string
}

export class ClientProcess {
	readonly name: string
	readonly #child: ChildProcess
	readonly #logFile: string | undefined
	readonly ended: Promise<Ending>
	#ending: Ending | undefined
	#tail = ''

	constructor(options: LaunchOptions) {
		this.name = options.name
		this.#logFile = options.logFile
		const [command = options.command, ...args] = [
			...(options.wrapper ?? []),
			options.command,
			...options.args,
		]
		this.#child = spawn(command, args, {
			cwd: options.cwd,
			env: { ...process.env, ...options.env },
			stdio: ['pipe', 'pipe', 'pipe'],
		})
		alive.add(this.#child)
		this.ended = new Promise(resolve => {
			const settle = (ending: Ending) => {
				alive.delete(this.#child)
				this.#ending ??= ending
				resolve(this.#ending)
			}
			this.#child.on('close', (code, signal) => settle({ code, signal }))
			this.#child.on('error', error => {
				this.#keep(`${error.message}\n`)
				settle({ code: null, signal: null })
			})
		})
		let partialLine = ''
		this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			const lines = (partialLine + text).split('\n')
			partialLine = lines.pop() ?? ''
			for (const line of lines) {
				if (options.isNoise?.(line) !== true) this.#keep(`${line}\n`)
				options.onLine?.(line)
			}
		})
		this.#child.stdout?.on('end', () => this.#keep(partialLine))
		this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text))
		this.#child.stdin?.on('error', () => undefined)
	}

	get pid(): number {
		return this.#child.pid ?? -1
	}

	get hasEnded(): boolean {
		return this.#ending !== undefined
	}

	signal(signal: NodeJS.Signals): void {
		if (!this.hasEnded) this.#child.kill(signal)
	}

	/** Asks the process to end, kills it when it has not within `deadlineMs`, and says how it ended. */
	async stop(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 10_000): Promise<Ending> {
		this.signal(signal)
		const timer = setTimeout(() => this.signal('SIGKILL'), deadlineMs)
		const ending = await this.ended
		clearTimeout(timer)
		return ending
	}

	/**
	 * Polls `check` until it returns something other than undefined. Throws with the log's tail when the deadline
	 * passes or the process ends first. A check that throws counts as "not yet".
	 */
	async waitFor<T>(what: string, check: () => Promise<T | undefined> | T | undefined, deadlineMs: number) {
		const until = performance.now() + deadlineMs
		let lastError: unknown
		for (;;) {
			const endedBefore = this.hasEnded
			try {
				const result = await check()
				if (result !== undefined) return result
			} catch (error) {
				lastError = error
			}
			if (endedBefore) throw this.failure(`ended before ${what}`, lastError)
			if (performance.now() > until) throw this.failure(`no ${what} within ${deadlineMs} ms`, lastError)
			await delay(25)
		}
	}

	/** An error that says what went wrong with this client and what it printed last. */
	failure(what: string, cause?: unknown): Error {
		const log = this.#logFile !== undefined && existsSync(this.#logFile) ? readFileSync(this.#logFile) : ''
		const ending = this.#ending === undefined ? '' : ` (${JSON.stringify(this.#ending)})`
		const message = `${this.name}: ${what}${ending}\n${this.#tail}\n${log.toString().slice(-tailBytes)}`
		return new Error(message.trimEnd(), { cause })
	}

	#keep(text: string): void {
		this.#tail = (this.#tail + text).slice(-tailBytes)
	}
}

/** A TCP port that nobody on this machine listens on, below the range that outgoing connections draw from. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = 20_000 + randomInt(10_000)
		const isFree = await new Promise<boolean>(resolve => {
			const server = createServer()
			server.once('error', () => resolve(false))
			server.listen(port, () => server.close(() => resolve(true)))
		})
		if (isFree) return port
	}
}
