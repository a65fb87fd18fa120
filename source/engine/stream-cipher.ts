// The filter between a socket and the decoder once encryption was agreed on: deciphers what was read where it
// stands in the read buffer, enciphers what is sent in the sender's own bytes.
import type { MseAgreement } from '../protocol/mse.ts'
import type { Rc4 } from '../protocol/rc4.ts'
import { cipherFast, isInReadBuffer } from './fast-rc4.ts'

export class StreamCipher {
	readonly #receiving: Rc4
	#receivingBytes: number
	readonly #sending: Rc4 | undefined

	constructor({ receiving, receivingBytes, sending }: MseAgreement) {
		this.#receiving = receiving
		this.#receivingBytes = receivingBytes
		this.#sending = sending
	}

	/** Both directions are plain from here on: the filter may be left out. */
	get isThrough(): boolean {
		return this.#receivingBytes === 0 && this.#sending === undefined
	}

	/** What came, deciphered: in place where a socket read it, else a copy. */
	received(bytes: Uint8Array): Uint8Array {
		if (this.#receivingBytes === 0 || bytes.length === 0) return bytes
		// No slice(): that of a Buffer copies nothing.
		const plain = isInReadBuffer(bytes) ? bytes : new Uint8Array(bytes)
		const count = Math.min(bytes.length, this.#receivingBytes)
		cipherFast(this.#receiving, count === plain.length ? plain : plain.subarray(0, count))
		this.#receivingBytes -= count
		return plain
	}

	/** The same bytes, enciphered in place where the stream is. */
	sending(bytes: Uint8Array): Uint8Array {
		return this.#sending === undefined ? bytes : cipherFast(this.#sending, bytes)
	}
}
