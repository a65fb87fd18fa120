// This program, built, as a user starts it without a screen.
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
import { isListening } from './listening.ts'

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))

/** A line that `--json` prints once a second. */
interface ProgressLine {
	readonly completedBytes: number
	readonly totalBytes: number
}

/** The last line that `--json` prints. */
interface ResultLine {
	readonly complete: boolean
	readonly downloadedBytes: number
}

/** A line that `--json` prints for each new connection. */
interface ConnectedLine {
	readonly encryption?: string
}

export interface SwarmscopeLeech extends Leech {
	readonly child: ClientProcess
	/** All progress lines so far, oldest first. */
	readonly progress: readonly ProgressLine[]
	result(): ResultLine | undefined
}

const policies = { off: 'off', any: 'prefer', plain: 'prefer', rc4: 'require' } as const

function launch(options: LeechOptions, goesOn: boolean) {
	const progress: ProgressLine[] = []
	let result: ResultLine | undefined
	const flag = (name: string, value: number | undefined) => (value === undefined ? [] : [name, String(value)])
	const child = new ClientProcess({
		name: 'swarmscope',
		command: process.execPath,
		args: [
			...[cli, options.magnet ?? options.torrentFile, '--json', goesOn ? '--seed' : '--no-seed'],
			...['--dir', options.contentDir, '--state-dir', options.stateDir],
			...['--bind', options.address ?? '127.0.0.1', '--port', String(options.port)],
			...(['pex', 'lsd', 'dht'] as const).flatMap(way =>
				options.finds?.includes(way) === true ? [] : [`--no-${way}`],
			),
			...(options.routers ?? []).flatMap(router => ['--dht-router', router]),
			...(options.encryption === undefined ? [] : ['--encryption', policies[options.encryption]]),
			...(options.peers ?? []).flatMap(peer => ['--peer', peer]),
			...flag('--max-up', options.uploadBytesPerSecond),
			...flag('--max-down', options.downloadBytesPerSecond),
		],
		wrapper: options.wrapper ?? [],
		isNoise: line => line.includes('"type":"progress"'),
		onLine: line => {
			const message = JSON.parse(line) as { readonly type: string } & ProgressLine &
				ResultLine &
				ConnectedLine
			if (message.type === 'progress') progress.push(message)
			if (message.type === 'result') result = message
			if (message.type === 'peerConnected') options.onConnected?.(message.encryption)
		},
	})
	return { child, progress, result: () => result }
}

/** Starts a download; the torrent's own trackers are asked when no peers are given. */
export function startSwarmscope(options: LeechOptions): SwarmscopeLeech {
	const { child, progress, result } = launch(options, false)
	const done = child
		.waitFor('download', () => (child.hasEnded ? child.ended : undefined), downloadDeadlineMs)
		.then(ending => {
			if (ending.code !== 0) throw child.failure('did not complete')
			if (result()?.complete !== true)
				throw child.failure('exit code 0 without a result line that says complete')
		})
	return { port: options.port, pid: child.pid, done, stop: () => child.stop(), child, progress, result }
}

export const swarmscope: Client = {
	name: 'swarmscope',
	program: cli,
	debianPackage: '(none: npm run build)',
	dialsLoopback: true,

	version: () => execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }).trim(),

	async startSeed(options: SeedOptions) {
		const { child, progress } = launch(options, true)
		const seeding = () => {
			const last = progress.at(-1)
			const isChecked = last !== undefined && last.completedBytes === last.totalBytes
			return isChecked && isListening(options.port, child.pid) ? true : undefined
		}
		await child.waitFor('seeding', seeding, startDeadlineMs)
		return { port: options.port, pid: child.pid, stop: () => child.stop() }
	},

	startLeech: (options: LeechOptions) => Promise.resolve(startSwarmscope(options)),
}
