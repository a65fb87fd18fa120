import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import { publicKeyOf, sharedSecret } from '../../source/protocol/diffie-hellman.ts'
import { parseHandshake } from '../../source/protocol/handshake.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import {
	type MseChance,
	mseHash,
	type MseProgress,
	streamCipher,
	torrentMark,
} from '../../source/protocol/mse.ts'
import { MseInitiator } from '../../source/protocol/mse-initiator.ts'
import { MseResponder } from '../../source/protocol/mse-responder.ts'
import { applyRc4, createRc4, createStreamRc4 } from '../../source/protocol/rc4.ts'
import { cipherFast } from '../../source/engine/fast-rc4.ts'
import { sha1 } from '../helpers/sha1.ts'

type Fields = Readonly<Record<string, string>> & { readonly padA_len: number; readonly padB_len: number }
type Vectors = {
	readonly prime: string
	readonly rc4: readonly Readonly<Record<string, string | undefined>>[]
	readonly handshakes: Readonly<Record<'incoming' | 'outgoing' | 'own' | 'leading_zero' | 'tiny', Fields>>
	readonly degenerate_public_keys: {
		readonly cases: readonly { readonly Y: string; readonly expect: string; readonly name: string }[]
	}
	readonly sha1: readonly { readonly in: string; readonly out: string }[]
}

