// Downloads of the built program from itself on loopback, with every option that shapes a download.
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
	downloadArguments,
	filesBelow,
	multiFiles,
	startSeed,
	torrentOnDisk,
	type TorrentOnDisk,
} from '../helpers/cli-torrents.ts'
import { startTracker } from '../helpers/cli-tracker.ts'
import { type CliRun, cliResult, runCli } from '../helpers/run-cli.ts'
import { scriptHttp } from '../helpers/tracker-server.ts'

/** Fails unless the program ended with this code and the download is the seed's content. */
async function expectComplete(run: CliRun, torrent: TorrentOnDisk): Promise<void> {
	expect({ ...(await run.ended), stderr: run.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
	expect(filesBelow(join(torrent.folder, 'to'))).toEqual(filesBelow(torrent.content))
}
const download = (torrent: TorrentOnDisk, ...more: string[]) => runCli(downloadArguments(torrent, ...more))
const kinds = (run: CliRun) => run.objects.map(object => object['type'])

describe('where peers come from', () => {
	it.each(['worker', 'inline'])('is --peer, for a torrent without a tracker (engine: %s)', async where => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles })
		const { peer } = await startSeed(torrent)
		const run = download(torrent, '--json', '--peer', peer, ...(where === 'inline' ? ['--inline'] : []))
		await expectComplete(run, torrent)
		expect(run.objects.every(({ version }) => version === 1)).toBe(true)
		expect(kinds(run)).toEqual(
			expect.arrayContaining([
				'start',
				'progress',
				'checkFinished',
				'peerConnected',
				'pieceVerified',
				'peerDropped',
			]),
		)
		expect(run.objects.at(-1)).toEqual({
			version: 1,
			type: 'result',
			complete: true,
			reason: 'complete',
			completedBytes: 190_000,
			totalBytes: 190_000,
			downloadedBytes: 190_000,
			uploadedBytes: 0,
			stopped: true,
		})
	})

	it.each(['http', 'udp'] as const)(
		'is the tracker over %s, which hears how we come and go',
		async transport => {
			const { tracker, heard } = await startTracker()
			const torrent = torrentOnDisk({ announce: transport === 'http' ? tracker.httpUrl : tracker.udpUrl })
			const seed = await startSeed(torrent)
			await seed.run.object('trackerAnswered')
			const run = download(torrent, '--json')
			await expectComplete(run, torrent)
			expect(await run.object('trackerAnswered')).toMatchObject({ tracker: 0, peers: 1, seeders: 1 })
			const mine = ['started', 'completed', 'stopped'].map(event => `${transport} ${event}`)
			expect(heard).toEqual([`${transport} started`, ...mine])
		},
	)

	it('is every tracker with --announce-all', async () => {
		const [first, second] = [await startTracker(), await startTracker()]
		const torrent = torrentOnDisk({ announceList: [[first.tracker.httpUrl], [second.tracker.httpUrl]] })
		const { run } = await startSeed(torrent, '--announce-all')
		await run.object('trackerAnswered', ({ tracker }) => tracker === 1)
		expect([first.heard, second.heard]).toEqual([['http started'], ['http started']])
	})

	it('and where the torrent comes from is reached from --bind alone', async () => {
		const torrent = torrentOnDisk()
		const { peer, run: seed } = await startSeed(torrent)
		const callers: (string | undefined)[] = []
		const server = await scriptHttp((request, response) => {
			callers.push(request.socket.remoteAddress)
			response.end(torrent.made.bytes)
		})
		onTestFinished(() => server.close())
		const [, ...args] = downloadArguments(torrent, '--json', '--peer', peer)
		const bound = args.map(arg => (arg === '127.0.0.1' ? '127.0.0.2' : arg))
		const run = runCli([`http://127.0.0.1:${server.port}/t`, ...bound])
		await expectComplete(run, torrent)
		expect(callers).toEqual(['127.0.0.2'])
		expect(await seed.object('peerConnected')).toMatchObject({ host: '127.0.0.2' })
	})
})

