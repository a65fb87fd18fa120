// libtorrent-rasterbar through its Python binding: the peer that can do everything a test asks for.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
	type Client,
	downloadDeadlineMs,
	type Leech,
	type LeechOptions,
	type SeedOptions,
	startDeadlineMs,
} from './client.ts'
import { ClientProcess } from './client-process.ts'

const python = '/usr/bin/python3'
const flushDeadlineMs = 60_000
const script = fileURLToPath(new URL('libtorrent-peer.py', import.meta.url))

interface PeerScriptConfig {
	readonly mode: 'seed' | 'partial' | 'leech'
	readonly torrent: string
	readonly magnet?: string | undefined
	readonly dir: string
	readonly addresses: readonly (readonly [string, number])[]
	readonly peers?: readonly string[] | undefined
	readonly trackers?: readonly string[] | undefined
	readonly finds?: readonly string[] | undefined
	readonly routers?: readonly string[] | undefined
	readonly fraction?: number
	readonly seed?: number
	readonly skipCheck?: boolean | undefined
	readonly uploadBytesPerSecond?: number | undefined
	readonly downloadBytesPerSecond?: number | undefined
	readonly settings?: Readonly<Record<string, number>> | undefined
}

interface PeerScript {
	readonly child: ClientProcess
	/** `host:port` of every session. */
	readonly addresses: readonly string[]
}

/** Starts the script and waits until its sessions listen and have checked what they hold. */
async function startScript(config: PeerScriptConfig, wrapper: readonly string[] = []) {
	const messages = new Map<string, Record<string, unknown>>()
	const child = new ClientProcess({
		name: `libtorrent ${config.mode}`,
		command: python,
		args: [script, JSON.stringify(config)],
		wrapper,
		onLine: line => {
			const message = JSON.parse(line) as Record<string, unknown>
			messages.set(String(message['type']), message)
		},
	})
	await child.waitFor('ready', () => messages.get('ready') ?? messages.get('done'), startDeadlineMs)
	const addresses = messages.get('listening')?.['addresses'] as readonly string[]
	return { child, addresses, messages }
}

function configOf(mode: 'seed' | 'leech', options: SeedOptions & LeechOptions): PeerScriptConfig {
	return {
		mode,
		torrent: options.torrentFile,
		magnet: options.magnet,
		dir: options.contentDir,
		addresses: [[options.address ?? '127.0.0.1', options.port]],
		finds: options.finds,
		routers: options.routers,
		peers: options.peers,
		trackers: options.trackers,
		skipCheck: options.skipCheck,
		uploadBytesPerSecond: options.uploadBytesPerSecond,
		downloadBytesPerSecond: options.downloadBytesPerSecond,
		settings: encryptionSettings(options.encryption),
	}
}

/** Policies: 0 is forced, 1 enabled, 2 disabled. Levels: 1 is plain, 2 is RC4, 3 both. */
function encryptionSettings(encryption: SeedOptions['encryption'] = 'off'): Readonly<Record<string, number>> {
	const policy = { off: 2, any: 1, plain: 0, rc4: 0 }[encryption]
	const level = { off: 3, any: 3, plain: 1, rc4: 2 }[encryption]
	return { in_enc_policy: policy, out_enc_policy: policy, allowed_enc_level: level }
}

/** Many partial seeds in one process, each with its own loopback address, that together hold every piece. */
export async function startPartialPeers(options: {
	readonly torrentFile: string
	readonly contentDir: string
	readonly count: number
	readonly fraction: number
	readonly seed: number
}): Promise<PeerScript> {
	return startScript({
		mode: 'partial',
		torrent: options.torrentFile,
		dir: options.contentDir,
		addresses: Array.from({ length: options.count }, (_, index) => [`127.0.1.${index + 1}`, 0] as const),
		fraction: options.fraction,
		seed: options.seed,
	})
}

/** Downloads everything and returns the seconds between being told of the peers and having the last piece. */
export async function timeLibtorrentDownload(options: LeechOptions): Promise<number> {
	const { child, messages } = await startScript(configOf('leech', options))
	try {
		const done = await child.waitFor('download', () => messages.get('done'), downloadDeadlineMs)
		return Number(done['seconds'])
	} finally {
		await child.stop('SIGTERM', flushDeadlineMs)
	}
}

export const libtorrent: Client = {
	name: 'libtorrent',
	program: '/usr/lib/python3/dist-packages/libtorrent.egg-info',
	debianPackage: 'python3-libtorrent',
	dialsLoopback: true,

	version: () =>
		execFileSync(python, ['-c', 'import libtorrent; print(libtorrent.__version__)'], {
			encoding: 'utf8',
		}).trim(),

	async startSeed(options: SeedOptions) {
		const { child } = await startScript(configOf('seed', options), options.wrapper)
		return { port: options.port, pid: child.pid, stop: () => child.stop() }
	},

	async startLeech(options: LeechOptions): Promise<Leech> {
		const { child, messages } = await startScript(configOf('leech', options), options.wrapper)
		const done = child.waitFor('download', () => messages.get('done'), downloadDeadlineMs)
		// Once it is done it ends by itself, after what it received is on its way to the disk.
		const stop = () => child.stop('SIGTERM', flushDeadlineMs)
		return { port: options.port, pid: child.pid, done: done.then(() => undefined), stop }
	},
}
