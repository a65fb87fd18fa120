// The first bytes of a connection, until it is agreed whether and how the stream is encrypted (MSE). What is read
// meanwhile is bounded by the longest handshake, what is sent to strangers by one public key and its pad.
import { concatBytes, equalBytes } from '../protocol/bytes.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { handshakePreamble } from '../protocol/handshake.ts'
import type { InfoHash } from '../protocol/ids.ts'
import {
	mostPadBytes,
	type MseAgreement,
	type MseChance,
	type MsePayload,
	type MseProgress,
	type Sha1,
} from '../protocol/mse.ts'
import { privateKeyBytes } from '../protocol/diffie-hellman.ts'
import { MseInitiator } from '../protocol/mse-initiator.ts'
import { MseResponder } from '../protocol/mse-responder.ts'
import type { EncryptionPolicy } from '../torrent/encryption.ts'
import type { RandomSource } from './environment.ts'

/** What a connection came to: `agreement` undefined where it begins as plain ones do. */
export type Opened = {
	readonly agreement: MseAgreement | undefined
	/** What came behind the handshake of the encryption, as it came. */
	readonly rest: Uint8Array
}

export type OpeningProgress = Pick<MseProgress, 'send' | 'steps'> & { readonly end: Opened | undefined }

export type StreamOpening = {
	/** The first words of whoever dialled. */
	start?(): OpeningProgress
	/** What came; not to be called after the end. Throws a ProtocolError. */
	push(bytes: Uint8Array): OpeningProgress
}

/** What encryption needs of its host. */
export type EncryptionTools = {
	readonly policy: Exclude<EncryptionPolicy, 'off'>
	readonly sha1: Sha1
	readonly random: RandomSource
}

/** For a connection that we dialled; `initial` is what is said first. */
export function dialledOpening(
	{ policy, sha1, random }: EncryptionTools,
	{ infoHash, initial }: { readonly infoHash: InfoHash; readonly initial: Uint8Array },
): StreamOpening {
	return new MseInitiator({
		sha1,
		infoHash,
		initial,
		chance: drawChance(random),
		provide: policy === 'require' ? ['rc4'] : ['plain', 'rc4'],
	})
}

/** For a connection that was accepted: encrypted, or plain where that is allowed. */
export class AcceptedOpening implements StreamOpening {
	readonly #tools: EncryptionTools
	readonly #responder: MseResponder
	/** As long as it looks like the protocol's name: what came of it. */
	#held: Uint8Array | undefined = new Uint8Array(0)

	/** `admit`: whether we can afford a key exchange with a stranger now. */
	constructor(
		tools: EncryptionTools,
		options: { readonly infoHashes: readonly InfoHash[]; readonly admit: () => boolean },
	) {
		this.#tools = tools
		this.#responder = new MseResponder({
			sha1: tools.sha1,
			infoHashes: options.infoHashes,
			accept: acceptable(tools.policy),
			draw: () => {
				if (options.admit()) return drawChance(tools.random)
				throw new ProtocolError('mse-busy', 'expected fewer strangers who want to agree on a key')
			},
		})
	}

	push(bytes: Uint8Array): OpeningProgress {
		if (this.#held === undefined) return this.#responder.push(bytes)
		const all = this.#held.length === 0 ? bytes : concatBytes([this.#held, bytes])
		const length = Math.min(all.length, handshakePreamble.length)
		if (!equalBytes(all.subarray(0, length), handshakePreamble.subarray(0, length))) {
			this.#held = undefined
			return this.#responder.push(all)
		}
		if (this.#tools.policy === 'require')
			throw new ProtocolError('encryption-required', 'expected an encrypted handshake, got a plain one')
		const isPlain = length === handshakePreamble.length
		if (!isPlain) this.#held = new Uint8Array(all)
		return { send: [], steps: [], end: isPlain ? { agreement: undefined, rest: all } : undefined }
	}
}

// What hides the handshake hides enough; RC4 for everything behind it costs CPU and keeps no secret.
function acceptable(policy: EncryptionTools['policy']): readonly MsePayload[] {
	return policy === 'require' ? ['rc4'] : ['plain', 'rc4']
}

function drawChance(random: RandomSource): MseChance {
	const drawLength = () => random.uint32() % (mostPadBytes + 1)
	return {
		privateKey: random.bytes(privateKeyBytes),
		pad: random.bytes(drawLength()),
		innerPadBytes: drawLength(),
	}
}
