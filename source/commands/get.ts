// `swarmscope <torrent>`: downloads and seeds.
import { resolve } from 'node:path'
import type { Engine, TorrentOptions } from '../engine/api.ts'
import type { Environment } from '../engine/environment.ts'
import { startWorkerEngine } from '../engine/remote.ts'
import { CommandFailure, type ExitCode, exitCodes } from '../exit-code.ts'
import type { GetOptions } from '../options.ts'
import { parseHost, type Address } from '../protocol/address.ts'
import { dhtSettings } from './dht-settings.ts'
import { checkDirectory, checkLogIsOther } from './check-directory.ts'
import { inputTitle, loadInput } from './load-input.ts'
import { withResolvedPeers } from './magnet-peers.ts'
import { isOnScreen, runEngine } from './run-engine.ts'
import { defaultStateDirectory } from './state-directory.ts'
import { compileThriftily } from './thrifty-compiler.ts'
import { inFamilyOf, type World } from './torrent-source.ts'

const firstPort = 6881
const workerFile = new URL('./worker.js', import.meta.url)

/** Runs until complete, told to stop or refused. */
export async function get(options: GetOptions, environment: Environment): Promise<ExitCode> {
	const { bind } = options
	const directory = resolve(options.directory)
	const stateDirectory = resolve(
		options.stateDirectory ?? defaultStateDirectory(process.platform, process.env),
	)
	const input = await loadInput(options.torrent, { environment, bind })
	await checkDirectory('--dir', directory)
	await checkDirectory('--state-dir', stateDirectory)
	await checkLogIsOther(options.log, options.torrent)
	const peers = await resolvePeers(options.peers, { environment, bind })
	const torrent = input instanceof Uint8Array ? input : await withResolvedPeers(input, { environment, bind })
	const torrentOptions: TorrentOptions = {
		torrent,
		directory,
		stateDirectory,
		port: options.port ?? firstPort,
		portIsFixed: options.port !== undefined,
		bind,
		peers,
		seed: options.seed ?? false,
		maxPeers: options.maxPeers,
		encryption: options.encryption,
		maxDownBytesPerSecond: options.maxDownBytesPerSecond,
		maxUpBytesPerSecond: options.maxUpBytesPerSecond,
		only: options.only,
		sequential: options.sequential,
		recheck: options.recheck,
		announceAll: options.announceAll,
		peerExchange: options.peerExchange,
		localDiscovery: options.localDiscovery,
		dht: options.dht === undefined ? undefined : dhtSettings(options.dht, bind),
		randomSeed: undefined,
		clockSpeed: 1,
		minimumIntervalS: undefined,
	}
	return await runEngine({
		// Lines need no thread of their own: a second one costs 0.1 s of CPU before it has done anything.
		engine: await start(torrentOptions, options.inline || !isOnScreen(options)),
		output: options,
		title: inputTitle(options.torrent, input),
		place: directory,
		seed: options.seed,
		timeoutS: options.timeoutS,
	})
}

/** An engine where the options want it. */
export async function start(options: TorrentOptions, inline: boolean): Promise<Engine> {
	compileThriftily()
	if (!inline) return startWorkerEngine(workerFile, options)
	const { startInlineEngine } = await import('../engine/inline.ts')
	return startInlineEngine(options)
}

/** All addresses of each name, in the family of `bind` where that is given. */
export async function resolvePeers(peers: readonly Address[], world: World): Promise<Address[]> {
	const resolved = await Promise.all(
		peers.map(async ({ host, port }) =>
			(await hostAddresses(host, world)).map(found => ({ host: found, port })),
		),
	)
	return resolved.flat()
}

async function hostAddresses(host: string, { environment, bind }: World): Promise<readonly string[]> {
	if (parseHost(host) !== undefined) return [host]
	const found = await environment.resolver.resolve(host, AbortSignal.timeout(10_000))
	const usable = found.ok ? inFamilyOf(bind, found.value) : []
	if (usable.length > 0) return usable
	throw new CommandFailure(
		exitCodes.usage,
		`--peer: expected a host that can be found, got ${host}${found.ok ? ` without an address like ${bind}` : ''}`,
	)
}
