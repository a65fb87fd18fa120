// One connection of a scripted peer: handshake, then messages, over our own codecs and session. It keeps what the
// other end wants and what was asked of it; what to do about either is its peer's business.
import { bitfieldToWire, type Bitfield, isEmpty, isFull } from '../protocol/bitfield.ts'
import { toHex } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { encodeExtensionHandshake, extensionHandshakeId, type ExtensionName } from '../protocol/extension.ts'
import { FrameDecoder, type FrameSink } from '../protocol/frame-decoder.ts'
import { encodeHandshake, type HandshakeFlags, HandshakeReader } from '../protocol/handshake.ts'
import type { PeerId } from '../protocol/ids.ts'
import { type BlockFields, blockBytes, type Message } from '../protocol/message.ts'
import { encodedLength, writeMessage, writePieceHeader } from '../protocol/message-encoder.ts'
import { pieceHeaderBytes } from '../protocol/message-id.ts'
import { createPeerSession, type PeerSession } from '../protocol/peer-session.ts'
import { receive, type SessionChange } from '../protocol/receive-message.ts'
import { send as noteSent } from '../protocol/send-message.ts'
import type { Connection, ConnectionHandler } from '../engine/environment.ts'
import type { Payload } from './content.ts'

/** A block that may be served from `readyAt` on. */
export type WantedBlock = { readonly block: BlockFields; readonly readyAt: number }

/** The peer that a wire belongs to. */
export type WireOwner = {
	readonly payload: Payload
	readonly peerId: PeerId
	readonly flags: HandshakeFlags
	readonly client: string
	readonly have: Bitfield
	/** That it may be spoken to by (BEP 10), and the length of the info dictionary where it has that to give. */
	readonly extensions: readonly ExtensionName[]
	readonly metadataBytes: number | undefined
	/** The first words were said. */
	wireReady(wire: ScriptedWire): void
	wireChanged(wire: ScriptedWire, change: SessionChange): void
	/** A block that was asked for; `bytes` dies at return. */
	blockArrived(wire: ScriptedWire, block: BlockFields, bytes: Uint8Array): void
	wireDrained(wire: ScriptedWire): void
	wireClosed(wire: ScriptedWire): void
}

/** More than this in a socket is not written to. */
const queueBytes = 1 << 20
const requestQueue = 250

export class ScriptedWire implements ConnectionHandler, FrameSink {
	/** What the other end wants and may have, oldest first, by number. */
	readonly wanted = new Map<number, WantedBlock>()
	/** What it was asked for, by number. */
	readonly asked = new Map<number, BlockFields>()
	/** Pieces that the other end may ask for while it is choked (BEP 6). */
	readonly allowed = new Set<number>()
	readonly #connection: Connection
	readonly #owner: WireOwner
	readonly #scratch = new Uint8Array(blockBytes)
	#reader: HandshakeReader | undefined = new HandshakeReader()
	#decoder: FrameDecoder | undefined
	#session: PeerSession | undefined
	#peerId: PeerId | undefined
	#greeted = false
	#closed = false

	constructor(connection: Connection, owner: WireOwner) {
		this.#connection = connection
		this.#owner = owner
	}

	/** undefined until the handshake is over. */
	get session(): PeerSession | undefined {
		return this.#session
	}

	/** Who is at the other end; undefined until the handshake is over. */
	get peerId(): PeerId | undefined {
		return this.#peerId
	}

	/** Whether the other end may have blocks of this piece now. */
	mayHave(piece: number): boolean {
		return this.#session?.amChoking === false || this.allowed.has(piece)
	}

	/** Whether another block may be written now. */
	get hasRoom(): boolean {
		return this.#connection.queuedBytes < queueBytes
	}