describe('what is fetched', () => {
	it('are with --only the chosen files, and no other is created', async () => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles })
		const { peer } = await startSeed(torrent)
		const run = download(torrent, '--json', '--peer', peer, '--only', '1-2')
		expect(await run.ended).toMatchObject({ code: 0 })
		expect(run.objects.at(-1)).toMatchObject({ complete: true, completedBytes: 65_536, totalBytes: 65_536 })
		const all = filesBelow(torrent.content)
		expect(filesBelow(join(torrent.folder, 'to'))).toEqual(
			new Map(['multi/empty', 'multi/two.bin'].map(path => [path, all.get(path)])),
		)
		expect(readdirSync(join(torrent.folder, 'to', 'multi')).sort()).toEqual(['empty', 'two.bin'])
	})

	it.each([
		['4', 'got 4'],
		['2,9-11', 'got 9'],
	])('is nothing when --only names a file that is not there: %s', async (only, got) => {
		const torrent = torrentOnDisk({ name: 'multi', files: multiFiles })
		const { code, stdout, stderr } = await cliResult(downloadArguments(torrent, '--only', only))
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
		expect(stderr).toBe(`swarmscope: --only: expected files from 0 to 3, ${got}\n`)
		expect(existsSync(join(torrent.folder, 'to'))).toBe(false)
	})

	it('comes with --sequential in order', async () => {
		const torrent = torrentOnDisk({ bytes: 12_000_000 })
		const { peer } = await startSeed(torrent)
		const run = download(torrent, '--json', '--peer', peer, '--sequential')
		await expectComplete(run, torrent)
		const pieces = run.objects
			.filter(({ type }) => type === 'pieceVerified')
			.map(({ piece }) => Number(piece))
		const half = torrent.made.pieceCount / 2
		expect(pieces).toHaveLength(torrent.made.pieceCount)
		// What a choked peer may have comes when it may, and many pieces are on their way at a time.
		const early = pieces.slice(0, half).filter(piece => piece < half)
		expect(early.length).toBeGreaterThan(half * 0.9)
	})

	it('is trusted in a second run, and looked at again with --recheck', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		await expectComplete(download(torrent, '--peer', peer), torrent)
		const path = join(torrent.folder, 'to', 'single.bin')
		utimesSync(path, 1_700_000_000, 1_700_000_000)
		await expectComplete(download(torrent), torrent)
		const bytes = readFileSync(path)
		bytes.fill(0, 1_000_000, 1_000_010)
		writeFileSync(path, bytes)
		utimesSync(path, 1_700_000_000, 1_700_000_000)
		expect(await download(torrent).ended).toMatchObject({ code: 0 })
		const again = download(torrent, '--json', '--recheck', '--peer', peer)
		await expectComplete(again, torrent)
		expect(await again.object('checkFinished')).toMatchObject({ piecesHave: 91, pieceCount: 92 })
		expect(again.objects.at(-1)).toMatchObject({ complete: true, completedBytes: 3_000_000 })
	})
})

