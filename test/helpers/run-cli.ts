// The built program as a user starts it: a child process with an environment of its own, whose lines can be
// waited for. What a test starts and every folder it takes is gone when the test has ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const builtCli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const deadlineMs = 20_000

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }
export type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type CliOptions = {
	readonly cwd?: string
	readonly env?: Readonly<Record<string, string>>
	/** Another program file than dist/cli.js. */
	readonly cli?: string
	/** Words put before the program, which end in running it. */
	readonly wrapper?: readonly string[]
	/** Where stdout goes instead of to the test: a file's descriptor, or a socket. */
	readonly stdout?: number | Socket
}

const alive = new Set<ChildProcess>()
process.on('exit', () => {
	for (const child of alive) child.kill('SIGKILL')
})

/** A new empty folder of this test. */
export function temporaryFolder(): string {
	const path = mkdtempSync(join(tmpdir(), 'swarmscope-test-'))
	onTestFinished(() => rmSync(path, { recursive: true, force: true }))
	return path
}

/** Runs to the end. */
export async function cliResult(args: readonly string[], options: CliOptions = {}): Promise<Result> {
	const run = runCli(args, options)
	const { code } = await run.ended
	return { code, stdout: run.stdout, stderr: run.stderr }
}

/** Starts the program. Without a terminal, so in plain mode unless told otherwise. */
export function runCli(args: readonly string[], options: CliOptions = {}): CliRun {
	const run = new CliRun(args, options)
	onTestFinished(() => run.kill())
	return run
}

export class CliRun {
	readonly #child: ChildProcess
	readonly #watchers = new Set<() => void>()
	readonly #args: readonly string[]
	#ending: Ending | undefined
	stdout = ''
	stderr = ''
	/** Resolves when the program has ended and all its output is here; rejects when that takes too long. */
	readonly ended: Promise<Ending>

	/** For runCli alone, which ends what a test leaves behind. */
	constructor(args: readonly string[], { cwd, env, cli = builtCli, stdout, wrapper = [] }: CliOptions) {
		this.#args = args
		const [command = process.execPath, ...words] = [...wrapper, process.execPath, cli, ...args]
		this.#child = spawn(command, words, {
			cwd,
			env: { ...plainEnvironment(), ...env },
			stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
		})
		alive.add(this.#child)
		this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			this.stdout += text
			this.#tell()
		})
		this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			this.stderr += text
			this.#tell()
		})
		const closed = new Promise<Ending>((resolve, reject) => {
			this.#child.on('error', reject)
			this.#child.on('close', (code, signal) => {
				alive.delete(this.#child)
				this.#ending = { code, signal }
				resolve(this.#ending)
				this.#tell()
			})
		})
		this.ended = this.#within(closed, 'end')
		this.ended.catch(() => undefined)
	}

	get pid(): number {
		return this.#child.pid ?? -1
	}

	/** Whole lines of stdout so far. */
	get lines(): string[] {
		return this.stdout.split('\n').slice(0, -1)
	}

	/** Objects of stdout so far, one a line. */
	get objects(): Record<string, unknown>[] {
		return this.lines.map(line => JSON.parse(line) as Record<string, unknown>)
	}

	/** The first line of stdout that `pattern` fits, at once or when it comes. */
	async line(pattern: RegExp): Promise<string> {
		return await this.#find(`a line like ${pattern}`, () => this.lines.find(line => pattern.test(line)))
	}

	/** The first object of this type for which `fits` holds. */
	async object(
		type: string,
		fits: (object: Record<string, unknown>) => boolean = () => true,
	): Promise<Record<string, unknown>> {
		return await this.#find(`an object of type ${type}`, () =>
			this.objects.find(object => object['type'] === type && fits(object)),
		)
	}

	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal)
	}

	/** Shuts the reader's end of its stdout. */
	closeStdout(): void {
		this.#child.stdout?.destroy()
	}

	async kill(): Promise<void> {
		if (this.#ending !== undefined) return
		const gone = new Promise(resolve => this.#child.once('close', resolve))
		this.#child.kill('SIGKILL')
		await gone
	}

	#find<Found>(what: string, look: () => Found | undefined): Promise<Found> {
		let watcher = (): void => undefined
		const found = new Promise<Found>((resolve, reject) => {
			watcher = () => {
				const hit = look()
				if (hit !== undefined) resolve(hit)
				else if (this.#ending !== undefined) reject(this.#failure(`ended before ${what}`))
			}
		})
		this.#watchers.add(watcher)
		watcher()
		return this.#within(found, what).finally(() => this.#watchers.delete(watcher))
	}

	#tell(): void {
		for (const watcher of this.#watchers) watcher()
	}

	async #within<Value>(work: Promise<Value>, what: string): Promise<Value> {
		let timer: ReturnType<typeof setTimeout> | undefined
		const tooLate = new Promise<never>((_, reject) => {
			timer = setTimeout(() => reject(this.#failure(`no ${what} within ${deadlineMs} ms`)), deadlineMs)
		})
		try {
			return await Promise.race([work, tooLate])
		} finally {
			clearTimeout(timer)
		}
	}

	#failure(what: string): Error {
		const ending = this.#ending === undefined ? 'running' : JSON.stringify(this.#ending)
		const output = `${this.stdout.slice(-3000)}\n${this.stderr.slice(-3000)}`
		return new Error(`swarmscope ${this.#args.join(' ')}: ${what} (${ending})\n${output}`)
	}
}

/** The environment of a child: a CI changes what Ink and chalk do, and state must never reach the user. */
export function plainEnvironment(): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(
		([name]) => !/^(?:CI|CONTINUOUS_|BUILD_|GITHUB_|NO_COLOR|FORCE_COLOR|XDG_|VITEST|NODE_)/u.test(name),
	)
	return { ...Object.fromEntries(kept), HOME: '/dev/null/nobody' }
}