const file = new URL('../../../shared/vectors/mse/mse.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const { incoming, outgoing, own } = vectors.handshakes

const chance = (privateKey: string): MseChance => ({
	privateKey: fromHex(privateKey),
	pad: new Uint8Array(0),
	innerPadBytes: 0,
})
const bytes = (fields: Fields, name: string) => fromHex(fields[name] ?? '')
const sent = ({ send }: MseProgress) => send.map(toHex)
const raws = ({ steps }: MseProgress) => steps.map(({ step }) => toHex(step.raw))

/** What follows the handshake, deciphered. */
function stream({ end }: MseProgress): Uint8Array<ArrayBuffer> {
	if (end === undefined) throw new Error('expected the end of the handshake')
	expect(end.rest.length).toBeLessThanOrEqual(end.agreement.receivingBytes)
	return applyRc4(end.agreement.receiving, end.rest.slice())
}

test('there are vectors of each kind', () => {
	expect(vectors.rc4.length).toBeGreaterThan(5)
	expect(vectors.degenerate_public_keys.cases.length).toBeGreaterThan(5)
	expect(Object.keys(vectors.handshakes)).toEqual(['incoming', 'outgoing', 'own', 'leading_zero', 'tiny'])
})

describe('RC4', () => {
	test.each(vectors.rc4)('with the key $key', vector => {
		const key = fromHex(vector['key'] ?? '')
		for (const apply of [applyRc4, cipherFast]) {
			if (vector['plain'] !== undefined) {
				expect(toHex(apply(createRc4(key), fromHex(vector['plain'])))).toBe(vector['cipher_from_0'])
				continue
			}
			const keystream = apply(createStreamRc4(key), new Uint8Array(4096))
			expect(toHex(keystream.subarray(0, 16))).toBe(vector['keystream_at_1024'])
			expect(toHex(keystream.subarray(3072, 3088))).toBe(vector['keystream_at_4096'])
		}
	})
})

describe('Diffie-Hellman', () => {
	test.each(['leading_zero', 'tiny'] as const)('writes all 96 bytes: %s', name => {
		const fields = vectors.handshakes[name]
		expect(toHex(publicKeyOf(bytes(fields, 'X')))).toBe(fields['Y'])
	})

	test.each(vectors.degenerate_public_keys.cases)('public key $name: $expect', ({ Y, expect: expected }) => {
		const outcome = () => sharedSecret(fromHex(Y), bytes(own, 'Xa'))
		if (expected === 'refuse') expect(outcome).toThrow('public key')
		else expect(outcome()).toHaveLength(96)
	})

	test.each([
		['incoming', incoming, 'Xb', 'Yb_ours', 'Ya_from_peer'],
		['outgoing', outgoing, 'Xa', 'Ya_ours', 'Yb_from_peer'],
		['own, as A', own, 'Xa', 'Ya', 'Yb'],
		['own, as B', own, 'Xb', 'Yb', 'Ya'],
	] as const)('agrees on public keys and secret: %s', (_, fields, privateKey, ours, theirs) => {
		expect(toHex(publicKeyOf(bytes(fields, privateKey)))).toBe(fields[ours])
		expect(toHex(sharedSecret(bytes(fields, theirs), bytes(fields, privateKey)))).toBe(fields['S'])
	})
})

test.each(vectors.sha1)('SHA-1 of $in', vector => {
	expect(toHex(sha1(fromHex(vector.in)))).toBe(vector.out)
})

describe('what is derived', () => {
	test.each([incoming, outgoing])('from the secret: the marks', fields => {
		const secret = bytes(fields, 'S')
		expect(toHex(mseHash(sha1, 'req1', secret))).toBe(fields['HASH_req1_S'])
		expect(toHex(torrentMark(sha1, secret, bytes(fields, 'SKEY')))).toBe(fields['HASH_req2_xor_req3'])
	})

	test('from secret and info hash: the keys', () => {
		const given = { secret: bytes(own, 'S'), infoHash: bytes(own, 'SKEY') }
		for (const name of ['keyA', 'keyB'] as const)
			expect(streamCipher(sha1, name, given).words).toEqual(createStreamRc4(bytes(own, name)).words)
	})
})

describe('a recorded handshake', () => {
	test('of somebody who dials us is understood to the end', () => {
		const responder = new MseResponder({
			sha1,
			draw: () => chance(incoming['Xb'] ?? ''),
			infoHashes: [toInfoHash(new Uint8Array(20)), toInfoHash(bytes(incoming, 'SKEY'))],
			accept: ['plain', 'rc4'],
		})
		expect(sent(responder.push(bytes(incoming, 'Ya_from_peer')))).toEqual([incoming['Yb_ours']])
		const progress = responder.push(bytes(incoming, 'then_from_peer'))
		expect(progress.end?.agreement.payload).toBe('rc4')
		const deciphered = toHex(stream(progress))
		expect(deciphered).toBe(incoming['IA'])
		expect(raws(progress)[0]?.endsWith(incoming['decrypted_from_peer'] ?? '-')).toBe(true)
		expect(progress.steps[0]?.step.padBytes).toBe(incoming.padA_len)
		expect(toHex(parseHandshake(fromHex(deciphered)).infoHash)).toBe(incoming['SKEY'])
	})

	test('of somebody whom we dialled is understood to the end', () => {
		const initiator = new MseInitiator({
			sha1,
			infoHash: toInfoHash(bytes(outgoing, 'SKEY')),
			chance: chance(outgoing['Xa'] ?? ''),
			provide: ['plain', 'rc4'],
			initial: new Uint8Array(0),
		})
		expect(sent(initiator.start())).toEqual([outgoing['Ya_ours']])
		const request = initiator.push(bytes(outgoing, 'Yb_from_peer'))
		expect(sent(request)[0]?.startsWith(`${outgoing['HASH_req1_S']}${outgoing['HASH_req2_xor_req3']}`)).toBe(
			true,
		)
		const progress = initiator.push(bytes(outgoing, 'then_from_peer'))
		expect(progress.end?.agreement.payload).toBe('rc4')
		const deciphered = stream(progress)
		const [answer] = progress.steps
		expect(answer?.step.padBytes).toBe(outgoing.padB_len)
		const shown = toHex(answer?.step.raw.subarray(outgoing.padB_len) ?? new Uint8Array(0))
		expect(shown + toHex(deciphered)).toBe(outgoing['decrypted_from_peer'])
		expect(toHex(parseHandshake(deciphered).infoHash)).toBe(outgoing['SKEY'])
	})
})

describe('our own two sides', () => {
	const infoHash = toInfoHash(bytes(own, 'SKEY'))
	const initial = bytes(own, 'A_handshake_as_IA')

	test('say byte for byte what was worked out', () => {
		const a = new MseInitiator({
			sha1,
			infoHash,
			chance: chance(own['Xa'] ?? ''),
			provide: ['plain', 'rc4'],
			initial,
		})
		const b = new MseResponder({
			sha1,
			draw: () => chance(own['Xb'] ?? ''),
			infoHashes: [infoHash],
			accept: ['rc4'],
		})
		expect(sent(a.start())).toEqual([own['message1_A_to_B']])
		expect(sent(b.push(bytes(own, 'message1_A_to_B')))).toEqual([own['message2_B_to_A']])
		const third = sent(a.push(bytes(own, 'message2_B_to_A')))
		expect(third).toEqual([own['message3_A_to_B']])
		const fourth = b.push(bytes(own, 'message3_A_to_B'))
		expect(sent(fourth)).toEqual([own['message4_B_to_A']])
		expect(toHex(stream(fourth))).toBe(own['A_handshake_as_IA'])
		const sending = fourth.end?.agreement.sending
		if (sending === undefined) throw new Error('expected a stream that goes on enciphered')
		expect(toHex(applyRc4(sending, bytes(own, 'B_handshake')))).toBe(own['then_B_handshake_encrypted'])
		const end = a.push(fromHex((own['message4_B_to_A'] ?? '') + (own['then_B_handshake_encrypted'] ?? '')))
		expect(toHex(stream(end))).toBe(own['B_handshake'])
	})
})
