// Slow and long links: this program and libtorrent take turns at downloading from the same libtorrent seed through
// the same relay. Rates are what the relay handed to the client, from its connection to the last byte.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sha256OfFile, writeContentFile } from '../helpers/content.ts'
import type { Client } from '../interop/clients/client.ts'
import { freePort } from '../interop/clients/client-process.ts'
import { libtorrent } from '../interop/clients/libtorrent.ts'
import { swarmscope } from '../interop/clients/swarmscope.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { firstLine } from './competitors.ts'
import { type LinkShape, packetBytes } from './link-model.ts'
import { settleDisk } from './measure.ts'
import { startRelay } from './relay.ts'
import { median, pairedRatio, type Sample } from './statistics.ts'

export interface LinksPlan {
	readonly mostBytes: number
	readonly rounds: number
	readonly roundTripsMs: readonly number[]
	readonly megabitsPerSecond: readonly number[]
	readonly lossPercents: readonly number[]
	/** How long a transfer at the link's full rate takes; the content is made accordingly. */
	readonly seconds: number
}

export const linkDefaults = {
	size: '512MiB',
	rtt: '20,100,300',
	rate: '1,10,100,1000',
	loss: '0,0.1',
	seconds: '10',
} as const

export const linkUsage = `  --links                instead: this program and libtorrent over slow and long links, from one libtorrent seed
    --rtt LIST           round trips in ms (default: ${linkDefaults.rtt})
    --rate LIST          Mbit/s (default: ${linkDefaults.rate})
    --loss LIST          packets lost, in percent (default: ${linkDefaults.loss})
    --seconds ${linkDefaults.seconds}         of content at the link's rate
    --size ${linkDefaults.size}        the most content`

const aim = 0.95
const clients: readonly Client[] = [libtorrent, swarmscope]
const contentName = 'content.bin'

interface Bench {
	readonly root: string
	readonly torrentFile: string
	readonly infoHash: string
	readonly contentDir: string
	readonly sha256: string
	readonly seedPort: number
}

/** Content of a size that suits the link, its torrent and a seed of it. */
async function prepare(root: string, sizeBytes: number) {
	const contentDir = join(root, 'content')
	const contentPath = join(contentDir, contentName)
	writeContentFile(contentPath, sizeBytes, 'links')
	const pieceBytes = sizeBytes >= 2 ** 28 ? 2 ** 20 : sizeBytes >= 2 ** 24 ? 2 ** 18 : 2 ** 16
	const path = join(root, 'links.torrent')
	const { infoHash } = makeTorrentFile({ path, contentPath, pieceBytes })
	const stateDir = join(root, 'seed')
	mkdirSync(stateDir, { recursive: true })
	const torrent = { torrentFile: path, infoHash, contentDir }
	const seed = await libtorrent.startSeed({
		...torrent,
		stateDir,
		port: await freePort(),
		skipCheck: true,
	})
	const bench: Bench = { root, ...torrent, sha256: sha256OfFile(contentPath), seedPort: seed.port }
	return { bench, stop: () => seed.stop() }
}

/** Downloads once through a new relay and returns Mbit/s. */
async function run(bench: Bench, client: Client, shape: LinkShape, seed: number): Promise<number> {
	const [downloadDir, stateDir] = [join(bench.root, 'download'), join(bench.root, 'state')]
	for (const folder of [downloadDir, stateDir]) {
		rmSync(folder, { recursive: true, force: true })
		mkdirSync(folder, { recursive: true })
	}
	settleDisk(join(bench.contentDir, contentName))
	const relay = await startRelay({ shape, port: bench.seedPort, seed })
	try {
		const leech = await client.startLeech({
			encryption: 'off',
			torrentFile: bench.torrentFile,
			infoHash: bench.infoHash,
			contentDir: downloadDir,
			stateDir,
			port: await freePort(),
			peers: [relay.address],
		})
		try {
			await leech.done
		} finally {
			await leech.stop()
		}
		if (sha256OfFile(join(downloadDir, contentName)) !== bench.sha256) throw new Error('the content differs')
		const { bytes, seconds } = await relay.finish()
		return (bytes * 8) / 1e6 / seconds
	} finally {
		relay.stop()
	}
}

