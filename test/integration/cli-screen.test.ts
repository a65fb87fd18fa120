// The built program in a pseudo-terminal: the options of the full screen, and the exit codes of its ends.
import { spawn } from '@lydell/node-pty'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { downloadArguments, startSeed, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { plainEnvironment } from '../helpers/run-cli.ts'

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const left = '\u001b[?1049l'

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
	const pty = spawn(process.execPath, [cli, ...args], {
		cols: 100,
		rows: 30,
		env: { ...plainEnvironment(), TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ...env },
	})
	let bytes = ''
	let check = (): void => undefined
	pty.onData(data => {
		bytes += data
		check()
	})
	const ended = new Promise<number>(resolve => void pty.onExit(({ exitCode }) => resolve(exitCode)))
	onTestFinished(() => pty.kill('SIGKILL'))
	/** Waits until something like `pattern` has come. */
	const until = (pattern: RegExp) =>
		new Promise<void>(resolve => {
			check = () => {
				if (pattern.test(bytes)) resolve()
			}
			check()
		})
	return {
		pty,
		ended,
		until,
		bytes: () => bytes,
		after: () => bytes.slice(bytes.lastIndexOf(left) + left.length),
	}
}

describe('on a terminal', () => {
	it('a download fills the screen, goes on as a seed, and ends by q with exit code 0 when complete', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const screen = start(downloadArguments(torrent, '--peer', peer, '--fps', '20'))
		await screen.until(/seeding/u)
		expect(screen.bytes()).toContain('\u001b[?1049h')
		screen.pty.write('q')
		expect(await screen.ended).toBe(0)
		expect(screen.after()).toContain('single.bin: complete, 3.0 MB')
	})

	it('a practice swarm left by q before its end is no failure, for npm start would call it one', async () => {
		const screen = start(['demo'])
		await screen.until(/\d\.\d%/u)
		screen.pty.write('q')
		expect(await screen.ended).toBe(0)
		expect(screen.after()).toContain('pieces')
	})

	it('--no-seed leaves by itself, without colours for --no-color and NO_COLOR, in ASCII with --ascii', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const args = (name: string) => [
			...[
				torrent.file,
				'--dir',
				`${torrent.folder}/${name}`,
				'--state-dir',
				`${torrent.folder}/${name}.state`,
			],
			...['--bind', '127.0.0.1', '--port', '0', '--peer', peer, '--no-seed', '--inline'],
		]
		const colours = /\u001b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m/u
		const plain = start([...args('a'), '--no-color', '--ascii'])
		expect(await plain.ended).toBe(0)
		expect(plain.bytes()).not.toMatch(colours)
		expect(plain.bytes()).toMatch(/^[\u0000-\u007f]*$/u)
		const byVariable = start(args('b'), { NO_COLOR: '1' })
		expect(await byVariable.ended).toBe(0)
		expect(byVariable.bytes()).not.toMatch(colours)
		const coloured = start(args('c'))
		expect(await coloured.ended).toBe(0)
		expect(coloured.bytes()).toMatch(colours)
	})

	it('--timeout ends it with exit code 1, a signal with its own, each with a summary', async () => {
		const torrent = torrentOnDisk()
		const late = start(downloadArguments(torrent, '--timeout', '1'))
		expect(await late.ended).toBe(1)
		expect(late.after()).toContain('single.bin: 0 B of 3.0 MB')
		const told = start(downloadArguments(torrent))
		await told.until(/requests in flight/u)
		told.pty.kill('SIGTERM')
		expect(await told.ended).toBe(143)
		expect(told.after()).toContain('single.bin: 0 B of 3.0 MB')
	})

	it('a start that fails gives the terminal back and says why in one line', async () => {
		const torrent = torrentOnDisk()
		const screen = start(downloadArguments(torrent, '--only', '7'))
		expect(await screen.ended).toBe(2)
		expect(screen.after().trim()).toMatch(/^\S*swarmscope: --only: expected files from 0 to 0, got 7$/u)
	})

	it('--plain prints lines', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const run = start(downloadArguments(torrent, '--peer', peer, '--plain'))
		expect(await run.ended).toBe(0)
		expect(run.bytes()).not.toContain('\u001b')
		expect(run.bytes()).toContain('complete, 3.0 MB')
	})
})
