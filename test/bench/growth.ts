// What happens to the costs of this program when there is more of everything: peers, pieces, files, idle
// connections. The peers are made up (swarm-process.ts), and so is the content.
import { join } from 'node:path'
import { firstLine } from './competitors.ts'
import { formatSeries, type GrowthRow } from './growth-report.ts'
import { type Cell, type GrowthFigures, measureDownload, measureIdle } from './growth-run.ts'
import { writeSwarmTorrent } from './swarm-torrent.ts'

export interface GrowthPlan {
	readonly sizeBytes: number
	readonly rounds: number
	readonly peers: readonly number[]
	readonly pieces: readonly number[]
	readonly files: readonly number[]
	readonly idle: readonly number[]
	readonly idleSeconds: number
}

/** 1.6 GB are 100,000 pieces of one block each, or 1,000 of 100 blocks. */
export const growthDefaults = {
	size: '1600000KiB',
	peers: '1,10,50,200',
	pieces: '1000,10000,100000',
	files: '1,2000,142923',
	idle: '0,50,200,1000',
	idleSeconds: '20',
} as const

export const growthUsage = `  --growth               instead: this program alone, with more and more of everything, from made-up peers
    --size ${growthDefaults.size}     content of every download
    --peers LIST         downloads from so many partial peers (default: ${growthDefaults.peers})
    --pieces LIST        the same bytes in so many pieces (default: ${growthDefaults.pieces})
    --files LIST         the same bytes in so many files (default: ${growthDefaults.files})
    --idle LIST          so many idle connections (default: ${growthDefaults.idle})
    --idle-seconds ${growthDefaults.idleSeconds}    for how long they are watched
                         an empty LIST ('') leaves a series out`

interface Series {
	readonly title: string
	readonly unit: string
	readonly counts: readonly number[]
	readonly isIdle?: boolean
	cell(count: number): Cell
}

const usualPieces = 1000
const usualPeers = 4

function seriesOf(plan: GrowthPlan, root: string): Series[] {
	const { sizeBytes } = plan
	const runDir = join(root, 'run')
	const torrent = (pieceCount: number, fileCount: number) =>
		writeSwarmTorrent(join(root, 'growth.torrent'), { sizeBytes, pieceCount, fileCount })
	const mebibytes = Math.round(sizeBytes / 2 ** 20)
	return [
		{
			title: `Peers: ${mebibytes} MiB in about ${usualPieces} pieces from partial peers`,
			unit: 'peers',
			counts: plan.peers,
			cell: peerCount => ({ torrent: torrent(usualPieces, 1), peerCount, runDir }),
		},
		{
			title: `Pieces: ${mebibytes} MiB from ${usualPeers} partial peers`,
			unit: 'pieces',
			counts: plan.pieces,
			cell: pieces => ({ torrent: torrent(pieces, 1), peerCount: usualPeers, runDir }),
		},
		{
			title: `Files: ${mebibytes} MiB in about ${usualPieces} pieces from ${usualPeers} partial peers`,
			unit: 'files',
			counts: plan.files,
			cell: files => ({ torrent: torrent(usualPieces, files), peerCount: usualPeers, runDir }),
		},
		{
			title: `Idle connections, each of which tells of a piece every 10 s, watched for ${plan.idleSeconds} s`,
			unit: 'connections',
			counts: plan.idle,
			isIdle: true,
			cell: peerCount => ({ torrent: torrent(usualPieces, 1), peerCount, runDir }),
		},
	]
}

async function measureSeries(series: Series, plan: GrowthPlan): Promise<GrowthRow[]> {
	const rows = series.counts.map(count => ({
		count,
		runs: [] as GrowthFigures[],
		failures: [] as string[],
	}))
	for (let round = 0; round < plan.rounds; round++)
		for (const row of rows) {
			try {
				const cell = series.cell(row.count)
				const figures =
					series.isIdle === true ? await measureIdle(cell, plan.idleSeconds) : await measureDownload(cell)
				row.runs.push(figures)
				console.error(`${row.count} ${series.unit} ${round + 1}/${plan.rounds}: ${JSON.stringify(figures)}`)
			} catch (error) {
				row.failures.push(firstLine(error))
				console.error(`${row.count} ${series.unit}: ${String(error)}`)
			}
		}
	return rows
}

/** Prints one table a series; false when a cell failed. */
export async function printGrowth(plan: GrowthPlan, root: string): Promise<boolean> {
	console.log(
		`This program as built, start-up and shut-down included, medians of ${plan.rounds} interleaved rounds. Peers and content are made up, on loopback; x2.00 for x10 means that ten times as many cost twice as much as in the first row.\n`,
	)
	let isFine = true
	for (const series of seriesOf(plan, root)) {
		const rows = await measureSeries(series, plan)
		isFine &&= rows.every(({ failures }) => failures.length === 0)
		console.log(formatSeries(series.title, series.unit, rows, series.isIdle === true))
	}
	return isFine
}
