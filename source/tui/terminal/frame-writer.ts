// Turns frames into the few bytes that change the terminal from the last one to the next: compared cell by
// cell, absolute cursor moves, nothing erased, no scrolling, wrapped in DEC 2026 so that a terminal which
// knows it shows the change at once.
import { type CellRow, isCertain, toCells } from './cells.ts'
import { type CellStyle, plainStyle, sgrBetween } from './sgr.ts'

export type FrameSize = { readonly columns: number; readonly rows: number }

export type FrameWriter = {
	/** What must be written to show `frame` (lines with colours, split by line feeds); empty when nothing changed. */
	next(frame: string, size: FrameSize): string
	/** Forgets what the terminal shows: the next frame is written whole. */
	invalidate(): void
}

const beginUpdate = '\u001b[?2026h'
const endUpdate = '\u001b[?2026l'
/** Unchanged cells that are cheaper to write again than to jump over. */
const maxGap = 4

/** Where the cursor stands and what colour it writes; a column of -1 is unknown. */
type Terminal = { out: string; row: number; column: number; style: CellStyle }

/** A writer for one terminal, which must be written to by nobody else between two invalidations. */
export function createFrameWriter(): FrameWriter {
	let lines: string[] = []
	let cells: CellRow[] = []
	let size: FrameSize = { columns: 0, rows: 0 }
	let known = false
	let style: CellStyle = plainStyle

	return {
		next(frame, newSize) {
			const same = known && newSize.columns === size.columns && newSize.rows === size.rows
			const newLines = frame.split('\n', newSize.rows)
			while (newLines.length < newSize.rows) newLines.push('')
			const terminal: Terminal = { out: known ? '' : '\u001b[m', row: -1, column: -1, style }
			const newCells: CellRow[] = []
			for (const [row, line] of newLines.entries()) {
				const before = same ? cells[row] : undefined
				if (before !== undefined && lines[row] === line) {
					newCells.push(before)
					continue
				}
				const after = toCells(line, newSize.columns)
				newCells.push(after)
				writeRow(terminal, row, before, after)
			}
			lines = newLines
			cells = newCells
			size = newSize
			known = true
			style = terminal.style
			return terminal.out === '' ? '' : `${beginUpdate}${terminal.out}${endUpdate}`
		},
		invalidate() {
			known = false
			style = plainStyle
		},
	}
}

function writeRow(terminal: Terminal, row: number, before: CellRow | undefined, after: CellRow): void {
	let afterDoubt = false
	let column = 0
	while (column < after.glyphs.length) {
		const width = glyphWidth(after, column)
		if (afterDoubt || differs(before, after, column, width)) {
			moveTo(terminal, after, row, column)
			afterDoubt = writeGlyph(terminal, after, column, width)
		} else {
			afterDoubt = false
		}
		column += width
	}
}

function glyphWidth(cells: CellRow, column: number): number {
	let width = 1
	while (cells.glyphs[column + width] === '') width += 1
	return width
}

function differs(before: CellRow | undefined, after: CellRow, column: number, width: number): boolean {
	if (before === undefined) return true
	for (let at = column; at < column + width; at += 1) {
		if (before.glyphs[at] !== after.glyphs[at] || before.styles[at] !== after.styles[at]) return true
	}
	return false
}

function moveTo(terminal: Terminal, cells: CellRow, row: number, column: number): void {
	if (terminal.row === row && terminal.column === column) return
	if (terminal.row !== row || terminal.column < 0) {
		terminal.out += `\u001b[${row + 1};${column + 1}H`
	} else {
		const gap = gapText(terminal, cells, column)
		terminal.out += gap ?? `\u001b[${column + 1}G`
	}
	terminal.row = row
	terminal.column = column
}

/** The unchanged cells up to `column`, when writing them again is shorter than a jump. */
function gapText(terminal: Terminal, cells: CellRow, column: number): string | undefined {
	if (column < terminal.column || column - terminal.column > maxGap) return undefined
	let text = ''
	for (let at = terminal.column; at < column; at += 1) {
		const glyph = cells.glyphs[at] ?? ''
		if (cells.styles[at] !== terminal.style || glyph === '' || glyph > '~') return undefined
		text += glyph
	}
	return text
}

/** Returns whether terminals may disagree about the glyph's width. */
function writeGlyph(terminal: Terminal, cells: CellRow, column: number, width: number): boolean {
	const style = cells.styles[column] ?? plainStyle
	const glyph = cells.glyphs[column] ?? ' '
	terminal.out += sgrBetween(terminal.style, style)
	terminal.style = style
	if (isCertain(glyph)) {
		terminal.out += glyph
		// After the last column the cursor waits to wrap: where it stands differs between terminals.
		terminal.column = column + width < cells.glyphs.length ? column + width : -1
		return false
	}
	// Both cells are blanked first: a terminal that thinks the glyph narrower would keep the old second cell.
	if (width > 1) terminal.out += `${' '.repeat(width)}\u001b[${terminal.row + 1};${column + 1}H`
	terminal.out += glyph
	terminal.column = -1
	return true
}
