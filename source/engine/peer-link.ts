// One TCP connection on its way from the first byte to the last: handshake, then messages. It turns bytes
// into calls of its driver and closes itself, and nothing else, when the peer breaks a rule.
import { equalBytes } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { FrameDecoder, type FrameSink } from '../protocol/frame-decoder.ts'
import {
	encodeHandshake,
	type Handshake,
	HandshakeReader,
	handshakeHeadBytes,
} from '../protocol/handshake.ts'
import type { InfoHash, PeerNumber } from '../protocol/ids.ts'
import type { BlockFields, Message } from '../protocol/message.ts'
import { encodedLength, writeMessage } from '../protocol/message-encoder.ts'
import type { MseAgreement, MsePayload } from '../protocol/mse.ts'
import type { DropReason } from '../torrent/reasons.ts'
import type { Clock, Connection, ConnectionHandler } from './environment.ts'
import { StreamCipher } from './stream-cipher.ts'
import {
	dialledOpening,
	type EncryptionTools,
	type OpeningProgress,
	type StreamOpening,
} from './stream-opening.ts'
import { isFault } from './turned-away.ts'

/** From an open connection to a whole handshake (threats P5). */
const handshakeTimeoutMs = 10_000
/** More than blocks on their way and their company ever take: who lets so much wait does not read (threats P8). */
const mostQueuedBytes = 2 << 20

/** The reserved bytes stand before the info hash. */
const reservedAt = handshakeHeadBytes - 28

const nothing = new Uint8Array(0)

/** What a link needs of the torrent that it belongs to. */
export type LinkOwner = {
	readonly handshake: Parameters<typeof encodeHandshake>[0]
	readonly pieceCount: number | undefined
	/** A message of the handshake by which encryption is agreed on, deciphered. */
	encryptionStep?(link: PeerLink, step: EncryptionStep): void
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
	/** Of an accepted connection that may begin encrypted. */
	readonly opening?: StreamOpening
	/** Told when the connection ends because its peer broke the rules. */
	readonly onFault?: () => void
}

/** `now`: when it came or went, in ms. */
export type EncryptionStep = OpeningProgress['steps'][number] & { readonly now: number }

export class PeerLink implements ConnectionHandler, FrameSink {
	readonly peer: PeerNumber
	readonly incoming: boolean
	readonly connection: Connection
	readonly #route: LinkOptions['route']
	readonly #clock: Clock
	readonly #cancelTimeout: () => void
	readonly #onFault: LinkOptions['onFault']
	#owner: LinkOwner | undefined
	#opening: StreamOpening | undefined
	#cipher: StreamCipher | undefined
	#agreement: MseAgreement | undefined
	/** What was said before anybody knew the torrent: four messages at most. */
	#earlySteps: EncryptionStep[] = []
	#reader: HandshakeReader | undefined = new HandshakeReader()
	#decoder: FrameDecoder | undefined
	readonly #holds = new Set<'disk' | 'queue'>()
	#closed = false

