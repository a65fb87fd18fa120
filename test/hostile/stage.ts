// A whole engine in a world in memory, an honest peer beside whatever a test brings, and the yardstick for every
// hostile peer: nothing crashes, the honest peer keeps its connection, its transfer ends right to the last byte,
// the core's sums stay right after each input, and the end leaves nothing open.
import { expect, onTestFinished } from 'vitest'
import type { TorrentOptions, Update } from '../../source/engine/api.ts'
import { startEngine } from '../../source/engine/engine.ts'
import type {
	Connection,
	ConnectionHandler,
	DialOptions,
	Environment,
} from '../../source/engine/environment.ts'
import { hasPiece } from '../../source/protocol/bitfield.ts'
import type { Address } from '../../source/protocol/address.ts'
import { toHex } from '../../source/protocol/bytes.ts'
import { parseMagnet } from '../../source/protocol/magnet.ts'
import { copies } from '../../source/torrent/availability.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import type { Core } from '../../source/torrent/core.ts'
import { watchCore } from '../helpers/core-invariants.ts'
import { makeTorrent, type TorrentRecipe } from '../helpers/make-torrent.ts'
import { MemoryEnvironment } from '../helpers/memory-environment.ts'
import { type Honest, honestLeecher, honestSeed } from './honest-peer.ts'
import { type PeerOptions, ScriptedPeer } from './scripted-peer.ts'

export const block = 16_384
const stepMs = 20
const honestHost = '192.0.2.1'

export type StageOptions = {
	/** We have everything from the start, and the honest peer nothing. */
	readonly seeding?: boolean
	readonly engine?: Partial<TorrentOptions>
	readonly torrent?: TorrentRecipe
	/** Laid over the world in memory. */
	readonly world?: Partial<Environment>
	/** No honest peer from the start. */
	readonly alone?: boolean
	/** We know nothing but the info hash, and the honest peer gives the rest (BEP 9). */
	readonly magnet?: boolean
	/** An honest peer listens on this host. */
	readonly honestAt?: string
}

export type Newcomer = Partial<Omit<PeerOptions, 'address'>> & {
	readonly host?: string
	readonly port?: number
}

export type Stage = Awaited<ReturnType<typeof openStage>>

