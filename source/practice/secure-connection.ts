// The encrypted handshake (MSE) in front of a scripted peer that is dialled: what comes is deciphered before the
// peer sees it, what it says is enciphered. Where a plain handshake comes instead, it is let through or hung up on.
import type { Connection, ConnectionHandler } from '../engine/environment.ts'
import type { Address } from '../protocol/address.ts'
import { concatBytes, equalBytes } from '../protocol/bytes.ts'
import { privateKeyBytes } from '../protocol/diffie-hellman.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { handshakePreamble } from '../protocol/handshake.ts'
import type { InfoHash } from '../protocol/ids.ts'
import type { MseAgreement, MsePayload, Sha1 } from '../protocol/mse.ts'
import { MseResponder } from '../protocol/mse-responder.ts'
import { applyRc4 } from '../protocol/rc4.ts'
import { nextUint32, randomBelow, type RandomState } from '../torrent/random.ts'

export type SecureOptions = {
	readonly sha1: Sha1
	readonly infoHash: InfoHash
	/** What the stream may become behind the handshake, best first. */
	readonly accept: readonly MsePayload[]
	readonly takesPlain: boolean
	readonly random: RandomState
}

const mostPadBytes = 200

export class SecureConnection implements Connection, ConnectionHandler {
	readonly #inner: Connection
	readonly #options: SecureOptions
	readonly #responder: MseResponder
	#handler: ConnectionHandler | undefined
	#agreement: MseAgreement | undefined
	#receivingBytes = 0
	#isOpen = false
	/** What came as long as it may be a plain handshake. */
	#held: Uint8Array | undefined = new Uint8Array(0)

	constructor(inner: Connection, options: SecureOptions) {
		this.#inner = inner
		this.#options = options
		const { sha1, infoHash, accept, random } = options
		const draw = (length: number) => Uint8Array.from({ length }, () => nextUint32(random) & 0xff)
		this.#responder = new MseResponder({
			sha1,
			accept,
			infoHashes: [infoHash],
			draw: () => ({
				privateKey: draw(privateKeyBytes),
				pad: draw(randomBelow(random, mostPadBytes)),
				innerPadBytes: randomBelow(random, mostPadBytes),
			}),
		})
	}

	get remote(): Address {
		return this.#inner.remote
	}

	get local(): Address | undefined {
		return this.#inner.local
	}

	get queuedBytes(): number {
		return this.#inner.queuedBytes
	}

	attach(handler: ConnectionHandler): void {
		this.#handler = handler
	}

	write(bytes: Uint8Array): boolean {
		const cipher = this.#agreement?.sending
		return this.#inner.write(cipher === undefined ? bytes : applyRc4(cipher, bytes.slice()))
	}

	pause(): void {
		this.#inner.pause()
	}

	resume(): void {
		this.#inner.resume()
	}

	destroy(): void {
		this.#inner.destroy()
	}

	onData(bytes: Uint8Array): void {
		if (this.#isOpen) this.#pass(bytes)
		else if (this.#held === undefined) this.#negotiate(bytes)
		else this.#look(concatBytes([this.#held, bytes]))
	}

	onDrain(): void {
		this.#handler?.onDrain()
	}

	onClose(failure: string | undefined): void {
		this.#handler?.onClose(failure)
	}

	/** Plain or not: as long as all that came is how a plain handshake begins, nobody knows. */
	#look(all: Uint8Array): void {
		const length = Math.min(all.length, handshakePreamble.length)
		this.#held = all
		if (!equalBytes(all.subarray(0, length), handshakePreamble.subarray(0, length))) {
			this.#held = undefined
			this.#negotiate(all)
		} else if (!this.#options.takesPlain) this.#hangUp()
		else if (length === handshakePreamble.length) {
			this.#isOpen = true
			this.#pass(all)
		}
	}

	#negotiate(bytes: Uint8Array): void {
		try {
			const { send, end } = this.#responder.push(bytes)
			for (const part of send) this.#inner.write(part)
			if (end === undefined) return
			this.#agreement = end.agreement
			this.#receivingBytes = end.agreement.receivingBytes
			this.#isOpen = true
			this.#pass(end.rest)
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error
			this.#hangUp()
		}
	}

	#pass(bytes: Uint8Array): void {
		const count = Math.min(bytes.length, this.#receivingBytes)
		if (this.#agreement === undefined || count === 0) {
			if (bytes.length > 0) this.#handler?.onData(bytes)
			return
		}
		const plain = bytes.slice()
		applyRc4(this.#agreement.receiving, plain.subarray(0, count))
		this.#receivingBytes -= count
		this.#handler?.onData(plain)
	}

	#hangUp(): void {
		this.#inner.destroy()
		this.#handler?.onClose(undefined)
	}
}
