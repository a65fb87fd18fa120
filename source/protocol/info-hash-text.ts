// Info hashes as people pass them on: 40 hexadecimal digits, 32 characters of base32 (RFC 4648 §6, what old
// links have), and for version 2 the multihash of BEP 9: 1220 and 64 digits.

import { fromHex } from './bytes.ts'
import { type InfoHash, toInfoHash } from './ids.ts'

const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567'

/** The 20 bytes that 40 hexadecimal digits or 32 characters of base32 stand for, in either case. */
export function parseInfoHash(text: string): InfoHash | undefined {
	if (/^[0-9a-f]{40}$/iu.test(text)) return toInfoHash(fromHex(text))
	return /^[a-z2-7]{32}$/iu.test(text) ? toInfoHash(fromBase32(text)) : undefined
}

/** The SHA-256 of a multihash in hexadecimal: 0x12 (SHA-256), 0x20 (32 bytes) and the digest. */
export function parseTaggedInfoHash(text: string): Uint8Array | undefined {
	return /^1220[0-9a-f]{64}$/iu.test(text) ? fromHex(text.slice(4)) : undefined
}

// 32 characters of five bits are twenty bytes exactly: nothing is left over.
function fromBase32(text: string): Uint8Array {
	const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
	let bits = 0
	let bitCount = 0
	let at = 0
	for (const character of text.toLowerCase()) {
		bits = ((bits << 5) | base32Digits.indexOf(character)) & 0xfff
		bitCount += 5
		if (bitCount < 8) continue
		bitCount -= 8
		bytes[at] = (bits >>> bitCount) & 0xff
		at += 1
	}
	return bytes
}
