// aria2: exits by itself when it has everything; learns peers from trackers alone.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import {
	type Client,
	downloadDeadlineMs,
	type Leech,
	type LeechOptions,
	type SeedOptions,
	startDeadlineMs,
} from './client.ts'
import { ClientProcess } from './client-process.ts'
import { startFixedTracker } from './fixed-tracker.ts'
import { isListening } from './listening.ts'

const program = '/usr/bin/aria2c'

function commonArguments(options: LeechOptions): string[] {
	return [
		'--no-conf=true',
		`--dir=${options.contentDir}`,
		`--listen-port=${options.port}`,
		'--interface=127.0.0.1',
		'--enable-dht=false',
		'--enable-dht6=false',
		'--bt-enable-lpd=false',
		'--enable-peer-exchange=false',
		'--disable-ipv6=true',
		...(options.encryption !== 'plain' && options.encryption !== 'rc4'
			? []
			: [
					'--bt-require-crypto=true',
					`--bt-min-crypto-level=${options.encryption === 'rc4' ? 'arc4' : 'plain'}`,
				]),
		'--file-allocation=none',
		'--follow-torrent=true',
		'--summary-interval=0',
		'--console-log-level=warn',
		`--log=${join(options.stateDir, 'aria2.log')}`,
		'--log-level=notice',
		`--max-overall-upload-limit=${options.uploadBytesPerSecond ?? 0}`,
		`--max-overall-download-limit=${options.downloadBytesPerSecond ?? 0}`,
	]
}

function launch(options: LeechOptions, args: readonly string[]): ClientProcess {
	return new ClientProcess({
		name: 'aria2',
		command: program,
		args: [...commonArguments(options), ...args, options.magnet ?? options.torrentFile],
		wrapper: options.wrapper ?? [],
		logFile: join(options.stateDir, 'aria2.log'),
	})
}

export const aria2: Client = {
	name: 'aria2',
	program,
	debianPackage: 'aria2',
	dialsLoopback: true,

	version: () => /version (\S+)/u.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? '',

	async startSeed(options: SeedOptions) {
		const tracker = await startFixedTracker(options.peers ?? [])
		const child = launch(options, [
			options.skipCheck === true ? '--bt-seed-unverified=true' : '--check-integrity=true',
			'--seed-ratio=0.0',
			'--bt-exclude-tracker=*',
			`--bt-tracker=${(options.trackers ?? [tracker.url]).join(',')}`,
		])
		await child.waitFor('listening', () => isListening(options.port), startDeadlineMs)
		const stop = () => {
			tracker.close()
			return child.stop()
		}
		return { port: options.port, pid: child.pid, stop }
	},

	async startLeech(options: LeechOptions): Promise<Leech> {
		const tracker = await startFixedTracker(options.peers ?? [])
		const child = launch(options, [
			'--seed-time=0',
			'--bt-exclude-tracker=*',
			`--bt-tracker=${(options.trackers ?? [tracker.url]).join(',')}`,
		])
		const done = child
			.waitFor('download', () => (child.hasEnded ? child.ended : undefined), downloadDeadlineMs)
			.then(ending => {
				tracker.close()
				if (ending.code !== 0) throw child.failure('did not complete')
			})
		return { port: options.port, pid: child.pid, done, stop: () => child.stop() }
	},
}
