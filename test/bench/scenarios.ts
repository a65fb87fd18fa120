// What the benchmark lets a client do. The peers are libtorrent's and stay up for all runs of a scenario, so that
// the clients meet the same warm peers; only the client under test is measured.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sha256OfFile } from '../helpers/content.ts'
import { freePort } from '../interop/clients/client-process.ts'
import { libtorrent, startPartialPeers, timeLibtorrentDownload } from '../interop/clients/libtorrent.ts'
import type { SeedOptions } from '../interop/clients/client.ts'
import type { Competitor } from './competitor.ts'
import { type LoopDelay, readLoopDelays, watchingLoops } from './loop-delay.ts'
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
	readonly round: number
	readonly cost: Cost
	/** Payload by time: of the whole run when downloading, of the transfer alone when seeding. */
	readonly megabytesPerSecond: number
}

type Measured = Omit<Run, 'round'>

export interface Scenario {
	readonly name: string
	readonly title: string
	readonly pieceBytes: number
	/** Why a client cannot take part, or undefined. */
	excludes(client: Competitor): string | undefined
	/** Brings the peers up; the returned function runs one client once. */
	prepare(subject: Subject): Promise<PreparedScenario>
}

interface PreparedScenario {
	run(client: Competitor): Promise<Measured>
	/** The delays of a Node client's loops in a run of its own, which is not timed. */
	loopDelays(client: Competitor): Promise<readonly LoopDelay[]>
	close(): Promise<unknown>
}

/** Empty folders and free ports for one run. */
async function newRun(subject: Subject) {
	rmSync(subject.runDir, { recursive: true, force: true })
	const [downloadDir, stateDir] = [join(subject.runDir, 'download'), join(subject.runDir, 'state')]
	for (const folder of [downloadDir, stateDir]) mkdirSync(folder, { recursive: true })
	const costFile = join(subject.runDir, 'cost.json')
	const torrent = { torrentFile: subject.torrentFile, infoHash: subject.infoHash }
	const encryption: SeedOptions['encryption'] = 'off'
	const options = { ...torrent, stateDir, port: await freePort(), wrapper: measuring(costFile), encryption }
	return { downloadDir, costFile, options }
}

/** Runs `transfer` with the words that watch loops in place of those that measure. */
async function watchLoops(
	subject: Subject,
	transfer: (wrapper: readonly string[]) => Promise<unknown>,
): Promise<readonly LoopDelay[]> {
	const folder = `${subject.runDir}.loops`
	await transfer(watchingLoops(folder))
	return readLoopDelays(folder)
}

function checkContent(subject: Subject, dir: string): void {
	if (sha256OfFile(join(dir, subject.name)) !== subject.sha256) throw new Error('the content differs')
}

/** Downloads from peers that the client dials, or, when it does not dial, from a seed that dials it. */
async function leech(
	subject: Subject,
	client: Competitor,
	how: { readonly peers: readonly string[]; readonly wrapper?: readonly string[] },
): Promise<string> {
	const { downloadDir, costFile, options } = await newRun(subject)
	const { wrapper = options.wrapper } = how
	const peers = client.dialsLoopback ? { peers: how.peers } : {}
	const leecher = await client.startLeech({ ...options, ...peers, wrapper, contentDir: downloadDir })
	const dialler = client.dialsLoopback ? undefined : await startSeed(subject, [`127.0.0.1:${options.port}`])
	try {
		await leecher.done
	} finally {
		await leecher.stop()
		await dialler?.stop()
	}
	checkContent(subject, downloadDir)
	return costFile
}

async function download(subject: Subject, client: Competitor, peers: readonly string[]): Promise<Measured> {
	const cost = readCost(await leech(subject, client, { peers }))
	return { cost, megabytesPerSecond: subject.sizeBytes / 1e6 / cost.wallSeconds }
}

type Seeding = {
	/** The client has seeded this content before, and need not hash it again. */
	readonly isKnown: boolean
	/** In place of those that measure. */
	readonly wrapper?: readonly string[]
}

