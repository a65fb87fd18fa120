// The cells of a terminal as an SVG picture: sixteen colours of our own, one ground, letters placed cell by cell,
// lines and blocks drawn as shapes. Pure: the same cells give the same bytes.
import { type CellStyle, type StyleParts, unpackStyle } from '../source/tui/terminal/sgr.ts'
import { cellShapes } from './cell-shapes.ts'

/** What is drawn; `glyph` is empty for the second cell of a wide one. */
export type ScreenCells = {
	readonly columns: number
	readonly rows: number
	readonly cell: (column: number, row: number) => { readonly glyph: string; readonly style: CellStyle }
}

const cellWidth = 9
const cellHeight = 18
/** At this size an advance of DejaVu Sans Mono (1233 of 2048) is a cell. */
const fontSize = (cellWidth * 2048) / 1233
/** From the top of a cell to the letters' base line. */
const baseline = 13.5
const margin = 14

/** What a terminal paints with: its ground, its letters, its sixteen colours. */
export type Scheme = {
	readonly background: string
	readonly foreground: string
	readonly palette: readonly string[]
}

export const darkScheme: Scheme = {
	background: '#12161c',
	foreground: '#c8d0da',
	palette: [
		['#2b313a', '#e06c6c', '#7fbf6a', '#d9b35b', '#6a9fe0', '#c08ad6', '#56b6c2', '#c8d0da'],
		['#5c6673', '#f08a8a', '#9bd986', '#ecc978', '#8ab8f0', '#d6a6ea', '#76d0da', '#ffffff'],
	].flat(),
}

export const lightScheme: Scheme = {
	background: '#fafaf8',
	foreground: '#2f353d',
	palette: [
		['#2f353d', '#c0392f', '#3f7d2a', '#96700a', '#2a62b8', '#8c3fa8', '#1a7a86', '#d5d8dc'],
		['#6c7580', '#d9534a', '#57993f', '#b58a1c', '#4179d0', '#a65cc0', '#31939f', '#ffffff'],
	].flat(),
}

type Colours = { readonly front: string; readonly back: string; readonly bold: boolean }
type Run = { readonly column: number; readonly glyphs: readonly string[]; readonly colours: Colours }

/** The picture as the text of an SVG file. */
export function screenSvg(cells: ScreenCells, scheme = darkScheme): string {
	const width = cells.columns * cellWidth + 2 * margin
	const height = cells.rows * cellHeight + 2 * margin
	const { background } = scheme
	const [backs, shapes, letters]: [string[], string[], string[]] = [[], [], []]
	for (let row = 0; row < cells.rows; row += 1) {
		for (const run of runsOf(cells, row, scheme)) {
			const { front, back } = run.colours
			const [x, y] = [margin + run.column * cellWidth, margin + row * cellHeight]
			if (back !== background)
				backs.push(rect({ x, y, width: run.glyphs.length * cellWidth, height: cellHeight }, back))
			shapes.push(
				...run.glyphs.flatMap((glyph, at) => shapesAt(glyph, { x: x + at * cellWidth, y, front, back })),
			)
			letters.push(...lettersOf(run, x, y + baseline))
		}
	}
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
		`<rect width="${width}" height="${height}" fill="${background}"/>`,
		`<g shape-rendering="crispEdges">`,
		...backs,
		...shapes,
		`</g>`,
		`<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${fontSize}">`,
		...letters,
		`</g>`,
		`</svg>`,
		'',
	].join('\n')
}

/** The colours that an SVG of ours is filled with, as 0xRRGGBB. */
export function svgColours(svg: string): number[] {
	return [...new Set(Array.from(svg.matchAll(/fill="#([\da-f]{6})"/gu), ([, text]) => text))].map(text =>
		Number.parseInt(text ?? '', 16),
	)
}

/** Neighbours of one style in a row. */
function runsOf(cells: ScreenCells, row: number, scheme: Scheme): Run[] {
	const runs: { column: number; glyphs: string[]; style: CellStyle }[] = []
	for (let column = 0; column < cells.columns; column += 1) {
		const { glyph, style } = cells.cell(column, row)
		const last = runs.at(-1)
		if (last?.style === style) last.glyphs.push(glyph)
		else runs.push({ column, glyphs: [glyph], style })
	}
	return runs.map(({ column, glyphs, style }) => ({
		column,
		glyphs,
		colours: colours(unpackStyle(style), scheme),
	}))
}

function colours(style: StyleParts, { background, foreground, palette }: Scheme): Colours {
	const own = colour(style.foreground, palette) ?? foreground
	const behind = colour(style.background, palette) ?? background
	const front = style.dim ? mix(own, behind, 0.45) : own
	const { bold } = style
	return style.inverse ? { front: behind, back: front, bold } : { front, back: behind, bold }
}

/** Of the first sixteen; beyond them the colour cube and the greys that terminals agree on. */
function colour(index: number | undefined, palette: readonly string[]): string | undefined {
	if (index === undefined || index < 16) return palette[index ?? -1]
	if (index >= 232) return hex([1, 1, 1].map(() => 8 + (index - 232) * 10))
	const level = (step: number) => (step === 0 ? 0 : 55 + step * 40)
	const place = index - 16
	return hex([Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map(level))
}

/** `share` of the second colour in the first. */
function mix(one: string, other: string, share: number): string {
	const others = channels(other)
	return hex(channels(one).map((value, at) => Math.round(value + ((others[at] ?? 0) - value) * share)))
}

function channels(text: string): number[] {
	return [1, 3, 5].map(at => Number.parseInt(text.slice(at, at + 2), 16))
}

function hex(values: readonly number[]): string {
	return `#${values.map(value => value.toString(16).padStart(2, '0')).join('')}`
}

type Place = { readonly x: number; readonly y: number; readonly front: string; readonly back: string }

function shapesAt(glyph: string, { x, y, front, back }: Place): string[] {
	return (cellShapes(glyph) ?? []).map(part => {
		const [width, height] = [part.width * cellWidth, part.height * cellHeight]
		const box = { x: x + part.x * cellWidth, y: y + part.y * cellHeight, width, height }
		return rect(box, mix(front, back, 1 - part.opacity))
	})
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

function rect(box: Box, fill: string): string {
	const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(value => Number(value.toFixed(2)))
	return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`
}

/** An element a word: within one, the font's own advance is a cell. What may come from another font stands alone. */
function lettersOf({ glyphs, colours: { front, bold } }: Run, left: number, y: number): string[] {
	const words: { x: number; text: string }[] = []
	let isOpen = false
	for (const [at, glyph] of glyphs.entries()) {
		const isDrawn = glyph !== '' && glyph !== ' ' && cellShapes(glyph) === undefined
		const isPlain = isDrawn && /^[!-~]$/u.test(glyph)
		const last = words.at(-1)
		if (isPlain && isOpen && last !== undefined) last.text += glyph
		else if (isDrawn) words.push({ x: left + at * cellWidth, text: glyph })
		isOpen = isPlain
	}
	const weight = bold ? ' font-weight="bold"' : ''
	return words.map(
		({ x, text }) => `<text x="${x}" y="${y}" fill="${front}"${weight}>${escapeXml(text)}</text>`,
	)
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
