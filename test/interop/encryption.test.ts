// Encryption required on both sides, with each client that knows it, in both directions.
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { aria2 } from './clients/aria2.ts'
import type { Client } from './clients/client.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { contentBytes } from './sizes.ts'
import { expectSameContent, transfer } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
const source = workspace.singleFile(contentBytes(32 << 20), 256 << 10)
afterEach(() => workspace.stopAll())
afterAll(() => workspace.dispose())

/** What a stream can become where a client lets one choose. */
const payloads: readonly (readonly [Client, readonly ('plain' | 'rc4')[]])[] = [
	[libtorrent, ['plain', 'rc4']],
	[aria2, ['plain', 'rc4']],
	[transmission, ['rc4']],
]

describe.each(
	payloads.flatMap(([client, choices]) => choices.map(choice => [client.name, client, choice] as const)),
)('%s', (_, client, encryption) => {
	const here = test.skipIf(!isInstalled(client))
	here(`gives to swarmscope, encrypted, the stream ${encryption}`, async () => {
		const heard: unknown[] = []
		const options = { encryption, onConnected: (payload: string | undefined) => void heard.push(payload) }
		const dir = await transfer(workspace, source, { seeder: client, leecher: swarmscope }, options)
		expectSameContent(source, dir, 'strict')
		expect(new Set(heard)).toEqual(new Set([encryption]))
	})
	here(`takes from swarmscope, encrypted, the stream ${encryption}`, async () => {
		const heard: unknown[] = []
		const options = { encryption, onConnected: (payload: string | undefined) => void heard.push(payload) }
		const dir = await transfer(workspace, source, { seeder: swarmscope, leecher: client }, options)
		expectSameContent(source, dir, 'lenient')
		expect(new Set(heard)).toEqual(new Set([encryption]))
	})
})
