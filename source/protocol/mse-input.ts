// What has come of an encrypted handshake, taken field by field. It is bounded: whoever reads from it asks for
// fields of bounded length, and what stands behind the handshake is never kept.
import { publicKeyBytes } from './diffie-hellman.ts'
import { ProtocolError } from './errors.ts'
import { hashBytes, mostPadBytes, vcBytes } from './mse.ts'
import { applyRc4, type Rc4 } from './rc4.ts'

/** The longest message is B's input: key, pad, two hashes, VC, crypto_provide, lengths, pad. */
const mostBytes = publicKeyBytes + 2 * mostPadBytes + 2 * hashBytes + vcBytes + 4 + 2 + 2

export class MseInput {
	readonly #bytes = new Uint8Array(mostBytes)
	#length = 0
	/** Of `#bytes`, how many came before the last push. */
	#before = 0
	#at = 0
	/** No mark begins before it. */
	#searchedTo: number | undefined
	#seenTo = 0
	#padEnd = 0

	/** The next bytes of the stream; those beyond the longest handshake stay with the caller. */
	push(bytes: Uint8Array): void {
		const taken = bytes.subarray(0, mostBytes - this.#length)
		this.#bytes.set(taken, this.#length)
		this.#before = this.#length
		this.#length += taken.length
	}

	/** How many bytes of the last push were taken as fields. */
	get takenOfLast(): number {
		return this.#at - this.#before
	}

	/** A copy of what has come behind a public key: nobody says more than a pad before the other's key is there. */
	seePad(): Uint8Array<ArrayBuffer> {
		const end = Math.min(this.#length, this.#at + mostPadBytes)
		this.#seenTo = end
		return this.#bytes.slice(this.#at, end)
	}

	/** Of the pad that takeUntil() found, what seePad() had not seen. */
	get latePad(): Uint8Array<ArrayBuffer> {
		return this.#bytes.slice(Math.min(this.#seenTo, this.#padEnd), this.#padEnd)
	}

	/** The next `length` bytes, once they are there; deciphered where a cipher is given. */
	take(length: number, cipher?: Rc4): Uint8Array<ArrayBuffer> | undefined {
		if (this.#length - this.#at < length) return undefined
		const field = this.#bytes.slice(this.#at, this.#at + length)
		this.#at += length
		return cipher === undefined ? field : applyRc4(cipher, field)
	}

	/**
	 * Looks for `mark` behind a pad of up to 512 bytes and goes on behind it; false while more must come. Throws a
	 * ProtocolError `mse-sync` when it cannot come any more.
	 */
	takeUntil(mark: Uint8Array): boolean {
		let at = this.#searchedTo ?? this.#at
		const last = Math.min(this.#length - mark.length, this.#at + mostPadBytes)
		while (at <= last && !this.#holds(mark, at)) at += 1
		this.#searchedTo = at
		if (at > last) {
			if (last < this.#at + mostPadBytes) return false
			throw new ProtocolError('mse-sync', `expected the end of a pad within ${mostPadBytes} bytes`)
		}
		this.#padEnd = at
		this.#at = at + mark.length
		return true
	}

	#holds(mark: Uint8Array, at: number): boolean {
		for (let index = 0; index < mark.length; index += 1)
			if (this.#bytes[at + index] !== mark[index]) return false
		return true
	}
}
