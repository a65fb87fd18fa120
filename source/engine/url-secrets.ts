// What is secret in a tracker's URL (threats S11), hidden wherever it comes back: in what the tracker says, in
// datagrams that carry the URL (BEP 41), in redirects. Lengths stay, so that what is hidden can still be dissected.
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import { secretsOf } from './mask-url.ts'

/** Hides the secrets of one URL. */
export type Veil = { text(text: SafeText): SafeText; bytes(bytes: Uint8Array): Uint8Array }

const asterisk = 0x2a

/** The veil for a tracker's URL. Bytes without any of its secrets come back as they are, others as a copy. */
export function createVeil(url: string): Veil {
	const secrets = secretsOf(url)
	return {
		text: text => {
			let veiled: string = text
			for (const secret of secrets) veiled = veiled.replaceAll(secret, '*'.repeat(secret.length))
			return veiled === text ? text : safeText(veiled, veiled.length)
		},
		bytes: bytes => {
			if (secrets.length === 0) return bytes
			// A letter a byte: places in the text are places in the bytes.
			const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
			let veiled = bytes
			for (const secret of secrets) {
				for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
					if (veiled === bytes) veiled = bytes.slice()
					veiled.fill(asterisk, at, at + secret.length)
				}
			}
			return veiled
		},
	}
}
