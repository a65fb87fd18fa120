// The table: every client in every scenario, interleaved round by round on the same peers, whole processes.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { sha256OfFile, writeContentFile } from '../helpers/content.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { formatAims } from './aims.ts'
import type { Competitor } from './competitor.ts'
import { firstLine, watched, whyMissing } from './competitors.ts'
import type { LoopDelay } from './loop-delay.ts'
import { settleDisk } from './measure.ts'
import { type ClientRuns, formatScenario } from './report.ts'
import type { Run, Scenario, Subject } from './scenarios.ts'

export interface TablePlan {
	readonly sizeBytes: number
	readonly rounds: number
	readonly scenarios: readonly Scenario[]
	readonly clients: readonly Competitor[]
}

const contentName = 'content.bin'

/** Writes the content; returns what makes its torrent with pieces of that many bytes. */
export function describeContents(root: string, sizeBytes: number) {
	const contentPath = join(root, 'content', contentName)
	writeContentFile(contentPath, sizeBytes, 'bench')
	const sha256 = sha256OfFile(contentPath)
	const [contentDir, runDir] = [join(root, 'content'), join(root, 'run')]
	mkdirSync(runDir, { recursive: true })
	return (pieceBytes: number): Subject => {
		const path = join(root, `pieces-of-${pieceBytes}.torrent`)
		const torrent = makeTorrentFile({ path, contentPath: join(contentDir, contentName), pieceBytes })
		const { infoHash } = torrent
		return { torrentFile: path, infoHash, contentDir, name: contentName, sizeBytes, sha256, runDir }
	}
}

/** Every client once a round, on the same peers. */
export async function runScenario(
	scenario: Scenario,
	rounds: number,
	entries: readonly { readonly client: Competitor; readonly missing: string | undefined }[],
	subject: Subject,
): Promise<ClientRuns[]> {
	const results = entries.map(({ client, missing }) => ({
		client,
		excluded: missing ?? scenario.excludes(client),
		runs: [] as Run[],
		failures: [] as string[],
		loops: [] as LoopDelay[],
	}))
	const taking = results.filter(({ excluded }) => excluded === undefined)
	const prepared = await scenario.prepare(subject)
	const attempt = async (result: (typeof results)[number], task: () => Promise<void>) => {
		settleDisk(join(subject.contentDir, subject.name))
		try {
			await task()
		} catch (error) {
			result.failures.push(firstLine(error))
			console.error(`${scenario.name} ${result.client.name}: ${String(error)}`)
		}
	}
	try {
		for (let round = 0; round < rounds; round++)
			for (const result of taking)
				await attempt(result, async () => {
					const run = { round, ...(await prepared.run(result.client)) }
					result.runs.push(run)
					console.error(progressLine(scenario, rounds, result.client, run))
				})
		for (const result of taking.filter(({ client }) => watched.has(client)))
			await attempt(result, async () => {
				result.loops.push(...(await prepared.loopDelays(result.client)))
			})
	} finally {
		await prepared.close()
	}
	return results.map(({ client, ...rest }) => ({ client: client.name, ...rest }))
}

function progressLine(scenario: Scenario, rounds: number, client: Competitor, run: Run): string {
	const cpu = run.cost.userSeconds + run.cost.systemSeconds
	return `${scenario.name} ${run.round + 1}/${rounds} ${client.name}: ${run.cost.wallSeconds.toFixed(2)} s, CPU ${cpu.toFixed(2)} s`
}

/** Prints one table a scenario, and the aims; false when a client that should have run failed or delivered other bytes. */
export async function printTable(plan: TablePlan, root: string): Promise<boolean> {
	const entries = plan.clients.map(client => ({ client, missing: whyMissing(client) }))
	const versions = entries
		.filter(({ missing }) => missing === undefined)
		.map(({ client }) => `${client.name} ${client.version()}`)
	console.log(`${versions.join(', ')}  \n`)
	console.log(
		`One file of ${plan.sizeBytes / 2 ** 20} MiB, v1, plain TCP on loopback, start-up and shut-down included, SHA-256 checked, ${plan.rounds} interleaved rounds: the median and in brackets the least. CPU is user and system of the client's processes; ratios are medians of the rounds' ratios; floor is a Node thread that receives, hashes and writes and does nothing else.\n`,
	)
	const subjectWith = describeContents(root, plan.sizeBytes)
	const all = new Map<string, readonly ClientRuns[]>()
	for (const scenario of plan.scenarios) {
		const results = await runScenario(scenario, plan.rounds, entries, subjectWith(scenario.pieceBytes))
		all.set(scenario.name, results)
		console.log(formatScenario(scenario.title, results, plan.sizeBytes))
	}
	console.log(formatAims(all, plan.sizeBytes))
	return [...all.values()].flat().every(({ failures }) => failures.length === 0)
}
