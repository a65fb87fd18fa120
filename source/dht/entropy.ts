// Chance that nobody outside can guess, from one key that the engine draws with crypto: SHA-1 over the key and a
// counter. So ids, transaction ids and secrets are unpredictable, and a run with a known key repeats.
import { concatBytes } from '../protocol/bytes.ts'

/** SHA-1 as a function: the one thing that this layer borrows. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array

export type Entropy = { readonly key: Uint8Array; drawn: number }

/** `key`: 32 bytes of cryptographic chance, new for each run. */
export function createEntropy(key: Uint8Array): Entropy {
	return { key: key.slice(), drawn: 0 }
}

/** The next `length` ≤ 20 bytes; never the same again. */
export function drawBytes(entropy: Entropy, sha1: Sha1, length: number): Uint8Array<ArrayBuffer> {
	const counter = new Uint8Array(8)
	new DataView(counter.buffer).setBigUint64(0, BigInt(entropy.drawn))
	entropy.drawn += 1
	return Uint8Array.from(sha1(concatBytes([entropy.key, counter])).subarray(0, length))
}

/** An integer, 0 ≤ value < limit; `limit` is a positive integer below 2³². */
export function drawBelow(entropy: Entropy, sha1: Sha1, limit: number): number {
	return new DataView(drawBytes(entropy, sha1, 4).buffer).getUint32(0) % limit
}