async function seedTo(subject: Subject, client: Competitor, { isKnown, wrapper }: Seeding) {
	const { downloadDir, costFile, options } = await newRun(subject)
	const seeding = { ...options, contentDir: subject.contentDir, skipCheck: isKnown }
	if (isKnown) {
		const earlier = await client.startSeed({ ...seeding, wrapper: [] })
		await earlier.stop()
	}
	const seed = await client.startSeed({ ...seeding, wrapper: wrapper ?? options.wrapper })
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
	return { costFile, seconds }
}

async function seedMeasured(subject: Subject, client: Competitor, how: Seeding): Promise<Measured> {
	const { costFile, seconds } = await seedTo(subject, client, how)
	return { cost: readCost(costFile), megabytesPerSecond: subject.sizeBytes / 1e6 / seconds }
}

async function startSeed(
	subject: Subject,
	peers: readonly string[] = [],
	encryption: SeedOptions['encryption'] = 'off',
) {
	return libtorrent.startSeed({
		encryption,
		torrentFile: subject.torrentFile,
		infoHash: subject.infoHash,
		contentDir: subject.contentDir,
		stateDir: subject.runDir,
		port: await freePort(),
		peers,
		skipCheck: true,
	})
}

function fromOneSeed(name: string, pieceBytes: number): Scenario {
	return {
		name,
		title: `Download from one libtorrent seed, pieces of ${pieceBytes / 2 ** 10} KiB`,
		pieceBytes,
		excludes: () => undefined,
		prepare: async subject => {
			const seed = await startSeed(subject)
			const peers = [`127.0.0.1:${seed.port}`]
			return preparedDownload(subject, peers, () => seed.stop())
		},
	}
}

function fromPartialPeers(name: string, count: number, pieceBytes: number): Scenario {
	return {
		name,
		title: `Download from ${count} libtorrent peers with half of the pieces each, pieces of ${pieceBytes / 2 ** 10} KiB`,
		pieceBytes,
		excludes: client =>
			client.dialsLoopback
				? (client.limits?.peers ?? count) < count
					? 'knows one peer only'
					: undefined
				: 'does not dial loopback peers',
		prepare: async subject => {
			const { torrentFile, contentDir } = subject
			const draw = { count, fraction: 0.5, seed: 1 }
			const { child, addresses } = await startPartialPeers({ torrentFile, contentDir, ...draw })
			return preparedDownload(subject, addresses, () => child.stop())
		},
	}
}

function preparedDownload(
	subject: Subject,
	peers: readonly string[],
	stop: () => Promise<unknown>,
): PreparedScenario {
	return {
		run: client => download(subject, client, peers),
		loopDelays: client => watchLoops(subject, wrapper => leech(subject, client, { peers, wrapper })),
		close: stop,
	}
}

function toOneLeecher(name: string, isKnown: boolean): Scenario {
	const content = isKnown ? 'known from an earlier run' : 'hashed first'
	return {
		name,
		title: `Seed to one libtorrent leecher, content ${content}, pieces of 1024 KiB`,
		pieceBytes: 1 << 20,
		excludes: client => (client.limits?.seeds === false ? 'downloads only' : undefined),
		prepare: subject =>
			Promise.resolve({
				run: client => seedMeasured(subject, client, { isKnown }),
				loopDelays: client => watchLoops(subject, wrapper => seedTo(subject, client, { isKnown, wrapper })),
				close: () => Promise.resolve(),
			}),
	}
}

/** The seed takes connections of every kind. */
export const encryptedSeed: Scenario = {
	name: 'encryption',
	title: 'Download from one libtorrent seed, encrypted in different ways, pieces of 1024 KiB',
	pieceBytes: 1 << 20,
	excludes: () => undefined,
	prepare: async subject => {
		const seed = await startSeed(subject, [], 'any')
		return preparedDownload(subject, [`127.0.0.1:${seed.port}`], () => seed.stop())
	},
}

export const scenarios: readonly Scenario[] = [
	fromOneSeed('one-seed', 1 << 20),
	fromOneSeed('one-seed-256k', 1 << 18),
	fromPartialPeers('20-peers', 20, 1 << 20),
	fromPartialPeers('20-peers-256k', 20, 1 << 18),
	fromPartialPeers('50-peers', 50, 1 << 20),
	toOneLeecher('seeding', false),
	toOneLeecher('seeding-known', true),
]
