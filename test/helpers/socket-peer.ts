// A seed on a real socket, in the test's own process: it says what a test wants it to say, byte by byte, and
// brings what it is asked for, as much of it as the test wants.
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import { encodeHandshake, HandshakeReader } from '../../source/protocol/handshake.ts'
import { toPeerId, toPieceIndex } from '../../source/protocol/ids.ts'
import type { BlockFields } from '../../source/protocol/message.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'
import type { MadeTorrent } from './make-torrent.ts'

export type SocketPeerOptions = {
	readonly torrent: MadeTorrent
	/** 20 bytes. */
	readonly peerId?: Uint8Array
	/** Said after the handshake, each a whole message with its length. */
	readonly says?: readonly Uint8Array[]
	/** Blocks that it brings in all, the others it keeps; every one by default. */
	readonly blocks?: number
	/** Between a block and the next; 0 brings what is asked for at once. */
	readonly pauseMs?: number
	/** Says from time to time that it has its first piece, so that something is always on the wire. */
	readonly chatters?: boolean
}

export type SocketPeer = {
	/** Where it listens, for --peer. */
	readonly address: string
	readonly port: number
	/** From now on it brings every block that is asked for. */
	bringAll(): void
}

const pieceHeadBytes = 13
const chatterMs = 100

/** Listens on loopback until the test has finished. */
export async function listenAsPeer(options: SocketPeerOptions): Promise<SocketPeer> {
	const sockets = new Set<SocketSeed>()
	const budget = { blocks: options.blocks ?? Number.POSITIVE_INFINITY }
	const server = createServer(socket => {
		const seed = new SocketSeed(socket, options, budget)
		sockets.add(seed)
		socket.on('close', () => sockets.delete(seed))
	})
	const port = await new Promise<number>(resolve => {
		server.listen(0, '127.0.0.1', () => {
			const address = server.address()
			resolve(typeof address === 'object' && address !== null ? address.port : 0)
		})
	})
	onTestFinished(() => {
		server.close()
		for (const seed of sockets) seed.close()
	})
	return {
		address: `127.0.0.1:${port}`,
		port,
		bringAll() {
			budget.blocks = Number.POSITIVE_INFINITY
			for (const seed of sockets) seed.bring()
		},
	}
}

class SocketSeed {
	readonly #socket: Socket
	readonly #options: SocketPeerOptions
	readonly #budget: { blocks: number }
	readonly #reader = new HandshakeReader()
	readonly #decoder: FrameDecoder
	readonly #asked: BlockFields[] = []
	#timer: ReturnType<typeof setTimeout> | undefined
	#chatter: ReturnType<typeof setInterval> | undefined

	constructor(socket: Socket, options: SocketPeerOptions, budget: { blocks: number }) {
		this.#socket = socket
		this.#options = options
		this.#budget = budget
		this.#decoder = new FrameDecoder(options.torrent.pieceCount)
		socket.on('data', bytes => this.#take(bytes))
		socket.on('error', () => this.close())
		socket.on('close', () => this.close())
		if (options.chatters === true) this.#chatter = setInterval(() => this.#say(), chatterMs)
		const { infoHash, pieceCount } = options.torrent
		const everything = new Uint8Array(Math.ceil(pieceCount / 8)).fill(0xff)
		if (pieceCount % 8 > 0) everything[everything.length - 1] = (0xff << (8 - (pieceCount % 8))) & 0xff
		const peerId = toPeerId(options.peerId ?? new TextEncoder().encode('-TR4060-0123456789ab'))
		const flags = { extended: true, fast: false, dht: false, v2: false }
		socket.write(
			concatBytes([
				encodeHandshake({ flags, infoHash, peerId }),
				encodeMessage({ type: 'bitfield', bits: everything }),
				...(options.says ?? []),
				encodeMessage({ type: 'unchoke' }),
			]),
		)
	}

	close(): void {
		clearTimeout(this.#timer)
		clearInterval(this.#chatter)
		this.#socket.destroy()
	}

	/** The next block that is due, and so on. */
	bring(): void {
		clearTimeout(this.#timer)
		this.#timer = undefined
		const { pauseMs = 0 } = this.#options
		while (this.#budget.blocks > 0 && !this.#socket.destroyed) {
			const block = this.#asked.shift()
			if (block === undefined) return
			this.#budget.blocks -= 1
			this.#send(block)
			if (pauseMs > 0) {
				this.#timer = setTimeout(() => this.bring(), pauseMs)
				return
			}
		}
	}

	#say(): void {
		this.#socket.write(
			encodeMessage({ type: 'have', piece: toPieceIndex(0, this.#options.torrent.pieceCount) }),
		)
	}

	#send({ piece, offset, length }: BlockFields): void {
		const { content, pieceLength } = this.#options.torrent
		const at = piece * pieceLength + offset
		const head = encodeMessage({ type: 'piece', piece, offset, length }).subarray(0, pieceHeadBytes)
		this.#socket.write(concatBytes([head, content.subarray(at, at + length)]))
	}

	// As a client without encryption: what is no handshake of its protocol it hangs up on.
	#take(bytes: Uint8Array): void {
		try {
			this.#hear(bytes)
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			this.close()
		}
	}

	#hear(bytes: Uint8Array): void {
		this.#decoder.push(this.#reader.push(bytes), {
			onMessage: message => {
				if (message.type === 'request') {
					const { piece, offset, length } = message
					this.#asked.push({ piece, offset, length })
				} else if (message.type === 'cancel') {
					const at = this.#asked.findIndex(
						({ piece, offset }) => piece === message.piece && offset === message.offset,
					)
					if (at >= 0) this.#asked.splice(at, 1)
				}
			},
			onBlockStart: () => undefined,
			onBlockEnd: () => undefined,
		})
		if (this.#timer === undefined) this.bring()
	}
}
