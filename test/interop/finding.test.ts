// From a bare magnet link without a tracker to metadata and content: over peer exchange alone, over local discovery
// alone. The clients are in a network of their own, each with an address; a hub has next to nothing to give.
import { afterAll, afterEach, describe, test } from 'vitest'
import { createNetSpace, type NetSpace } from '../gate/net-space.ts'
import type { Client, LeechOptions } from './clients/client.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { expectSameContent, torrentOptions } from './transfer.ts'
import { isInstalled, type Source, Workspace } from './workspace.ts'

const workspace = new Workspace()
const source = workspace.singleFile(8 << 20, 64 << 10)
const spaces: NetSpace[] = []
afterEach(async () => {
	await workspace.stopAll()
	for (const space of spaces.splice(0)) space.remove()
})
afterAll(() => workspace.dispose())

const port = 6881
/** What the hub loads meanwhile is a small part of the content. */
const hubBytesPerSecond = 4096

/** A net of three machines; each gives the options of a client in it. */
function openNet(finds: 'pex' | 'lsd', withTransmission = false) {
	const space = createNetSpace()
	spaces.push(space)
	const [hub = '', seed = '', finder = ''] = [1, 2, 3].map(() => space.addAddress())
	const at = (address: string, of: Source, contentDir = workspace.folder()): LeechOptions => ({
		...torrentOptions(of),
		...{ contentDir, stateDir: workspace.folder(), port, address, finds: [finds], wrapper: space.wrapper },
	})
	/** Transmission speaks to other machines only: with it the others are at this end of the cable. */
	const placed = (client: Client, address: string, contentDir: string): LeechOptions => ({
		...at(client === transmission ? space.inside : address, source, contentDir),
		...(client === transmission || !withTransmission ? {} : { address: space.outside, wrapper: [] }),
	})
	return { hub, seed, finder, at, placed }
}

const magnet = `magnet:?xt=urn:btih:${source.torrent.infoHash}`
const endpoint = (address: string) => `${address}:${port}`
const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('over peer exchange alone', () => {
	const casts: readonly { hub: Client; seed: Client; finder: Client }[] = [
		{ hub: libtorrent, seed: swarmscope, finder: swarmscope },
		{ hub: libtorrent, seed: libtorrent, finder: swarmscope },
		{ hub: swarmscope, seed: libtorrent, finder: libtorrent },
		{ hub: swarmscope, seed: swarmscope, finder: libtorrent },
		{ hub: swarmscope, seed: swarmscope, finder: swarmscope },
		{ hub: transmission, seed: swarmscope, finder: swarmscope },
		{ hub: swarmscope, seed: swarmscope, finder: transmission },
	]
	test.each(casts.map(cast => [cast.finder.name, cast.seed.name, cast.hub.name, cast] as const))(
		'%s finds %s by what %s tells',
		async (_, __, ___, cast) => {
			if (!Object.values(cast).every(isInstalled)) return
			const net = openNet('pex')
			const limit = { downloadBytesPerSecond: hubBytesPerSecond }
			// Whoever cannot dial is dialled.
			const hubDials = cast.finder.dialsLoopback ? [] : [endpoint(net.finder)]
			const toHub = [endpoint(net.hub)]
			const got = { ...net.at(net.finder, source), magnet }
			const starting = [] as Promise<unknown>[]
			const finding = cast.finder.startLeech(cast.finder.dialsLoopback ? { ...got, peers: toHub } : got)
			const finder = workspace.keep(await finding)
			const hub = await cast.hub.startLeech({ ...net.at(net.hub, source), ...limit, peers: hubDials })
			workspace.keep(hub).done.catch(() => undefined)
			starting.push(cast.seed.startSeed({ ...net.at(net.seed, source, source.contentDir), peers: toHub }))
			const [seed] = await Promise.all(starting)
			workspace.keep(seed as Awaited<ReturnType<Client['startSeed']>>)
			await finder.done
			expectSameContent(source, got.contentDir, 'lenient')
		},
	)
})

describe.skipIf(!isRoot)('over local discovery alone', () => {
	const casts: readonly { seed: Client; finder: Client }[] = [
		{ seed: libtorrent, finder: swarmscope },
		{ seed: swarmscope, finder: libtorrent },
		{ seed: swarmscope, finder: swarmscope },
		{ seed: transmission, finder: swarmscope },
		{ seed: swarmscope, finder: transmission },
	]
	test.each(casts.map(cast => [cast.finder.name, cast.seed.name, cast] as const))(
		'%s finds %s',
		async (_, __, cast) => {
			if (!Object.values(cast).every(isInstalled)) return
			const net = openNet('lsd', Object.values(cast).includes(transmission))
			const folder = workspace.folder()
			workspace.keep(await cast.seed.startSeed(net.placed(cast.seed, net.seed, source.contentDir)))
			await workspace.keep(
				await cast.finder.startLeech({ ...net.placed(cast.finder, net.finder, folder), magnet }),
			).done
			expectSameContent(source, folder, 'lenient')
		},
	)
})

if (!isRoot) test.skip('finding peers takes a network of its own, which only root can make')
