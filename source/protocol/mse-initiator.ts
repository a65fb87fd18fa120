// The side that dialled (A) in the handshake of message stream encryption (mse.ts). Pure: bytes in, bytes out;
// chance is given.
import { concatBytes } from './bytes.ts'
import { publicKeyBytes, sharedSecret } from './diffie-hellman.ts'
import { ProtocolError } from './errors.ts'
import type { InfoHash } from './ids.ts'
import {
	checkPad,
	cryptoBits,
	keyMessage,
	type MseChance,
	type MsePayload,
	type MseProgress,
	mseHash,
	type Sha1,
	streamCipher,
	torrentMark,
	vcBytes,
} from './mse.ts'
import { MseInput } from './mse-input.ts'
import { applyRc4, type Rc4 } from './rc4.ts'

export type InitiatorOptions = {
	readonly sha1: Sha1
	readonly infoHash: InfoHash
	readonly chance: MseChance
	/** What the stream may become; the other side chooses. */
	readonly provide: readonly MsePayload[]
	/** What is said first, at most 65,535 bytes: it goes out enciphered with the last message of ours. */
	readonly initial: Uint8Array
}

type Ciphers = { readonly ours: Rc4; readonly theirs: Rc4; readonly mark: Uint8Array }
type Made = { send: Uint8Array[]; steps: MseProgress['steps'][number][]; end: MseProgress['end'] }

const selectBytes = 4
const lengthBytes = 2

export class MseInitiator {
	readonly #options: InitiatorOptions
	readonly #input = new MseInput()
	#ciphers: Ciphers | undefined
	#isSynchronised = false
	/** Select and length of the last pad, once they are there. */
	#answer: Uint8Array | undefined

	constructor(options: InitiatorOptions) {
		this.#options = options
	}

	/** The first message. */
	start(): MseProgress {
		const key = keyMessage(this.#options.chance)
		return {
			send: [key],
			steps: [{ direction: 'out', step: { type: 'key', raw: key, padBytes: 0 } }],
			end: undefined,
		}
	}

	/**
	 * The next bytes that came, split anyhow; not to be called after the end. Throws a ProtocolError
	 * `mse-public-key`, `mse-sync`, `mse-select` or `mse-pad`.
	 */
	push(bytes: Uint8Array): MseProgress {
		const made: Made = { send: [], steps: [], end: undefined }
		this.#input.push(bytes)
		if (this.#ciphers === undefined) this.#takeKey(made)
		if (this.#ciphers !== undefined) this.#takeAnswer(this.#ciphers, bytes, made)
		return made
	}

	#takeKey(made: Made): void {
		const key = this.#input.take(publicKeyBytes)
		if (key === undefined) return
		const { sha1, infoHash, chance, provide, initial } = this.#options
		const seen = concatBytes([key, this.#input.seePad()])
		made.steps.push({ direction: 'in', step: { type: 'key', raw: seen, padBytes: 0 } })
		const secret = sharedSecret(key, chance.privateKey)
		const ours = streamCipher(sha1, 'keyA', { secret, infoHash })
		const theirs = streamCipher(sha1, 'keyB', { secret, infoHash })
		this.#ciphers = { ours, theirs, mark: applyRc4(theirs, new Uint8Array(vcBytes)) }
		const open = concatBytes([mseHash(sha1, 'req1', secret), torrentMark(sha1, secret, infoHash)])
		const hidden = requestFields(provide, chance.innerPadBytes, initial.length)
		const raw = concatBytes([open, hidden, initial])
		made.steps.push({ direction: 'out', step: { type: 'request', raw, padBytes: 0 } })
		made.send.push(concatBytes([open, applyRc4(ours, concatBytes([hidden, initial]))]))
	}

	#takeAnswer({ ours, theirs, mark }: Ciphers, bytes: Uint8Array, made: Made): void {
		this.#isSynchronised ||= this.#input.takeUntil(mark)
		if (!this.#isSynchronised) return
		this.#answer ??= this.#input.take(selectBytes + lengthBytes, theirs)
		if (this.#answer === undefined) return
		const view = new DataView(this.#answer.buffer)
		const payload = this.#judge(view.getUint32(0))
		const pad = this.#input.take(checkPad(view.getUint16(selectBytes)), theirs)
		if (pad === undefined) return
		const { latePad } = this.#input
		const raw = concatBytes([latePad, new Uint8Array(vcBytes), this.#answer, pad])
		made.steps.push({ direction: 'in', step: { type: 'answer', raw, padBytes: latePad.length } })
		const isHidden = payload === 'rc4'
		made.end = {
			agreement: {
				infoHash: this.#options.infoHash,
				payload,
				receiving: theirs,
				receivingBytes: isHidden ? Number.POSITIVE_INFINITY : 0,
				sending: isHidden ? ours : undefined,
			},
			rest: bytes.subarray(this.#input.takenOfLast),
		}
	}

	#judge(select: number): MsePayload {
		const payload = this.#options.provide.find(one => cryptoBits[one] === select)
		if (payload !== undefined) return payload
		throw new ProtocolError('mse-select', `expected one of what was offered, got ${select}`)
	}
}

function requestFields(
	provide: readonly MsePayload[],
	padBytes: number,
	initialBytes: number,
): Uint8Array<ArrayBuffer> {
	const fields = new Uint8Array(vcBytes + selectBytes + lengthBytes + padBytes + lengthBytes)
	const view = new DataView(fields.buffer)
	let bits = 0
	for (const one of provide) bits |= cryptoBits[one]
	view.setUint32(vcBytes, bits)
	view.setUint16(vcBytes + selectBytes, padBytes)
	view.setUint16(fields.length - lengthBytes, initialBytes)
	return fields
}
