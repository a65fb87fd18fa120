// Tokens: proof that whoever announces was reached at his address (BEP 5). SHA-1 over a secret and the address; the
// secret changes every five minutes and the one before still counts, so that a token lives five to ten minutes.
import { parseHost } from '../protocol/address.ts'
import { concatBytes, equalBytes } from '../protocol/bytes.ts'
import { drawBytes, type Entropy, type Sha1 } from './entropy.ts'

const rotateMs = 5 * 60_000
const secretBytes = 20
const tokenBytes = 8

export type Secrets = { current: Uint8Array; previous: Uint8Array | undefined; changedAt: number }

/** What tokens are made with. */
export type TokenTools = { readonly entropy: Entropy; readonly sha1: Sha1 }

/** The first secret. */
export function createSecrets({ entropy, sha1 }: TokenTools, now: number): Secrets {
	return { current: drawBytes(entropy, sha1, secretBytes), previous: undefined, changedAt: now }
}

/** The token for a host, 8 bytes. `sha1` and the secret decide; the port does not. */
export function tokenFor(secrets: Secrets, host: string, tools: TokenTools, now: number): Uint8Array {
	rotate(secrets, tools, now)
	return makeToken(secrets.current, host, tools.sha1)
}

/** Whether we gave this token to this host in the last five to ten minutes. */
export function isOurToken(
	secrets: Secrets,
	shown: { readonly token: Uint8Array; readonly host: string },
	tools: TokenTools,
	now: number,
): boolean {
	rotate(secrets, tools, now)
	return [secrets.current, secrets.previous].some(
		secret => secret !== undefined && equalBytes(makeToken(secret, shown.host, tools.sha1), shown.token),
	)
}

function rotate(secrets: Secrets, { entropy, sha1 }: TokenTools, now: number): void {
	const age = now - secrets.changedAt
	if (age < rotateMs) return
	secrets.previous = age < 2 * rotateMs ? secrets.current : undefined
	secrets.current = drawBytes(entropy, sha1, secretBytes)
	secrets.changedAt = now
}

function makeToken(secret: Uint8Array, host: string, sha1: Sha1): Uint8Array {
	return Uint8Array.from(
		sha1(concatBytes([secret, parseHost(host) ?? new Uint8Array()])).subarray(0, tokenBytes),
	)
}
