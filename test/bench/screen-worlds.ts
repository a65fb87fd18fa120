// What the screen is watched on: this program as built, in a terminal of its own, with the real engine behind it.
// Peers are made up (swarm-process.ts), and so is the content.
import { mkdirSync, mkdtempSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../interop/clients/client-process.ts'
import { type ScreenSession, type ScreenSize, startScreenSession } from './screen-session.ts'
import { startSwarm, type Swarm } from './swarm.ts'
import { type SwarmTorrent, writeSwarmTorrent } from './swarm-torrent.ts'

export interface Watch extends ScreenSize {
	readonly fps: number
	readonly env?: Readonly<Record<string, string>>
}

/** A program on its screen, with the folder that it fills. */
export interface Watched {
	readonly session: ScreenSession
	/** Bytes of content on the disk so far. */
	readonly storedBytes: () => number
	close(): Promise<void>
}

export interface World {
	readonly name: string
	/** Starts the program and waits until there is what the world promises. */
	open(watch: Watch): Promise<Watched>
	/** Starts the program and waits for nothing. */
	start(watch: Watch): Promise<Watched>
	close(): void
}

/** After the last connection, until what begins with it is over. */
const usualSettleMs = 3000
/** On average: those on screen, the fastest, then send more than one block between two frames. */
const bytesPerSecondAPeer = 125_000

function launch(
	root: string,
	{ columns, rows, fps, env = {} }: Watch,
	words: (folder: string) => readonly string[],
): Watched {
	const folder = mkdtempSync(join(root, 'screen-'))
	mkdirSync(join(folder, 'content'))
	const session = startScreenSession({
		columns,
		rows,
		env: { XDG_STATE_HOME: join(folder, 'home'), ...env },
		words: [...words(folder), '--fps', String(fps)],
	})
	return {
		session,
		storedBytes: () => statSync(join(folder, 'content', 'growth')).blocks * 512,
		async close() {
			await session.close()
			await rm(folder, { recursive: true, force: true })
		},
	}
}

interface Download {
	readonly torrent: SwarmTorrent
	readonly addresses: readonly string[]
}

async function startDownload(root: string, watch: Watch, download: Download): Promise<Watched> {
	const { torrent, addresses } = download
	const port = await freePort()
	return launch(root, watch, folder => [
		...[torrent.path, '--dir', join(folder, 'content'), '--state-dir', join(folder, 'state')],
		...['--bind', '127.0.0.1', '--port', String(port), '--encryption', 'off'],
		...['--max-peers', String(addresses.length + 1)],
		...addresses.flatMap(address => ['--peer', address]),
	])
}

/** Large enough that no session comes to its end. */
const contents = {
	usual: { pieceBytes: 256 << 10, pieceCount: 65_536 },
	large: { pieceBytes: 4 << 20, pieceCount: 16_384 },
}

function torrentOf(root: string, name: keyof typeof contents): SwarmTorrent {
	const { pieceBytes, pieceCount } = contents[name]
	const shape = { sizeBytes: pieceBytes * pieceCount, pieceCount, fileCount: 1 }
	return writeSwarmTorrent(join(root, `${name}.torrent`), shape)
}

function downloadWorld(
	name: string,
	root: string,
	download: Download & { readonly swarm: Swarm; readonly settleMs?: number },
): World {
	const { swarm, addresses, settleMs = usualSettleMs } = download
	return {
		name,
		start: watch => startDownload(root, watch, download),
		async open(watch) {
			const before = swarm.connected()
			const watched = await startDownload(root, watch, download)
			const { session } = watched
			await session.until(
				`${addresses.length} connections`,
				() => swarm.connected() - before >= addresses.length,
			)
			await delay(settleMs)
			return watched
		},
		close: () => swarm.stop(),
	}
}

/** A download from `peerCount` partial peers, each over a line of its own. */
export async function busyWorld(root: string, peerCount: number): Promise<World> {
	const torrent = torrentOf(root, 'usual')
	const swarm = await startSwarm({ ...torrent, peerCount, isIdle: false, bytesPerSecondAPeer })
	return downloadWorld(`${peerCount} peers`, root, { torrent, addresses: swarm.addresses, swarm })
}

/** A download from one seed over loopback, as fast as the machine goes. */
export async function fastWorld(root: string): Promise<World> {
	const torrent = torrentOf(root, 'large')
	const swarm = await startSwarm({ ...torrent, peerCount: 1, isIdle: false })
	return downloadWorld('one fast seed', root, { torrent, addresses: swarm.addresses, swarm, settleMs: 500 })
}

/** Peers that are connected, tell of nothing and want nothing. */
export async function quietWorld(root: string, peerCount: number): Promise<World> {
	const torrent = torrentOf(root, 'usual')
	const swarm = await startSwarm({ ...torrent, peerCount, isIdle: true, isSilent: true })
	return downloadWorld(`${peerCount} quiet peers`, root, { torrent, addresses: swarm.addresses, swarm })
}

/** Nobody to download from. */
export function lonelyWorld(root: string): World {
	const torrent = torrentOf(root, 'usual')
	const start = (watch: Watch) => startDownload(root, watch, { torrent, addresses: [] })
	const open = async (watch: Watch) => {
		const watched = await start(watch)
		await delay(usualSettleMs)
		return watched
	}
	return { name: 'nobody', start, open, close: () => undefined }
}

/** The practice swarm as a newcomer starts it. */
export function demoWorld(root: string): World {
	const start = (watch: Watch) => Promise.resolve(launch(root, watch, () => ['demo', '--random-seed', '1']))
	return { name: 'demo', start, open: start, close: () => undefined }
}