	constructor(options: LinkOptions) {
		this.peer = options.peer
		this.incoming = options.incoming
		this.connection = options.connection
		this.#route = options.route
		this.#clock = options.clock
		this.#opening = options.opening
		this.#onFault = options.onFault
		this.#cancelTimeout = options.clock.after(handshakeTimeoutMs, () =>
			this.close({ code: 'handshake-timeout' }),
		)
	}

	/** For the side that dialled: it speaks first, encrypted where it is given what that takes. */
	greet(owner: LinkOwner, encryption?: EncryptionTools): void {
		this.#owner = owner
		if (encryption === undefined) {
			this.#sendHandshake(owner)
			return
		}
		const { infoHash } = owner.handshake
		this.#opening = dialledOpening(encryption, { infoHash, initial: encodeHandshake(owner.handshake) })
		this.#perform(this.#opening.start?.())
	}

	/** All in one write. */
	send(messages: readonly Message[]): void {
		if (this.#closed) return
		let length = 0
		for (const message of messages) length += encodedLength(message)
		const bytes = new Uint8Array(length)
		let at = 0
		for (const message of messages) at = writeMessage(message, bytes, at)
		this.#write(bytes)
		const { queuedBytes } = this.connection
		if (queuedBytes > mostQueuedBytes) this.close({ code: 'slow-reader', queuedBytes })
	}

	/** Messages that are encoded already. They are the link's from here on: encryption changes them in place. */
	write(bytes: Uint8Array): void {
		if (!this.#closed) this.#write(bytes)
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

	/** A stranger with whom a key was exchanged: it needs a round trip more than others. */
	get isNegotiating(): boolean {
		return this.#opening !== undefined && this.#earlySteps.length > 0
	}

	/** How the stream goes on where encryption was agreed on. */
	get encryption(): MsePayload | undefined {
		return this.#agreement?.payload
	}

	get isClosed(): boolean {
		return this.#closed
	}

	/** Ends the connection; the owner hears of it unless it was the one that asked. */
	close(reason: DropReason): void {
		if (this.#closed) return
		const owner = this.#owner
		this.abandon(reason)
		owner?.linkClosed(this, reason)
	}

	/** Ends the connection without a word to the owner, who may say why. */
	abandon(reason?: DropReason): void {
		if (this.#closed) return
		this.#closed = true
		this.#cancelTimeout()
		this.#decoder?.stop()
		this.connection.destroy()
		if (reason !== undefined && isFault(reason)) this.#onFault?.()
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
			const plain = this.#filter(bytes)
			const rest = this.#reader === undefined ? plain : this.#readHandshake(this.#reader, plain)
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

	/** What the peer meant: nothing while encryption is being agreed on, and the bytes themselves where there is none. */
	#filter(bytes: Uint8Array): Uint8Array {
		const opened = this.#opening === undefined ? bytes : this.#open(this.#opening, bytes)
		if (this.#cipher === undefined) return opened
		const plain = this.#cipher.received(opened)
		if (this.#cipher.isThrough) this.#cipher = undefined
		return plain
	}

	#open(opening: StreamOpening, bytes: Uint8Array): Uint8Array {
		const progress = opening.push(bytes)
		this.#perform(progress)
		const { end } = progress
		if (end === undefined) return nothing
		this.#opening = undefined
		this.#agreement = end.agreement
		if (end.agreement !== undefined) this.#cipher = new StreamCipher(end.agreement)
		return end.rest
	}

	#perform(progress: OpeningProgress | undefined): void {
		for (const step of progress?.steps ?? []) this.#tell({ ...step, now: this.#clock.now() })
		for (const bytes of progress?.send ?? []) this.connection.write(bytes)
	}

	#tell(step: EncryptionStep): void {
		const owner = this.#owner
		if (owner === undefined) {
			this.#earlySteps.push(step)
			return
		}
		owner.encryptionStep?.(this, step)
		// It went out with this message, enciphered.
		if (step.direction === 'out' && step.step.type === 'request')
			owner.handshakeSent(this, encodeHandshake(owner.handshake))
	}

	#write(bytes: Uint8Array): void {
		this.connection.write(this.#cipher === undefined ? bytes : this.#cipher.sending(bytes))
	}

	#readHandshake(reader: HandshakeReader, bytes: Uint8Array): Uint8Array {
		const rest = reader.push(bytes)
		const { head, handshake } = reader
		if (head === undefined) return rest
		if (this.#owner === undefined) {
			this.#owner = this.#route(head.infoHash)
			if (this.#owner === undefined) {
				this.abandon()
				return nothing
			}
			for (const step of this.#earlySteps.splice(0)) this.#tell(step)
			this.#checkTorrent(head.infoHash, this.#agreement?.infoHash)
			this.#sendHandshake(this.#owner)
		} else this.#checkTorrent(head.infoHash, this.#owner.handshake.infoHash)
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
		this.#write(bytes)
	}

	#checkTorrent(infoHash: InfoHash, expected: InfoHash | undefined): void {
		if (expected === undefined || equalBytes(infoHash, expected)) return
		throw new ProtocolError('handshake-info-hash', 'expected the torrent that was asked for, got another')
	}
}

/** As it was on the wire, bits included that we know nothing of. */
export function rawHandshake(handshake: Handshake): Uint8Array {
	const raw = encodeHandshake(handshake)
	raw.set(handshake.reserved, reservedAt)
	return raw
}
