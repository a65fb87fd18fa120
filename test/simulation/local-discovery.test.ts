// Whole engines on one local net in memory, in virtual time: no tracker, no DHT, nobody named. Who has the torrent
// hears who else has it.
import { expect, test } from 'vitest'
import type { TorrentOptions } from '../../source/engine/api.ts'
import { type RunningEngine, startEngine } from '../../source/engine/engine.ts'
import { createNodeHasher } from '../../source/engine/node-hasher.ts'
import { MemoryStorage } from '../../source/practice/memory-storage.ts'
import { MemoryNetwork } from '../../source/practice/network.ts'
import { createSeededSource } from '../../source/practice/seeded-source.ts'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { makeTorrent } from '../helpers/make-torrent.ts'

type Machine = {
	readonly engine: RunningEngine
	readonly events: TorrentEvent[]
	readonly storage: MemoryStorage
	isStopped: boolean
}

function openLan(isPrivate = false) {
	const clock = new VirtualClock()
	const network = new MemoryNetwork({ clock, random: createRandom(1) })
	const torrent = makeTorrent({ name: 'made', bytes: 300_000, private: isPrivate })
	const machines: Machine[] = []
	const add = async (host: string, given: { seeds?: boolean; options?: Partial<TorrentOptions> } = {}) => {
		const storage = new MemoryStorage({ wallTime: () => clock.wallTime() })
		await storage.makeDirectory('/save')
		if (given.seeds === true) storage.put('/save/made', torrent.content.slice())
		const events: TorrentEvent[] = []
		const options: TorrentOptions = {
			...{
				torrent: torrent.bytes,
				directory: '/save',
				stateDirectory: '/state',
				port: 6881,
				portIsFixed: true,
			},
			...{ bind: host, peers: [], seed: true, maxPeers: 50, only: undefined, sequential: false },
			...{ maxDownBytesPerSecond: undefined, maxUpBytesPerSecond: undefined, recheck: false },
			...{ announceAll: false, randomSeed: 1, clockSpeed: 1, minimumIntervalS: undefined },
			...{ localDiscovery: true, ...given.options },
		}
		const { transport, datagrams, multicast } = network.addHost(host, 1)
		const world = {
			...{ clock, transport, datagrams, multicast, storage, hasher: createNodeHasher() },
			random: createSeededSource(machines.length + 1),
			resolver: {
				resolve: () => Promise.resolve({ ok: false, code: 'ENOTFOUND', message: 'no names' } as const),
			},
			processes: { pid: 1, startOf: () => Promise.resolve('now') },
			network: { addresses: () => [host], sleptMs: () => 0 },
		}
		const engine = startEngine(options, world, update => {
			if (update.type === 'events') events.push(...update.events.map(({ event }) => event))
			if (update.type === 'stopped') machine.isStopped = true
		})
		const machine: Machine = { engine, events, storage, isStopped: false }
		machines.push(machine)
		return machine
	}
	const until = async (isSo: () => boolean, limitMs: number) => {
		for (let passed = 0; !isSo() && passed < limitMs; passed += 1000) {
			await clock.runUntil(isSo, 1000)
			await new Promise(resolve => setImmediate(resolve))
		}
		return isSo()
	}
	const end = async () => {
		for (const { engine } of machines) engine.command({ type: 'stop' })
		expect(await until(() => machines.every(({ isStopped }) => isStopped), 60_000)).toBe(true)
		for (const { storage } of machines) expect(storage.openHandles).toBe(0)
	}
	return { torrent, add, until, end }
}

const has = ({ events }: Machine, type: TorrentEvent['type']) => events.some(event => event.type === type)

test('machines of one local net find each other and the content', async () => {
	const lan = openLan()
	await lan.add('192.168.1.1', { seeds: true })
	const others = [await lan.add('192.168.1.2'), await lan.add('192.168.1.3')]
	const isDone = () => others.every(other => has(other, 'downloadCompleted'))
	expect(await lan.until(isDone, 120_000)).toBe(true)
	for (const { storage } of others)
		expect(Buffer.compare(storage.get('/save/made') ?? new Uint8Array(), lan.torrent.content)).toBe(0)
	await lan.end()
})

test('who comes an hour later finds them as well', async () => {
	const lan = openLan()
	const seed = await lan.add('192.168.1.1', { seeds: true })
	await lan.until(() => false, 3_600_000)
	expect(has(seed, 'peerConnected')).toBe(false)
	const late = await lan.add('192.168.1.2')
	expect(await lan.until(() => has(late, 'downloadCompleted'), 30_000)).toBe(true)
	await lan.end()
})

test.each<[string, boolean, Partial<TorrentOptions>]>([
	['a private torrent', true, {}],
	['who does not want to', false, { localDiscovery: false }],
])('%s is not found', async (_, isPrivate, options) => {
	const lan = openLan(isPrivate)
	await lan.add('192.168.1.1', { seeds: true, options })
	const finder = await lan.add('192.168.1.2', { options })
	expect(await lan.until(() => has(finder, 'peerConnected'), 900_000)).toBe(false)
	await lan.end()
})
