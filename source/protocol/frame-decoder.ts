// Cuts a peer's byte stream into messages (BEP 3) in the caller's shared read buffer. Only a message that is
// split over two reads is kept, bounded by its type; the payload of a block goes straight to its target.
// Views handed to the sink die when the call returns.

import { invariant, ProtocolError } from './errors.ts'
import type { BlockFields, Message } from './message.ts'
import {
	checkMessageLength,
	decodeMessage,
	isKnownId,
	readPieceHeader,
	readUint32,
} from './message-decoder.ts'
import { messageId, pieceHeaderBytes } from './message-id.ts'

/** Who takes what was decoded. A sink that throws ends the stream as an error of the peer does. */
export interface FrameSink {
	/**
	 * Every message but `piece`. `raw` is the whole message, length prefix included; of an unknown one its
	 * first five bytes, the rest is skipped. `raw` and the views in `message` die at return.
	 */
	onMessage(message: Message, raw: Uint8Array): void
	/** A block begins: where shall its payload go? Exactly `length` bytes, or undefined to throw it away. */
	onBlockStart(block: BlockFields): Uint8Array | undefined
	/** More of the payload came; `receivedBytes` counts from the start of the block. */
	onBlockFragment?(block: BlockFields, receivedBytes: number): void
	/** The whole payload came; `taken` when all of it is in the target. */
	onBlockEnd(block: BlockFields, taken: boolean): void
}

const smallBytes = 64
const keptBytes = 4096
/** Of a message that breaks the rules. */
const rejectedBytes = 64 << 10

export class FrameDecoder {
	#pieceCount: number | undefined
	#block: BlockFields | undefined
	#target: Uint8Array | undefined
	#receivedBytes = 0
	#skipBytes = 0
	#held = new Uint8Array(smallBytes)
	#heldBytes = 0
	#neededBytes = 0
	#streamBytes = 0
	#messageAt = 0
	#stopped = false
	#failed = false
	#failure: unknown
	#rejected: Uint8Array | undefined
	/** Where the message lies that is not known to be a legal one yet. */
	#judged: Uint8Array | undefined
	#judgedAt = 0

	/** `pieceCount` bounds the bitfield; leave it out while the metadata is unknown. */
	constructor(pieceCount?: number) {
		this.#pieceCount = pieceCount
	}

	/** The metadata came. */
	setPieceCount(pieceCount: number): void {
		this.#pieceCount = pieceCount
	}

	/** The block whose payload is under way. */
	get block(): BlockFields | undefined {
		return this.#block
	}

	/**
	 * As much as had come, at most 64 KiB, of the message that broke the rules; undefined while none did. What
	 * a sink objects to was decoded.
	 */
	get rejected(): Uint8Array | undefined {
		return this.#rejected
	}

	/** Whether the stream may end here: no message is cut in two. */
	get isBetweenMessages(): boolean {
		return this.#block === undefined && this.#skipBytes === 0 && this.#heldBytes === 0
	}

	/** Takes back the target of the block under way: the rest is thrown away and its end is not `taken`. */
	withdrawTarget(): void {
		this.#target = undefined
	}

	/** Nothing more is decoded, not even the rest of a push() that is running. */
	stop(): void {
		this.#stopped = true
	}

