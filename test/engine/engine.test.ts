import { describe, expect, test } from 'vitest'
import type { TorrentOptions, Update } from '../../source/engine/api.ts'
import { startEngine } from '../../source/engine/engine.ts'
import { makeTorrent, type TorrentRecipe } from '../helpers/make-torrent.ts'
import { MemoryEnvironment } from '../helpers/memory-environment.ts'
import { settle } from '../helpers/torrent-disk.ts'

const second = 1000

function start(
	options: Partial<TorrentOptions> = {},
	recipe: TorrentRecipe = {},
	world = new MemoryEnvironment(),
) {
	const torrent = makeTorrent({ name: 'made', ...recipe })
	const updates: Update[] = []
	const engine = startEngine(
		{
			torrent: torrent.bytes,
			directory: '/save',
			stateDirectory: '/state',
			port: 6881,
			portIsFixed: false,
			bind: undefined,
			peers: [],
			seed: true,
			maxPeers: 50,
			maxDownBytesPerSecond: undefined,
			maxUpBytesPerSecond: undefined,
			only: undefined,
			sequential: false,
			recheck: false,
			announceAll: false,
			randomSeed: 1,
			clockSpeed: 1,
			minimumIntervalS: undefined,
			...options,
		},
		world,
		update => updates.push(update),
	)
	const types = () => updates.map(({ type }) => type)
	const states = () =>
		updates.flatMap(update =>
			update.type === 'events'
				? update.events.flatMap(({ event }) => (event.type === 'stateChanged' ? [event.state] : []))
				: [],
		)
	/** Lets the engine go on, and time with it. */
	const run = async (ms = 0) => {
		for (let step = 0; step < 10; step += 1) {
			await settle()
			world.clock.advance(ms / 10)
		}
		await settle()
	}
	/** Lets the engine go on until something is true. */
	const until = async (isSo: () => boolean) => {
		for (let turn = 0; !isSo(); turn += 1) {
			if (turn > 100_000) throw new Error(`expected something to happen, got ${JSON.stringify(types())}`)
			await new Promise(resolve => setImmediate(resolve))
			world.clock.advance(0)
		}
		await run()
	}
	const running = () => until(() => states().length > 0)
	const over = () => until(() => types().includes('stopped') || types().includes('refused'))
	return { world, engine, updates, torrent, types, states, run, until, running, over }
}

const disk = () => {
	const world = new MemoryEnvironment()
	world.storage.put('/save/.keep', new Uint8Array())
	return world
}
const lockOf = (world: MemoryEnvironment) =>
	world.storage.list('/state').then(names => names.filter(name => name.endsWith('.lock')))

describe('an engine', () => {
	test('starts, and ends with `stopped` and nothing left open', async () => {
		const one = start({}, {}, disk())
		await one.running()
		expect(one.states()).toEqual(['downloading'])
		expect(one.world.listeners.size).toBe(1)
		one.engine.command({ type: 'stop' })
		await one.over()
		expect(one.types().at(-1)).toBe('stopped')
		expect(one.world.listeners.size).toBe(0)
		expect(one.world.clock.waiting).toBe(0)
		expect(await lockOf(one.world)).toEqual([])
	})

	test('says `stopped` once, however often it is told to stop', async () => {
		const one = start({}, {}, disk())
		await one.running()
		one.engine.command({ type: 'stop' })
		one.engine.command({ type: 'stop' })
		await one.over()
		one.engine.command({ type: 'stop' })
		await one.run()
		expect(one.types().filter(type => type === 'stopped')).toHaveLength(1)
	})

	test('tells an event no later than the snapshot that shows what it is about', async () => {
		const one = start({}, {}, disk())
		await one.running()
		one.engine.command({ type: 'setRate', snapshotsPerSecond: 10 })
		one.engine.command({ type: 'watch', slices: ['summary'], wireRows: 0, wirePeer: undefined })
		one.engine.command({ type: 'acknowledge' })
		await one.run(second)
		one.updates.length = 0
		one.engine.command({ type: 'pause' })
		await one.run()
		expect(one.types()).toEqual(['events', 'snapshot'])
		one.engine.command({ type: 'stop' })
		await one.over()
	})

	test('is gone within five seconds although its trackers do not answer', async () => {
		const one = start({}, { announce: 'udp://192.0.2.1:1/announce' }, disk())
		await one.running()
		one.engine.command({ type: 'stop' })
		await one.run(second / 2)
		expect(one.types()).not.toContain('stopped')
		await one.run(4.4 * second)
		await one.over()
		expect(one.types().at(-1)).toBe('stopped')
		expect(one.world.clock.waiting).toBe(0)
	})

	test('holds its lock in the name of the process that its world knows', async () => {
		const one = start({}, {}, disk())
		await one.running()
		const [lock = ''] = await lockOf(one.world)
		const line = await one.world.storage.readFile(`/state/${lock}`, 100)
		expect(new TextDecoder().decode(line)).toBe('4711 now\n')
		one.engine.command({ type: 'stop' })
		await one.over()
	})

	test('takes commands before it is ready', async () => {
		const one = start({}, {}, disk())
		one.engine.command({ type: 'pause' })
		await one.running()
		expect(one.states()).toEqual(['paused'])
	})
})

