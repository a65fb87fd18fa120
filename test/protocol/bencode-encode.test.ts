import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bencodable, encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { fromUtf8 } from '../../source/protocol/bytes.ts'

const encoded = (value: Bencodable): string => fromUtf8(encodeBencode(value))
const unchecked = (value: unknown): unknown => encodeBencode(value as Bencodable)

describe('bencode encoder', () => {
	it('writes strings, integers, lists and dictionaries', () => {
		expect(encoded('spam')).toBe('4:spam')
		expect(encoded('é')).toBe('2:é')
		expect(encoded(-3)).toBe('i-3e')
		expect(encoded(-0)).toBe('i0e')
		expect(encoded(Number.MAX_SAFE_INTEGER)).toBe('i9007199254740991e')
		expect(encoded([])).toBe('le')
		expect(encoded(['a', [1], {}])).toBe('l1:ali1eedee')
		expect(encodeBencode(Uint8Array.of(0xff, 0))).toEqual(Uint8Array.of(0x32, 0x3a, 0xff, 0))
		expect(encodeBencode(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toEqual(Uint8Array.of(0x32, 0x3a, 2, 3))
	})

	it('sorts keys as raw bytes, in objects and maps alike', () => {
		const expected = 'd1:Bi4e1:ai3e2:aai1e1:bi2e2:éi5ee'
		expect(encoded({ é: 5, aa: 1, b: 2, a: 3, B: 4 })).toBe(expected)
		expect(
			encoded(
				new Map([
					['é', 5],
					['aa', 1],
					['b', 2],
					['a', 3],
					['B', 4],
				]),
			),
		).toBe(expected)
		expect(encoded({ '10': 1, '9': 2 })).toBe('d2:10i1e1:9i2ee')
	})

	it('knows own keys only, whatever they are called', () => {
		expect(encoded({ ['__proto__']: 1, constructor: 2 })).toBe('d9:__proto__i1e11:constructori2ee')
	})

	it.each([
		['null', null],
		['undefined', undefined],
		['undefined in a dictionary', { a: undefined }],
		['null in a list', [null]],
		['a hole in a list', Array(1)],
		['a boolean', true],
		['a bigint', 1n],
		['a fraction', 1.5],
		['NaN', Number.NaN],
		['infinity', Number.POSITIVE_INFINITY],
		['2^53', 2 ** 53],
		['a symbol', Symbol('x')],
		['a function', () => 1],
		['a set', new Set([1])],
		['a boxed string', new String('x')],
		['a DataView', new DataView(new ArrayBuffer(1))],
		['an ArrayBuffer', new ArrayBuffer(1)],
		['a date', new Date(0)],
		['a lone surrogate', '\ud800'],
		['a key outside the basic plane', { '😀': 1 }],
		['a key that is no text', new Map([[1, 1]])],
	])('refuses %s', (_, value) => {
		expect(() => unchecked(value)).toThrow(TypeError)
	})

	it('allows a hundred levels and refuses cycles', () => {
		let nested: Bencodable = 1
		for (let level = 0; level < 100; level += 1) nested = [nested]
		expect(encoded(nested)).toBe(`${'l'.repeat(100)}i1e${'e'.repeat(100)}`)
		expect(() => encodeBencode([nested])).toThrow(TypeError)
		const cycle: unknown[] = []
		cycle.push(cycle)
		expect(() => unchecked(cycle)).toThrow(TypeError)
	})

	it('orders any two keys by their UTF-8 bytes', () => {
		const key = fc.string({
			unit: fc.integer({ min: 1, max: 0xd7ff }).map(code => String.fromCharCode(code)),
		})
		fc.assert(
			fc.property(key, key, (a, b) => {
				fc.pre(a !== b)
				const [first, second] = [a, b].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
				expect(encoded({ [a]: 1, [b]: 1 })).toBe(`d${encoded(first ?? '')}i1e${encoded(second ?? '')}i1ee`)
			}),
		)
	})
})
