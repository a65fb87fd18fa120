import stringWidth from 'string-width'
import { expect, it, describe } from 'vitest'
import { utf8 } from '../../source/protocol/bytes.ts'
import { formatHex, type HexParts, hexWidth } from '../../source/tui/hex-rows.ts'
import { createTheme } from '../../source/tui/theme.ts'

const theme = createTheme({ color: false, ascii: true })
const bytes = Uint8Array.from([...utf8('BitTorrent protocol'), 0, 255])
const hex = (parts: Partial<HexParts>) =>
	formatHex({ bytes, totalBytes: bytes.length, start: 0, end: 0, width: 72, rows: 3, theme, ...parts })
const plain = (lines: string[]) => lines.map(line => line.replaceAll(/\u001b\[[0-9;]*m/gu, ''))
/** What is inverse, in brackets. */
const marked = (lines: string[]) =>
	lines.map(line =>
		line
			.replaceAll('\u001b[7m', '[')
			.replaceAll('\u001b[27m', ']')
			.replaceAll(/\u001b\[[0-9;]*m/gu, '')
			.trimEnd(),
	)

describe('hex', () => {
	it('shows offset, digits in two groups and characters', () => {
		expect(plain(hex({}))).toEqual([
			'0000  42 69 74 54 6f 72 72 65  6e 74 20 70 72 6f 74 6f  BitTorrent proto',
			'0010  63 6f 6c 00 ff                                    col..           ',
			' '.repeat(72),
		])
	})

	it('marks the bytes of the field over the end of a row', () => {
		expect(marked(hex({ start: 14, end: 17 }))).toEqual([
			'0000  42 69 74 54 6f 72 72 65  6e 74 20 70 72 6f [74 6f]  BitTorrent pro[to]',
			'0010  [63] 6f 6c 00 ff                                    [c]ol..',
			'',
		])
		expect(marked(hex({ start: 6, end: 10 }))[0]).toContain('[72 65  6e 74]')
	})

	it('scrolls to what is marked, and only then', () => {
		const long = new Uint8Array(400)
		const shown = (start: number, end: number) =>
			plain(hex({ bytes: long, totalBytes: 400, start, end, rows: 6 })).map(line => line.slice(0, 4))
		expect(shown(0, 400)[0]).toBe('0000')
		expect(shown(95, 96)[0]).toBe('0000')
		expect(shown(96, 97)).toContain('0060')
		expect(shown(399, 400).at(-1)).toBe('0180')
	})

	it('says how much was not kept, and marks that too', () => {
		const head = hex({ totalBytes: 16_397, start: 13, end: 16_397, bytes: bytes.subarray(0, 13) })
		expect(marked(head)[1]).toMatch(/^\[~ 16384 B more, not kept *\]$/u)
		expect(marked(hex({ totalBytes: 100 }))[2]).toBe('~ 79 B more, not kept')
	})

	it('has rows of exactly its width, whatever that is', () => {
		for (let width = 0; width <= 90; width += 1) {
			for (const line of hex({ width, start: 3, end: 20, totalBytes: 50, rows: 5 }))
				expect(stringWidth(line)).toBe(width)
		}
		expect([16, 8].map(hexWidth)).toEqual([72, 39])
	})
})
