// Transmission's daemon, driven by its RPC. It dials no loopback peer: the other side has to dial it.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
	type Client,
	downloadDeadlineMs,
	type Leech,
	type LeechOptions,
	type Running,
	type SeedOptions,
	startDeadlineMs,
} from './client.ts'
import { ClientProcess, freePort } from './client-process.ts'

const program = '/usr/bin/transmission-daemon'

const sessionHeader = 'x-transmission-session-id'
const seedingStatus = 6

interface TorrentStatus {
	readonly percentDone: number
	readonly status: number
	readonly errorString: string
}

/** One RPC session: Transmission hands out a token in a 409 and wants it back. */
class Rpc {
	readonly #url: string
	#token = ''

	constructor(host: string, port: number) {
		this.#url = `http://${host}:${port}/transmission/rpc`
	}

	async call(method: string, rpcArguments: object): Promise<Record<string, unknown>> {
		const send = () =>
			fetch(this.#url, {
				method: 'POST',
				headers: { [sessionHeader]: this.#token },
				body: JSON.stringify({ method, arguments: rpcArguments }),
			})
		let response = await send()
		if (response.status === 409) {
			this.#token = response.headers.get(sessionHeader) ?? ''
			response = await send()
		}
		const answer = (await response.json()) as { result: string; arguments: Record<string, unknown> }
		if (answer.result !== 'success') throw new Error(`${method}: ${answer.result}`)
		return answer.arguments
	}
}

function settings(options: LeechOptions, rpcPort: number): object {
	const limit = (bytesPerSecond: number | undefined) => Math.ceil((bytesPerSecond ?? 0) / 1000)
	return {
		'bind-address-ipv4': options.address ?? '127.0.0.1',
		'bind-address-ipv6': '::1',
		'rpc-bind-address': options.address ?? '127.0.0.1',
		'rpc-port': rpcPort,
		'rpc-whitelist': '127.0.0.1,10.213.*.*',
		'peer-port': options.port,
		'download-dir': options.contentDir,
		'incomplete-dir-enabled': false,
		'dht-enabled': options.finds?.includes('dht') ?? false,
		'lpd-enabled': options.finds?.includes('lsd') ?? false,
		'pex-enabled': options.finds?.includes('pex') ?? false,
		'utp-enabled': false,
		'port-forwarding-enabled': false,
		'blocklist-enabled': false,
		// It knows no encrypted handshake with a plain stream behind it.
		encryption: { off: 0, any: 1, plain: 2, rc4: 2 }[options.encryption ?? 'off'],
		preallocation: 0,
		'rename-partial-files': false,
		'ratio-limit-enabled': false,
		'idle-seeding-limit-enabled': false,
		'speed-limit-up-enabled': options.uploadBytesPerSecond !== undefined,
		'speed-limit-up': limit(options.uploadBytesPerSecond),
		'speed-limit-down-enabled': options.downloadBytesPerSecond !== undefined,
		'speed-limit-down': limit(options.downloadBytesPerSecond),
		umask: 18,
	}
}

async function start(options: LeechOptions) {
	const rpcPort = await freePort()
	writeFileSync(join(options.stateDir, 'settings.json'), JSON.stringify(settings(options, rpcPort)))
	const routers = (options.routers ?? []).map(router => `${router.replace(':', ' ')}\n`)
	writeFileSync(join(options.stateDir, 'dht.bootstrap'), routers.join(''))
	const child = new ClientProcess({
		name: 'transmission',
		command: program,
		args: ['--foreground', '--config-dir', options.stateDir, '--log-info'],
		wrapper: options.wrapper ?? [],
	})
	const rpc = new Rpc(options.address ?? '127.0.0.1', rpcPort)
	await child.waitFor(
		'RPC',
		async () => {
			await rpc.call('session-get', {})
			return true
		},
		startDeadlineMs,
	)
	await rpc.call('torrent-add', {
		filename: options.magnet ?? options.torrentFile,
		'download-dir': options.contentDir,
		'peer-limit': 100,
	})
	const status = async () => {
		const answer = await rpc.call('torrent-get', { fields: ['percentDone', 'status', 'errorString'] })
		const [torrent] = answer['torrents'] as readonly TorrentStatus[]
		return torrent
	}
	const completed = async () => {
		const torrent = await status()
		return torrent?.percentDone === 1 && torrent.status === seedingStatus ? true : undefined
	}
	const running: Running = { port: options.port, pid: child.pid, stop: () => child.stop() }
	return { child, completed, running }
}

export const transmission: Client = {
	name: 'Transmission',
	program,
	debianPackage: 'transmission-daemon',
	dialsLoopback: false,

	version: () => {
		const output = spawnSync(program, ['--version'], { encoding: 'utf8' })
		return / (\d\S+)/u.exec(output.stderr + output.stdout)?.[1] ?? ''
	},

	async startSeed(options: SeedOptions) {
		const { child, completed, running } = await start(options)
		await child.waitFor('seeding', completed, startDeadlineMs)
		return running
	},

	async startLeech(options: LeechOptions): Promise<Leech> {
		const { child, completed, running } = await start(options)
		const done = child.waitFor('download', completed, downloadDeadlineMs)
		return { ...running, done: done.then(() => undefined) }
	},
}
