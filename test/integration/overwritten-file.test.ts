// A file that somebody writes over in place while it is seeded: a real engine, a real file, a real socket.
import { mkdtemp, open, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Update } from '../../source/engine/api.ts'
import { startEngine } from '../../source/engine/engine.ts'
import type { Environment } from '../../source/engine/environment.ts'
import { createNodeEnvironment } from '../../source/engine/node-environment.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { encodeDontHave } from '../../source/protocol/extension.ts'
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import { encodeHandshake, HandshakeReader } from '../../source/protocol/handshake.ts'
import { toPeerId } from '../../source/protocol/ids.ts'
import { blockBytes, type Message } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import type { TorrentEvent } from '../../source/torrent/boundary.ts'
import { type Collected, frameCollector } from '../helpers/frame-collector.ts'
import { type MadeTorrent, makeTorrent } from '../helpers/make-torrent.ts'

const dontHaveId = 9

/** This machine, with a clock that can be put forward. */
function worldWithClock() {
	const real = createNodeEnvironment()
	const skipped = { ms: 0 }
	const ports: number[] = []
	const environment: Environment = {
		...real,
		clock: {
			...real.clock,
			now: () => real.clock.now() + skipped.ms,
		},
		transport: {
			...real.transport,
			listen: async options => {
				const listener = await real.transport.listen(options)
				if (listener.ok) ports.push(listener.value.port)
				return listener
			},
		},
	}
	return { environment, skipped, ports }
}

async function startSeed(torrent: MadeTorrent) {
	const folder = await mkdtemp(join(tmpdir(), 'swarmscope-overwritten-'))
	const path = join(folder, 'made')
	await writeFile(path, torrent.content)
	await utimes(path, 1e9, 1e9)
	const { environment, skipped, ports } = worldWithClock()
	const events: TorrentEvent[] = []
	let hasEnded = false
	const onUpdate = (update: Update): void => {
		if (update.type === 'events') events.push(...update.events.map(({ event }) => event))
		if (update.type === 'stopped' || update.type === 'refused') hasEnded = true
		heard()
	}
	const engine = startEngine(
		{
			torrent: torrent.bytes,
			directory: folder,
			stateDirectory: join(folder, 'state'),
			port: 0,
			portIsFixed: false,
			bind: '127.0.0.1',
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
		},
		environment,
		onUpdate,
	)
	onTestFinished(async () => {
		engine.command({ type: 'stop' })
		await until(() => hasEnded)
		await rm(folder, { recursive: true, force: true })
	})
	await until(() => events.some(event => event.type === 'stateChanged' && event.state === 'seeding'))
	return { path, events, skipped, port: ports[0] ?? 0 }
}

let heard: () => void = () => undefined

/** Waits for what updates or messages tell. */
async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise<void>(resolve => (heard = resolve))
}

function connectPeer(torrent: MadeTorrent, port: number) {
	const socket = connect(port, '127.0.0.1')
	onTestFinished(() => void socket.destroy())
	const reader = new HandshakeReader()
	const decoder = new FrameDecoder(torrent.pieceCount)
	const { sink, collected } = frameCollector()
	socket.on('error', () => undefined)
	socket.on('data', bytes => {
		decoder.push(reader.push(bytes), sink)
		heard()
	})
	const say = (...messages: readonly Message[]): void => {
		socket.write(concatBytes(messages.map(message => encodeMessage(message))))
	}
	const flags = { extended: true, fast: true, dht: false, v2: false }
	socket.write(
		encodeHandshake({ flags, infoHash: torrent.infoHash, peerId: toPeerId(new Uint8Array(20).fill(5)) }),
	)
	const payload = encodeBencode({ m: { lt_donthave: dontHaveId } })
	say({ type: 'extended', id: 0, payload }, { type: 'haveNone' }, { type: 'interested' })
	/** Asks for the first block of each piece and waits for all answers. */
	const ask = async (...pieces: readonly number[]): Promise<Collected[]> => {
		collected.splice(0)
		say(...pieces.map(piece => ({ type: 'request', piece, offset: 0, length: blockBytes }) as const))
		const answers = () => collected.filter(isAnswer)
		await until(() => answers().length === pieces.length)
		return answers()
	}
	return { collected, ask }
}

function isAnswer(one: Collected): boolean {
	return 'block' in one || one.message.type === 'reject'
}

test('no byte of it is served that is not right, peers and the user hear of it, and nothing is written over it', async () => {
	const torrent = makeTorrent({ name: 'made', bytes: 8 * blockBytes, pieceLength: blockBytes })
	const bytesOf = (piece: number) => torrent.content.subarray(piece * blockBytes, (piece + 1) * blockBytes)
	const { path, events, skipped, port } = await startSeed(torrent)
	const peer = connectPeer(torrent, port)
	const hears = (type: Message['type']) => () =>
		peer.collected.some(one => 'message' in one && one.message.type === type)
	await until(hears('unchoke'))
	expect(await peer.ask(3)).toMatchObject([{ block: { piece: 3 }, payload: bytesOf(3) }])

	const foreign = new Uint8Array(100).fill(7)
	const handle = await open(path, 'r+')
	await handle.write(foreign, 0, foreign.length, 3 * blockBytes + 50)
	await handle.close()
	skipped.ms += 30_000
	const answers = await peer.ask(2, 3)
	expect(answers).toHaveLength(2)
	expect(answers).toContainEqual(
		expect.objectContaining({ block: { piece: 2, offset: 0, length: blockBytes }, payload: bytesOf(2) }),
	)
	expect(answers).toContainEqual(
		expect.objectContaining({
			message: { type: 'reject', piece: 3, offset: 0, length: blockBytes },
		}),
	)
	expect(peer.collected).toContainEqual(
		expect.objectContaining({
			message: { type: 'extended', id: dontHaveId, payload: encodeDontHave(3) },
		}),
	)
	await until(() => events.some(({ type }) => type === 'diskStopped'))
	expect(events.flatMap(event => (event.type === 'note' ? [event.code] : []))).toEqual([
		'dataWithoutState',
		'file-changed',
	])
	expect(await peer.ask(4)).toMatchObject([{ block: { piece: 4 }, payload: bytesOf(4) }])
	const found = await readFile(path)
	expect(Uint8Array.from(found.subarray(3 * blockBytes + 50, 3 * blockBytes + 150))).toEqual(foreign)
})
