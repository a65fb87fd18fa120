import {
	styledCharsFromTokens as realFromTokens,
	styledCharsToString as realToString,
	tokenize as realTokenize,
} from '@alcalzone/ansi-tokenize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCells } from '../../../source/tui/terminal/cells.ts'
import {
	styledCharsFromTokens,
	styledCharsToString,
	tokenize,
} from '../../../source/tui/terminal/fast-tokenize.ts'

// Bold and faint together are left out: ansi-tokenize forgets one of them when the other ends.
const part = fc.oneof(
	fc.constantFrom(
		'\u001b[1m',
		'\u001b[22m',
		'\u001b[31m',
		'\u001b[39m',
		'\u001b[7m',
		'\u001b[27m',
		'\u001b[0m',
		'\u001b[1;36m',
	),
	fc.constantFrom('a', 'bc', ' ', '─', '█', '漢', '👍', 'e\u0301', '0'),
)
const line = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''))

describe('fast tokenizer', () => {
	it('takes a line apart into the same characters as ansi-tokenize', () => {
		fc.assert(
			fc.property(line, text => {
				const values = styledCharsFromTokens(tokenize(text)).map(({ value, fullWidth }) => ({
					value,
					fullWidth,
				}))
				expect(values).toEqual(
					realFromTokens(realTokenize(text)).map(({ value, fullWidth }) => ({ value, fullWidth })),
				)
			}),
		)
	})

	it('puts characters together to text that shows the same', () => {
		fc.assert(
			fc.property(line, line, (left, right) => {
				const fast = [...styledCharsFromTokens(tokenize(left)), ...styledCharsFromTokens(tokenize(right))]
				const real = [...realFromTokens(realTokenize(left)), ...realFromTokens(realTokenize(right))]
				expect(toCells(styledCharsToString(fast), 60)).toEqual(toCells(realToString(real), 60))
			}),
		)
	})
})
