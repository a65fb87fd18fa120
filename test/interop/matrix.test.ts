// Every pair of this program and a client that people use, in both directions, compared bit for bit.
import { afterAll, afterEach, describe, test } from 'vitest'
import { aria2 } from './clients/aria2.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { contentBytes, inMebibytes } from './sizes.ts'
import { expectSameContent, transfer } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
const fileBytes = contentBytes(64 << 20)
const filesBytes = contentBytes(32 << 20)
const sources = {
	[`a file of ${inMebibytes(fileBytes)}`]: workspace.singleFile(fileBytes, 256 << 10),
	[`2,000 files of ${inMebibytes(filesBytes)} together`]: workspace.manyFiles(2_000, filesBytes, 64 << 10),
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
