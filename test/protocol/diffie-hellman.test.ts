import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../source/protocol/bytes.ts'
import {
	privateKeyBytes,
	publicKeyBytes,
	publicKeyOf,
	sharedSecret,
} from '../../source/protocol/diffie-hellman.ts'

const keys = fc.uint8Array({ minLength: privateKeyBytes, maxLength: privateKeyBytes })

/** A number of 20 bytes. */
function exponent(value: number): Uint8Array {
	const bytes = new Uint8Array(privateKeyBytes)
	new DataView(bytes.buffer).setUint32(privateKeyBytes - 4, value)
	return bytes
}

test('2 to a small power is written with all its zeros', () => {
	expect(toHex(publicKeyOf(exponent(9)))).toBe('0200'.padStart(192, '0'))
	expect(toHex(sharedSecret(publicKeyOf(exponent(9)), exponent(3)))).toBe(
		(2 ** 27).toString(16).padStart(192, '0'),
	)
})

test('both sides come to the same secret', () => {
	fc.assert(
		fc.property(keys, keys, (one, other) => {
			fc.pre([one, other].every(key => key.some(byte => byte > 0)))
			const secret = sharedSecret(publicKeyOf(one), other)
			expect(secret).toHaveLength(publicKeyBytes)
			expect(toHex(secret)).toBe(toHex(sharedSecret(publicKeyOf(other), one)))
		}),
		{ numRuns: 30 },
	)
})

test('a key that gives the secret away is refused', () => {
	const most = new Uint8Array(publicKeyBytes).fill(255)
	for (const key of [publicKeyOf(exponent(0)), new Uint8Array(publicKeyBytes), most])
		expect(() => sharedSecret(key, exponent(5))).toThrow(expect.objectContaining({ code: 'mse-public-key' }))
})
