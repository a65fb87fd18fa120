// What lies where the program wants to write: nothing of the user's is written over, and a disk that takes
// nothing is said in one line.
import { execFileSync } from 'node:child_process'
import {
	existsSync,
	mkdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
	downloadArguments,
	filesBelow,
	multiFiles,
	startSeed,
	type TorrentOnDisk,
	torrentOnDisk,
} from '../helpers/cli-torrents.ts'
import { cliResult, runCli, temporaryFolder } from '../helpers/run-cli.ts'

/** The one line on stderr of a download that exits 4. */
async function diskFailure(torrent: TorrentOnDisk, ...more: string[]): Promise<string> {
	const { code, stderr } = await cliResult(downloadArguments(torrent, ...more))
	expect(stderr).toMatch(/^swarmscope: [^\n]+\n$/u)
	expect(code).toBe(4)
	return stderr.slice('swarmscope: '.length, -1)
}

describe('a place that is taken', () => {
	it('by a file is refused as --dir and --state-dir, by a directory as --log', async () => {
		const torrent = torrentOnDisk()
		const { folder, file } = torrent
		const [source, , , , , ...rest] = downloadArguments(torrent)
		const args = [String(source), ...rest]
		const failure = async (...more: string[]) => {
			const { code, stdout, stderr } = await cliResult([...args, ...more])
			expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
			return stderr
		}
		const state = ['--state-dir', join(folder, 'state')]
		const dir = ['--dir', join(folder, 'to')]
		expect(await failure(...state, '--dir', file)).toBe(
			`swarmscope: --dir: expected a directory, got ${file}: it is a file\n`,
		)
		expect(await failure(...state, '--dir', join(file, 'x'))).toBe(
			`swarmscope: --dir: expected a directory, got ${join(file, 'x')}: a part of this path is a file\n`,
		)
		expect(await failure(...dir, '--state-dir', file)).toBe(
			`swarmscope: --state-dir: expected a directory, got ${file}: it is a file\n`,
		)
		expect(await failure(...dir, ...state, '--log', folder)).toBe(
			`swarmscope: --log: expected a file that can be written, got ${folder}: a directory\n`,
		)
		expect(existsSync(join(folder, 'to'))).toBe(false)
	})

	it('by the torrent file is refused as --log', async () => {
		const torrent = torrentOnDisk()
		const { code, stderr } = await cliResult(downloadArguments(torrent, '--log', torrent.file))
		expect(stderr).toBe(`swarmscope: --log: expected another file than the torrent, got ${torrent.file}\n`)
		expect(code).toBe(2)
		expect(new Uint8Array(readFileSync(torrent.file))).toEqual(torrent.made.bytes)
	})

	it('by a directory or a link is not the place of a file, nor a file or a link that of a folder', async () => {
		const single = torrentOnDisk()
		const multi = torrentOnDisk({ name: 'multi', files: multiFiles })
		const to = (torrent: TorrentOnDisk) => join(torrent.folder, 'to')
		const elsewhere = temporaryFolder()
		for (const { folder } of [single, multi]) mkdirSync(join(folder, 'to'))
		mkdirSync(join(to(single), 'single.bin'))
		expect(await diskFailure(single)).toBe(
			`expected a file or nothing at ${to(single)}/single.bin, got a directory`,
		)
		symlinkSync(elsewhere, join(to(multi), 'multi'))
		expect(await diskFailure(multi)).toBe(
			`expected a directory or nothing at ${to(multi)}/multi, got a symbolic link`,
		)
		expect(readlinkSync(join(to(multi), 'multi'))).toBe(elsewhere)
		expect(filesBelow(elsewhere).size).toBe(0)
		const other = torrentOnDisk({ name: 'multi', files: multiFiles })
		mkdirSync(to(other))
		writeFileSync(join(to(other), 'multi'), 'mine')
		expect(await diskFailure(other, '--json')).toBe(
			`expected a directory or nothing at ${to(other)}/multi, got a file`,
		)
		expect(readFileSync(join(to(other), 'multi'), 'utf8')).toBe('mine')
	})

	it('by data of another is left alone unless --recheck is given', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const path = join(torrent.folder, 'to', 'single.bin')
		mkdirSync(join(torrent.folder, 'to'))
		writeFileSync(path, 'a letter')
		expect(await diskFailure(torrent, '--peer', peer)).toBe(
			`expected data of this torrent or nothing at ${path}, got other data; --recheck writes over it`,
		)
		expect(readFileSync(path, 'utf8')).toBe('a letter')
		expect(await cliResult(downloadArguments(torrent, '--peer', peer, '--recheck'))).toMatchObject({
			code: 0,
		})
		expect(filesBelow(join(torrent.folder, 'to'))).toEqual(filesBelow(torrent.content))
	})

	it('by a part of this torrent is completed', async () => {
		const torrent = torrentOnDisk()
		const { peer } = await startSeed(torrent)
		const path = join(torrent.folder, 'to', 'single.bin')
		mkdirSync(join(torrent.folder, 'to'))
		writeFileSync(path, torrent.made.content)
		truncateSync(path, 1_000_000)
		const run = runCli(downloadArguments(torrent, '--json', '--peer', peer))
		expect(await run.ended).toMatchObject({ code: 0 })
		expect(await run.object('checkFinished')).toMatchObject({ piecesHave: 30 })
		expect(filesBelow(join(torrent.folder, 'to'))).toEqual(filesBelow(torrent.content))
	})
})

