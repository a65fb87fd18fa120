// A terminal model to write bytes to and read cells from.
import headless from '@xterm/headless'
import { applySgr, type CellStyle, plainStyle } from '../../source/tui/terminal/sgr.ts'

export type ModelTerminal = {
	write(bytes: string | Uint8Array): Promise<void>
	resize(columns: number, rows: number): void
	/** Rows as text; the second cell of a wide glyph is left out. */
	text(): string[]
	/** Glyph (empty for the second cell of a wide one) and packed style of a cell. */
	cell(column: number, row: number): { readonly glyph: string; readonly style: CellStyle }
	/** Each cell of each row as text that is the same for cells that look the same. */
	looks(): string[][]
}

/** An xterm on its alternate screen, where a resize moves no lines. */
export function createTerminal(columns: number, rows: number): ModelTerminal {
	const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
	terminal.write('\u001b[?1049h')
	const scratch = terminal.buffer.active.getNullCell()
	const lineAt = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)
	return {
		write: bytes => new Promise(resolve => terminal.write(bytes, resolve)),
		resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
		text: () =>
			Array.from({ length: terminal.rows }, (_, row) =>
				(lineAt(row)?.translateToString(false, 0, terminal.cols) ?? '').trimEnd(),
			),
		cell(column, row) {
			const cell = lineAt(row)?.getCell(column)
			if (cell === undefined) throw new RangeError(`no cell at ${column}, ${row}`)
			const codes: number[] = []
			if (cell.isBold()) codes.push(1)
			if (cell.isDim()) codes.push(2)
			if (cell.isItalic()) codes.push(3)
			if (cell.isUnderline()) codes.push(4)
			if (cell.isInverse()) codes.push(7)
			if (cell.isStrikethrough()) codes.push(9)
			let style = codes.length === 0 ? plainStyle : applySgr(plainStyle, codes.join(';'))
			if (!cell.isFgDefault()) style = applySgr(style, `38;5;${cell.getFgColor()}`)
			if (!cell.isBgDefault()) style = applySgr(style, `48;5;${cell.getBgColor()}`)
			return { glyph: cell.getWidth() === 0 ? '' : cell.getChars() || ' ', style }
		},
		looks: () =>
			Array.from({ length: terminal.rows }, (_, row) => {
				const line = lineAt(row)
				return Array.from({ length: terminal.cols }, (__, column) => {
					const cell = line?.getCell(column, scratch)
					if (cell === undefined) return ''
					const attributes = [
						cell.isBold(),
						cell.isDim(),
						cell.isItalic(),
						cell.isUnderline(),
						cell.isInverse(),
					]
					const colours = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()]
					return [cell.getChars() || ' ', cell.getWidth(), ...attributes.map(Number), ...colours].join(' ')
				})
			}),
	}
}
