// Threats D6, D8, D10 on file systems of this machine: full, full of the state alone, read-only from the start and
// read-only by an error. Each time the torrent stops with the reason or goes on, and ends right once it can. Run
// by disk-trouble.ts, in a name space whose mounts end with it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeContentTree } from '../helpers/content.ts'
import { freePort } from '../interop/clients/client-process.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { falseAmong, readClaims, readSubject, type Subject } from './claims.ts'
import { EngineRun } from './engine-run.ts'
import { startSeed } from './kill-loop.ts'
import { optionsOfSpace } from './own-space.ts'
import type { GateResult } from './step.ts'

const contentBytes = 24 << 20
const pieceSize = 64 << 10
const bytesPerSecond = 8 << 20
/** Slow enough for a state to be saved on the way. */
const slowBytesPerSecond = 3 << 20
/** Blocks that were under way when the disk failed, and may be fetched once more. */
const mostFetchedAgain = 8 << 20

type Field = {
	readonly folder: string
	readonly torrentFile: string
	readonly subject: Subject
	readonly port: number
	readonly failures: string[]
}

type Trouble = (field: Field, folder: string) => Promise<string>

const troubles: Readonly<Record<string, Trouble>> = {
	'a full disk': fullDisk,
	'a full disk of the state': fullStateDisk,
	'a read-only disk': readOnlyDisk,
	'a disk that becomes read-only by an error': failingDisk,
}

async function runTroubles(folder: string, cli: string): Promise<GateResult> {
	const content = join(folder, 'content', 'tree')
	const files = writeContentTree(content, { fileCount: 12, totalBytes: contentBytes, seed: 'trouble' })
	const torrentFile = join(folder, 'tree.torrent')
	makeTorrentFile({ path: torrentFile, contentPath: content, pieceBytes: pieceSize, files })
	const port = await freePort()
	const seed = await startSeed({ folder, cli, torrentFile, contentDir: join(folder, 'content'), port })
	const field: Field = { folder, torrentFile, subject: readSubject(torrentFile), port, failures: [] }
	const figures: string[] = []
	try {
		for (const [index, [name, trouble]] of Object.entries(troubles).entries()) {
			const own = join(folder, `trouble-${index}`)
			mkdirSync(own)
			try {
				figures.push(`${name}: ${await trouble(field, own)}`)
			} catch (error) {
				field.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
			}
		}
	} finally {
		await seed.stop()
	}
	return { ok: field.failures.length === 0, figures: [...figures, ...field.failures] }
}

function start(field: Field, data: string, state: string, rate = bytesPerSecond): EngineRun {
	return new EngineRun({ ...field, data, state, bytesPerSecond: rate })
}

async function fullDisk(field: Field, folder: string): Promise<string> {
	const data = tmpfs(join(folder, 'data'), '8m')
	const run = start(field, data, join(folder, 'state'))
	const { error } = await run.event('diskStopped')
	run.expect(error === 'ENOSPC', `stopped with ${error}`)
	execFileSync('mount', ['-o', 'remount,size=64m', data])
	await completesWhenTried(field, run, data)
	run.expect(run.count('checkFinished') === 1, 'data was checked again')
	return `stopped by ENOSPC, went on when there was room, ${run.downloadedBytes - contentBytes} bytes fetched again`
}

async function fullStateDisk(field: Field, folder: string): Promise<string> {
	const [data, state] = [join(folder, 'data'), tmpfs(join(folder, 'state'), '256k')]
	mkdirSync(data)
	const run = start(field, data, state)
	await run.event('pieceVerified', ({ piecesHave }) => piecesHave > 10)
	const ballast = join(state, 'ballast')
	fill(ballast, state)
	await run.event('note', ({ code }) => code === 'state-not-saved')
	expectTrueClaims(field, data, state)
	await run.event('downloadCompleted')
	rmSync(ballast)
	await completes(field, run, data)
	const again = start(field, data, state)
	await again.event('stateChanged', one => one.state === 'seeding')
	await again.stop()
	again.expect(again.downloadedBytes === 0, 'pieces were fetched again')
	return 'the download went on, the state of before stayed whole, and the next run fetched nothing'
}

