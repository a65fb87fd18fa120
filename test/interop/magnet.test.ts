// The info dictionary over the wire (BEP 9), then the content: from each client that people use, and to each of
// them, with nothing but an info hash and an address.
import { afterAll, afterEach, describe, test } from 'vitest'
import { aria2 } from './clients/aria2.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { expectSameContent, transfer } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
// More than one piece of metadata: 20 bytes a piece, and the paths.
const source = workspace.manyFiles(300, 8 << 20, 16 << 10)
const magnet = `magnet:?xt=urn:btih:${source.torrent.infoHash}&dn=a+name+that+is+a+hint`
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

describe('a magnet link', () => {
	for (const client of [libtorrent, aria2, qbittorrent, rtorrent, transmission]) {
		const here = test.skipIf(!isInstalled(client))
		here(`brings what ${client.name} seeds`, async () => {
			const dir = await transfer(workspace, source, { seeder: client, leecher: swarmscope, magnet })
			expectSameContent(source, dir, 'strict')
		})
		here(`brings ${client.name} what swarmscope seeds`, async () => {
			const dir = await transfer(workspace, source, { seeder: swarmscope, leecher: client, magnet })
			expectSameContent(source, dir, 'lenient')
		})
	}
})