describe('how it runs', () => {
	it('is limited by --max-down and --max-up, and by --max-peers', async () => {
		const torrent = torrentOnDisk({ bytes: 1_500_000 })
		const [slow, other] = [
			await startSeed(torrent, '--max-up', '500k'),
			await startSeed({ ...torrent, folder: join(torrent.folder, 'x') }),
		]
		const runs = [
			runCli([...downloadArguments(torrent, '--json', '--peer', slow.peer)]),
			runCli([
				...[torrent.file, '--dir', join(torrent.folder, 'b'), '--state-dir', join(torrent.folder, 'bs')],
				...['--bind', '127.0.0.1', '--port', '0', '--json', '--max-down', '500k', '--max-peers', '1'],
				...['--peer', slow.peer, '--peer', other.peer],
			]),
		]
		for (const run of runs) {
			expect(await run.ended).toMatchObject({ code: 0 })
			const { inMs } = await run.object('downloadCompleted')
			// 1.5 MB at 500 kB/s, less what a limit lets pass at once.
			expect(inMs).toBeGreaterThan(1500)
		}
		const [, one] = runs
		expect(
			Math.max(...(one?.objects ?? []).map(({ peers }) => (typeof peers === 'number' ? peers : 0))),
		).toBe(1)
	})

	it('takes the first free port from 6881', async () => {
		const squatter = createServer()
		await new Promise(resolve => {
			squatter.once('error', resolve).listen(6881, '127.0.0.1', () => resolve(undefined))
		})
		onTestFinished(() => void squatter.close())
		const torrent = torrentOnDisk()
		const places = ['--dir', torrent.content, '--state-dir', join(torrent.folder, 's')]
		const run = runCli([torrent.file, ...places, '--bind', '127.0.0.1', '--json', '--seed'])
		const { port } = await run.object('progress', object => object['port'] !== undefined)
		expect(port).toBeGreaterThan(6881)
		expect(port).toBeLessThan(6881 + 64)
	})

	it('keeps its state in the folder of the platform unless --state-dir names another', async () => {
		const torrent = torrentOnDisk()
		const args = [torrent.file, '--dir', torrent.content, '--bind', '127.0.0.1', '--port', '0']
		const home = join(torrent.folder, 'home')
		expect(await cliResult(args, { env: { HOME: home, XDG_STATE_HOME: join(home, 'x') } })).toMatchObject({
			code: 0,
		})
		const folder = process.platform === 'linux' ? join(home, 'x', 'swarmscope') : home
		expect(readdirSync(folder, { recursive: true }).some(name => String(name).endsWith('.torrent'))).toBe(
			true,
		)
		expect(existsSync(join(torrent.folder, 'state'))).toBe(false)
	})
})

describe('what it prints', () => {
	it('are plain lines without a terminal: progress, events and a summary', async () => {
		const torrent = torrentOnDisk({ bytes: 1_000_000 })
		const { peer } = await startSeed(torrent)
		const run = download(torrent, '--peer', peer, '--max-down', '400k')
		await expectComplete(run, torrent)
		expect(run.stdout).toMatch(/^[ -~\n]+$/u)
		expect(run.stdout).toMatch(
			/^\d+\.\d% {2}[\d.]+ [kM]?B of 1\.0 MB {2}down [\d.]+ kB\/s {2}up 0 {2}1 peer\b/mu,
		)
		expect(run.stdout).toMatch(/^\d\d:\d\d:\d\d 127\.0\.0\.1:\d+ connected: swarmscope 0\.\d/mu)
		expect(run.lines.at(-2)).toMatch(/: complete, 1\.0 MB, in /u)
		expect(run.lines.at(-1)).toMatch(/^received 1\.0 MB in .* s \(.*\/s\), sent 0 B$/u)
	})

	it('goes with --log to a file as well, which is added to', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const log = join(torrent.folder, 'log')
		writeFileSync(log, 'before\n')
		await expectComplete(download(torrent, '--json', '--peer', peer, '--log', log), torrent)
		const [before, ...lines] = readFileSync(log, 'utf8').trimEnd().split('\n')
		expect(before).toBe('before')
		expect(lines.every(line => /^\d{4}-\d\d-\d\dT[\d:.]+Z [ -~]+$/u.test(line))).toBe(true)
		expect(lines.join('\n')).toMatch(/ complete: 3\.0 MB in/u)
	})

	it('is a line of progress a second with --json, also when nothing moves', async () => {
		const torrent = torrentOnDisk()
		const run = download(torrent, '--json')
		await run.object('progress', () => run.objects.filter(({ type }) => type === 'progress').length >= 4)
		expect(run.objects.filter(({ type }) => type === 'progress').at(-1)).toEqual({
			version: 1,
			type: 'progress',
			state: 'downloading',
			completedBytes: 0,
			totalBytes: 3_000_000,
			downBytesPerSecond: 0,
			upBytesPerSecond: 0,
			peers: 0,
			seeds: 0,
			piecesHave: 0,
			pieceCount: 92,
			port: expect.any(Number) as number,
		})
		expect(statSync(torrent.file).size).toBe(torrent.made.bytes.length)
	})
})
