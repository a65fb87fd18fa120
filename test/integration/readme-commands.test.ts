// Every command of the README, typed as it stands there: only ports and addresses are the test's own.
import { copyFileSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toHex } from '../../source/protocol/bytes.ts'
import { filesBelow, startSeed, type TorrentOnDisk, torrentOnDisk } from '../helpers/cli-torrents.ts'
import { startTracker } from '../helpers/cli-tracker.ts'
import { type CliRun, runCli, temporaryFolder } from '../helpers/run-cli.ts'
import { scriptHttp } from '../helpers/tracker-server.ts'

const readme = readFileSync('README.md', 'utf8')
const blocks = Array.from(readme.matchAll(/^```\n(.*?)^```/gmsu), ([, block]) => block ?? '').join('')
const commands = Array.from(blocks.matchAll(/^swarmscope (.+)$/gmu), ([, line]) => line ?? '')
const demos = commands.filter(line => line.startsWith('demo'))
const content = commands.filter(line => !line.startsWith('demo'))
const name = 'field-recordings'

const recordings = (announce: string) =>
	torrentOnDisk({
		name,
		announce,
		pieceLength: 1 << 18,
		files: [
			{ path: 'dawn.flac', content: 9_000_000 },
			{ path: 'notes.txt', content: 6 },
			{ path: 'rain.flac', content: 6_000_000 },
		],
	})

/** Runs a command in a folder of its own in which what it speaks of is there. */
async function typed(line: string): Promise<{ run: CliRun; torrent: TorrentOnDisk; folder: string }> {
	const { tracker } = await startTracker()
	const torrent = recordings(tracker.httpUrl)
	const { peer, run: seed } = await startSeed(torrent)
	await seed.object('trackerAnswered')
	const folder = temporaryFolder()
	copyFileSync(torrent.file, join(folder, `${name}.torrent`))
	if (line.includes('--dir seed')) cpSync(torrent.content, join(folder, 'seed'), { recursive: true })
	if (line.startsWith('verify')) cpSync(torrent.content, join(folder, 'downloads'), { recursive: true })
	const server = await scriptHttp((_, response) => response.end(torrent.made.bytes))
	onTestFinished(() => server.close())
	const words = line
		.replace('127.0.0.1:8123', `127.0.0.1:${server.port}`)
		.replace('127.0.0.1:7001', peer)
		.replace('--port 7001', '--port 0')
		.replace(/[\da-f]{40}/u, toHex(torrent.made.infoHash))
		.replaceAll("'", '')
		.split(' ')
	// What a test says stays on this machine.
	if (!/^(?:info field|info .*--offline|verify|announce)/u.test(line)) words.push('--bind', '127.0.0.1')
	return { run: runCli(words, { cwd: folder, env: { XDG_STATE_HOME: folder } }), torrent, folder }
}

describe('a command of the README', () => {
	it('is there for each thing that the program does', () => {
		const first = new Set(content.map(line => line.split(' ')[0]))
		expect([...first]).toEqual(expect.arrayContaining([`${name}.torrent`, 'info', 'verify', 'announce']))
		expect(demos.length).toBeGreaterThan(3)
	})

	it.each(content)('does what it says: swarmscope %s', async line => {
		const { run, torrent, folder } = await typed(line)
		if (line.includes('--seed')) {
			await run.line(/ now seeding$/u)
			run.signal('SIGINT')
			expect((await run.ended).code).toBe(130)
			return
		}
		expect({ ...(await run.ended), stderr: run.stderr }).toMatchObject({ code: 0, stderr: '' })
		if (line.startsWith('info field')) expect(likeThis(run.stdout)).toBe(likeThis(printedInfo()))
		if (/^(?:info|verify|announce)/u.test(line)) return
		const got = filesBelow(join(folder, line.includes('--dir') ? 'downloads' : '.'))
		const wanted = [...filesBelow(torrent.content)].filter(
			([path]) => !line.includes('--only 0,2') || !path.endsWith('notes.txt'),
		)
		expect([...got]).toEqual(expect.arrayContaining(wanted))
	})

	it.each(demos)('does what it says: swarmscope %s', async line => {
		const run = runCli(line.split(' '), { env: { XDG_STATE_HOME: temporaryFolder() } })
		if (line.includes('--list')) {
			expect((await run.ended).code).toBe(0)
			return
		}
		await run.line(/^lesson: /u)
		run.signal('SIGINT')
		expect({ ...(await run.ended), stderr: run.stderr }).toMatchObject({ code: 130, stderr: '' })
	})
})

/** What the README shows of `info`. */
function printedInfo(): string {
	return /^name {9}[^`]+/mu.exec(readme)?.[0] ?? ''
}

/** Without the hash and the port, which are the test's own. */
function likeThis(text: string): string {
	return text.replaceAll(/[\da-f]{40}/gu, 'HASH').replaceAll(/127\.0\.0\.1(?::|%3A)\d+/gu, 'TRACKER')
}
