// Every pair of this program and a client that people use, in both directions, compared bit for bit.
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
const sources = {
	'a file of 64 MiB': workspace.singleFile(64 << 20, 256 << 10),
	'2,000 files of 32 MiB together': workspace.manyFiles(2_000, 32 << 20, 64 << 10),
}
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

describe.each(Object.entries(sources))('%s', (_, source) => {
	for (const client of [libtorrent, aria2, qbittorrent, rtorrent, transmission]) {
		const here = test.skipIf(!isInstalled(client))
		here(`swarmscope downloads what ${client.name} seeds`, async () => {
			const dir = await transfer(workspace, source, { seeder: client, leecher: swarmscope })
			expectSameContent(source, dir, 'strict')
		})
		here(`swarmscope seeds what ${client.name} downloads`, async () => {
			const dir = await transfer(workspace, source, { seeder: swarmscope, leecher: client })
			expectSameContent(source, dir, 'lenient')
		})
	}
})
