// Many peers at once, and the ends that a program does not choose: killed, or asked to end, in mid-download.
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { freePort } from './clients/client-process.ts'
import { libtorrent, startPartialPeers } from './clients/libtorrent.ts'
import { startSwarmscope } from './clients/swarmscope.ts'
import { expectSameContent, torrentOptions } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
const source = workspace.singleFile(64 << 20, 256 << 10)
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

const slowBytesPerSecond = 8 << 20

/** A libtorrent seed that needs eight seconds for the whole content. */
async function startSlowSeed(): Promise<string> {
	const port = await freePort()
	const stateDir = workspace.folder()
	const limits = { uploadBytesPerSecond: slowBytesPerSecond }
	const options = { ...torrentOptions(source), contentDir: source.contentDir, stateDir, port, ...limits }
	workspace.keep(await libtorrent.startSeed(options))
	return `127.0.0.1:${port}`
}

/** Starts a download into `dir` and waits until a quarter of it has arrived. */
async function startAndWaitForAQuarter(dir: string, stateDir: string) {
	const peers = [await startSlowSeed()]
	const options = { ...torrentOptions(source), contentDir: dir, stateDir, port: await freePort(), peers }
	const leech = workspace.keep(startSwarmscope(options))
	leech.done.catch(() => undefined)
	const isAQuarter = () => leech.progress.find(line => line.completedBytes * 4 >= line.totalBytes)
	await leech.child.waitFor('a quarter', isAQuarter, 30_000)
	return { leech, options }
}

describe.skipIf(!isInstalled(libtorrent))('swarmscope', () => {
	test('downloads from 20 peers that have half of the pieces each', async () => {
		const { child, addresses } = await startPartialPeers({
			torrentFile: source.torrent.path,
			contentDir: source.contentDir,
			count: 20,
			fraction: 0.5,
			seed: 1,
		})
		workspace.keep({ port: 0, pid: child.pid, stop: () => child.stop() })
		const dir = workspace.folder()
		const options = { ...torrentOptions(source), contentDir: dir, stateDir: workspace.folder() }
		const leech = startSwarmscope({ ...options, port: await freePort(), peers: addresses })
		await workspace.keep(leech).done
		expectSameContent(source, dir, 'strict')
	})

	test('goes on after kill -9 where it was and completes', async () => {
		const dir = workspace.folder()
		const { leech, options } = await startAndWaitForAQuarter(dir, workspace.folder())
		leech.child.signal('SIGKILL')
		await leech.child.ended
		const again = workspace.keep(startSwarmscope(options))
		await again.done
		expect(again.result()?.downloadedBytes).toBeLessThan(0.85 * source.torrent.totalBytes)
		expectSameContent(source, dir, 'strict')
	})

	test('ends within 5 s of SIGTERM with exit code 143, and completes when started again', async () => {
		const dir = workspace.folder()
		const { leech, options } = await startAndWaitForAQuarter(dir, workspace.folder())
		const askedAt = performance.now()
		leech.child.signal('SIGTERM')
		expect(await leech.child.ended).toEqual({ code: 143, signal: null })
		expect(performance.now() - askedAt).toBeLessThan(5_000)
		await workspace.keep(startSwarmscope(options)).done
		expectSameContent(source, dir, 'strict')
	})
})
