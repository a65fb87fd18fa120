// qBittorrent without a screen, with a profile of its own, driven by its Web API on loopback.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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

const program = '/usr/bin/qbittorrent-nox'

const seedingStates = ['uploading', 'stalledUP', 'forcedUP', 'queuedUP']

function configuration(options: LeechOptions, webPort: number): string {
	return `[LegalNotice]
Accepted=true

[BitTorrent]
Session\\AddExtensionToIncompleteFiles=false
Session\\AnonymousModeEnabled=false
Session\\BTProtocol=TCP
Session\\ConnectionSpeed=200
Session\\DHTEnabled=false
Session\\DefaultSavePath=${options.contentDir}
Session\\Encryption=2
Session\\GlobalUPSpeedLimit=${Math.ceil((options.uploadBytesPerSecond ?? 0) / 1024)}
Session\\GlobalDLSpeedLimit=${Math.ceil((options.downloadBytesPerSecond ?? 0) / 1024)}
Session\\Interface=lo
Session\\InterfaceAddress=127.0.0.1
Session\\InterfaceName=lo
Session\\LSDEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\PeXEnabled=false
Session\\Port=${options.port}
Session\\Preallocation=false
Session\\QueueingSystemEnabled=false
Session\\SSRFMitigation=false
Session\\TempPathEnabled=false

[Network]
PortForwardingEnabled=false

[Preferences]
Advanced\\RecheckOnCompletion=false
Connection\\ResolvePeerCountries=false
Connection\\UPnP=false
General\\Locale=en
WebUI\\Address=127.0.0.1
WebUI\\CSRFProtection=false
WebUI\\HostHeaderValidation=false
WebUI\\LocalHostAuth=false
WebUI\\Port=${webPort}
WebUI\\UseUPnP=false
`
}

class WebApi {
	readonly #base: string

	constructor(port: number) {
		this.#base = `http://127.0.0.1:${port}/api/v2/`
	}

	async call(path: string, body?: FormData | URLSearchParams): Promise<string> {
		const response = await fetch(this.#base + path, body === undefined ? {} : { method: 'POST', body })
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
		return response.text()
	}
}

async function start(options: LeechOptions) {
	const webPort = await freePort()
	const folder = join(options.stateDir, 'qBittorrent', 'config')
	mkdirSync(folder, { recursive: true })
	writeFileSync(join(folder, 'qBittorrent.conf'), configuration(options, webPort))
	const child = new ClientProcess({
		name: 'qBittorrent',
		command: program,
		args: [`--profile=${options.stateDir}`, `--webui-port=${webPort}`],
		wrapper: options.wrapper ?? [],
		logFile: join(options.stateDir, 'qBittorrent', 'data', 'logs', 'qbittorrent.log'),
	})
	const api = new WebApi(webPort)
	await child.waitFor('Web API', () => api.call('app/version'), startDeadlineMs)
	const form = new FormData()
	if (options.magnet === undefined) {
		const torrent = readFileSync(options.torrentFile)
		form.set('torrents', new Blob([torrent]), basename(options.torrentFile))
	} else form.set('urls', options.magnet)
	form.set('savepath', options.contentDir)
	await api.call('torrents/add', form)
	const hash = options.infoHash
	const state = async () => {
		const list = JSON.parse(await api.call(`torrents/info?hashes=${hash}`)) as readonly {
			readonly state: string
			readonly progress: number
		}[]
		return list[0]
	}
	const added = async () => {
		const torrentState = (await state())?.state
		return torrentState === undefined || torrentState.startsWith('checking') ? undefined : true
	}
	await child.waitFor('checked torrent', added, startDeadlineMs)
	if (options.peers !== undefined && options.peers.length > 0) {
		const peers = new URLSearchParams({ hashes: hash, peers: options.peers.join('|') })
		await api.call('torrents/addPeers', peers)
	}
	const completed = async () => {
		const torrentState = await state()
		return torrentState?.progress === 1 && seedingStates.includes(torrentState.state) ? true : undefined
	}
	const running: Running = { port: options.port, pid: child.pid, stop: () => child.stop() }
	return { child, completed, running }
}

export const qbittorrent: Client = {
	name: 'qBittorrent',
	program,
	debianPackage: 'qbittorrent-nox',
	dialsLoopback: true,

	version: () =>
		/v(\S+)/u.exec(
			execFileSync(program, ['--version'], {
				encoding: 'utf8',
				env: { ...process.env, HOME: '/nonexistent' },
			}),
		)?.[1] ?? '',

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
