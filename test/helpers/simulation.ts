// Runs the whole engine against a scenario of the practice swarm in virtual time, and looks at the core after
// every input. Nothing of the machine is touched.
import { createHash } from 'node:crypto'
import { invariant } from '../../source/protocol/errors.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { type RunningEngine, startEngine } from '../../source/engine/engine.ts'
import type { TorrentOptions, Update } from '../../source/engine/api.ts'
import type { Environment } from '../../source/engine/environment.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import type { Scenario } from '../../source/practice/scenario.ts'
import { createSeededSource } from '../../source/practice/seeded-source.ts'
import type { VirtualClock } from '../../source/practice/virtual-clock.ts'
import { startVirtualSwarm, type VirtualSwarm } from '../../source/practice/virtual-swarm.ts'
import { watchCore } from './core-invariants.ts'

export type Simulated = {
	readonly completed: boolean
	/** Scenario time until then. */
	readonly tookMs: number
	readonly events: readonly TorrentEvent[]
	/** SHA-1 of each piece on the disk in memory is that of the payload. */
	readonly dataIsRight: boolean
	readonly swarm: VirtualSwarm
	/** Inputs that the core took. */
	readonly inputs: number
	/** What the last updates said of the engine itself. */
	readonly end: Update | undefined
	readonly openHandles: number
}

export type SimulationOptions = {
	readonly scenario: Scenario
	readonly seed: number
	readonly limitMs?: number
	readonly datagramLoss?: number
	/** What the wall shows at an instant of the monotonic clock; as it should unless told. */
	readonly wallTime?: (now: number) => number
	readonly options?: Partial<TorrentOptions>
	/** Hears every update; with `snapshotsPerSecond` of scenario time snapshots of all slices come as well. */
	readonly onUpdate?: (update: Update, now: number, engine: RunningEngine) => void
	readonly snapshotsPerSecond?: number
}

/** The scenario from its start until the client has everything and has said goodbye. */
export async function simulate(given: SimulationOptions): Promise<Simulated> {
	const { seed, scenario } = given
	const swarm = await startVirtualSwarm({ ...given })
	const { clock } = swarm
	const { wallTime } = given
	if (wallTime !== undefined) clock.wallTime = () => wallTime(clock.now())
	const storage = new MemoryStorage({ wallTime: () => clock.wallTime() })
	await storage.makeDirectory('/content')
	const environment: Environment = {
		clock,
		random: createSeededSource(seed + 1),
		transport: swarm.client.transport,
		datagrams: swarm.client.datagrams,
		resolver: { resolve: () => Promise.resolve({ ok: false, code: 'ENOTFOUND', message: 'no names here' }) },
		storage,
		hasher: createNodeHasher(),
		processes: { pid: 1, startOf: () => Promise.resolve('now') },
		network: { addresses: () => [], sleptMs: () => 0 },
	}
	const events: TorrentEvent[] = []
	let end: Update | undefined
	const watched = watchCore()
	try {
		const engine = startEngine(torrentOptions(swarm, given), environment, update => {
			given.onUpdate?.(update, clock.now(), engine)
			if (update.type === 'snapshot') clock.after(0, () => engine.command({ type: 'acknowledge' }))
			if (update.type === 'events') for (const { event } of update.events) events.push(event)
			else if (update.type !== 'snapshot' && update.type !== 'inspected') end = update
		})
		if (given.snapshotsPerSecond !== undefined) {
			const { snapshotsPerSecond } = given
			engine.command({ type: 'watch', slices: allSlices, wireRows: 200, wirePeer: undefined })
			engine.command({ type: 'setRate', snapshotsPerSecond })
		}
		const has = (type: TorrentEvent['type']) => events.some(event => event.type === type)
		await wait(clock, () => has('torrentStarted') || end !== undefined, 0)
		const startedAt = clock.now()
		const completed = await clock.runUntil(
			() => has('downloadCompleted') || end !== undefined,
			given.limitMs ?? 600_000,
		)
		const tookMs = clock.now() - startedAt
		engine.command({ type: 'stop' })
		await wait(clock, () => end !== undefined, 10)
		await swarm.swarm.close()
		return {
			completed: completed && has('downloadCompleted'),
			tookMs,
			events,
			dataIsRight: completed && isRight(storage, swarm, scenario),
			swarm,
			inputs: watched.inputs(),
			end,
			openHandles: storage.openHandles,
		}
	} finally {
		watched.restore()
	}
}

/** A scenario that exists. */
export function named(scenario: Scenario | undefined): Scenario {
	invariant(scenario !== undefined, 'a scenario of that name')
	return scenario
}

const allSlices = ['summary', 'trackers', 'peers', 'pipeline', 'pieces', 'wire', 'files', 'dht'] as const

// Promises of many steps, at the start and at the end.
async function wait(clock: VirtualClock, done: () => boolean, stepMs: number): Promise<void> {
	for (let tries = 0; tries < 5000 && !done(); tries += 1) {
		if (stepMs === 0) await clock.runDue()
		else await clock.runUntil(done, stepMs)
		if (!done()) await new Promise(resolve => setTimeout(resolve, 1))
	}
}

function torrentOptions(swarm: VirtualSwarm, { scenario, seed, options }: SimulationOptions): TorrentOptions {
	return {
		torrent: swarm.lead,
		directory: '/content',
		stateDirectory: '/state',
		port: 6881,
		portIsFixed: false,
		bind: swarm.client.host,
		peers: [],
		seed: false,
		maxPeers: 100,
		...(scenario.dht === undefined
			? {}
			: { dht: { readOnly: false, routers: swarm.dhtRouters, routersServe: true } }),
		...(scenario.encryption === undefined ? {} : { encryption: scenario.encryption }),
		maxDownBytesPerSecond: undefined,
		maxUpBytesPerSecond: scenario.maxUpBytesPerSecond,
		only: undefined,
		sequential: false,
		recheck: false,
		announceAll: false,
		randomSeed: seed,
		clockSpeed: 1,
		minimumIntervalS: 5,
		...options,
	}
}

function isRight(storage: MemoryStorage, { payload }: VirtualSwarm, scenario: Scenario): boolean {
	const { name, files } = scenario.payload
	const onDisk = createHash('sha1')
	for (const { path } of files) {
		const bytes = storage.get(`/content/${name}/${path.join('/')}`)
		if (bytes === undefined) return false
		onDisk.update(bytes)
	}
	const expected = createHash('sha1')
	const { pieceCount, pieceLength, totalBytes } = payload.geometry
	for (let piece = 0; piece < pieceCount; piece += 1) {
		const length = Math.min(pieceLength, totalBytes - piece * pieceLength)
		const bytes = new Uint8Array(length)
		payload.fill({ piece, offset: 0, length }, bytes)
		expected.update(bytes)
	}
	return onDisk.digest('hex') === expected.digest('hex')
}
