// What the benchmark lets a client do. The peers are libtorrent's and stay up for all runs of a scenario, so that
// the clients meet the same warm peers; only the client under test is measured.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sha256OfFile } from '../helpers/content.ts'
import type { Client } from '../interop/clients/client.ts'
import { freePort } from '../interop/clients/client-process.ts'
import { libtorrent, startPartialPeers, timeLibtorrentDownload } from '../interop/clients/libtorrent.ts'
import { type Cost, measuring, readCost } from './measure.ts'

/** The content, its torrent and a folder for what a run leaves behind. */
export interface Subject {
	readonly torrentFile: string
	readonly infoHash: string
	readonly contentDir: string
	readonly name: string
	readonly sizeBytes: number
	readonly sha256: string
	readonly runDir: string
}

export interface Run {
	readonly cost: Cost
	/** Payload by time: of the whole run when downloading, of the transfer alone when seeding. */
	readonly megabytesPerSecond: number
}

export interface Scenario {
	readonly name: string
	readonly title: string
	/** Why a client cannot take part, or undefined. */
	excludes(client: Client): string | undefined
	/** Brings the peers up; the returned function runs one client once. */
	prepare(subject: Subject): Promise<PreparedScenario>
}

interface PreparedScenario {
	run(client: Client): Promise<Run>
	close(): Promise<void>
}

/** Empty folders and free ports for one run. */
async function newRun(subject: Subject) {
	rmSync(subject.runDir, { recursive: true, force: true })
	const [downloadDir, stateDir] = [join(subject.runDir, 'download'), join(subject.runDir, 'state')]
	for (const folder of [downloadDir, stateDir]) mkdirSync(folder, { recursive: true })
	const costFile = join(subject.runDir, 'cost.json')
	const torrent = { torrentFile: subject.torrentFile, infoHash: subject.infoHash }
	const options = { ...torrent, stateDir, port: await freePort(), wrapper: measuring(costFile) }
	return { downloadDir, costFile, options }
}

function checkContent(subject: Subject, dir: string): void {
	if (sha256OfFile(join(dir, subject.name)) !== subject.sha256) throw new Error('the content differs')
}

async function download(subject: Subject, client: Client, peers: readonly string[]): Promise<Run> {
	const { downloadDir, costFile, options } = await newRun(subject)
	const leech = await client.startLeech({ ...options, contentDir: downloadDir, peers })
	try {
		await leech.done
	} finally {
		await leech.stop()
	}
	checkContent(subject, downloadDir)
	const cost = readCost(costFile)
	return { cost, megabytesPerSecond: subject.sizeBytes / 1e6 / cost.wallSeconds }
}

/** The same for a client that has to be dialled: the seed comes after it. */
async function downloadFromDialler(subject: Subject, client: Client): Promise<Run> {
	const { downloadDir, costFile, options } = await newRun(subject)
	const leech = await client.startLeech({ ...options, contentDir: downloadDir })
	const seed = await startSeed(subject, [`127.0.0.1:${options.port}`])
	try {
		await leech.done
	} finally {
		await leech.stop()
		await seed.stop()
	}
	checkContent(subject, downloadDir)
	const cost = readCost(costFile)
	return { cost, megabytesPerSecond: subject.sizeBytes / 1e6 / cost.wallSeconds }
}

async function seedTo(subject: Subject, client: Client): Promise<Run> {
	const { downloadDir, costFile, options } = await newRun(subject)
	const seed = await client.startSeed({ ...options, contentDir: subject.contentDir })
	let seconds: number
	try {
		seconds = await timeLibtorrentDownload({
			...options,
			wrapper: [],
			contentDir: downloadDir,
			port: await freePort(),
			peers: [`127.0.0.1:${options.port}`],
		})
	} finally {
		await seed.stop()
	}
	checkContent(subject, downloadDir)
	return { cost: readCost(costFile), megabytesPerSecond: subject.sizeBytes / 1e6 / seconds }
}

async function startSeed(subject: Subject, peers: readonly string[] = []) {
	return libtorrent.startSeed({
		torrentFile: subject.torrentFile,
		infoHash: subject.infoHash,
		contentDir: subject.contentDir,
		stateDir: subject.runDir,
		port: await freePort(),
		peers,
		skipCheck: true,
	})
}

const partialPeerCount = 20

export const scenarios: readonly Scenario[] = [
	{
		name: 'one-seed',
		title: 'Download from one libtorrent seed',
		excludes: () => undefined,
		prepare: async subject => {
			const seed = await startSeed(subject)
			const peers = [`127.0.0.1:${seed.port}`]
			return {
				run: client =>
					client.dialsLoopback ? download(subject, client, peers) : downloadFromDialler(subject, client),
				close: async () => {
					await seed.stop()
				},
			}
		},
	},
	{
		name: 'partial-peers',
		title: `Download from ${partialPeerCount} libtorrent peers with half of the pieces each`,
		excludes: client => (client.dialsLoopback ? undefined : 'does not dial loopback peers'),
		prepare: async subject => {
			const { torrentFile, contentDir } = subject
			const draw = { count: partialPeerCount, fraction: 0.5, seed: 1 }
			const { child, addresses } = await startPartialPeers({ torrentFile, contentDir, ...draw })
			return {
				run: client => download(subject, client, addresses),
				close: async () => {
					await child.stop()
				},
			}
		},
	},
	{
		name: 'seeding',
		title: 'Seed to one libtorrent leecher, content hashed first',
		excludes: () => undefined,
		prepare: subject =>
			Promise.resolve({ run: client => seedTo(subject, client), close: () => Promise.resolve() }),
	},
]
