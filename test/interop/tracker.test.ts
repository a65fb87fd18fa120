// Peers that know each other from a tracker alone: opentracker, over HTTP and over UDP (BEP 3, 15, 23).
import { afterAll, afterEach, describe, test } from 'vitest'
import { aria2 } from './clients/aria2.ts'
import type { Client } from './clients/client.ts'
import { freePort } from './clients/client-process.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { opentracker, startOpentracker } from './clients/opentracker.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { contentBytes } from './sizes.ts'
import { expectSameContent, torrentOptions } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

const pairs: readonly (readonly [Client, Client])[] = [
	[libtorrent, libtorrent],
	[libtorrent, swarmscope],
	[swarmscope, libtorrent],
	[swarmscope, swarmscope],
	[aria2, swarmscope],
	[rtorrent, swarmscope],
	[transmission, swarmscope],
	[qbittorrent, swarmscope],
]
const areInstalled = pairs.flat().every(isInstalled) && isInstalled(opentracker)

describe.skipIf(!areInstalled).each(['http', 'udp'])('through opentracker over %s', protocol => {
	// aria2 keeps its UDP tracker client in its DHT, which asks hosts beyond this machine.
	const able = pairs.filter(([seeder]) => protocol === 'http' || seeder !== aria2)
	for (const [seeder, leecher] of able) {
		test(`${leecher.name} finds ${seeder.name}`, async () => {
			const trackerPort = await freePort()
			const trackerUrl = `${protocol}://127.0.0.1:${trackerPort}/announce`
			const source = workspace.singleFile(contentBytes(8 << 20), 256 << 10, trackerUrl)
			const tracker = workspace.keep(
				await startOpentracker(workspace.folder(), trackerPort, [source.torrent.infoHash]),
			)
			const options = async (contentDir: string) => ({
				...torrentOptions(source),
				contentDir,
				stateDir: workspace.folder(),
				port: await freePort(),
				trackers: [trackerUrl],
			})
			workspace.keep(await seeder.startSeed(await options(source.contentDir)))
			await tracker.waitForSeed(source.torrent.infoHash)
			const dir = workspace.folder()
			await workspace.keep(await leecher.startLeech(await options(dir))).done
			expectSameContent(source, dir, 'strict')
		})
	}
})
