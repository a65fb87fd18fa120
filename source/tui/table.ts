// Columns of a table: which of them fit a width, and a row as one padded, styled string. Columns go in the
// order of their worth when it gets narrow; those that can grow take what is left.
import { fit, fitRight } from './format.ts'
import type { Theme } from './theme.ts'

export type Column<Row> = {
	readonly title: string
	readonly width: number
	/** Widest it gets when there is room; `width` when left out. */
	readonly grow?: number
	/** The lowest goes first. */
	readonly worth: number
	readonly right?: boolean
	readonly text: (row: Row, width: number) => string
	readonly paint?: (row: Row, theme: Theme) => ((text: string) => string) | undefined
}

/** The columns that fit `width` cells, in their order, with one cell between them. */
export function chooseColumns<Row>(columns: readonly Column<Row>[], width: number): Column<Row>[] {
	const byWorth = columns.toSorted((one, other) => other.worth - one.worth)
	const chosen = new Set<Column<Row>>()
	let left = width + 1
	const [first] = byWorth
	if (first !== undefined && first.width > width) return [{ ...first, width: Math.max(0, width) }]
	for (const column of byWorth) {
		if (column.width + 1 > left) continue
		chosen.add(column)
		left -= column.width + 1
	}
	const grown = new Map<Column<Row>, number>()
	for (const column of byWorth) {
		if (!chosen.has(column) || left <= 0) continue
		const more = Math.min(left, Math.max(0, (column.grow ?? column.width) - column.width))
		grown.set(column, column.width + more)
		left -= more
	}
	return columns
		.filter(column => chosen.has(column))
		.map(column => ({ ...column, width: grown.get(column) ?? column.width }))
}

/** One row, not padded beyond its last column; `isPlain` leaves the colours out, for a row that is inverse as a whole. */
export function formatRow<Row>(
	columns: readonly Column<Row>[],
	row: Row,
	{ theme, isPlain = false }: { readonly theme: Theme; readonly isPlain?: boolean },
): string {
	let text = ''
	for (const [index, column] of columns.entries()) {
		const content = column.text(row, column.width)
		const cell = (column.right === true ? fitRight : fit)(content, column.width, theme.glyphs.ellipsis)
		const paint = isPlain ? undefined : column.paint?.(row, theme)
		text += (index > 0 ? ' ' : '') + (paint === undefined ? cell : paint(cell))
	}
	return text
}

/** The titles above the columns. */
export function formatTitles<Row>(columns: readonly Column<Row>[], theme: Theme): string {
	const cells = columns.map(column =>
		(column.right === true ? fitRight : fit)(column.title, column.width, theme.glyphs.ellipsis),
	)
	return theme.dim(cells.join(' '))
}

/** Cells that the columns take together. */
export function tableWidth<Row>(columns: readonly Column<Row>[]): number {
	return columns.reduce((sum, { width }) => sum + width + 1, -1)
}
