// Text of exactly so many cells: the bricks of every row. Pure; styles are put around what was cut, so no
// sequence is ever cut through. What comes in is SafeText or our own words.
import { displayWidth } from './terminal/fast-width.ts'
import { simpleWidth } from './terminal/simple-characters.ts'
import type { Glyphs, Theme } from './theme.ts'

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const printableAscii = /^[ -~]*$/u

/** `text` in exactly `width` cells: cut with an ellipsis or padded on the right. */
export function fit(text: string, width: number, ellipsis = '…'): string {
	if (width <= 0) return ''
	if (printableAscii.test(text)) {
		if (text.length === width) return text
		if (text.length < width) return text.padEnd(width)
		return text.slice(0, width - 1) + ellipsis
	}
	const needed = displayWidth(text)
	if (needed <= width) return text + ' '.repeat(width - needed)
	const [kept, cells] = cut(text, width - 1)
	return kept + ellipsis + ' '.repeat(width - 1 - cells)
}

/** As `fit`, padded on the left: for numbers. */
export function fitRight(text: string, width: number, ellipsis = '…'): string {
	if (width <= 0) return ''
	const needed = displayWidth(text)
	return needed <= width ? ' '.repeat(width - needed) + text : fit(text, width, ellipsis)
}

/** The longest start of `text` of at most `width` cells, and its cells. */
function cut(text: string, width: number): [string, number] {
	let cells = 0
	let at = 0
	while (at < text.length) {
		const code = text.charCodeAt(at)
		const next = text.charCodeAt(at + 1)
		let length = 1
		let size: number = simpleWidth(code)
		if (size === 0 || next >= 0x300) {
			const [first] = segmenter.segment(text.slice(at, at + 64))
			const glyph = first?.segment ?? text.charAt(at)
			length = glyph.length
			size = displayWidth(glyph)
		}
		if (cells + size > width) break
		cells += size
		at += length
	}
	return [text.slice(0, at), cells]
}

/** A bar of `width` cells, full to `fraction` (0 … 1) in steps of half a cell. */
export function formatBar(fraction: number, width: number, glyphs: Glyphs): { full: string; empty: string } {
	const halves = Math.max(0, Math.min(width * 2, Math.floor(fraction * width * 2)))
	const full = Math.floor(halves / 2)
	const half = halves % 2 === 1
	return {
		full: glyphs.barFull.repeat(full) + (half ? glyphs.barHalf : ''),
		empty: glyphs.barEmpty.repeat(Math.max(0, width - full - (half ? 1 : 0))),
	}
}

/** A gauge such as `▮▮▮▯▯▯▯`: at least one block when there is anything, all only when full. */
export function formatGauge(value: number, limit: number, width: number, glyphs: Glyphs): string {
	if (limit <= 0) return glyphs.gaugeEmpty.repeat(width)
	const share = Math.min(1, value / limit)
	const full = value <= 0 ? 0 : Math.min(width, Math.max(1, Math.floor(share * width)))
	return glyphs.gaugeFull.repeat(full) + glyphs.gaugeEmpty.repeat(width - full)
}

/** The last `width` samples as a graph of one line, the highest of them full height. */
export function formatGraph(samples: readonly number[], width: number, glyphs: Glyphs): string {
	const shown = width <= 0 ? [] : samples.slice(-width)
	const highest = Math.max(...shown, 0)
	const top = glyphs.levels.length - 1
	let graph = ' '.repeat(Math.max(0, width - shown.length))
	for (const sample of shown) {
		const level = highest <= 0 || sample <= 0 ? 0 : Math.max(1, Math.round((sample / highest) * top))
		graph += glyphs.levels[level] ?? ' '
	}
	return graph
}

/** Whole percents in 4 cells. */
export function formatShare(part: number, whole: number): string {
	const share = whole <= 0 ? 0 : Math.floor((part / whole) * 100)
	return `${String(Math.min(100, Math.max(0, share)))}%`
}

export type RuleParts = {
	readonly left: string
	readonly right: string
	readonly title: string
	readonly note: string
	readonly width: number
	readonly focused: boolean
	/** A lesson says: look here. */
	readonly pointed?: boolean
	/** Columns, counted from this rule's start, at which a vertical line ends from above. */
	readonly joins: readonly number[]
}

/** The line above a pane: `├ Peers 18 of 52 ──────── by ↓ ─┤`. */
export function formatRule(parts: RuleParts, theme: Theme): string {
	const { glyphs } = theme
	const line = parts.focused ? theme.accent : theme.dim
	const inner = parts.width - displayWidth(parts.left) - displayWidth(parts.right)
	if (inner <= 0) return theme.dim(fit(parts.left + parts.right, parts.width, glyphs.ellipsis))
	const title = clip(parts.title, inner - 3, glyphs)
	const note = clip(parts.note, inner - displayWidth(title) - 6, glyphs)
	const used = (title === '' ? 0 : displayWidth(title) + 2) + (note === '' ? 0 : displayWidth(note) + 3)
	const start = displayWidth(parts.left) + (title === '' ? 0 : displayWidth(title) + 2)
	let fill = ''
	for (let at = 0; at < inner - used; at += 1) {
		fill += parts.joins.includes(start + at) ? glyphs.teeUp : glyphs.horizontal
	}
	const heading = headingOf(title, parts, theme)
	return (
		line(parts.left) +
		(title === '' ? '' : heading) +
		(note === ''
			? line(fill + parts.right)
			: `${line(fill)} ${theme.dim(note)} ${line(glyphs.horizontal + parts.right)}`)
	)
}

function headingOf(title: string, { focused, pointed }: RuleParts, theme: Theme): string {
	const text = `${focused || pointed === true ? theme.glyphs.marker : ' '}${title} `
	if (pointed === true) return theme.selected(text)
	return focused ? theme.bold(text) : text
}

/** `text` in at most `width` cells, not padded. */
export function clip(text: string, width: number, glyphs: Glyphs): string {
	if (width <= 0) return ''
	return displayWidth(text) <= width ? text : fit(text, width, glyphs.ellipsis)
}
