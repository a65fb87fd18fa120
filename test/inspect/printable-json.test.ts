import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printableJson } from '../../source/inspect/printable-json.ts'

describe('printable JSON', () => {
	it('reads as the same value, whatever the text', () => {
		fc.assert(
			fc.property(fc.array(fc.string({ unit: 'binary' })), texts => {
				expect(JSON.parse(printableJson({ texts }))).toEqual({ texts })
			}),
		)
	})

	it('holds no character that a terminal obeys or does not draw', () => {
		const text = '\u0000\u001b\u007f\u009b\u00ad\u200b\u200d\u202e\u2028\u2066\ufeff\ufff9\u{e0067}\ud800'
		expect(printableJson(text)).toMatch(/^"(?:\\u[0-9a-f]{4})+"$/u)
		expect(printableJson('é 漢 👨')).toBe('"é 漢 👨"')
	})

	it('piles no more than four marks on a letter', () => {
		expect(printableJson(`a${'\u0301'.repeat(6)}`)).toBe(`"a${'\u0301'.repeat(4)}\\u0301\\u0301"`)
	})
})
