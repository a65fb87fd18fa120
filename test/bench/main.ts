// The benchmark: this program and the clients that people use, over loopback, one after the other in every round,
// whole processes, medians. Prints Markdown; it judges nothing and is no test.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sha256OfFile, writeContentFile } from '../helpers/content.ts'
import { aria2 } from '../interop/clients/aria2.ts'
import type { Client } from '../interop/clients/client.ts'
import { libtorrent } from '../interop/clients/libtorrent.ts'
import { qbittorrent } from '../interop/clients/qbittorrent.ts'
import { rtorrent } from '../interop/clients/rtorrent.ts'
import { swarmscope } from '../interop/clients/swarmscope.ts'
import { transmission } from '../interop/clients/transmission.ts'
import { makeTorrentFile } from '../interop/torrent-file.ts'
import { describeMachine, settleMemory } from './measure.ts'
import { type ClientRuns, formatScenario } from './report.ts'
import { type Run, type Scenario, type Subject, scenarios } from './scenarios.ts'

const usage = `bench: times swarmscope and other clients over loopback in turn and prints a Markdown table of medians
  --size 1GiB            content (KiB, MiB, GiB)
  --runs 3               rounds; each client runs once a round
  --scenarios LIST       of ${scenarios.map(({ name }) => name).join(',')} (default: all)
  --clients LIST         of libtorrent,aria2,swarmscope,qbittorrent,rtorrent,transmission (default: the first
                         three), or all`

const allClients = [libtorrent, aria2, swarmscope, qbittorrent, rtorrent, transmission]
const pieceBytes = 1 << 20

interface Plan {
	readonly sizeBytes: number
	readonly rounds: number
	readonly scenarios: readonly Scenario[]
	readonly clients: readonly Client[]
}

function parseSize(text: string): number {
	const [, digits, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/u.exec(text) ?? []
	if (digits === undefined) throw new Error(`--size ${text}: expected a number with KiB, MiB or GiB`)
	return Number(digits) * { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit as 'KiB']
}

/** The things named in a list, in the list's order. Throws for a name that nothing has. */
function pick<T extends { readonly name: string }>(option: string, list: string, things: readonly T[]): T[] {
	return list.split(',').map(name => {
		const thing = things.find(one => one.name.toLowerCase() === name.toLowerCase())
		if (thing === undefined)
			throw new Error(`${option} ${name}: expected one of ${things.map(one => one.name).join(', ')}`)
		return thing
	})
}

function parsePlan(): Plan | undefined {
	const { values } = parseArgs({
		options: {
			help: { type: 'boolean', default: false },
			size: { type: 'string', default: '1GiB' },
			runs: { type: 'string', default: '3' },
			scenarios: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
			clients: { type: 'string', default: 'libtorrent,aria2,swarmscope' },
		},
	})
	if (values.help) return undefined
	return {
		sizeBytes: parseSize(values.size),
		rounds: Number(values.runs),
		scenarios: pick('--scenarios', values.scenarios, scenarios),
		clients: values.clients === 'all' ? allClients : pick('--clients', values.clients, allClients),
	}
}

function makeSubject(root: string, sizeBytes: number): Subject {
	const [contentDir, runDir, name] = [join(root, 'content'), join(root, 'run'), 'content.bin']
	mkdirSync(runDir, { recursive: true })
	writeContentFile(join(contentDir, name), sizeBytes, 'bench')
	const path = join(root, 'content.torrent')
	const torrent = makeTorrentFile({ path, contentPath: join(contentDir, name), pieceBytes })
	const sha256 = sha256OfFile(join(contentDir, name))
	return { torrentFile: path, infoHash: torrent.infoHash, contentDir, name, sizeBytes, sha256, runDir }
}

async function runScenario(scenario: Scenario, plan: Plan, subject: Subject): Promise<ClientRuns[]> {
	const results = plan.clients.map(client => {
		const excluded = existsSync(client.program)
			? scenario.excludes(client)
			: `install ${client.debianPackage}`
		return { client, excluded, runs: [] as Run[], failures: [] as string[] }
	})
	const prepared = await scenario.prepare(subject)
	try {
		for (let round = 0; round < plan.rounds; round++) {
			for (const { client, excluded, runs, failures } of results) {
				if (excluded !== undefined) continue
				// Reading the content once more keeps it in the page cache; then the memory of the run itself.
				sha256OfFile(join(subject.contentDir, subject.name))
				settleMemory(2 * subject.sizeBytes + 2 ** 29)
				try {
					const run = await prepared.run(client)
					runs.push(run)
					const cpu = run.cost.userSeconds + run.cost.systemSeconds
					console.error(
						`${scenario.name} ${round + 1}/${plan.rounds} ${client.name}: ${run.cost.wallSeconds.toFixed(2)} s, CPU ${cpu.toFixed(2)} s`,
					)
				} catch (error) {
					failures.push(error instanceof Error ? error.message : String(error))
					console.error(`${scenario.name} ${client.name}: ${failures.at(-1)}`)
				}
			}
		}
	} finally {
		await prepared.close()
	}
	return results.map(({ client, ...rest }) => ({ client: client.name, ...rest }))
}

/** Runs the plan; false when a client that should have run failed or delivered other bytes. */
async function bench(plan: Plan): Promise<boolean> {
	const versions = plan.clients
		.filter(client => existsSync(client.program))
		.map(client => `${client.name} ${client.version()}`)
	console.log(`${describeMachine()}  \n${versions.join(', ')}  \n`)
	console.log(
		`One file of ${plan.sizeBytes / 2 ** 20} MiB, v1, 1 MiB pieces, plain TCP on loopback, start-up and shut-down included, medians, SHA-256 checked; CPU is user and system of the client's processes.\n`,
	)
	const root = mkdtempSync(join(tmpdir(), 'swarmscope-bench-'))
	let hasFailed = false
	try {
		const subject = makeSubject(root, plan.sizeBytes)
		for (const scenario of plan.scenarios) {
			const results = await runScenario(scenario, plan, subject)
			hasFailed ||= results.some(({ failures }) => failures.length > 0)
			console.log(
				formatScenario(scenario.title, results, { sizeBytes: plan.sizeBytes, ours: swarmscope.name }),
			)
		}
	} finally {
		rmSync(root, { recursive: true, force: true })
	}
	return !hasFailed
}

try {
	const plan = parsePlan()
	if (plan === undefined) console.log(usage)
	else process.exitCode = (await bench(plan)) ? 0 : 1
} catch (error) {
	console.error(error instanceof Error ? error.message : error)
	process.exitCode = 2
}
