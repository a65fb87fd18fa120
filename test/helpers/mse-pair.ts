// Both sides of an encrypted handshake, wired back to back.
import { createHash } from 'node:crypto'
import { type InfoHash, toInfoHash } from '../../source/protocol/ids.ts'
import type { MseAgreement, MseChance, MsePayload, MseProgress, MseStep } from '../../source/protocol/mse.ts'
import { MseInitiator } from '../../source/protocol/mse-initiator.ts'
import { MseResponder } from '../../source/protocol/mse-responder.ts'
import { applyRc4 } from '../../source/protocol/rc4.ts'
import { sha1 } from './sha1.ts'

export const mseInfoHash = toInfoHash(new Uint8Array(20).fill(7))

/** Chance that is the same each time. */
export function mseChance(seed: number, padBytes = 0, innerPadBytes = 0): MseChance {
	const privateKey = new Uint8Array(createHash('sha1').update(`${seed}`).digest())
	return { privateKey, pad: new Uint8Array(padBytes).fill(seed), innerPadBytes }
}

export type MsePairOptions = {
	readonly provide?: readonly MsePayload[]
	readonly accept?: readonly MsePayload[]
	readonly infoHashes?: readonly InfoHash[]
	readonly chanceOfA?: MseChance
	readonly chanceOfB?: MseChance
	readonly initial?: Uint8Array
}

export function createPair(options: MsePairOptions = {}) {
	const a = new MseInitiator({
		sha1,
		infoHash: mseInfoHash,
		chance: options.chanceOfA ?? mseChance(1),
		provide: options.provide ?? ['plain', 'rc4'],
		initial: options.initial ?? new Uint8Array(0),
	})
	const b = new MseResponder({
		sha1,
		draw: () => options.chanceOfB ?? mseChance(2),
		infoHashes: options.infoHashes ?? [mseInfoHash],
		accept: options.accept ?? ['plain', 'rc4'],
	})
	return { a, b }
}

/** One side's end: what was agreed, and what it heard behind the handshake, deciphered. */
export type MseEnd = { readonly agreement: MseAgreement; readonly heard: Uint8Array }

/** Reads all that one side is sent, in parts as `cut` says; returns what it says and what it came to. */
export function hear(
	side: { push(bytes: Uint8Array): MseProgress },
	bytes: Uint8Array,
	cut: (bytes: Uint8Array) => readonly Uint8Array[] = whole => [whole],
) {
	const said: Uint8Array[] = []
	const steps: { readonly direction: 'in' | 'out'; readonly step: MseStep }[] = []
	let end: MseEnd | undefined
	for (const part of cut(bytes)) {
		if (end !== undefined) {
			end = { ...end, heard: Buffer.concat([end.heard, decipher(end.agreement, part, end.heard.length)]) }
			continue
		}
		const progress = side.push(part)
		said.push(...progress.send)
		steps.push(...progress.steps)
		if (progress.end !== undefined) {
			const { agreement, rest } = progress.end
			end = { agreement, heard: decipher(agreement, rest, 0) }
		}
	}
	return { said: new Uint8Array(Buffer.concat(said)), steps, end }
}

function decipher(agreement: MseAgreement, bytes: Uint8Array, heardBytes: number): Uint8Array {
	const copy = bytes.slice()
	applyRc4(agreement.receiving, copy.subarray(0, Math.max(0, agreement.receivingBytes - heardBytes)))
	return copy
}
