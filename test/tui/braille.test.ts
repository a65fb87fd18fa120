import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatArea, niceTop, samplesIn } from '../../source/tui/braille.ts'
import { displayWidth } from '../../source/tui/terminal/fast-width.ts'
import { createTheme } from '../../source/tui/theme.ts'

const { glyphs } = createTheme({ color: false, ascii: false })
const { glyphs: ascii } = createTheme({ color: false, ascii: true })

describe('area graph', () => {
	it('has two samples a cell and four heights, the newest at the right edge', () => {
		expect(formatArea([1, 2, 3, 4], { columns: 2, rows: 1, top: 4 }, glyphs)).toEqual(['⣠⣾'])
		expect(formatArea([4], { columns: 2, rows: 1, top: 4 }, glyphs)).toEqual([' ⢸'])
		expect(formatArea([8, 8, 4, 0], { columns: 2, rows: 2, top: 8 }, glyphs)).toEqual(['⣿ ', '⣿⡇'])
	})

	it('shows the lowest dot for the smallest flow, and none for nothing', () => {
		expect(formatArea([0.001, 0], { columns: 1, rows: 1, top: 1000 }, glyphs)).toEqual(['⡀'])
	})

	it('forgets what does not fit', () => {
		const samples = [9, 9, 9, 1, 1]
		expect(formatArea(samples, { columns: 1, rows: 1, top: 4 }, glyphs)).toEqual(['⣀'])
		expect(samplesIn(10, glyphs)).toBe(20)
		expect(samplesIn(10, ascii)).toBe(10)
	})

	it('does with ASCII where there is nothing else', () => {
		expect(formatArea([0, 1, 4, 8], { columns: 4, rows: 1, top: 8 }, ascii)).toEqual([' .=#'])
	})

	it('fills its size whatever it is given', () => {
		const samples = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { maxLength: 400 })
		const size = fc.record({
			columns: fc.integer({ min: 0, max: 200 }),
			rows: fc.integer({ min: 0, max: 20 }),
		})
		fc.assert(
			fc.property(samples, size, fc.boolean(), (values, { columns, rows }, isAscii) => {
				const lines = formatArea(values, { columns, rows, top: niceTop(values) }, isAscii ? ascii : glyphs)
				expect(lines.map(displayWidth)).toEqual(new Array<number>(rows).fill(columns))
			}),
		)
	})
})

describe('top of a scale', () => {
	it('is round, above every sample and not far above the highest', () => {
		expect([[], [0], [1.1], [11.3e6], [450], [1000], [999_999]].map(niceTop)).toEqual([
			1, 1, 1.2, 12e6, 500, 1000, 1e6,
		])
		fc.assert(
			fc.property(fc.double({ min: 1, max: 1e15, noNaN: true }), value => {
				const top = niceTop([value])
				expect(top).toBeGreaterThanOrEqual(value)
				expect(top).toBeLessThan(value * 1.7)
			}),
		)
	})
})
