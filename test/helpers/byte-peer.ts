// Peers made of bytes for a whole engine in memory: a seed that brings what it is asked for when the test says
// so, and a leecher that asks for everything.
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import { encodeHandshake } from '../../source/protocol/handshake.ts'
import { toPeerId } from '../../source/protocol/ids.ts'
import type { BlockFields, Message } from '../../source/protocol/message.ts'
import { encodedLength, writeMessage } from '../../source/protocol/message-encoder.ts'
import { FakeConnection } from './fake-connection.ts'
import { frameCollector } from './frame-collector.ts'
import type { MadeTorrent } from './make-torrent.ts'
import type { MemoryEnvironment } from './memory-environment.ts'

const handshakeBytes = 68
const blockHeadBytes = 13
const flags = { extended: false, fast: true, dht: false, v2: false }
let peers = 0

export type BytePeer = {
	readonly connection: FakeConnection
	/** What came since the last call, blocks as `piece` messages. */
	hear(): Heard[]
	say(...messages: readonly Message[]): void
	/** Brings blocks of the torrent. */
	bring(...blocks: readonly BlockFields[]): void
}

export type Heard = Message & { readonly payload?: Uint8Array }

/** Connects to the engine that listens in `world`. */
export function connectBytePeer(world: MemoryEnvironment, torrent: MadeTorrent): BytePeer {
	peers += 1
	const connection = new FakeConnection({ host: `192.0.2.${(peers % 250) + 1}`, port: 6881 })
	const handler = world.accept(connection)
	if (handler === undefined) throw new Error('expected an engine that takes connections')
	connection.handler = handler
	const { sink, collected } = frameCollector()
	const decoder = new FrameDecoder(torrent.pieceCount)
	let read = 0
	let passed = 0
	handler.onData(
		encodeHandshake({ flags, infoHash: torrent.infoHash, peerId: toPeerId(new Uint8Array(20).fill(peers)) }),
	)
	return {
		connection,
		hear: () => {
			for (; read < connection.written.length; read += 1) {
				const bytes = connection.written[read] ?? new Uint8Array()
				const rest = bytes.subarray(Math.max(0, Math.min(bytes.length, handshakeBytes - passed)))
				passed += bytes.length
				if (rest.length > 0) decoder.push(rest, sink)
			}
			return collected.splice(0).map(item =>
				'message' in item
					? item.message
					: {
							type: 'piece',
							...item.block,
							...(item.payload === undefined ? {} : { payload: item.payload }),
						},
			)
		},
		say: (...messages) => {
			if (!connection.destroyed) handler.onData(encode(messages))
		},
		bring: (...blocks) => {
			for (const { piece, offset, length } of blocks) {
				if (connection.destroyed) return
				const bytes = new Uint8Array(blockHeadBytes + length)
				bytes.set(encode([{ type: 'piece', piece, offset, length }]).subarray(0, blockHeadBytes))
				const start = piece * torrent.pieceLength + offset
				bytes.set(torrent.content.subarray(start, start + length), blockHeadBytes)
				handler.onData(bytes)
			}
		},
	}
}

function encode(messages: readonly Message[]): Uint8Array {
	const bytes = new Uint8Array(messages.reduce((sum, message) => sum + encodedLength(message), 0))
	let at = 0
	for (const message of messages) at = writeMessage(message, bytes, at)
	return bytes
}
