// How the program ends: by signals, by time, by a reader or a disk that is gone, by a fault of its own.
import { cpSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { downloadArguments, startSeed, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { startTracker } from '../helpers/cli-tracker.ts'
import { cliResult, runCli, temporaryFolder } from '../helpers/run-cli.ts'

const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

describe('a signal', () => {
	it.each(signals)('%s tells the tracker, saves the state and ends with its code', async signal => {
		const { tracker, heard } = await startTracker()
		const torrent = torrentOnDisk({ announce: tracker.httpUrl })
		const run = runCli(downloadArguments(torrent, '--json', ...(signal === 'SIGINT' ? ['--inline'] : [])))
		await run.object('trackerAnswered')
		run.signal(signal)
		expect(await run.ended).toEqual({ code: codes[signal], signal: null })
		expect(run.objects.at(-1)).toMatchObject({
			type: 'result',
			complete: false,
			reason: 'signal',
			signal,
			stopped: true,
		})
		expect(run.stderr).toBe('')
		expect(heard).toEqual(['http started', 'http stopped'])
		const kept = readdirSync(join(torrent.folder, 'state')).map(name => name.replace(/^[0-9a-f]{40}\./u, ''))
		expect(kept).toEqual(expect.arrayContaining(['torrent']))
		expect(kept).not.toContain('lock')
	})

	it.each(['http', 'udp'] as const)(
		'ends it within five seconds when the tracker hangs (%s)',
		async transport => {
			const { tracker } = await startTracker()
			const torrent = torrentOnDisk({ announce: transport === 'http' ? tracker.httpUrl : tracker.udpUrl })
			const run = runCli(downloadArguments(torrent, '--json'))
			await run.object('trackerAnswered')
			tracker.setMood({ type: 'silent' })
			const askedAt = performance.now()
			run.signal('SIGTERM')
			expect(await run.ended).toEqual({ code: 143, signal: null })
			expect(performance.now() - askedAt).toBeLessThan(5000)
			expect(run.objects.at(-1)).toMatchObject({ type: 'result', stopped: true })
		},
	)

	it('ends it at once when it is the second one', async () => {
		const { tracker } = await startTracker()
		const torrent = torrentOnDisk({ announce: tracker.httpUrl })
		const run = runCli(downloadArguments(torrent, '--json'))
		await run.object('trackerAnswered')
		tracker.setMood({ type: 'silent' })
		run.signal('SIGTERM')
		await run.object('stateChanged', ({ state }) => state === 'stopped')
		const askedAt = performance.now()
		run.signal('SIGINT')
		expect(await run.ended).toEqual({ code: 130, signal: null })
		expect(performance.now() - askedAt).toBeLessThan(1000)
	})

	it('loses nothing: the next run goes on where it was', async () => {
		const torrent = torrentOnDisk({ bytes: 1_500_000 })
		const { peer } = await startSeed(torrent)
		const run = runCli(downloadArguments(torrent, '--json', '--peer', peer, '--max-down', '500k'))
		await run.object('pieceVerified', ({ piecesHave }) => Number(piecesHave) >= 8)
		run.signal('SIGTERM')
		expect(await run.ended).toMatchObject({ code: 143 })
		// The last piece is shorter than the others.
		const pieces = Math.ceil(Number(run.objects.at(-1)?.['completedBytes']) / torrent.made.pieceLength)
		expect(pieces).toBeGreaterThanOrEqual(8)
		const again = runCli(downloadArguments(torrent, '--json', '--peer', peer))
		expect(await again.ended).toMatchObject({ code: 0 })
		expect(await again.object('checkFinished')).toMatchObject({ piecesHave: pieces })
	})
})

describe('without a signal', () => {
	it('it leaves when complete, exits 0, and goes on with --seed, also after --timeout', async () => {
		const torrent = torrentOnDisk()
		const { run } = await startSeed(torrent, '--timeout', '0.5')
		const complete = await cliResult([
			torrent.file,
			'--dir',
			torrent.content,
			'--state-dir',
			join(torrent.folder, 'x'),
			'--port',
			'0',
			'--bind',
			'127.0.0.1',
			'--plain',
			'--no-seed',
		])
		expect(complete).toMatchObject({ code: 0, stderr: '' })
		await run.object('progress', () => run.objects.filter(({ type }) => type === 'progress').length >= 3)
		run.signal('SIGTERM')
		expect(await run.ended).toMatchObject({ code: 143 })
		expect(run.objects.at(-1)).toMatchObject({ complete: true, reason: 'signal' })
	})

	it('it gives up after --timeout with exit code 1', async () => {
		const torrent = torrentOnDisk()
		const run = runCli(downloadArguments(torrent, '--json', '--timeout', '0.3'))
		expect(await run.ended).toEqual({ code: 1, signal: null })
		expect(run.objects.at(-1)).toMatchObject({ complete: false, reason: 'timeout', stopped: true })
		expect(run.stderr).toBe('')
		expect(await cliResult(downloadArguments(torrent, '--timeout', '0.3'))).toMatchObject({
			code: 1,
			stderr: '',
		})
	})

	it('it ends as after SIGHUP when its reader goes away', async () => {
		const torrent = torrentOnDisk()
		const { run } = await startSeed(torrent)
		run.closeStdout()
		expect(await run.ended).toEqual({ code: 129, signal: null })
		expect(run.stderr).toBe('')
	})

	it('it exits 4 while another one has the torrent open, and takes over when that was killed', async () => {
		const torrent = torrentOnDisk()
		const first = runCli(downloadArguments(torrent, '--json'))
		await first.object('torrentStarted')
		const { code, stdout, stderr } = await cliResult(downloadArguments(torrent, '--json'))
		expect(stderr).toBe(`swarmscope: this torrent is open in process ${first.pid}\n`)
		expect(code).toBe(4)
		expect(
			stdout
				.split('\n')
				.filter(Boolean)
				.map(line => JSON.parse(line) as unknown),
		).toEqual([
			expect.objectContaining({ type: 'error', code: 'locked' }),
			expect.objectContaining({ type: 'result', complete: false, reason: 'refused' }),
		])
		await first.kill()
		expect(await cliResult(downloadArguments(torrent, '--timeout', '0.2'))).toMatchObject({
			code: 1,
			stderr: '',
		})
	})

	it('it exits 2 for a port that is taken and an address that is not ours', async () => {
		const torrent = torrentOnDisk()
		const { port } = await startSeed(torrent)
		const [file, ...args] = downloadArguments(torrent)
		const taken = args.map(arg => (arg === '0' ? String(port) : arg))
		expect(await cliResult([String(file), ...taken])).toMatchObject({
			code: 2,
			stderr: `swarmscope: --port: expected a free port, got ${port}: in use\n`,
		})
		const foreign = args.map(arg => (arg === '127.0.0.1' ? '192.0.2.1' : arg))
		expect(await cliResult([String(file), ...foreign])).toMatchObject({
			code: 2,
			stderr: 'swarmscope: --bind: expected an address of this machine, got 192.0.2.1\n',
		})
	})

	it('it exits 2 for a peer whose name leads nowhere', async () => {
		const torrent = torrentOnDisk()
		expect(await cliResult(downloadArguments(torrent, '--peer', 'nobody.invalid:1'))).toEqual({
			code: 2,
			stdout: '',
			stderr: 'swarmscope: --peer: expected a host that can be found, got nobody.invalid\n',
		})
	})

	it.each(['--plain', '--json'])('it exits 70 after a fault of its own, with the stack (%s)', async mode => {
		const dist = temporaryFolder()
		cpSync(dirname(fileURLToPath(new URL('../../dist/cli.js', import.meta.url))), dist, { recursive: true })
		writeFileSync(join(dist, 'package.json'), '{"type":"module"}')
		const engine = readdirSync(dist).find(name => name.startsWith('inline-')) ?? ''
		renameSync(join(dist, engine), join(dist, 'engine.js'))
		writeFileSync(
			join(dist, engine),
			"export * from './engine.js'\nsetTimeout(() => { throw new Error('made to fail') }, 50)\n",
		)
		const torrent = torrentOnDisk()
		const { code, stdout, stderr } = await cliResult(downloadArguments(torrent, mode), {
			cli: join(dist, 'cli.js'),
		})
		expect(stderr).toContain('made to fail')
		expect(code).toBe(70)
		if (mode === '--json')
			expect(stdout).toMatch(/"type":"error","code":"crashed".*\n.*"type":"result","complete":false/u)
	})
})
