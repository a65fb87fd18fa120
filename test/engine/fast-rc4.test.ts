import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cipherFast, isInReadBuffer, readBuffer } from '../../source/engine/fast-rc4.ts'
import { toHex } from '../../source/protocol/bytes.ts'
import { applyRc4, createRc4, type Rc4 } from '../../source/protocol/rc4.ts'

const key = Uint8Array.of(9, 8, 7)

/** Both, one stretch after the other of these lengths: the bytes and where the keystream stands then. */
function compare(lengths: readonly number[], place: (length: number) => Uint8Array): void {
	const [fast, slow] = [createRc4(key), createRc4(key)]
	for (const length of lengths) {
		const bytes = place(length)
		for (let at = 0; at < length; at += 1) bytes[at] = at * 7
		const expected = applyRc4(slow, bytes.slice())
		expect(cipherFast(fast, bytes)).toBe(bytes)
		expect(toHex(bytes)).toBe(toHex(expected))
		expect(wordsOf(fast)).toBe(wordsOf(slow))
	}
}

function wordsOf({ words }: Rc4): string {
	return words.join(' ')
}

const lengths = fc.array(fc.oneof(fc.nat({ max: 40 }), fc.integer({ min: 200, max: 2000 })), {
	maxLength: 12,
})

test('what was read is deciphered where it is, at any place, as the plain implementation does', () => {
	fc.assert(
		fc.property(lengths, fc.nat({ max: 100 }), (all, from) => {
			compare(all, length => readBuffer.subarray(from, from + length))
		}),
	)
})

test('bytes in other memory are enciphered where they are, longer ones than the passage too', () => {
	compare([65_535, 65_536, 65_537, 200_000, 3], length => new Uint8Array(length + 10).subarray(5, length + 5))
})

test('a view at the end of the read buffer leaves everything before it alone', () => {
	readBuffer.fill(0)
	cipherFast(createRc4(key), readBuffer.subarray(readBuffer.length - 1000))
	expect(readBuffer.subarray(0, readBuffer.length - 1000).every(byte => byte === 0)).toBe(true)
})

test('the read buffer is told from all other memory', () => {
	expect(isInReadBuffer(readBuffer.subarray(3, 3))).toBe(true)
	expect(isInReadBuffer(new Uint8Array(10))).toBe(false)
})
