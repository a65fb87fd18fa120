import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { safeText } from '../../source/protocol/safe-text.ts'
import {
	fit,
	fitRight,
	formatBar,
	formatGauge,
	formatGraph,
	formatRule,
	formatShare,
} from '../../source/tui/format.ts'
import { createTheme } from '../../source/tui/theme.ts'

const theme = createTheme({ color: true, ascii: false })
const anyText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string())
const width = fc.integer({ min: 0, max: 60 })

describe('row formatting', () => {
	it('fits any safe text into exactly so many cells', () => {
		fc.assert(
			fc.property(anyText, width, (text, cells) => {
				expect(stringWidth(fit(safeText(text), cells))).toBe(cells)
				expect(stringWidth(fitRight(safeText(text), cells))).toBe(cells)
			}),
			{ numRuns: 2000 },
		)
	})

	it('keeps what fits and marks what was cut', () => {
		expect(fit('abc', 5)).toBe('abc  ')
		expect(fit('abcdef', 5)).toBe('abcd…')
		expect(fit('漢字漢字', 5)).toBe('漢字…')
		expect(fit('漢字漢字', 4)).toBe('漢… ')
		expect(fitRight('abc', 5)).toBe('  abc')
	})

	it('draws bars and gauges of exactly so many cells', () => {
		const share = fc.double({ min: -1, max: 2, noNaN: true })
		fc.assert(
			fc.property(share, width, (fraction, cells) => {
				const { full, empty } = formatBar(fraction, cells, theme.glyphs)
				expect(stringWidth(full + empty)).toBe(cells)
				expect(stringWidth(formatGauge(fraction * 48, 48, cells, theme.glyphs))).toBe(cells)
				expect(stringWidth(formatGraph([fraction, 3, 0], cells, theme.glyphs))).toBe(cells)
			}),
		)
	})

	it('draws rules of exactly so many cells, whatever title and note', () => {
		fc.assert(
			fc.property(
				anyText,
				anyText,
				fc.integer({ min: 1, max: 80 }),
				fc.boolean(),
				(title, note, cells, focused) => {
					const parts = { left: '├', right: '┤', title: safeText(title), note: safeText(note), joins: [3, 9] }
					expect(stringWidth(formatRule({ ...parts, width: cells, focused }, theme))).toBe(cells)
				},
			),
		)
	})

	it('says 100% of a whole only when it is all', () => {
		expect(formatShare(2635, 2636)).toBe('99%')
		expect(formatShare(2636, 2636)).toBe('100%')
	})
})
