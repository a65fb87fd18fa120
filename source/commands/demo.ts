// `swarmscope demo`: the client against a practice swarm on this machine, in a folder that goes with it.
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TorrentOptions } from '../engine/api.ts'
import { createNodeEnvironment } from '../engine/node-environment.ts'
import { pendingEngine } from '../engine/pending-engine.ts'
import { CommandFailure, type ExitCode, exitCodes } from '../exit-code.ts'
import { formatCount } from '../inspect/units.ts'
import type { DemoOptions } from '../options.ts'
import type { Address } from '../protocol/address.ts'
import { startPractice } from '../practice/remote.ts'
import { findScenario, type PracticeScenario, scenarios } from '../practice/scenarios.ts'
import { start } from './get.ts'
import { readMetainfo } from './read-metainfo.ts'
import { runSession } from './run-engine.ts'
import { sessionExitCode } from './session-exit-code.ts'
import { verify, type VerifyResult } from './verify.ts'

const practiceFile = new URL('./practice.js', import.meta.url)
const firstPort = 6881

/** Runs a scenario, checks what is on disk when it is complete, and leaves nothing behind. */
export async function demo(options: DemoOptions): Promise<ExitCode> {
	if (options.list) {
		const width = Math.max(...scenarios.map(({ name }) => name.length))
		for (const { name, description } of scenarios) print(`${name.padEnd(width)}  ${description}`)
		return exitCodes.complete
	}
	let end: DemoEnd
	let name = options.scenario
	do {
		end = await demoOf(name, options)
		name = end.next
	} while (name !== undefined)
	return end.exitCode
}

type DemoEnd = {
	readonly exitCode: ExitCode
	/** The scenario that was chosen on the screen to go on with. */
	readonly next: string | undefined
}

async function demoOf(name: string | undefined, options: DemoOptions): Promise<DemoEnd> {
	const scenario = findScenario(name)
	if (scenario === undefined) {
		const known = scenarios.map(({ name }) => name).join(', ')
		throw new CommandFailure(
			exitCodes.usage,
			`demo: expected a scenario (${known}), got ${JSON.stringify(name)}`,
		)
	}
	const folder = await mkdtemp(join(tmpdir(), 'swarmscope-demo-'))
	try {
		return await run(scenario, folder, options)
	} finally {
		await rm(folder, { recursive: true, force: true })
	}
}

async function run(scenario: PracticeScenario, folder: string, options: DemoOptions): Promise<DemoEnd> {
	const seed = options.randomSeed ?? randomBytes(4).readUInt32BE()
	const directory = join(folder, 'content')
	await mkdir(directory)
	const practice = startPractice({
		scenario,
		seed,
		speed: options.speed,
		worker: options.inline ? undefined : practiceFile,
	})
	const startEngine = async () => {
		const { lead, dhtRouters } = await practice
		const place = { lead, dhtRouters, directory, folder, seed, scenario }
		return await start(torrentOptions(place, options), options.inline)
	}
	try {
		const isJson = options.mode === 'json'
		let found: VerifyResult | undefined
		let next: string | undefined
		const readBack = async () => (found ??= await verifyAgain((await practice).torrent, directory))
		const end = await runSession({
			// The screen is there before the swarm is.
			engine: pendingEngine(startEngine()),
			output: options,
			title: `demo ${scenario.name}`,
			scenario: scenario.name,
			practice: {
				current: scenario.name,
				choices: scenarios,
				teaching: scenario,
				onChoose: chosen => (next = chosen),
			},
			seed: options.seed,
			timeoutS: options.timeoutS,
			// The result is the last line of JSON everywhere.
			beforeEnd: async ending =>
				isJson && sessionExitCode(ending) === exitCodes.complete
					? [JSON.stringify({ version: 1, type: 'verified', ...(await readBack()), randomSeed: seed })]
					: [],
		})
		const exitCode = sessionExitCode(end)
		// Whoever has seen enough of a practice swarm has failed at nothing.
		if (end.reason.type === 'quit' && exitCode === exitCodes.notComplete)
			return { exitCode: exitCodes.complete, next }
		if (exitCode !== exitCodes.complete) return { exitCode, next: undefined }
		const { complete, piecesHave, pieceCount } = await readBack()
		if (!isJson)
			print(
				`read back from disk and hashed: ${piecesHave} of ${formatCount(pieceCount, 'piece')} are right (--random-seed ${seed})`,
			)
		return complete ? { exitCode, next } : { exitCode: exitCodes.fault, next: undefined }
	} finally {
		// One that never came has been reported as the engine's end.
		const swarm = await practice.catch(() => undefined)
		await swarm?.close()
	}
}

type Place = {
	readonly lead: TorrentOptions['torrent']
	readonly dhtRouters: readonly Address[]
	readonly directory: string
	readonly folder: string
	readonly seed: number
	readonly scenario: PracticeScenario
}

function torrentOptions(place: Place, { speed }: DemoOptions): TorrentOptions {
	const { lead, dhtRouters, directory, folder, seed, scenario } = place
	return {
		torrent: lead,
		directory,
		stateDirectory: join(folder, 'state'),
		port: firstPort,
		portIsFixed: false,
		bind: '127.0.0.1',
		peers: [],
		seed: false,
		maxPeers: 100,
		...(scenario.dht === undefined
			? {}
			: { dht: { readOnly: false, routers: dhtRouters, routersServe: true } }),
		...(scenario.encryption === undefined ? {} : { encryption: scenario.encryption }),
		maxDownBytesPerSecond: undefined,
		maxUpBytesPerSecond: scenario.maxUpBytesPerSecond,
		only: undefined,
		sequential: false,
		recheck: false,
		announceAll: false,
		randomSeed: seed,
		clockSpeed: speed,
		minimumIntervalS: 5,
	}
}

async function verifyAgain(torrent: Uint8Array, directory: string): Promise<VerifyResult> {
	return await verify({
		torrent: readMetainfo(torrent, 'the practice torrent'),
		directory,
		environment: createNodeEnvironment(),
		signal: new AbortController().signal,
		onProgress: () => undefined,
	})
}

function print(line: string): void {
	process.stdout.write(`${line}\n`)
}