	/**
	 * Decodes the next bytes of the stream; any split of them gives the same messages. Throws a ProtocolError
	 * (see checkMessageLength(), decodeMessage()) or what the sink threw, and from then on the same at every
	 * call. A ProtocolError without an offset gets that of its message in the stream.
	 */
	push(bytes: Uint8Array, sink: FrameSink): void {
		if (this.#failed) throw this.#failure
		try {
			this.#decode(bytes, sink)
		} catch (error) {
			this.#failed = true
			if (this.#judged !== undefined) this.#rejected = messageFrom(this.#judged, this.#judgedAt)
			this.#judged = undefined
			this.#failure = locate(error, this.#messageAt)
			throw this.#failure
		}
	}

	#decode(bytes: Uint8Array, sink: FrameSink): void {
		let at = 0
		while (at < bytes.length && !this.#stopped) {
			const before = at
			if (this.#block !== undefined) at = this.#takePayload(this.#block, bytes, { at, sink })
			else if (this.#skipBytes > 0) at = this.#skip(bytes, at)
			else if (this.#heldBytes > 0) at = this.#completeHeld(bytes, at, sink)
			else at = this.#takeInPlace(bytes, at, sink)
			this.#streamBytes += at - before
		}
	}

	#takeInPlace(bytes: Uint8Array, at: number, sink: FrameSink): number {
		this.#messageAt = this.#streamBytes
		this.#judged = bytes
		this.#judgedAt = at
		const available = bytes.length - at
		const needed = this.#bytesNeeded(bytes, at, available)
		if (needed > available) {
			this.#neededBytes = needed
			this.#judged = undefined
			this.#hold(bytes, at, bytes.length)
			return bytes.length
		}
		this.#deliver(bytes, at, { needed, sink })
		return at + needed
	}

	#completeHeld(bytes: Uint8Array, at: number, sink: FrameSink): number {
		const end = Math.min(bytes.length, at + this.#neededBytes - this.#heldBytes)
		this.#hold(bytes, at, end)
		if (this.#heldBytes < this.#neededBytes) return end
		this.#judged = this.#held.subarray(0, this.#heldBytes)
		this.#judgedAt = 0
		this.#neededBytes = this.#bytesNeeded(this.#held, 0, this.#heldBytes)
		if (this.#neededBytes > this.#heldBytes) return end
		const held = this.#held
		this.#heldBytes = 0
		if (held.length > keptBytes) this.#held = new Uint8Array(smallBytes)
		this.#deliver(held, 0, { needed: this.#neededBytes, sink })
		return end
	}

	// How many bytes of the message at `at` must be there before the next step; throws if it is illegal.
	#bytesNeeded(bytes: Uint8Array, at: number, available: number): number {
		if (available < 4) return 4
		const length = readUint32(bytes, at)
		if (length === 0) return 4
		const id = available < 5 ? undefined : bytes[at + 4]
		checkMessageLength(length, id, this.#pieceCount)
		if (id === undefined || !isKnownId(id)) return 5
		return id === messageId.piece ? Math.min(pieceHeaderBytes, 4 + length) : 4 + length
	}

	#deliver(bytes: Uint8Array, at: number, { needed, sink }: { needed: number; sink: FrameSink }): void {
		if (needed > 4 && bytes[at + 4] === messageId.piece) {
			const block = readPieceHeader(bytes, at)
			this.#judged = undefined
			this.#startBlock(block, sink)
			return
		}
		const message = decodeMessage(bytes, at)
		this.#judged = undefined
		if (message.type === 'unknown') this.#skipBytes = message.length
		sink.onMessage(message, bytes.subarray(at, at + needed))
	}

	#startBlock(block: BlockFields, sink: FrameSink): void {
		const target = sink.onBlockStart(block)
		invariant(target === undefined || target.length === block.length, 'a target of exactly the block')
		this.#block = block
		this.#target = target
		this.#receivedBytes = 0
	}

	#takePayload(block: BlockFields, bytes: Uint8Array, { at, sink }: { at: number; sink: FrameSink }): number {
		const end = Math.min(bytes.length, at + block.length - this.#receivedBytes)
		const whole = at === 0 && end === bytes.length
		this.#target?.set(whole ? bytes : bytes.subarray(at, end), this.#receivedBytes)
		this.#receivedBytes += end - at
		sink.onBlockFragment?.(block, this.#receivedBytes)
		if (this.#receivedBytes === block.length) {
			const taken = this.#target !== undefined
			this.#block = undefined
			this.#target = undefined
			sink.onBlockEnd(block, taken)
		}
		return end
	}

	#skip(bytes: Uint8Array, at: number): number {
		const end = Math.min(bytes.length, at + this.#skipBytes)
		this.#skipBytes -= end - at
		return end
	}

	// The buffer grows with the bytes that came, never to what a length prefix merely promises.
	#hold(bytes: Uint8Array, from: number, to: number): void {
		const total = this.#heldBytes + to - from
		if (total > this.#held.length) {
			const grown = new Uint8Array(Math.min(this.#neededBytes, Math.max(total, this.#held.length * 2)))
			grown.set(this.#held.subarray(0, this.#heldBytes))
			this.#held = grown
		}
		this.#held.set(bytes.subarray(from, to), this.#heldBytes)
		this.#heldBytes = total
	}
}

/** As much as there is, and as is kept, of the message that begins at `at`. */
function messageFrom(bytes: Uint8Array, at: number): Uint8Array {
	const length = bytes.length - at < 4 ? 0 : 4 + readUint32(bytes, at)
	return bytes.slice(at, at + Math.min(length, rejectedBytes))
}

function locate(error: unknown, offset: number): unknown {
	if (!(error instanceof ProtocolError) || error.offset !== undefined) return error
	return new ProtocolError(error.code, error.message, { offset, cause: error })
}