describe('a stop', () => {
	test('while the torrent is being opened leaves nothing behind, and says so only then', async () => {
		const world = disk()
		for (let steps = 0; steps < 200; steps += 20) {
			const one = start({}, {}, world)
			for (let step = 0; step < steps; step += 1) await new Promise(resolve => setImmediate(resolve))
			one.engine.command({ type: 'stop' })
			await one.over()
			for (let turn = 0; turn < 20; turn += 1) await one.run()
			expect(await lockOf(world), `after ${steps} steps`).toEqual([])
			expect(world.listeners.size).toBe(0)
			expect(world.clock.waiting).toBe(0)
			expect(one.types()).not.toContain('refused')
		}
	})

	test('while the port is being opened closes it again', async () => {
		const world = disk()
		let isOpening = false
		let opened: () => void = () => undefined
		world.listening = async options => {
			await new Promise<void>(resolve => {
				opened = resolve
				isOpening = true
			})
			return world.listen(options)
		}
		const one = start({}, {}, world)
		await one.until(() => isOpening)
		one.engine.command({ type: 'stop' })
		await one.run()
		opened()
		await one.over()
		await one.run()
		expect(one.types().at(-1)).toBe('stopped')
		expect(world.listeners.size).toBe(0)
	})
})

describe('a stop on a disk that has stopped to answer', () => {
	const never = () => new Promise<never>(() => undefined)

	test('does not wait for the files to be looked at', async () => {
		const world = disk()
		const stat = world.storage.stat.bind(world.storage)
		let asked = false
		world.storage.stat = path => {
			if (!path.startsWith('/save/')) return stat(path)
			asked = true
			return never()
		}
		const one = start({}, {}, world)
		await one.until(() => asked)
		one.engine.command({ type: 'stop' })
		await one.run()
		expect(one.types().at(-1)).toBe('stopped')
		expect(await lockOf(world)).toEqual([])
		expect(world.clock.waiting).toBe(0)
	})

	test('does not wait for the check of the data, and what was known stays known', async () => {
		const world = disk()
		const recipe = { bytes: 3_000_000, announce: 'http://192.0.2.1/announce' }
		const first = start({}, recipe, world)
		await first.running()
		first.engine.command({ type: 'stop' })
		await first.over()
		const stateOf = async () => {
			const names = (await world.storage.list('/state')).filter(name => !name.endsWith('.lock'))
			return Promise.all(names.map(name => world.storage.readFile(`/state/${name}`, 1 << 20)))
		}
		const before = await stateOf()
		expect(before.length).toBeGreaterThan(1)
		world.storage.put('/save/made', first.torrent.content)
		const open = world.storage.open.bind(world.storage)
		let reading = false
		world.storage.open = async (path, mode) => {
			const handle = await open(path, mode)
			const read = () => {
				reading = true
				return never()
			}
			return path === '/save/made' ? { ...handle, read, readv: read } : handle
		}
		const one = start({ recheck: true }, recipe, world)
		await one.until(() => reading)
		one.engine.command({ type: 'stop' })
		await one.run()
		expect(one.types().at(-1)).toBe('stopped')
		expect(await lockOf(world)).toEqual([])
		expect(world.clock.waiting).toBe(0)
		expect(await stateOf()).toEqual(before)
	})
})