	/** For the side that dialled: it speaks first. */
	greet(): void {
		if (this.#greeted) return
		this.#greeted = true
		this.#connection.write(encodeHandshake({ ...this.#owner, infoHash: this.#owner.payload.infoHash }))
	}

	send(...messages: readonly Message[]): void {
		if (this.#closed || this.#session === undefined) return
		const bytes = new Uint8Array(messages.reduce((sum, message) => sum + encodedLength(message), 0))
		let at = 0
		for (const message of messages) {
			noteSent(this.#session, message)
			at = writeMessage(message, bytes, at)
		}
		this.#connection.write(bytes)
	}

	/** Sends a message of an extension, where the other end wants to be spoken to by it. */
	sendExtended(name: ExtensionName, payload: Uint8Array): void {
		const id = this.#session?.peerExtensions.ids.get(name)
		if (id !== undefined) this.send({ type: 'extended', id, payload })
	}

	/** Sends the payload's bytes, or with `lie` others. */
	sendBlock(block: BlockFields, lie: boolean): void {
		if (this.#closed || this.#session === undefined) return
		const bytes = new Uint8Array(pieceHeaderBytes + block.length)
		noteSent(this.#session, { type: 'piece', ...block })
		writePieceHeader(block, bytes, 0)
		const target = bytes.subarray(pieceHeaderBytes)
		this.#owner.payload.fill(block, target)
		if (lie) target[0] = (target[0] ?? 0) ^ 0xff
		this.#connection.write(bytes)
	}

	/** Tells the other end that it may ask for these pieces at any time; nothing without BEP 6. */
	allow(pieces: readonly number[]): void {
		if (this.#session?.common.fast !== true) return
		for (const piece of pieces) this.allowed.add(piece)
		this.send(...pieces.map(piece => ({ type: 'allowedFast' as const, piece })))
	}

	/** Stops serving; what waits and is not allowed is rejected where the other end speaks BEP 6. */
	choke(): void {
		if (this.#session?.amChoking !== false) return
		const waiting = [...this.wanted].filter(([, { block }]) => !this.allowed.has(block.piece))
		for (const [number] of waiting) this.wanted.delete(number)
		this.send({ type: 'choke' })
		if (this.#session.common.fast)
			this.send(...waiting.map(([, { block }]) => ({ type: 'reject' as const, ...block })))
	}

	close(): void {
		if (this.#closed) return
		this.#closed = true
		this.#decoder?.stop()
		this.#connection.destroy()
		this.#owner.wireClosed(this)
	}

	/** The place of a block in the torrent, in blocks. */
	numberOf(block: { readonly piece: number; readonly offset: number }): number {
		return (block.piece * this.#owner.payload.geometry.pieceLength + block.offset) / blockBytes
	}

	onData(bytes: Uint8Array): void {
		if (this.#closed) return
		try {
			const rest = this.#reader === undefined ? bytes : this.#shakeHands(this.#reader, bytes)
			if (rest.length > 0) this.#decoder?.push(rest, this)
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			this.close()
		}
	}

	onDrain(): void {
		this.#owner.wireDrained(this)
	}

	onClose(): void {
		this.close()
	}

	onMessage(message: Message): void {
		if (this.#session !== undefined) this.#owner.wireChanged(this, receive(this.#session, message))
	}

	onBlockStart(block: BlockFields): Uint8Array | undefined {
		const known = this.asked.get(this.numberOf(block))
		return known?.length === block.length ? this.#scratch.subarray(0, block.length) : undefined
	}

	onBlockEnd(block: BlockFields, taken: boolean): void {
		this.onMessage({ type: 'piece', ...block })
		if (!taken || !this.asked.delete(this.numberOf(block))) return
		this.#owner.blockArrived(this, block, this.#scratch.subarray(0, block.length))
	}

	#shakeHands(reader: HandshakeReader, bytes: Uint8Array): Uint8Array {
		const rest = reader.push(bytes)
		const { head, handshake } = reader
		if (head === undefined) return rest
		if (toHex(head.infoHash) !== toHex(this.#owner.payload.infoHash)) {
			this.close()
			return rest
		}
		this.greet()
		if (handshake === undefined) return rest
		this.#reader = undefined
		this.#peerId = handshake.peerId
		const { pieceCount } = this.#owner.payload.geometry
		this.#decoder = new FrameDecoder(pieceCount)
		this.#session = createPeerSession({ ours: this.#owner.flags, theirs: handshake.flags, pieceCount })
		this.#sayFirstWords(this.#session)
		this.#owner.wireReady(this)
		return rest
	}

	#sayFirstWords({ common }: PeerSession): void {
		const { have, client, extensions, metadataBytes } = this.#owner
		if (common.fast && isFull(have)) this.send({ type: 'haveAll' })
		else if (common.fast && isEmpty(have)) this.send({ type: 'haveNone' })
		else if (!isEmpty(have)) this.send({ type: 'bitfield', bits: bitfieldToWire(have) })
		if (!common.extended) return
		const payload = encodeExtensionHandshake({ extensions, client, requestQueue, metadataBytes })
		this.send({ type: 'extended', id: extensionHandshakeId, payload })
	}
}
