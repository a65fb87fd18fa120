// Whatever ends or stops the screen, and whatever is open on it then: the shell gets its terminal back as it was,
// modes, cursor, title, progress and line discipline alike, with the exit code that is promised, and nothing
// stays behind. A shell in the pseudo-terminal looks at it from where a user would.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { downloadArguments, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { faultyBuild } from '../helpers/faulty-build.ts'
import { temporaryFolder } from '../helpers/run-cli.ts'
import { builtCli, processesOf, type PtyRun, runInPty } from '../helpers/pty-run.ts'
import { listenAsPeer } from '../helpers/socket-peer.ts'
import { readTerminal, untouched } from '../helpers/terminal-bytes.ts'

// The program runs as a job; while it is stopped the shell says so and waits for a line before it goes on with it.
const jobScript = `set -m
echo "modes before: $(stty -g)"
sh -c 'echo "job $$ runs"; exec "$@"' job "$@"
code=$?
while kill -0 %1 2>/dev/null; do
	echo "modes stopped: $(stty -g)"
	read -r line
	fg >/dev/null
	code=$?
done
echo "modes after: $(stty -g)"
echo "exit code: $code"
read -r line`

type Session = {
	readonly run: PtyRun
	/** Where it keeps its state. */
	readonly state: string
}

/** A download on the screen, under way and never complete, with everything that the terminal can be told. */
async function startIn(shell: readonly string[], cli = builtCli): Promise<Session> {
	const torrent = torrentOnDisk()
	const { address } = await listenAsPeer({ torrent: torrent.made, blocks: 40, chatters: true })
	const told = ['--title', '--progress', '--notify', '--bell']
	const words = [process.execPath, cli, ...downloadArguments(torrent, '--peer', address, ...told)]
	const run = runInPty(words, { columns: 100, rows: 30, command: shell })
	await run.shows(/single\.bin[\s\S]*\d\.\d%/u)
	return { run, state: join(torrent.folder, 'state') }
}

async function startJob(cli?: string): Promise<Session & { readonly pid: number }> {
	const session = await startIn(['sh', '-c', jobScript, 'sh'], cli)
	const pid = Number(/job (\d+) runs/u.exec(session.run.text())?.[1])
	return { ...session, pid }
}

/** The line discipline as the shell saw it. */
function modesIn(text: string, when: 'before' | 'stopped' | 'after'): string | undefined {
	return new RegExp(`modes ${when}: (\\S+)`, 'u').exec(text)?.[1]
}

/** What may be open on the screen, and how one sees that it is. */
const opened = {
	dashboard: async () => Promise.resolve(),
	help: async run => {
		run.press('?')
		await run.shows(/Help: /u)
	},
	inspector: async run => {
		run.press('5')
		await run.shows(/\d\.\d{3} [←→]/u)
		run.press('\r')
		await run.shows(/Esc back/u)
	},
	filter: async run => {
		run.press('/')
		run.press('seed')
		await run.shows(/\/seed/u)
	},
	command: async run => {
		run.press(':')
		run.press('limit')
		await run.shows(/:limit/u)
	},
} satisfies Record<string, (run: PtyRun) => Promise<void>>

type Job = Awaited<ReturnType<typeof startJob>>

/** Returns what was printed after the screen. */
async function expectRestored({ run, pid }: Job, code: number): Promise<string> {
	// The shell stays until all that it printed has come.
	await run.sends(/exit code: \d+\r\n/u)
	const text = run.text()
	run.press('\r')
	expect(await run.ended()).toBe(0)
	expect(/exit code: (\d+)/u.exec(text)?.[1]).toBe(String(code))
	expect(modesIn(text, 'before')).toMatch(/:/u)
	expect(modesIn(text, 'after')).toBe(modesIn(text, 'before'))
	const { faults, state } = readTerminal(run.bytes(), ['title', 'progress'])
	expect(faults).toEqual([])
	expect(state).toEqual(untouched)
	expect(processesOf(pid)).toEqual([])
	return text.slice(text.lastIndexOf('\u001b[?1049l'))
}

function locksIn(state: string): string[] {
	return readdirSync(state).filter(name => name.endsWith('.lock'))
}

describe('the terminal is as before, nothing is left, and the exit code is right', () => {
	const kill = (signal: NodeJS.Signals) => (session: Job) => void process.kill(session.pid, signal)
	const press = (key: string) => (session: Job) => session.run.press(key)
	it.each([
		['q', 'dashboard', press('q'), 1],
		['q', 'help', press('q'), 1],
		['Ctrl-C', 'inspector', press('\u0003'), 1],
		['SIGINT', 'filter', kill('SIGINT'), 130],
		['SIGTERM', 'command', kill('SIGTERM'), 143],
		['SIGHUP', 'inspector', kill('SIGHUP'), 129],
	] as const)('after %s with the %s open', async (_name, open, end, code) => {
		const session = await startJob()
		await opened[open](session.run)
		end(session)
		expect(await expectRestored(session, code)).toContain('single.bin: ')
		expect(locksIn(session.state)).toEqual([])
	})

	it.each([
		['throws', 'filter', 'made to fail'],
		['ends', 'command', "the engine's thread ended with code 3"],
		['misinforms', 'inspector', 'TypeError'],
	] as const)('after an engine that %s with the %s open', async (fault, open, words) => {
		const build = faultyBuild(fault)
		const session = await startJob(build.cli)
		await opened[open](session.run)
		build.break()
		expect(await expectRestored(session, 70)).toContain(words)
	})

	it('at every Ctrl-Z, and the screen is as it was after every fg', async () => {
		const session = await startJob()
		const { run, pid } = session
		for (const open of ['dashboard', 'filter'] as const) {
			await opened[open](run)
			if (open === 'dashboard') {
				run.press(' ')
				await run.shows(/FROZEN/u)
			}
			await run.quiet()
			const shown = (await run.terminal()).looks()
			const from = run.length
			run.press('\u001a')
			await run.sends(/modes stopped: \S+\r\n/u, from)
			const { state } = readTerminal(run.bytes(), ['title', 'progress'])
			expect(state).toEqual(untouched)
			expect(modesIn(run.text(from), 'stopped')).toBe(modesIn(run.text(), 'before'))
			expect(processesOf(pid)).toEqual([pid])
			run.press('\r')
			await run.sends(/\u001b\[\?1049h[\s\S]*\u001b\[\?2026l/u, from)
			await run.quiet()
			expect((await run.terminal()).looks()).toEqual(shown)
		}
		run.press('\u0003')
		await expectRestored(session, 1)
	})

	it('and a terminal that is closed ends it as SIGHUP does, with its state saved', async () => {
		const codeFile = join(temporaryFolder(), 'code')
		const shell = ['sh', '-c', `trap '' HUP; "$@"; echo $? >${codeFile}`, 'sh']
		const { run, state } = await startIn(shell)
		await opened.command(run)
		run.hangUp()
		const code = () => (existsSync(codeFile) ? readFileSync(codeFile, 'utf8') : '')
		await expect.poll(code, { timeout: 40_000 }).toBe('129\n')
		await expect.poll(() => processesOf(run.pid), { timeout: 40_000 }).toEqual([])
		expect(locksIn(state)).toEqual([])
	})
})