async function readOnlyDisk(field: Field, folder: string): Promise<string> {
	const data = tmpfs(join(folder, 'data'), '64m')
	execFileSync('mount', ['-o', 'remount,ro', data])
	const run = start(field, data, join(folder, 'state'))
	const { error } = await run.event('diskStopped')
	run.expect(error === 'EROFS', `stopped with ${error}`)
	execFileSync('mount', ['-o', 'remount,rw', data])
	await completesWhenTried(field, run, data)
	return 'stopped by EROFS, went on when it could be written'
}

async function failingDisk(field: Field, folder: string): Promise<string> {
	const memory = tmpfs(join(folder, 'memory'), '96m')
	const [image, root, state] = [join(memory, 'image'), join(folder, 'disk'), join(folder, 'state')]
	mkdirSync(root)
	execFileSync('truncate', ['-s', '64M', image])
	execFileSync('mkfs.ext4', ['-q', '-F', image])
	execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, root])
	const run = start(field, root, state, slowBytesPerSecond)
	await run.event('pieceVerified', ({ piecesHave }) => piecesHave > 260)
	writeFileSync(join('/sys/fs/ext4', deviceOf(root), 'trigger_fs_error'), '1')
	const { error } = await run.event('diskStopped')
	run.expect(error === 'EROFS', `stopped with ${error}`)
	await run.stop()
	execFileSync('umount', [root])
	execFileSync('mount', ['-o', 'loop', image, root])
	const claimed = expectTrueClaims(field, root, state)
	run.expect(claimed > 0, 'nothing was claimed')
	const again = start(field, root, state)
	await completes(field, again, root)
	execFileSync('umount', [root])
	return `stopped by ${error}; of ${claimed} pieces claimed then none was false, and the next run ended it`
}

// What failed before the disk could be written may be heard of after the first try.
async function completesWhenTried(field: Field, run: EngineRun, data: string): Promise<void> {
	const timer = setInterval(() => run.send({ type: 'retryDisk' }), 500)
	try {
		await completes(field, run, data)
	} finally {
		clearInterval(timer)
	}
}

async function completes({ subject }: Field, run: EngineRun, data: string): Promise<void> {
	await run.event('downloadCompleted')
	await run.stop()
	const pieces = Array(subject.metainfo.geometry.pieceCount).keys()
	run.expect(falseAmong(pieces, subject, data).length === 0, 'a complete download is wrong')
	run.expect(
		run.downloadedBytes <= contentBytes + mostFetchedAgain,
		`${run.downloadedBytes} bytes were fetched`,
	)
}

function expectTrueClaims({ subject, failures }: Field, data: string, state: string): number {
	const { durable, damaged } = readClaims(state, subject)
	const wrong = falseAmong(durable, subject, data).length
	if (wrong > 0 || damaged > 0) failures.push(`${wrong} false claims, ${damaged} states damaged`)
	return durable.size
}

function tmpfs(path: string, size: string): string {
	mkdirSync(path)
	execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
	return path
}

function fill(path: string, disk: string): void {
	const { bavail, bsize } = statfsSync(disk)
	writeFileSync(path, new Uint8Array(Math.max(0, bavail * bsize)))
}

/** The name under which the kernel knows what is mounted here. */
function deviceOf(root: string): string {
	const source = execFileSync('findmnt', ['-n', '-o', 'SOURCE', root], { encoding: 'utf8' }).trim()
	return basename(source)
}

const { folder, cli } = optionsOfSpace()
const result = JSON.stringify(await runTroubles(folder, cli))
// An engine that failed may still hold sockets.
process.stdout.write(`${result}\n`, () => process.exit())
