import fc from 'fast-check'
import realStringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../../source/tui/terminal/fast-width.ts'
import { simpleWidth } from '../../../source/tui/terminal/simple-characters.ts'

const unit = fc.oneof(
	fc.string({ unit: 'grapheme', maxLength: 3 }),
	fc.integer({ min: 0x20, max: 0xffff }).map(code => String.fromCharCode(code)),
	fc.constantFrom(
		'\u001b[31m',
		'\u001b[0m',
		'\u001b[1;38;5;3m',
		'\u001b]8;;x\u0007',
		'\u0301',
		'\ufe0f',
		'\u200d',
		'漢',
		'█',
		'👨‍👩‍👧',
		'é',
	),
)

describe('fast width', () => {
	it('measures every text as string-width does', () => {
		fc.assert(
			fc.property(fc.array(unit, { maxLength: 8 }), parts => {
				const text = parts.join('')
				expect(displayWidth(text)).toBe(realStringWidth(text))
			}),
			{ numRuns: 2000 },
		)
	})

	it('calls a character simple only where string-width agrees, alone and between others', () => {
		for (let code = 0; code < 0x10000; code += 1) {
			const width = simpleWidth(code)
			if (width === 0) continue
			const character = String.fromCharCode(code)
			expect([code, realStringWidth(character)]).toEqual([code, width])
			expect([code, realStringWidth(`a${character}漢${character}`)]).toEqual([code, 3 + width * 2])
		}
	})
})
