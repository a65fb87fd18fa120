// rTorrent as a daemon without a terminal, driven by XML-RPC over a Unix socket.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
import { ClientProcess } from './client-process.ts'
import { callScgi } from './scgi.ts'

const program = '/usr/bin/rtorrent'

function configuration(options: LeechOptions, socketPath: string): string {
	const session = join(options.stateDir, 'session')
	mkdirSync(session, { recursive: true })
	return [
		`session.path.set = ${session}`,
		`directory.default.set = ${options.contentDir}`,
		`log.open_file = "log", ${join(options.stateDir, 'rtorrent.log')}`,
		'log.add_output = "info", "log"',
		'log.add_output = "torrent_warn", "log"',
		`network.scgi.open_local = ${socketPath}`,
		'network.bind_address.set = 127.0.0.1',
		'network.local_address.set = 127.0.0.1',
		`network.port_range.set = ${options.port}-${options.port}`,
		'network.port_random.set = no',
		'network.http.max_open.set = 8',
		'dht.mode.set = disable',
		'protocol.pex.set = no',
		'protocol.encryption.set = none',
		'trackers.use_udp.set = yes',
		'throttle.max_uploads.set = 100',
		`throttle.global_up.max_rate.set = ${options.uploadBytesPerSecond ?? 0}`,
		`throttle.global_down.max_rate.set = ${options.downloadBytesPerSecond ?? 0}`,
		'system.umask.set = 0022',
		'system.daemon.set = true',
		'',
	].join('\n')
}

const silentTracker = 'http://127.0.0.1:9/a'

/** rTorrent refuses a torrent that names no tracker: such a one gets a tracker at a port where nobody listens. */
function loadableTorrent(options: LeechOptions): string {
	const torrent = readFileSync(options.torrentFile)
	if (!torrent.subarray(0, 7).equals(Buffer.from('d4:info'))) return options.torrentFile
	const path = join(options.stateDir, 'with-tracker.torrent')
	writeFileSync(path, Buffer.concat([Buffer.from(`d8:announce20:${silentTracker}`), torrent.subarray(1)]))
	return path
}

async function start(options: LeechOptions) {
	const socketPath = join(options.stateDir, 'rpc.sock')
	const file = join(options.stateDir, 'rtorrent.rc')
	writeFileSync(file, configuration(options, socketPath))
	const infoHash = options.infoHash.toUpperCase()
	const child = new ClientProcess({
		name: 'rTorrent',
		command: program,
		args: ['-n', '-o', `import=${file}`],
		wrapper: options.wrapper ?? [],
		logFile: join(options.stateDir, 'rtorrent.log'),
		env: { TERM: 'xterm' },
	})
	const ask = (method: string, ...parameters: string[]) =>
		callScgi(socketPath, method, [infoHash, ...parameters])
	const torrent =
		options.magnet === undefined
			? loadableTorrent(options)
			: `${options.magnet}&tr=${encodeURIComponent(silentTracker)}`
	await child.waitFor(
		'RPC',
		async () => {
			await callScgi(socketPath, 'load.start_verbose', ['', torrent])
			return true
		},
		startDeadlineMs,
	)
	const checked = async () => {
		const [hashing, active] = [await ask('d.hashing'), await ask('d.is_active')]
		return hashing === '0' && active === '1' ? true : undefined
	}
	await child.waitFor('checked torrent', checked, startDeadlineMs)
	const addPeers = async () => {
		for (const peer of options.peers ?? []) await ask('add_peer', peer)
	}
	await addPeers()
	let polls = 0
	const completed = async () => {
		if ((await ask('d.complete')) === '1') return true
		// Once it has the metadata it begins anew, and knows of no peers.
		polls += 1
		if (options.magnet !== undefined && polls % 40 === 0) await addPeers()
		return undefined
	}
	const running: Running = { port: options.port, pid: child.pid, stop: () => child.stop('SIGINT') }
	return { child, completed, running }
}

export const rtorrent: Client = {
	name: 'rTorrent',
	program,
	debianPackage: 'rtorrent',
	dialsLoopback: true,

	version: () =>
		/version (\S+?)\.?\s/u.exec(spawnSync(program, ['-h'], { encoding: 'utf8' }).stdout)?.[1] ?? '',

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
