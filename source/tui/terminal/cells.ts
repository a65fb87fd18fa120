// One line of a frame as cells: what stands in each, and in which style. The last border before the terminal:
// no control character or sequence gets into a cell, only colours are understood.
import { displayWidth, endOfColour } from './fast-width.ts'
import { applySgr, type CellStyle, plainStyle } from './sgr.ts'
import { simpleWidth } from './simple-characters.ts'

/** Glyphs and styles of one line; the second cell of a wide glyph holds the empty string. */
export type CellRow = { readonly glyphs: readonly string[]; readonly styles: Int32Array }

type Pen = { glyphs: string[]; styles: Int32Array; column: number; style: CellStyle }

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const escape = 0x1b
const maxGraphemeUnits = 32

/** The first `columns` cells of `line`; what is missing is blank, a wide glyph that does not fit is left out. */
export function toCells(line: string, columns: number): CellRow {
	const pen: Pen = {
		glyphs: new Array<string>(columns).fill(' '),
		styles: new Int32Array(columns),
		column: 0,
		style: plainStyle,
	}
	let at = 0
	while (at < line.length && pen.column < columns) {
		const code = line.charCodeAt(at)
		if (code === escape) {
			at = readColour(pen, line, at)
		} else if (standsAlone(code, line.charCodeAt(at + 1))) {
			put(pen, line.charAt(at), simpleWidth(code))
			at += 1
		} else if (isControl(code)) {
			at += 1
		} else {
			at = readGrapheme(pen, line, at)
		}
	}
	return { glyphs: pen.glyphs, styles: pen.styles }
}

/** Whether terminals agree on the width of this glyph, so that the cursor is known after it. */
export function isCertain(glyph: string): boolean {
	return glyph.length === 1 && simpleWidth(glyph.charCodeAt(0)) !== 0
}

function standsAlone(code: number, next: number): boolean {
	// Past the end `next` is NaN, which no comparison holds for.
	return simpleWidth(code) !== 0 && !(next >= 0x300 && simpleWidth(next) === 0)
}

function readColour(pen: Pen, line: string, at: number): number {
	const end = endOfColour(line, at)
	if (end < 0) return at + 1
	pen.style = applySgr(pen.style, line.slice(at + 2, end))
	return end + 1
}

function readGrapheme(pen: Pen, line: string, at: number): number {
	const stretch = line.slice(at, at + maxGraphemeUnits)
	const [first] = segmenter.segment(stretch)
	const glyph = first?.segment ?? line.charAt(at)
	const width = displayWidth(glyph)
	put(pen, width === 0 || glyph.includes('\u001b') ? ' ' : glyph, Math.max(1, width))
	return at + glyph.length
}

function put(pen: Pen, glyph: string, width: number): void {
	const fits = pen.column + width <= pen.glyphs.length
	for (let cell = 0; cell < width && pen.column < pen.glyphs.length; cell += 1) {
		pen.glyphs[pen.column] = fits ? (cell === 0 ? glyph : '') : ' '
		pen.styles[pen.column] = pen.style
		pen.column += 1
	}
}

function isControl(code: number): boolean {
	return code < 0x20 || (code >= 0x7f && code < 0xa0)
}
