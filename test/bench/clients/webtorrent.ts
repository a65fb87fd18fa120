// WebTorrent, a library: installed from the registry into a folder of the run, and only when it is asked for.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { downloadDeadlineMs, type LeechOptions, startDeadlineMs } from '../../interop/clients/client.ts'
import { ClientProcess } from '../../interop/clients/client-process.ts'
import { isListening } from '../../interop/clients/listening.ts'
import type { Competitor } from '../competitor.ts'

const version = '2.8.5'
const script = fileURLToPath(new URL('webtorrent-peer.js', import.meta.url))
let installed: string | undefined

function entryFile(): string {
	return join(installed ?? '', 'node_modules/webtorrent/index.js')
}

/**
 * Without install scripts, and with an empty module in place of its WebRTC, whose native part has to be compiled or
 * downloaded from elsewhere: over TCP it is not used. Releases of uint8-util after 2.2.5 fail at the hex string that
 * this version of WebTorrent hands them.
 */
function install(): void {
	if (installed !== undefined) return
	const folder = mkdtempSync(join(tmpdir(), 'swarmscope-webtorrent-'))
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
	const write = (path: string, value: unknown) => writeFileSync(join(folder, path), JSON.stringify(value))
	mkdirSync(join(folder, 'no-webrtc'))
	write('package.json', {
		private: true,
		dependencies: { webtorrent: version },
		overrides: { 'webrtc-polyfill': 'file:./no-webrtc', 'uint8-util': '2.2.5' },
	})
	write('no-webrtc/package.json', {
		name: 'webrtc-polyfill',
		version: '1.1.10',
		type: 'module',
		exports: './index.js',
	})
	const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate']
	writeFileSync(
		join(folder, 'no-webrtc/index.js'),
		`export default {}\nexport const ${names.map(name => `${name} = undefined`).join(', ')}\n`,
	)
	execFileSync(
		'npm',
		['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
		{ stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 },
	)
	installed = folder
	if (!existsSync(entryFile())) throw new Error('npm installed no webtorrent')
}

function launch(mode: 'seed' | 'leech', options: LeechOptions) {
	let isDone = false
	const child = new ClientProcess({
		name: `webtorrent ${mode}`,
		command: process.execPath,
		args: [
			...[script, pathToFileURL(entryFile()).href, mode, options.torrentFile, options.contentDir],
			...[String(options.port), ...(options.peers ?? [])],
		],
		wrapper: options.wrapper ?? [],
		onLine: line => (isDone ||= line.includes('"done"')),
	})
	return { child, isDone: () => isDone || undefined }
}

export const webtorrent: Competitor = {
	name: 'webtorrent',
	program: script,
	debianPackage: '(none)',
	dialsLoopback: true,
	install,

	version: () => `${version} without WebRTC`,

	async startSeed(options) {
		const { child, isDone } = launch('seed', options)
		await child.waitFor('seeding', () => isDone() && isListening(options.port), startDeadlineMs)
		return { port: options.port, pid: child.pid, stop: () => child.stop() }
	},

	startLeech(options) {
		const { child } = launch('leech', options)
		const done = child
			.waitFor('download', () => (child.hasEnded ? child.ended : undefined), downloadDeadlineMs)
			.then(({ code }) => {
				if (code !== 0) throw child.failure('did not complete')
			})
		return Promise.resolve({ port: options.port, pid: child.pid, done, stop: () => child.stop() })
	},
}
