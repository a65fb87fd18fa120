// Encryption required on both sides, with each client that knows it: giving and taking, dialling and dialled.
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createNetSpace } from '../gate/net-space.ts'
import { aria2 } from './clients/aria2.ts'
import type { Client, SeedOptions } from './clients/client.ts'
import { startFixedTracker } from './clients/fixed-tracker.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { contentBytes } from './sizes.ts'
import { expectSameContent, torrentOptions, transfer } from './transfer.ts'
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

const isRoot = process.getuid?.() === 0

// It dials no loopback peer: both get an address in a net of their own, and a tracker that names nobody but us.
describe.skipIf(!isRoot || !isInstalled(transmission))('Transmission dials swarmscope, encrypted', () => {
	test.each(['gives', 'takes'] as const)('and %s', async does => {
		const space = createNetSpace()
		try {
			const [ours, theirs] = [space.addAddress(), space.addAddress()]
			const port = 6881
			const tracker = await startFixedTracker([`${ours}:${port}`], space.outside)
			const told = workspace.singleFile(contentBytes(8 << 20), 64 << 10, tracker.url)
			const heard: unknown[] = []
			const at = (address: string, contentDir: string): SeedOptions => ({
				...torrentOptions(told),
				...{ contentDir, stateDir: workspace.folder(), port, address, wrapper: space.wrapper },
				encryption: 'rc4',
				onConnected: payload => void heard.push(payload),
			})
			const dir = workspace.folder()
			const [seeder, leecher] = does === 'gives' ? [transmission, swarmscope] : [swarmscope, transmission]
			const [seedAt, leechAt] = does === 'gives' ? [theirs, ours] : [ours, theirs]
			const start = {
				seed: async () => workspace.keep(await seeder.startSeed(at(seedAt, told.contentDir))),
				leech: async () => workspace.keep(await leecher.startLeech(at(leechAt, dir))),
			}
			// Whoever is dialled is there first.
			if (does === 'takes') await start.seed()
			const leech = await start.leech()
			if (does === 'gives') await start.seed()
			await leech.done
			expectSameContent(told, dir, 'lenient')
			expect(new Set(heard)).toEqual(new Set(['rc4']))
			tracker.close()
		} finally {
			await workspace.stopAll()
			space.remove()
		}
	})
})
