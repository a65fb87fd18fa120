// Message stream encryption (MSE/PE; no BEP): what both sides of the handshake compute and agree on. Its steps:
//   1  A → B  public key, PadA          2  B → A  public key, PadB
//   3  A → B  HASH('req1', S), HASH('req2', SKEY) ^ HASH('req3', S), then enciphered: VC, crypto_provide,
//             len(PadC), PadC, len(IA), IA
//   4  B → A  enciphered: VC, crypto_select, len(PadD), PadD
// S is the shared secret, SKEY the info hash, VC eight zeros. What follows is enciphered as crypto_select says. The
// sides are in mse-initiator.ts (A) and mse-responder.ts (B).
import { concatBytes, utf8 } from './bytes.ts'
import { publicKeyOf } from './diffie-hellman.ts'
import { ProtocolError } from './errors.ts'
import type { InfoHash } from './ids.ts'
import { createStreamRc4, type Rc4 } from './rc4.ts'

/** SHA-1 as a function: pure layers borrow it. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array

/** How the stream goes on behind the handshake. */
export type MsePayload = 'plain' | 'rc4'

/** Bits of crypto_provide and crypto_select. */
export const cryptoBits: Readonly<Record<MsePayload, number>> = { plain: 1, rc4: 2 }

/** No pad is longer. */
export const mostPadBytes = 512
/** The verification constant. */
export const vcBytes = 8
export const hashBytes = 20

/** What chance gives one side for one handshake. */
export type MseChance = {
	/** 20 bytes. */
	readonly privateKey: Uint8Array
	/** Up to 512 bytes that stand behind the public key. */
	readonly pad: Uint8Array
	/** 0 to 512 zeros stand in the enciphered part. */
	readonly innerPadBytes: number
}

/**
 * One message of the handshake, deciphered, for whoever watches: a public key with as much of the pad behind it as
 * came with it; what A asks for, from its first hash to as much of IA as came with it; what B answers, VC to PadD.
 */
export type MseStep = {
	readonly type: 'key' | 'request' | 'answer'
	readonly raw: Uint8Array
	/** Of `raw`: what stands in front of the pad behind the public key, where that came late. */
	readonly padBytes: number
}

/** What was agreed. */
export type MseAgreement = {
	readonly infoHash: InfoHash
	readonly payload: MsePayload
	/** Deciphers the next `receivingBytes` that come; what follows them is plain. */
	readonly receiving: Rc4
	/** Infinity for a stream that stays enciphered. */
	readonly receivingBytes: number
	/** Enciphers what is sent; undefined: it goes as it is. */
	readonly sending: Rc4 | undefined
}

/** What one push() came to. */
export type MseProgress = {
	/** To be sent, in order. */
	readonly send: readonly Uint8Array[]
	readonly steps: readonly { readonly direction: 'in' | 'out'; readonly step: MseStep }[]
	/** With the last message of the handshake. `rest` is what followed it, a view into what was pushed. */
	readonly end: { readonly agreement: MseAgreement; readonly rest: Uint8Array } | undefined
}

/** The hashes that a shared secret S gives. */
export function mseHash(sha1: Sha1, name: 'req1' | 'req2' | 'req3', value: Uint8Array): Uint8Array {
	return sha1(concatBytes([utf8(name), value]))
}

/** Names the torrent to those who know it: HASH('req2', SKEY) ^ HASH('req3', S). */
export function torrentMark(sha1: Sha1, secret: Uint8Array, infoHash: Uint8Array): Uint8Array {
	const mark = mseHash(sha1, 'req2', infoHash)
	const mask = mseHash(sha1, 'req3', secret)
	return mark.map((byte, index) => byte ^ (mask[index] ?? 0))
}

/** The keystream of what A sends (`keyA`), or B (`keyB`). */
export function streamCipher(
	sha1: Sha1,
	name: 'keyA' | 'keyB',
	{ secret, infoHash }: { readonly secret: Uint8Array; readonly infoHash: Uint8Array },
): Rc4 {
	return createStreamRc4(sha1(concatBytes([utf8(name), secret, infoHash])))
}

/** Public key and pad, as they go first over the wire. */
export function keyMessage({ privateKey, pad }: MseChance): Uint8Array<ArrayBuffer> {
	return concatBytes([publicKeyOf(privateKey), pad])
}

/** A pad's length from the wire. Throws a ProtocolError `mse-pad` over 512. */
export function checkPad(length: number): number {
	if (length <= mostPadBytes) return length
	throw new ProtocolError('mse-pad', `expected a pad of at most ${mostPadBytes} bytes, got ${length}`)
}
