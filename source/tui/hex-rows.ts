// Bytes as rows of hexadecimal digits and characters, the bytes of one field inverse. Every row has exactly the
// width that is asked for.
import { fit } from './format.ts'
import type { Theme } from './theme.ts'

export type HexParts = {
	/** What was kept of `totalBytes` bytes. */
	readonly bytes: Uint8Array
	readonly totalBytes: number
	/** Bytes that stand out: start ≤ byte < end. */
	readonly start: number
	readonly end: number
	readonly width: number
	readonly rows: number
	readonly theme: Theme
}

/** Cells of the offset before the bytes, with the gap behind it. */
const offsetCells = 6

/** Cells of a row of `perRow` bytes: offset, digits, characters. */
export function hexWidth(perRow: number): number {
	return offsetCells + digitCells(perRow) + 2 + perRow
}

/** `rows` rows, scrolled so that the bytes that stand out are among them. */
export function formatHex(parts: HexParts): string[] {
	const { bytes, totalBytes, start, end, width, rows, theme } = parts
	const perRow = [16, 8, 4, 2, 1].find(count => hexWidth(count) <= width) ?? 0
	const blank = fit('', width)
	if (perRow === 0 || rows <= 0) return Array.from({ length: Math.max(0, rows) }, () => blank)
	const full = Math.ceil(bytes.length / perRow)
	const missing = totalBytes - bytes.length
	const count = full + (missing > 0 ? 1 : 0)
	const top = topRow({ from: Math.floor(start / perRow), to: Math.ceil(end / perRow), count, rows, full })
	return Array.from({ length: rows }, (_, index) => {
		const row = top + index
		if (row < full) return hexRow(parts, row * perRow, perRow) + ' '.repeat(width - hexWidth(perRow))
		if (row > full || missing <= 0) return blank
		const text = fit(`${theme.glyphs.ellipsis} ${missing} B more, not kept`, width, theme.glyphs.ellipsis)
		return end > bytes.length && start > 0 ? theme.selected(text) : theme.dim(text)
	})
}

type Scroll = {
	readonly from: number
	readonly to: number
	readonly count: number
	readonly rows: number
	readonly full: number
}

/** As few rows down as may be, and then with some of what stands before. */
function topRow({ from, to, count, rows, full }: Scroll): number {
	if (Math.min(to, count) <= rows) return 0
	const wanted = Math.min(from, full) - Math.floor(rows / 3)
	return Math.max(0, Math.min(wanted, count - rows))
}

function digitCells(perRow: number): number {
	return perRow * 3 - 1 + (perRow > 8 ? 1 : 0)
}

function hexRow({ bytes, start, end, theme }: HexParts, at: number, perRow: number): string {
	const row = bytes.subarray(at, at + perRow)
	const from = Math.max(0, Math.min(start - at, row.length))
	const to = Math.max(from, Math.min(end - at, row.length))
	const digits = digitText(row).padEnd(digitCells(perRow))
	const characters = characterText(row).padEnd(perRow)
	const mark = (text: string, first: number, last: number) =>
		from === to ? text : text.slice(0, first) + theme.selected(text.slice(first, last)) + text.slice(last)
	const offset = theme.dim(at.toString(16).padStart(4, '0'))
	return `${offset}  ${mark(digits, digitAt(from), digitAt(to - 1) + 2)}  ${mark(characters, from, to)}`
}

/** Where the digits of a byte stand in their row. */
function digitAt(index: number): number {
	return index * 3 + (index >= 8 ? 1 : 0)
}

function digitText(row: Uint8Array): string {
	let text = ''
	for (const [index, byte] of row.entries()) {
		text += (index === 0 ? '' : index === 8 ? '  ' : ' ') + byte.toString(16).padStart(2, '0')
	}
	return text
}

function characterText(row: Uint8Array): string {
	let text = ''
	for (const byte of row) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
	return text
}
