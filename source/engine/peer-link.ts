// One TCP connection on its way from the first byte to the last: handshake, then messages. It turns bytes
// into calls of its driver and closes itself, and nothing else, when the peer breaks a rule.
import { equalBytes } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { FrameDecoder, type FrameSink } from '../protocol/frame-decoder.ts'
import {
	encodeHandshake,
	type Handshake,
	handshakeHeadBytes,
	HandshakeReader,
} from '../protocol/handshake.ts'
import type { InfoHash, PeerNumber } from '../protocol/ids.ts'
import type { BlockFields, Message } from '../protocol/message.ts'
import { encodedLength, writeMessage } from '../protocol/message-encoder.ts'
import type { DropReason } from '../torrent/reasons.ts'
import type { Clock, Connection, ConnectionHandler } from './environment.ts'

/** From an open connection to a whole handshake (threats P5). */
const handshakeTimeoutMs = 10_000
/** More than blocks on their way and their company ever take: who lets so much wait does not read (threats P8). */
const mostQueuedBytes = 2 << 20

/** The reserved bytes stand before the info hash. */
const reservedAt = handshakeHeadBytes - 28

/** What a link needs of the torrent that it belongs to. */
export type LinkOwner = {
	readonly handshake: Parameters<typeof encodeHandshake>[0]
	readonly pieceCount: number | undefined
	handshakeSent(link: PeerLink, raw: Uint8Array): void
	handshakeReceived(link: PeerLink, handshake: Handshake): void
	messageReceived(link: PeerLink, message: Message, raw: Uint8Array): void
	/** A message that is none, as much of it as had come; the end of the link follows. */
	messageRejected(link: PeerLink, raw: Uint8Array, error: ProtocolError): void
	blockStarted(link: PeerLink, block: BlockFields): Uint8Array | undefined
	blockEnded(link: PeerLink, block: BlockFields, taken: boolean): void
	/** All that one read held was decoded. */
	burstEnded(link: PeerLink): void
	linkDrained(link: PeerLink): void
	/** Once, and nothing after it. */
	linkClosed(link: PeerLink, reason: DropReason): void
}

export type LinkOptions = {
	readonly connection: Connection
	readonly clock: Clock
	readonly incoming: boolean
	readonly peer: PeerNumber
	/** The torrent of an info hash, or undefined to hang up. Called once. */
	readonly route: (infoHash: InfoHash) => LinkOwner | undefined
}

export class PeerLink implements ConnectionHandler, FrameSink {
	readonly peer: PeerNumber
	readonly incoming: boolean
	readonly connection: Connection
	readonly #route: LinkOptions['route']
	readonly #cancelTimeout: () => void
	#owner: LinkOwner | undefined
	#reader: HandshakeReader | undefined = new HandshakeReader()
	#decoder: FrameDecoder | undefined
	readonly #holds = new Set<'disk' | 'queue'>()
	#closed = false

