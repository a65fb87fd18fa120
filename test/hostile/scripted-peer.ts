// A peer made of bytes at the end of a connection without a network: it says what a test wants in the segments
// that the test wants, and keeps what it hears as messages and blocks. Each buffer that it hands over is
// overwritten at once, as the system does with its own.
import type { Address } from '../../source/protocol/address.ts'
import { concatBytes } from '../../source/protocol/bytes.ts'
import type { Connection, ConnectionHandler } from '../../source/engine/environment.ts'
import { FrameDecoder } from '../../source/protocol/frame-decoder.ts'
import {
	encodeHandshake,
	type Handshake,
	type HandshakeFlags,
	HandshakeReader,
} from '../../source/protocol/handshake.ts'
import { type InfoHash, toPeerId } from '../../source/protocol/ids.ts'
import type { BlockFields, Message, MessageType } from '../../source/protocol/message.ts'
import { copyMessage } from '../../source/protocol/message-decoder.ts'
import { encodeMessage } from '../../source/protocol/message-encoder.ts'

export type PeerOptions = {
	readonly infoHash: InfoHash
	readonly pieceCount: number
	readonly address: Address
	readonly flags?: Partial<HandshakeFlags>
	readonly peerId?: Uint8Array
}

export type HeardBlock = BlockFields & { readonly payload: Uint8Array }

const poison = 0xa5

export class ScriptedPeer implements Connection {
	readonly remote: Address
	readonly local = undefined
	/** Messages since the handshake, blocks among them as `piece`. */
	readonly heard: Message[] = []
	readonly blocks: HeardBlock[] = []
	/** Reads nothing: what is written to it piles up. */
	isStuck = false
	queuedBytes = 0
	/** All that was ever written to it. */
	writtenBytes = 0
	isClosed = false
	handler: ConnectionHandler | undefined
	readonly #options: PeerOptions
	readonly #reader = new HandshakeReader()
	readonly #decoder: FrameDecoder
	readonly #waiting: Uint8Array[] = []
	#paused = false

	constructor(options: PeerOptions) {
		this.#options = options
		this.remote = options.address
		this.#decoder = new FrameDecoder(options.pieceCount)
	}

	/** What the other side said of itself. */
	get handshake(): Handshake | undefined {
		return this.#reader.handshake
	}

	/** Our side of the handshake as bytes. */
	handshakeBytes(infoHash = this.#options.infoHash): Uint8Array {
		const { host, port } = this.remote
		const text = new TextEncoder().encode(`${host}:${port}`.padEnd(20, '-').slice(-20))
		const { peerId = text, flags } = this.#options
		return encodeHandshake({
			flags: { extended: true, fast: true, dht: false, v2: false, ...flags },
			infoHash,
			peerId: toPeerId(peerId),
		})
	}

	/** One segment. */
	sayBytes(...parts: readonly Uint8Array[]): void {
		this.#waiting.push(concatBytes(parts))
		this.#deliver()
	}

	/** All in one segment. */
	say(...messages: readonly Message[]): void {
		this.sayBytes(...messages.map(encodeMessage))
	}

	/** A `piece` message with this payload. */
	bring({ piece, offset }: { readonly piece: number; readonly offset: number }, payload: Uint8Array): void {
		const head = encodeMessage({ type: 'piece', piece, offset, length: payload.length }).subarray(0, 13)
		this.sayBytes(head, payload)
	}

	count(type: MessageType): number {
		return this.heard.reduce((sum, message) => sum + (message.type === type ? 1 : 0), 0)
	}

	requests(): BlockFields[] {
		return this.heard.flatMap(message => (message.type === 'request' ? [message] : []))
	}

	/** Hangs up. */
	leave(error?: string): void {
		if (this.isClosed) return
		this.isClosed = true
		this.handler?.onClose(error)
	}

	/** Takes all that piled up. */
	drain(): void {
		this.isStuck = false
		this.queuedBytes = 0
		this.handler?.onDrain()
	}

	write(bytes: Uint8Array): boolean {
		if (this.isClosed) throw new Error('written to a connection that is closed')
		this.writtenBytes += bytes.length
		if (this.isStuck) this.queuedBytes += bytes.length
		else this.#hear(bytes)
		return this.queuedBytes === 0
	}

	pause(): void {
		this.#paused = true
	}

	resume(): void {
		this.#paused = false
		this.#deliver()
	}

	destroy(): void {
		this.leave()
	}

	#deliver(): void {
		while (!this.#paused && !this.isClosed) {
			const bytes = this.#waiting.shift()
			if (bytes === undefined) return
			this.handler?.onData(bytes)
			bytes.fill(poison)
		}
	}

	#hear(bytes: Uint8Array): void {
		let payload = new Uint8Array()
		this.#decoder.push(this.#reader.push(bytes), {
			onMessage: message => this.heard.push(copyMessage(message)),
			onBlockStart: block => {
				payload = new Uint8Array(block.length)
				return payload
			},
			onBlockEnd: block => {
				this.heard.push({ type: 'piece', ...block })
				this.blocks.push({ ...block, payload })
			},
		})
	}
}