/** Twelve pieces of two blocks, the last one short by most of a block. */
export async function openStage(options: StageOptions = {}) {
	const { seeding = false } = options
	const torrent = makeTorrent({ name: 'made', bytes: 23 * block + 3616, ...options.torrent })
	const world = new MemoryEnvironment()
	world.storage.put('/save/.keep', new Uint8Array())
	if (seeding) world.storage.put('/save/made', torrent.content.slice())
	const watched = watchCore()
	onTestFinished(() => watched.restore())
	const dialled: ScriptedPeer[] = []
	const events: TorrentEvent[] = []
	const ends: Update[] = []
	Object.assign(world, options.world)
	world.transport.dial = answerDial
	const given = options.magnet === true ? parseMagnet(toHex(torrent.infoHash)) : torrent.bytes
	const engine = startEngine(engineOptions(given, options.engine), world, update => {
		if (update.type === 'events') events.push(...update.events.map(({ event }) => event))
		else if (update.type !== 'snapshot') ends.push(update)
	})
	let peers = 0
	const crowd: Honest[] = []

	const create = ({ host, port = 6881, ...rest }: Newcomer = {}): ScriptedPeer => {
		peers += 1
		return new ScriptedPeer({
			infoHash: torrent.infoHash,
			pieceCount: torrent.pieceCount,
			address: { host: host ?? `203.0.${113 + Math.floor(peers / 250)}.${peers % 250}`, port },
			...rest,
		})
	}
	/** Somebody connects and says nothing yet. */
	const connect = (newcomer?: Newcomer): ScriptedPeer => {
		const peer = create(newcomer)
		peer.handler = world.accept(peer)
		if (peer.handler === undefined) peer.isClosed = true
		return peer
	}
	/** Somebody connects and says who it is. */
	const join = (newcomer?: Newcomer): ScriptedPeer => {
		const peer = connect(newcomer)
		peer.sayBytes(peer.handshakeBytes())
		return peer
	}
	/** Whoever was dialled, in that order; they say nothing by themselves. */
	function answerDial({ address }: DialOptions, handlerFor: (one: Connection) => ConnectionHandler) {
		const peer = create({ host: address.host, port: address.port })
		dialled.push(peer)
		peer.handler = handlerFor(peer)
		if (address.host === options.honestAt) queueMicrotask(() => addHonest(peer))
		return Promise.resolve({ ok: true as const, value: peer })
	}
	/** Honest peers do their part, and time goes on. */
	const step = async (ms = stepMs) => {
		for (let turn = 0; turn < 4; turn += 1) await new Promise(resolve => setImmediate(resolve))
		for (const honest of crowd) honest.step(world.clock.now())
		world.clock.advance(ms)
	}
	const run = async (ms: number, everyMs = stepMs) => {
		for (let passed = 0; passed < ms; passed += everyMs) await step(everyMs)
		for (let turn = 0; turn < 4; turn += 1) await step(0)
	}
	const until = async (isSo: () => boolean, what: string) => {
		for (let turn = 0; !isSo(); turn += 1) {
			if (turn > 20_000)
				throw new Error(`expected ${what} in the end, got ${JSON.stringify(events.slice(-5))}`)
			await step(turn < 100 ? 0 : stepMs)
		}
	}
	const has = (type: TorrentEvent['type']) => events.some(event => event.type === type)
	const addHonest = (peer = join({ host: honestHost })): Honest => {
		if (!peer.isClosed && peer.handshake !== undefined && peer.count('extended') === 0)
			peer.sayBytes(peer.handshakeBytes())
		const honest = seeding
			? honestLeecher(peer, torrent)
			: honestSeed(peer, torrent, options.magnet === true ? { info: torrent.infoBytes } : {})
		crowd.push(honest)
		return honest
	}
	const reasonsOf = ({ remote }: ScriptedPeer) =>
		events.flatMap(event =>
			event.type === 'peerDropped' && isSameAddress(event, remote) ? [event.reason] : [],
		)
	/** Why the peer was let go: one code, that of the rule where it broke one; undefined while it is there. */
	const endOf = async (peer: ScriptedPeer): Promise<string | undefined> => {
		await run(200)
		const [reason, ...more] = reasonsOf(peer)
		expect(more).toEqual([])
		expect(peer.isClosed).toBe(reason !== undefined)
		return reason?.code === 'protocol-error' ? reason.error : reason?.code
	}
	const core = (): Core => {
		const current = watched.core()
		if (current === undefined) throw new Error('expected an engine that runs')
		return current
	}
	/** The transfer of the honest ends well, and so does the engine. */
	const endsWell = async () => {
		checkAvailability(core())
		const isOver = () => crowd.every(({ isDone }) => isDone) && (seeding || has('downloadCompleted'))
		await until(isOver, 'the transfer to end')
		const saved = world.storage.get('/save/made') ?? new Uint8Array()
		expect(Buffer.compare(saved, torrent.content)).toBe(0)
		await run(200)
		for (const { peer } of crowd) {
			const codes = reasonsOf(peer).map(({ code }) => code)
			expect(codes.filter(code => code !== 'both-complete')).toEqual([])
		}
		checkAvailability(core())
		engine.command({ type: 'stop' })
		await until(() => ends.length > 0, 'the end')
		expect(ends).toEqual([{ type: 'stopped' }])
		expect(world.listeners.size).toBe(0)
		expect(world.clock.waiting).toBe(0)
		expect(world.storage.openHandles).toBe(0)
	}

	await until(() => has('torrentStarted'), 'a start')
	await until(() => has('stateChanged') && world.listeners.size > 0, 'a listener')
	const honest = options.alone === true ? undefined : addHonest()
	return {
		...{ world, torrent, engine, events, ends, dialled, crowd, honest },
		...{ create, connect, join, addHonest, step, run, until, reasonsOf, endOf, core, endsWell },
		/** The engine is to dial it. */
		dial: async (address: Address): Promise<ScriptedPeer> => {
			const before = dialled.length
			engine.command({ type: 'addPeer', address })
			await until(() => dialled.length > before, 'a dial')
			const peer = dialled[before]
			if (peer === undefined) throw new Error('expected a connection')
			return peer
		},
		/** The right bytes of a block. */
		bytesOf: ({ piece, offset, length }: { piece: number; offset: number; length: number }) => {
			const start = piece * torrent.pieceLength + offset
			return torrent.content.slice(start, start + length)
		},
	}
}

function checkAvailability({ picker, peers }: Core): void {
	if (picker === undefined) return
	for (let piece = 0; piece < picker.have.size; piece += 1) {
		let having = 0
		for (const { session } of peers.values()) {
			if (session.peerHave !== undefined && hasPiece(session.peerHave, piece)) having += 1
		}
		expect(copies(picker.availability, piece)).toBe(having)
	}
}

function isSameAddress(one: Address, other: Address): boolean {
	return one.host === other.host && one.port === other.port
}

function engineOptions(
	torrent: TorrentOptions['torrent'],
	options: Partial<TorrentOptions> | undefined,
): TorrentOptions {
	return {
		...{ torrent, directory: '/save', stateDirectory: '/state', port: 6881, portIsFixed: false },
		...{ bind: undefined, peers: [], seed: true, maxPeers: 100, only: undefined, sequential: false },
		...{ maxDownBytesPerSecond: undefined, maxUpBytesPerSecond: undefined, recheck: false },
		...{ announceAll: false, randomSeed: 1, clockSpeed: 1, minimumIntervalS: undefined, ...options },
	}
}
