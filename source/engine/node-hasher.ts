// SHA-1 by OpenSSL, which uses the processor's own instructions where it has them.
import * as crypto from 'node:crypto'
import type { Hasher } from './environment.ts'

/** `crypto.hash` costs less a call than `createHash`; the oldest releases of Node 20 lack it. */
export function createNodeHasher(): Hasher {
	return {
		sha1: 'hash' in crypto ? sha1AtOnce : sha1InSteps,
		startSha1: () => {
			const hash = crypto.createHash('sha1')
			return {
				update: bytes => {
					hash.update(bytes)
				},
				digest: () => new Uint8Array(hash.digest()),
			}
		},
	}
}

function sha1AtOnce(bytes: Uint8Array): Uint8Array {
	return new Uint8Array(crypto.hash('sha1', bytes, 'buffer'))
}

function sha1InSteps(bytes: Uint8Array): Uint8Array {
	return new Uint8Array(crypto.createHash('sha1').update(bytes).digest())
}
