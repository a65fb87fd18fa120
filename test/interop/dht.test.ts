// Peers find each other by the DHT alone: with nothing but an info hash and one node to begin with, metadata and
// content come from other clients, and they get them from us. Nodes of our own are the DHT; each machine has an
// address in a network of its own.
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, test } from 'vitest'
import { createNetSpace, type NetSpace } from '../gate/net-space.ts'
import { type Client, type LeechOptions, startDeadlineMs } from './clients/client.ts'
import { ClientProcess } from './clients/client-process.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { swarmscope } from './clients/swarmscope.ts'
import { transmission } from './clients/transmission.ts'
import { isFullSize } from './sizes.ts'
import { expectSameContent, torrentOptions } from './transfer.ts'
import { isInstalled, Workspace } from './workspace.ts'

const workspace = new Workspace()
const source = workspace.singleFile(2 << 20, 16 << 10)
const other = workspace.singleFile(1 << 16, 16 << 10)
const magnet = `magnet:?xt=urn:btih:${source.torrent.infoHash}`
const spaces: NetSpace[] = []
afterEach(async () => {
	await workspace.stopAll()
	for (const space of spaces.splice(0)) space.remove()
})
afterAll(() => workspace.dispose())

const port = 6881
const isRoot = process.getuid?.() === 0
const nodesFile = fileURLToPath(new URL('clients/dht-nodes.ts', import.meta.url))

async function startNodes(space: NetSpace, addresses: readonly string[]): Promise<void> {
	let isReady = false
	const child = new ClientProcess({
		name: 'dht nodes',
		command: process.execPath,
		args: ['--import', 'tsx', nodesFile, ...addresses],
		wrapper: space.wrapper,
		onLine: line => {
			isReady ||= line === 'ready'
		},
	})
	workspace.keep({ port, pid: child.pid, stop: () => child.stop() })
	await child.waitFor('joined nodes', () => (isReady ? true : undefined), startDeadlineMs)
}

function openNet(withTransmission: boolean) {
	const space = createNetSpace()
	spaces.push(space)
	const [hub = '', seed = '', finder = ''] = [1, 2, 3].map(() => space.addAddress())
	const at = (client: Client, address: string, contentDir: string): LeechOptions => ({
		...torrentOptions(source),
		contentDir,
		stateDir: workspace.folder(),
		port,
		finds: ['dht'],
		routers: [`${hub}:${port}`],
		// Transmission speaks to other machines only: with it the others are at this end of the cable.
		address: client === transmission ? space.inside : withTransmission ? space.outside : address,
		wrapper: withTransmission && client !== transmission ? [] : space.wrapper,
	})
	return { space, hub, seed, finder, at }
}

type Cast = { readonly seed: Client; readonly finder: Client; readonly nodes: number }

describe.skipIf(!isRoot)('by the DHT alone', () => {
	const everyRun: readonly Cast[] = [
		{ seed: swarmscope, finder: swarmscope, nodes: 1 },
		{ seed: libtorrent, finder: swarmscope, nodes: 1 },
		{ seed: swarmscope, finder: libtorrent, nodes: 1 },
		{ seed: libtorrent, finder: swarmscope, nodes: 12 },
	]
	// Transmission announces nothing before it knows a dozen nodes, and then when its own clock says so: that takes
	// from one minute to three.
	const longRuns: readonly Cast[] = [
		{ seed: transmission, finder: swarmscope, nodes: 16 },
		{ seed: swarmscope, finder: transmission, nodes: 16 },
	]
	const casts = isFullSize ? [...everyRun, ...longRuns] : everyRun
	test.each(casts.map(cast => [cast.finder.name, cast.seed.name, cast.nodes, cast] as const))(
		'%s finds %s, with %i nodes besides',
		async (_, __, ___, { seed, finder, nodes }) => {
			if (![seed, finder].every(isInstalled)) return
			const net = openNet([seed, finder].includes(transmission))
			const more = Array.from({ length: nodes - 1 }, () => net.space.addAddress())
			await startNodes(net.space, [net.hub, ...more])
			const folder = workspace.folder()
			workspace.keep(await seed.startSeed(net.at(seed, net.seed, source.contentDir)))
			const leech = await finder.startLeech({ ...net.at(finder, net.finder, folder), magnet })
			await workspace.keep(leech).done
			expectSameContent(source, folder, 'lenient')
		},
	)

	test.skipIf(!isInstalled(libtorrent))(
		'swarmscope finds swarmscope through a node of libtorrent',
		async () => {
			const net = openNet(false)
			const hub = { ...net.at(libtorrent, net.hub, other.contentDir), ...torrentOptions(other), routers: [] }
			workspace.keep(await libtorrent.startSeed(hub))
			const folder = workspace.folder()
			workspace.keep(await swarmscope.startSeed(net.at(swarmscope, net.seed, source.contentDir)))
			const leech = await swarmscope.startLeech({ ...net.at(swarmscope, net.finder, folder), magnet })
			await workspace.keep(leech).done
			expectSameContent(source, folder, 'lenient')
		},
	)
})

if (!isRoot) test.skip('the DHT takes a network of its own, which only root can make')
