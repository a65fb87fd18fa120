// RC4 as message stream encryption uses it: a keystream that is laid over the bytes, the same in both directions.
// The state is plain data, in the form in which rc4-code.ts (engine) goes on with it at full speed; this
// implementation serves short texts, and hosts without WebAssembly.

/** A permutation of 256 values, each times four: what addresses a word in WebAssembly memory needs no shift. */
const values = 256
const scale = 4
/** Where the two indexes stand behind the permutation, times four as well. */
const iAt = values
const jAt = values + 1
const wrap = values * scale - 1

/** What encryption of the stream throws away at its start. */
const droppedBytes = 1024

/** One direction of a stream: 256 values of the permutation, then i, then j, all times four. */
export type Rc4 = { readonly words: Uint32Array<ArrayBuffer> }

/** Words of a state. */
export const rc4Words = values + 2

/** A keystream at its first byte. The key has 1 to 256 bytes. */
export function createRc4(key: Uint8Array): Rc4 {
	const words = new Uint32Array(rc4Words)
	for (let index = 0; index < values; index += 1) words[index] = index * scale
	let j = 0
	for (let index = 0; index < values; index += 1) {
		const value = words[index] ?? 0
		j = (j + value / scale + (key[index % key.length] ?? 0)) % values
		words[index] = words[j] ?? 0
		words[j] = value
	}
	return { words }
}

/** A keystream whose first 1024 bytes are gone, as message stream encryption begins. */
export function createStreamRc4(key: Uint8Array): Rc4 {
	const rc4 = createRc4(key)
	applyRc4(rc4, new Uint8Array(droppedBytes))
	return rc4
}

/** Enciphers or deciphers `bytes` in place and moves on behind them; returns them. */
export function applyRc4({ words }: Rc4, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
export function applyRc4({ words }: Rc4, bytes: Uint8Array): Uint8Array
export function applyRc4({ words }: Rc4, bytes: Uint8Array): Uint8Array {
	let i = words[iAt] ?? 0
	let j = words[jAt] ?? 0
	for (let at = 0; at < bytes.length; at += 1) {
		i = (i + scale) & wrap
		const x = words[i >> 2] ?? 0
		j = (j + x) & wrap
		const y = words[j >> 2] ?? 0
		words[i >> 2] = y
		words[j >> 2] = x
		bytes[at] = (bytes[at] ?? 0) ^ ((words[((x + y) & wrap) >> 2] ?? 0) >> 2)
	}
	words[iAt] = i
	words[jAt] = j
	return bytes
}