describe('a folder that is taken away', () => {
	it('while it is filled ends the download with the reason, and is not made again unasked', async () => {
		const files = [
			{ path: 'one.bin', content: 6_000_000 },
			{ path: ['deep', 'two.bin'], content: 6_000_000 },
		]
		const torrent = torrentOnDisk({ name: 'multi', files, pieceLength: 65_536 })
		const { peer } = await startSeed(torrent)
		const to = join(torrent.folder, 'to')
		const run = runCli(downloadArguments(torrent, '--json', '--peer', peer, '--max-down', '1M'))
		// By then a state claims pieces.
		await run.object('pieceVerified', ({ piecesHave }) => Number(piecesHave) > 90)
		rmSync(join(to, 'multi'), { recursive: true })
		expect(await run.ended).toEqual({ code: 4, signal: null })
		expect(run.stderr).toMatch(
			/^swarmscope: (?:the disk cannot be written \(ENOENT\)|files were taken away or replaced)[^\n]*\n$/u,
		)
		expect(filesBelow(to).size).toBe(0)
		expect(await diskFailure(torrent, '--peer', peer)).toMatch(
			/^files that were downloaded are missing below .*--recheck starts over/u,
		)
		expect(await cliResult(downloadArguments(torrent, '--peer', peer, '--recheck'))).toMatchObject({
			code: 0,
		})
		expect(filesBelow(to)).toEqual(filesBelow(torrent.content))
	})
})

describe('a disk that takes nothing', () => {
	it.skipIf(process.platform !== 'linux')(
		'ends a download with exit code 4, and --log only itself',
		async () => {
			const torrent = torrentOnDisk()
			const { peer } = await startSeed(torrent)
			const [file, , , ...rest] = downloadArguments(torrent, '--peer', peer)
			const { code, stdout, stderr } = await cliResult([
				String(file),
				...rest,
				'--json',
				'--dir',
				'/sys/swarmscope',
			])
			expect(stderr).toMatch(/^swarmscope: the disk cannot be written \(E[A-Z]+\)[^\n]*\n$/u)
			expect(code).toBe(4)
			expect(stdout).toMatch(
				/"type":"error","code":"disk".*\n.*"type":"result","complete":false,"reason":"disk"/u,
			)
			const logged = await cliResult(downloadArguments(torrent, '--peer', peer, '--log', '/dev/full'))
			expect(logged).toMatchObject({
				code: 0,
				stderr: 'swarmscope: --log: lines are missing in /dev/full: ENOSPC\n',
			})
		},
	)

	const tmpfs = mountTmpfs()
	it.skipIf(tmpfs === undefined)(
		'because it is full keeps what has arrived, and goes on when there is room',
		async () => {
			const torrent = torrentOnDisk()
			const { peer } = await startSeed(torrent)
			const folder = temporaryFolder()
			const resize = (size: string, ...options: string[]) =>
				execFileSync('mount', ['-t', 'tmpfs', '-o', [...options, `size=${size}`].join(','), 'tmpfs', folder])
			resize('1m')
			onTestFinished(() => void execFileSync('umount', [folder]))
			const [file, , , ...rest] = downloadArguments(torrent, '--peer', peer, '--json')
			const args = [String(file), ...rest, '--dir', folder]
			const full = runCli(args)
			expect(await full.ended).toMatchObject({ code: 4 })
			expect(full.stderr).toMatch(/^swarmscope: the disk is full \(ENOSPC\)[^\n]*\n$/u)
			resize('8m', 'remount')
			const again = runCli(args)
			expect(await again.ended).toMatchObject({ code: 0 })
			expect(Number((await again.object('checkFinished'))['piecesHave'])).toBeGreaterThan(0)
			expect(filesBelow(folder)).toEqual(filesBelow(torrent.content))
		},
	)
})

/** Whether this machine lets us mount: root with the right to. */
function mountTmpfs(): true | undefined {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
	try {
		execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
		return true
	} catch {
		return undefined
	}
}