/** The link's rate, or what losses leave of it: a window that halves at each loss holds about 1.22 / √loss packets. */
function reachableMegabits({ megabitsPerSecond, roundTripMs, lossPercent }: LinkShape): number {
	const windowBytes = (packetBytes * 1.22) / Math.sqrt(lossPercent / 100)
	return Math.min(megabitsPerSecond, (windowBytes * 8) / 1000 / roundTripMs)
}

interface LinkResult {
	readonly shape: LinkShape
	readonly sizeBytes: number
	/** Mbit/s of each client by its name. */
	readonly rates: ReadonlyMap<string, Sample[]>
	readonly failures: readonly string[]
}

async function measureLink(shape: LinkShape, plan: LinksPlan, root: string): Promise<LinkResult> {
	const wanted = (reachableMegabits(shape) * 1e6 * plan.seconds) / 8
	const sizeBytes = Math.round(Math.min(plan.mostBytes, Math.max(2 ** 20, wanted)))
	const rates = new Map<string, Sample[]>(clients.map(({ name }) => [name, []]))
	const failures: string[] = []
	const { bench, stop } = await prepare(root, sizeBytes)
	try {
		for (let round = 0; round < plan.rounds; round++)
			for (const client of clients) {
				try {
					const value = await run(bench, client, shape, round + 1)
					rates.get(client.name)?.push({ round, value })
					console.error(`${JSON.stringify(shape)} ${client.name}: ${value.toFixed(2)} Mbit/s`)
				} catch (error) {
					failures.push(`${client.name} at ${JSON.stringify(shape)}, ${firstLine(error)}`)
					console.error(String(error))
				}
			}
	} finally {
		await stop()
	}
	return { shape, sizeBytes, rates, failures }
}

function row({ shape, sizeBytes, rates }: LinkResult): string {
	const rate = (client: Client) => median((rates.get(client.name) ?? []).map(({ value }) => value))
	const ratio = ratioOf(rates)
	const cells = [
		shape.roundTripMs,
		shape.megabitsPerSecond,
		shape.lossPercent,
		(sizeBytes / 2 ** 20).toFixed(1),
		...clients.map(client => rate(client).toFixed(1)),
		`${((rate(swarmscope) / shape.megabitsPerSecond) * 100).toFixed(0)} %`,
		ratio >= aim ? ratio.toFixed(2) : `**${ratio.toFixed(2)}**`,
	]
	return `| ${cells.join(' | ')} |`
}

function ratioOf(rates: LinkResult['rates']): number {
	return pairedRatio(rates.get(swarmscope.name) ?? [], rates.get(libtorrent.name) ?? [])
}

/** Prints the table; false when a run failed. Throughput is judged in words alone. */
export async function printLinks(plan: LinksPlan, root: string): Promise<boolean> {
	const shapes = plan.lossPercents.flatMap(lossPercent =>
		plan.megabitsPerSecond.flatMap(megabitsPerSecond =>
			plan.roundTripsMs.map(roundTripMs => ({ roundTripMs, megabitsPerSecond, lossPercent })),
		),
	)
	const results: LinkResult[] = []
	for (const shape of shapes) results.push(await measureLink(shape, plan, root))
	const header = [
		...['round trip ms', 'Mbit/s', 'loss %', 'MiB'],
		...clients.map(({ name }) => `${name} Mbit/s`),
		...['of the link', `${swarmscope.name} / ${libtorrent.name}`],
	]
	const met = results.filter(({ rates }) => ratioOf(rates) >= aim).length
	const failures = results.flatMap(result => result.failures)
	console.log(
		[
			`${clients.map(client => `${client.name} ${client.version()}`).join(', ')}  \n`,
			`Download from one libtorrent seed through a TCP relay that models the link (see test/bench/README.md), medians of ${plan.rounds} interleaved rounds, from the connection to the last byte, protocol included, SHA-256 checked.\n`,
			`| ${header.join(' | ')} |`,
			`|${header.map(() => '---').join('|')}|`,
			...results.map(row),
			'',
			`At least ${aim} of libtorrent's rate in ${met} of ${results.length} links.`,
			...failures.map(text => `- could not be measured: ${text}`),
			'',
		].join('\n'),
	)
	return failures.length === 0
}