describe('a network that comes back', () => {
	/** The world, with a count of what leaves it. */
	const cutOff = () => {
		const world = disk()
		const left = { dials: 0, datagrams: 0 }
		const bind = world.datagrams.bind.bind(world.datagrams)
		world.datagrams.bind = async (host, port) => {
			const bound = await bind(host, port)
			const send = () => void (left.datagrams += 1)
			return bound.ok ? { ok: true, value: { ...bound.value, send } } : bound
		}
		world.transport.dial = () => {
			left.dials += 1
			return Promise.resolve({ ok: false, code: 'ENETUNREACH', message: 'no network' })
		}
		return { world, left }
	}

	test('is seen by its address: peers and trackers are tried again within ten seconds', async () => {
		const { world, left } = cutOff()
		const peer = { host: '203.0.113.9', port: 6881 }
		const one = start({ peers: [peer] }, { announce: 'udp://203.0.113.5:1/announce' }, world)
		await one.running()
		world.addresses = []
		for (let s = 0; s < 100; s += 1) await one.run(second)
		const away = { ...left }
		for (let s = 0; left.dials === away.dials; s += 1) await one.run(second)
		const before = { ...left }
		world.addresses = ['198.51.100.7']
		for (let s = 0; s < 10; s += 1) await one.run(second)
		expect(left.dials).toBeGreaterThan(before.dials)
		expect(left.datagrams).toBeGreaterThan(before.datagrams)
		one.engine.command({ type: 'stop' })
		await one.run(5 * second)
		await one.over()
		expect(world.clock.waiting).toBe(0)
	})

	test('is not looked for while nothing is missed', async () => {
		const world = disk()
		world.storage.put('/save/made', makeTorrent({ name: 'made' }).content)
		let looks = 0
		world.network.addresses = () => {
			looks += 1
			return []
		}
		const one = start({}, {}, world)
		await one.running()
		for (let s = 0; s < 60; s += 1) await one.run(second)
		expect(looks).toBe(1)
		one.engine.command({ type: 'stop' })
		await one.over()
	})
})

describe('a refusal', () => {
	test('closes what was open: the next try finds no lock', async () => {
		const world = disk()
		world.listening = () => Promise.resolve({ ok: false, code: 'EADDRINUSE', message: 'in use' })
		const one = start({ portIsFixed: true }, {}, world)
		await one.over()
		expect(one.updates.at(-1)).toMatchObject({ type: 'refused', code: 'port' })
		expect(await lockOf(world)).toEqual([])
		expect(world.clock.waiting).toBe(0)
	})

	test('for the port comes before the data is checked', async () => {
		const world = disk()
		world.listening = () => Promise.resolve({ ok: false, code: 'EADDRINUSE', message: 'in use' })
		const { content } = makeTorrent({ name: 'made' })
		world.storage.put('/save/made', content)
		const read: string[] = []
		world.storage.before = (operation, path) => {
			if (operation === 'read' && path.startsWith('/save/')) read.push(path)
			return undefined
		}
		const one = start({ portIsFixed: true }, {}, world)
		await one.over()
		expect(one.updates.at(-1)).toMatchObject({ type: 'refused', code: 'port' })
		expect(read).toEqual([])
	})

	test('says what is wrong with the torrent', async () => {
		const one = start({ torrent: new Uint8Array([100]) })
		await one.over()
		expect(one.updates.at(-1)).toMatchObject({ type: 'refused', code: 'torrent' })
	})

	test('is how a recheck ends that the disk forbids, and no fault of ours', async () => {
		const one = start({}, {}, disk())
		await one.running()
		const stat = one.world.storage.stat.bind(one.world.storage)
		one.world.storage.stat = path =>
			path.startsWith('/save/made')
				? Promise.reject(Object.assign(new Error('no'), { code: 'EIO' }))
				: stat(path)
		one.engine.command({ type: 'recheck' })
		await one.over()
		expect(one.updates.at(-1)).toMatchObject({ type: 'refused', code: 'disk' })
		expect(one.world.listeners.size).toBe(0)
	})
})
