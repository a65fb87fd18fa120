// One cell of the growth table: this program, built, against made-up peers; a whole download, or a while of idling.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startDeadlineMs } from '../interop/clients/client.ts'
import { ClientProcess, freePort } from '../interop/clients/client-process.ts'
import { swarmscope } from '../interop/clients/swarmscope.ts'
import { measuring, readCost, settleDisk } from './measure.ts'
import { startSwarm } from './swarm.ts'
import { blockBytes, type SwarmTorrent } from './swarm-torrent.ts'
import { threadCpu } from './thread-cpu.ts'

/** What a cell cost; a value that the cell has not is absent. */
export interface GrowthFigures {
	readonly cpuSeconds?: number
	readonly cpuSecondsPerGibibyte?: number
	readonly cpuMicrosecondsPerBlock?: number
	readonly wallSeconds?: number
	/** From the start of the process to the first block asked for. */
	readonly startMs?: number
	/** Payload received for each byte of content: above 1 by what end game fetched twice. */
	readonly receivedShare?: number
	readonly cpuMsPerSecond?: number
	readonly privateMebibytes: number
}

export interface Cell {
	readonly torrent: SwarmTorrent
	readonly peerCount: number
	/** Where the run may leave files. */
	readonly runDir: string
}

/** A hundred thousand files take their time. */
const downloadDeadlineMs = 900_000
const settleMs = 3000
const mebibyte = 2 ** 20

function launch(
	cell: Cell,
	addresses: readonly string[],
	how: {
		readonly wrapper: readonly string[]
		readonly port: number
		readonly onLine: (line: string) => void
	},
) {
	const [downloadDir, stateDir] = [join(cell.runDir, 'download'), join(cell.runDir, 'state')]
	rmSync(cell.runDir, { recursive: true, force: true })
	for (const folder of [downloadDir, stateDir]) mkdirSync(folder, { recursive: true })
	settleDisk(cell.torrent.path)
	return new ClientProcess({
		name: 'swarmscope',
		command: process.execPath,
		args: [
			...[swarmscope.program, cell.torrent.path, '--json', '--no-seed'],
			...['--dir', downloadDir, '--state-dir', stateDir],
			...['--bind', '127.0.0.1', '--port', String(how.port), '--encryption', 'off'],
			...['--max-peers', String(cell.peerCount + 1)],
			...addresses.flatMap(address => ['--peer', address]),
		],
		wrapper: how.wrapper,
		onLine: how.onLine,
		isNoise: line => line.includes('"type":"progress"'),
	})
}

/** Downloads everything from peers that have about half of it each. */
export async function measureDownload(cell: Cell): Promise<GrowthFigures> {
	const { torrent, peerCount } = cell
	const swarm = await startSwarm({ ...torrent, peerCount, isIdle: false })
	const costFile = `${cell.runDir}.json`
	let receivedBytes = Number.NaN
	const onLine = (line: string) => {
		if (line.includes('"type":"result"')) receivedBytes = Number(/"downloadedBytes":(\d+)/u.exec(line)?.[1])
	}
	const how = { wrapper: measuring(costFile), port: await freePort(), onLine }
	const child = launch(cell, swarm.addresses, how)
	try {
		const ending = await child.waitFor(
			'download',
			() => (child.hasEnded ? child.ended : undefined),
			downloadDeadlineMs,
		)
		if (ending.code !== 0) throw child.failure('did not complete')
	} finally {
		await child.stop()
		swarm.stop()
	}
	const cost = readCost(costFile)
	const cpuSeconds = cost.userSeconds + cost.systemSeconds
	return {
		cpuSeconds,
		cpuSecondsPerGibibyte: (cpuSeconds * 2 ** 30) / torrent.totalBytes,
		cpuMicrosecondsPerBlock: (cpuSeconds * 1e6 * blockBytes) / torrent.totalBytes,
		receivedShare: receivedBytes / torrent.totalBytes,
		wallSeconds: cost.wallSeconds,
		startMs: (swarm.firstRequestAt() ?? Number.NaN) - cost.startedAt,
		privateMebibytes: cost.peakPrivateBytes / mebibyte,
	}
}

function privateBytes(pid: number): number {
	const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
	return Number(/^Anonymous:\s+(\d+)/mu.exec(rollup)?.[1]) * 1024
}

/** Connects to peers that only tell of a piece now and then, and watches what that costs for `seconds`. */
export async function measureIdle(cell: Cell, seconds: number): Promise<GrowthFigures> {
	const swarm = await startSwarm({ ...cell.torrent, peerCount: Math.max(1, cell.peerCount), isIdle: true })
	const how = { wrapper: [], port: await freePort(), onLine: () => undefined }
	const child = launch(cell, swarm.addresses.slice(0, cell.peerCount), how)
	try {
		await child.waitFor(
			`${cell.peerCount} connections`,
			() => swarm.connected() >= cell.peerCount || undefined,
			startDeadlineMs,
		)
		await delay(settleMs)
		const before = { cpu: threadCpu(child.pid).allMs, at: performance.now() }
		await delay(seconds * 1000)
		const elapsedSeconds = (performance.now() - before.at) / 1000
		const cpuMsPerSecond = (threadCpu(child.pid).allMs - before.cpu) / elapsedSeconds
		return { cpuMsPerSecond, privateMebibytes: privateBytes(child.pid) / mebibyte }
	} finally {
		await child.stop()
		swarm.stop()
	}
}
