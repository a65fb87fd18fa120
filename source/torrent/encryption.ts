// How a connection of ours begins: with the handshake of message stream encryption or with a plain one. As other
// clients do: encrypted first, and once in the other way when the peer ends the connection during the handshake;
// which way worked is remembered with the address.
import type { DropReason, EncryptionReason } from './reasons.ts'

/** `prefer`: what both sides can; `require`: nothing but RC4, in both directions; `off`: none. */
export const encryptionPolicies = ['prefer', 'require', 'off'] as const
export type EncryptionPolicy = (typeof encryptionPolicies)[number]

export type Opening = { readonly encrypted: boolean; readonly reason: EncryptionReason }

/** How the next dial begins, where `known` is what earlier ones taught. */
export function chooseOpening(policy: EncryptionPolicy, known: Opening | undefined): Opening {
	if (policy === 'off') return { encrypted: false, reason: { code: 'encryption-off' } }
	if (policy === 'require') return { encrypted: true, reason: { code: 'encryption-required' } }
	return known ?? { encrypted: true, reason: { code: 'encryption-tried-first' } }
}

/**
 * The other way, when a connection ended for this reason before it was one; undefined where there is none, or both
 * were tried.
 */
export function otherOpening(
	policy: EncryptionPolicy,
	tried: Opening,
	reason: DropReason,
): Opening | undefined {
	if (policy !== 'prefer' || isSecondTry(tried) || !isRefusal(reason)) return undefined
	const code = tried.encrypted ? 'plain-after-refusal' : 'encryption-after-refusal'
	return { encrypted: !tried.encrypted, reason: { code, ending: reason.code } }
}

/** This way worked. */
export function provenOpening(encrypted: boolean): Opening {
	return { encrypted, reason: { code: encrypted ? 'encryption-worked-before' : 'plain-worked-before' } }
}

/** Whether the other way was tried before this one. */
export function isSecondTry({ reason: { code } }: Opening): boolean {
	return code === 'plain-after-refusal' || code === 'encryption-after-refusal'
}

// Whoever answers for another torrent understood us.
function isRefusal(reason: DropReason): boolean {
	switch (reason.code) {
		case 'remote-closed':
		case 'connection-failed':
		case 'handshake-timeout':
			return true
		case 'protocol-error':
			return reason.error !== 'handshake-info-hash'
		default:
			return false
	}
}
