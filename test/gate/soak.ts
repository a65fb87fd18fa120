// Threats G12: the program downloads and seeds in a swarm whose peers come and go each second, some of them
// hostile, trackers failing now and then; its memory and its handles must stay where they are.
import { setMaxListeners } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startLoopbackSwarm } from '../../source/practice/loopback-swarm.ts'
import { ClientProcess, freePort } from '../interop/clients/client-process.ts'
import { Intruders } from './intruders.ts'
import { fileHandles, growthOf, type MemorySample, residentBytes } from './memory.ts'
import { soakScenario } from './soak-scenario.ts'
import type { GateOptions, GateResult, GateStep } from './step.ts'

const contentBytes = 48 << 20
/** What a heap that still settles may grow in the measured time: it does for the first two minutes. */
const growthLimitBytes = { short: 24 << 20, long: 12 << 20 }
const shortS = 180
const peakLimitBytes = 300 << 20

export const soakStep: GateStep = { name: 'soak', mostlyWaits: true, run: runSoak }

async function runSoak(options: GateOptions): Promise<GateResult> {
	const { folder, soakSeconds, progress } = options
	// A peer of the swarm dials dozens of others under one signal.
	setMaxListeners(1_000)
	const scenario = soakScenario(contentBytes, soakSeconds, options.seed)
	const swarm = await startLoopbackSwarm({ scenario, seed: options.seed, speed: 1 })
	const torrentFile = join(folder, 'soak.torrent')
	writeFileSync(torrentFile, swarm.torrent)
	const counts = new Map<string, number>()
	const port = await freePort()
	const child = startSubject(options, { torrentFile, port, counts })
	const intruders = new Intruders(port, swarm.torrent, options.seed)
	try {
		const samples = await sample(child, soakSeconds, sampled => {
			if (sampled.length % 30 === 0) progress(describe(sampled, counts))
		})
		intruders.close()
		const handles = { most: Math.max(...samples.map(one => one.handles)), last: samples.at(-1)?.handles ?? 0 }
		const ending = child.hasEnded ? await child.ended : await child.stop('SIGTERM')
		return conclude({ samples, handles, counts, intrusions: intruders.count, code: ending.code })
	} finally {
		intruders.close()
		await child.stop('SIGKILL')
		await swarm.close()
	}
}

type Subject = { readonly torrentFile: string; readonly port: number; readonly counts: Map<string, number> }

function startSubject(options: GateOptions, { torrentFile, port, counts }: Subject): ClientProcess {
	// It downloads for more than half of the time, and seeds for the rest.
	const bytesPerSecond = Math.ceil(contentBytes / (options.soakSeconds * 0.5))
	return new ClientProcess({
		name: 'soak',
		command: process.execPath,
		args: [
			...[options.cli, torrentFile, '--json', '--seed', '--dir', join(options.folder, 'data'), '--state-dir'],
			...[join(options.folder, 'state'), '--bind', '127.0.0.1', '--port', `${port}`],
			...['--max-down', `${bytesPerSecond}`, '--announce-all'],
		],
		onLine: line => {
			const { type } = JSON.parse(line) as { type: string }
			counts.set(type, (counts.get(type) ?? 0) + 1)
		},
	})
}

async function sample(
	child: ClientProcess,
	seconds: number,
	onSample: (samples: readonly MemorySample[]) => void,
): Promise<MemorySample[]> {
	const samples: MemorySample[] = []
	const startedAt = performance.now()
	for (let second = 0; second < seconds && !child.hasEnded; second += 1) {
		const atS = (performance.now() - startedAt) / 1000
		samples.push({ atS, bytes: residentBytes(child.pid), handles: fileHandles(child.pid) })
		onSample(samples)
		await delay(1_000)
	}
	return samples
}

type Outcome = {
	readonly samples: readonly MemorySample[]
	readonly handles: { readonly most: number; readonly last: number }
	readonly counts: ReadonlyMap<string, number>
	readonly intrusions: number
	readonly code: number | null
}

function conclude({ samples, handles, counts, intrusions, code }: Outcome): GateResult {
	const growth = growthOf(samples)
	const growthLimit = growthLimitBytes[growth.fromS + growth.forS < shortS ? 'short' : 'long']
	const peak = Math.max(...samples.map(({ bytes }) => bytes))
	const connected = counts.get('peerConnected') ?? 0
	const verified = counts.get('pieceVerified') ?? 0
	const figures = [
		`${connected} peers connected, ${counts.get('peerDropped') ?? 0} dropped, ${intrusions} hostile connections, ${verified} pieces verified`,
		`memory: ${mebibytes(growth.atStartBytes)} after ${growth.fromS.toFixed(0)} s, slope ${mebibytes(growth.bytesPerHour)} an hour, ${mebibytes(growth.bytes)} in the ${growth.forS.toFixed(0)} s measured (limit ${mebibytes(growthLimit)}), peak ${mebibytes(peak)} (limit ${mebibytes(peakLimitBytes)})`,
		`handles: at most ${handles.most}, ${handles.last} at the end; exit code ${code ?? 'none'} after SIGTERM (expected 143)`,
	]
	const isSteady = growth.bytes <= growthLimit && peak <= peakLimitBytes
	const isBounded = handles.most <= 300
	return { ok: isSteady && isBounded && code === 143 && connected > 0 && verified > 0, figures }
}

function describe(samples: readonly MemorySample[], counts: ReadonlyMap<string, number>): string {
	const { atS = 0, bytes = 0, handles = 0 } = samples.at(-1) ?? {}
	const pieces = `${counts.get('peerConnected') ?? 0} peers so far, ${counts.get('pieceVerified') ?? 0} pieces`
	return `${atS.toFixed(0)} s: ${mebibytes(bytes)}, ${handles} handles, ${pieces}`
}

function mebibytes(bytes: number): string {
	return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
