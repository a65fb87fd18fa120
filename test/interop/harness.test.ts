// The other clients among themselves: when these fail, the harness or a client is at fault and not this program.
import { afterAll, afterEach, describe, test } from 'vitest'
import { aria2 } from './clients/aria2.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { transmission } from './clients/transmission.ts'
import { expectSameContent, transfer } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
const source = workspace.singleFile(4 << 20, 64 << 10)
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

describe.skipIf(!isInstalled(libtorrent))('libtorrent', () => {
	for (const client of [libtorrent, aria2, qbittorrent, rtorrent, transmission]) {
		const here = test.skipIf(!isInstalled(client))
		here(`downloads what ${client.name} seeds`, async () => {
			const dir = await transfer(workspace, source, { seeder: client, leecher: libtorrent })
			expectSameContent(source, dir, 'strict')
		})
		here(`seeds what ${client.name} downloads`, async () => {
			const dir = await transfer(workspace, source, { seeder: libtorrent, leecher: client })
			expectSameContent(source, dir, 'lenient')
		})
	}
})
