// The side that was dialled (B) in the handshake of message stream encryption (mse.ts). Pure: bytes in, bytes out;
// chance is given. Until it knows a torrent that the other side knows too it says nothing but its public key.
import { concatBytes, equalBytes } from './bytes.ts'
import { publicKeyBytes, sharedSecret } from './diffie-hellman.ts'
import { ProtocolError } from './errors.ts'
import type { InfoHash } from './ids.ts'
import {
	checkPad,
	cryptoBits,
	hashBytes,
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

export type ResponderOptions = {
	readonly sha1: Sha1
	/** Drawn when a public key came. */
	readonly draw: () => MseChance
	/** Torrents that we would talk about. */
	readonly infoHashes: readonly InfoHash[]
	/** What the stream may become, best first. */
	readonly accept: readonly MsePayload[]
}

type Opened = { readonly infoHash: InfoHash; readonly ours: Rc4; readonly theirs: Rc4 }
type Made = { send: Uint8Array[]; steps: MseProgress['steps'][number][]; end: MseProgress['end'] }

const provideBytes = 4
const lengthBytes = 2
const headBytes = vcBytes + provideBytes + lengthBytes

export class MseResponder {
	readonly #options: ResponderOptions
	readonly #input = new MseInput()
	#innerPadBytes = 0
	#secret: Uint8Array | undefined
	/** HASH('req1', S), by which the end of their pad is found. */
	#sync: Uint8Array = new Uint8Array(0)
	#isSynchronised = false
	#mark: Uint8Array = new Uint8Array(0)
	#opened: Opened | undefined
	#head: Uint8Array | undefined

	constructor(options: ResponderOptions) {
		this.#options = options
	}

	/**
	 * The next bytes that came, split anyhow; not to be called after the end. Throws a ProtocolError
	 * `mse-public-key`, `mse-sync`, `mse-torrent`, `mse-verification`, `mse-provide` or `mse-pad`.
	 */
	push(bytes: Uint8Array): MseProgress {
		const made: Made = { send: [], steps: [], end: undefined }
		this.#input.push(bytes)
		this.#secret ??= this.#takeKey(made)
		if (this.#secret === undefined) return made
		this.#opened ??= this.#takeMarks(this.#secret)
		if (this.#opened !== undefined) this.#takeRequest(this.#opened, bytes, made)
		return made
	}

	#takeKey(made: Made): Uint8Array | undefined {
		const key = this.#input.take(publicKeyBytes)
		if (key === undefined) return undefined
		const chance = this.#options.draw()
		this.#innerPadBytes = chance.innerPadBytes
		const seen = concatBytes([key, this.#input.seePad()])
		made.steps.push({ direction: 'in', step: { type: 'key', raw: seen, padBytes: 0 } })
		const secret = sharedSecret(key, chance.privateKey)
		const ours = keyMessage(chance)
		made.steps.push({ direction: 'out', step: { type: 'key', raw: ours, padBytes: 0 } })
		made.send.push(ours)
		this.#sync = mseHash(this.#options.sha1, 'req1', secret)
		return secret
	}

	#takeMarks(secret: Uint8Array): Opened | undefined {
		const { sha1, infoHashes } = this.#options
		this.#isSynchronised ||= this.#input.takeUntil(this.#sync)
		if (!this.#isSynchronised) return undefined
		const mark = this.#input.take(hashBytes)
		if (mark === undefined) return undefined
		const infoHash = infoHashes.find(one => equalBytes(torrentMark(sha1, secret, one), mark))
		if (infoHash === undefined) throw new ProtocolError('mse-torrent', 'expected a torrent that is here')
		this.#mark = mark
		const ours = streamCipher(sha1, 'keyB', { secret, infoHash })
		return { infoHash, ours, theirs: streamCipher(sha1, 'keyA', { secret, infoHash }) }
	}

	#takeRequest({ infoHash, ours, theirs }: Opened, bytes: Uint8Array, made: Made): void {
		this.#head ??= this.#input.take(headBytes, theirs)
		if (this.#head === undefined) return
		if (this.#head.subarray(0, vcBytes).some(byte => byte !== 0))
			throw new ProtocolError('mse-verification', 'expected eight zeros, enciphered')
		const head = new DataView(this.#head.buffer)
		const payload = this.#choose(head.getUint32(vcBytes))
		const padBytes = checkPad(head.getUint16(vcBytes + provideBytes))
		const tail = this.#input.take(padBytes + lengthBytes, theirs)
		if (tail === undefined) return
		const initialBytes = new DataView(tail.buffer).getUint16(padBytes)
		const rest = bytes.subarray(this.#input.takenOfLast)
		const { latePad } = this.#input
		// Deciphered here for whoever watches; the stream itself is its receiver's.
		const seen = new Uint8Array(rest.subarray(0, initialBytes))
		const initial = applyRc4({ words: theirs.words.slice() }, seen)
		const raw = concatBytes([latePad, this.#sync, this.#mark, this.#head, tail, initial])
		made.steps.push({ direction: 'in', step: { type: 'request', raw, padBytes: latePad.length } })
		this.#answer(payload, ours, made)
		const isHidden = payload === 'rc4'
		made.end = {
			agreement: {
				infoHash,
				payload,
				receiving: theirs,
				// What was said with the request is enciphered, whatever was chosen for the rest.
				receivingBytes: isHidden ? Number.POSITIVE_INFINITY : initialBytes,
				sending: isHidden ? ours : undefined,
			},
			rest,
		}
	}

	#answer(payload: MsePayload, ours: Rc4, made: Made): void {
		const padBytes = this.#innerPadBytes
		const answer = new Uint8Array(headBytes + padBytes)
		const view = new DataView(answer.buffer)
		view.setUint32(vcBytes, cryptoBits[payload])
		view.setUint16(vcBytes + provideBytes, padBytes)
		made.steps.push({ direction: 'out', step: { type: 'answer', raw: answer.slice(), padBytes: 0 } })
		made.send.push(applyRc4(ours, answer))
	}

	#choose(provide: number): MsePayload {
		const payload = this.#options.accept.find(one => (provide & cryptoBits[one]) !== 0)
		if (payload !== undefined) return payload
		throw new ProtocolError('mse-provide', `expected an offer that we accept, got ${provide}`)
	}
}