	constructor(options: LinkOptions) {
		this.peer = options.peer
		this.incoming = options.incoming
		this.connection = options.connection
		this.#route = options.route
		this.#cancelTimeout = options.clock.after(handshakeTimeoutMs, () =>
			this.close({ code: 'handshake-timeout' }),
		)
	}

	/** For the side that dialled: it speaks first. */
	greet(owner: LinkOwner): void {
		this.#owner = owner
		this.#sendHandshake(owner)
	}

	/** All in one write. */
	send(messages: readonly Message[]): void {
		if (this.#closed) return
		let length = 0
		for (const message of messages) length += encodedLength(message)
		const bytes = new Uint8Array(length)
		let at = 0
		for (const message of messages) at = writeMessage(message, bytes, at)
		this.connection.write(bytes)
		const { queuedBytes } = this.connection
		if (queuedBytes > mostQueuedBytes) this.close({ code: 'slow-reader', queuedBytes })
	}

	/** Bytes that already stand as on the wire. */
	write(bytes: Uint8Array): void {
		if (!this.#closed) this.connection.write(bytes)
	}

	/** Reads nothing while there is a reason not to. */
	hold(why: 'disk' | 'queue', held: boolean): void {
		if (held) {
			this.#holds.add(why)
			this.connection.pause()
		} else if (this.#holds.delete(why) && this.#holds.size === 0) this.connection.resume()
	}

	/** Bytes that the system has not taken yet. */
	get queuedBytes(): number {
		return this.connection.queuedBytes
	}

	/** Whether torrent and peer id of the other side are not both known yet. */
	get isStranger(): boolean {
		return this.#reader !== undefined && !this.#closed
	}

	get isClosed(): boolean {
		return this.#closed
	}

	/** Ends the connection; the owner hears of it unless it was the one that asked. */
	close(reason: DropReason): void {
		if (this.#closed) return
		const owner = this.#owner
		this.abandon()
		owner?.linkClosed(this, reason)
	}

	/** Ends the connection without a word to the owner. */
	abandon(): void {
		if (this.#closed) return
		this.#closed = true
		this.#cancelTimeout()
		this.#decoder?.stop()
		this.connection.destroy()
	}

	/** The metadata came: bitfields have a length now. */
	learnPieceCount(pieceCount: number): void {
		this.#decoder?.setPieceCount(pieceCount)
	}

	/** A block under way loses its place: its piece was given up. */
	withdrawTarget(piece: number): void {
		if (this.#decoder?.block?.piece === piece) this.#decoder.withdrawTarget()
	}

	onData(bytes: Uint8Array): void {
		if (this.#closed) return
		try {
			const rest = this.#reader === undefined ? bytes : this.#readHandshake(this.#reader, bytes)
			if (rest.length > 0) this.#decoder?.push(rest, this)
			this.#owner?.burstEnded(this)
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			const rejected = this.#decoder?.rejected
			if (rejected !== undefined) this.#owner?.messageRejected(this, rejected, error)
			this.close({ code: 'protocol-error', error: error.code, detail: error.message })
		}
	}

	onDrain(): void {
		if (!this.#closed) this.#owner?.linkDrained(this)
	}

	onClose(error: string | undefined): void {
		this.close(error === undefined ? { code: 'remote-closed' } : { code: 'connection-failed', error })
	}

	onMessage(message: Message, raw: Uint8Array): void {
		this.#owner?.messageReceived(this, message, raw)
	}

	onBlockStart(block: BlockFields): Uint8Array | undefined {
		return this.#owner?.blockStarted(this, block)
	}

	onBlockEnd(block: BlockFields, taken: boolean): void {
		this.#owner?.blockEnded(this, block, taken)
	}

	#readHandshake(reader: HandshakeReader, bytes: Uint8Array): Uint8Array {
		const rest = reader.push(bytes)
		const { head, handshake } = reader
		if (head === undefined) return rest
		if (this.#owner === undefined) {
			this.#owner = this.#route(head.infoHash)
			if (this.#owner === undefined) {
				this.abandon()
				return new Uint8Array(0)
			}
			this.#sendHandshake(this.#owner)
		} else if (!equalBytes(head.infoHash, this.#owner.handshake.infoHash)) {
			throw new ProtocolError('handshake-info-hash', 'expected the torrent that was asked for, got another')
		}
		if (handshake === undefined) return rest
		this.#reader = undefined
		this.#cancelTimeout()
		this.#decoder = new FrameDecoder(this.#owner.pieceCount)
		this.#owner.handshakeReceived(this, handshake)
		return rest
	}

	#sendHandshake(owner: LinkOwner): void {
		const bytes = encodeHandshake(owner.handshake)
		owner.handshakeSent(this, bytes)
		this.connection.write(bytes)
	}
}

/** As it was on the wire, bits included that we know nothing of. */
export function rawHandshake(handshake: Handshake): Uint8Array {
	const raw = encodeHandshake(handshake)
	raw.set(handshake.reserved, reservedAt)
	return raw
}
