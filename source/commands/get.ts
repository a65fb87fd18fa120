// `swarmscope <torrent>`: downloads and seeds.
import { resolve } from 'node:path'
import type { Engine, TorrentOptions } from '../engine/api.ts'
import type { Environment } from '../engine/environment.ts'
import { startInlineEngine, startWorkerEngine } from '../engine/remote.ts'
import { CommandFailure, type ExitCode, exitCodes } from '../exit-code.ts'
import type { GetOptions } from '../options.ts'
import { parseHost, type Address } from '../protocol/address.ts'
import { loadTorrent } from './load-torrent.ts'
import { runEngine } from './run-engine.ts'
import { defaultStateDirectory } from './state-directory.ts'

const firstPort = 6881
const workerFile = new URL('./worker.js', import.meta.url)

/** Runs until complete, told to stop or refused. */
export async function get(options: GetOptions, environment: Environment): Promise<ExitCode> {
	const torrent = await loadTorrent(options.torrent, environment)
	const peers = await resolvePeers(options.peers, environment)
	const torrentOptions: TorrentOptions = {
		torrent,
		directory: resolve(options.directory),
		stateDirectory: resolve(options.stateDirectory ?? defaultStateDirectory(process.platform, process.env)),
		port: options.port ?? firstPort,
		portIsFixed: options.port !== undefined,
		bind: options.bind,
		peers,
		seed: options.seed ?? false,
		maxPeers: options.maxPeers,
		maxDownBytesPerSecond: options.maxDownBytesPerSecond,
		maxUpBytesPerSecond: options.maxUpBytesPerSecond,
		only: options.only,
		sequential: options.sequential,
		recheck: options.recheck,
		announceAll: options.announceAll,
		randomSeed: undefined,
		clockSpeed: 1,
		minimumIntervalS: undefined,
	}
	return await runEngine({
		engine: start(torrentOptions, options.inline),
		output: options,
		title: options.torrent,
		seed: options.seed,
		timeoutS: options.timeoutS,
	})
}

/** An engine where the options want it. */
export function start(options: TorrentOptions, inline: boolean): Engine {
	return inline ? startInlineEngine(options) : startWorkerEngine(workerFile, options)
}

async function resolvePeers(peers: readonly Address[], { resolver }: Environment): Promise<Address[]> {
	return await Promise.all(
		peers.map(async ({ host, port }) => {
			if (parseHost(host) !== undefined) return { host, port }
			const found = await resolver.resolve(host, AbortSignal.timeout(10_000))
			const first = found.ok ? found.value[0] : undefined
			if (first === undefined)
				throw new CommandFailure(exitCodes.usage, `--peer: expected a host that can be found, got ${host}`)
			return { host: first, port }
		}),
	)
}
