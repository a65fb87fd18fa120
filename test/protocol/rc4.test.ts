import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex, utf8 } from '../../source/protocol/bytes.ts'
import { applyRc4, createRc4, createStreamRc4 } from '../../source/protocol/rc4.ts'

// RFC 6229, key 0102030405.
const key = Uint8Array.of(1, 2, 3, 4, 5)

test('the keystream is that of RFC 6229, from its first byte and behind the first 1024', () => {
	expect(toHex(applyRc4(createRc4(key), new Uint8Array(16)))).toBe('b2396305f03dc027ccc3524a0a1118a8')
	expect(toHex(applyRc4(createStreamRc4(key), new Uint8Array(16)))).toBe('30abbcc7c20b01609f23ee2d5f6bb7df')
})

test('what is enciphered twice is as it was', () => {
	const text = utf8('a block is 16 KiB')
	expect(applyRc4(createRc4(key), applyRc4(createRc4(key), text.slice()))).toEqual(text)
})

test('any split of the bytes gives the same', () => {
	fc.assert(
		fc.property(
			fc.uint8Array({ minLength: 1, maxLength: 40 }),
			fc.uint8Array({ maxLength: 600 }),
			fc.nat({ max: 600 }),
			(anyKey, bytes, at) => {
				const whole = applyRc4(createRc4(anyKey), bytes.slice())
				const rc4 = createRc4(anyKey)
				const parts = bytes.slice()
				applyRc4(rc4, parts.subarray(0, at))
				applyRc4(rc4, parts.subarray(at))
				expect(toHex(parts)).toBe(toHex(whole))
			},
		),
	)
})
