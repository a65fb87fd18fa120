// The tree of fields as rows: what opens has a sign, the values stand in a column, what is wrong says so.
import { type FieldRow } from './field-rows.ts'
import { fit } from './format.ts'
import type { InspectorLayout } from './inspector-layout.ts'
import { rowsOnScreen, windowOf } from './list-rows.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Theme } from './theme.ts'

/** From here on a tree is set in by two cells a level. */
const wideTreeCells = 44
/** Of the width: a longer name is cut. */
const mostNameShare = 0.7

export type TreeParts = {
	readonly cursor: number
	readonly top: number
	readonly layout: InspectorLayout
	readonly theme: Theme
}

/** `treeRows` rows of `treeWidth` cells. */
export function treeLines(fields: readonly FieldRow[], { cursor, top, layout, theme }: TreeParts): string[] {
	const { treeRows, treeWidth } = layout
	const window = windowOf({ cursor, top }, fields.length, treeRows)
	const step = treeWidth < wideTreeCells ? 1 : 2
	// The parts of the message stand in one column; those that stand deeper have one of their own.
	const first = fields.find(({ depth }) => depth === 1) ?? fields[0]
	const nameCells = first === undefined ? 0 : cellsBefore(first, step)
	const shape = { step, nameCells: Math.min(nameCells, Math.floor(treeWidth / 2)), width: treeWidth, theme }
	const lines = rowsOnScreen(fields, window, treeRows).map(({ row, isCursor }) =>
		treeLine(row, isCursor, shape),
	)
	while (lines.length < treeRows) lines.push(fit('', treeWidth))
	return lines
}

// Where it is narrow the parts of the message stand right below it.
function indentOf(depth: number, step: number): number {
	return step === 1 ? Math.max(0, depth - 1) : depth * step
}

/** Marker, levels, the sign of what opens, and the longest name. */
function cellsBefore({ depth, nameCells }: FieldRow, step: number): number {
	return indentOf(depth, step) + 3 + nameCells
}

type TreeShape = {
	/** Cells that a level is set in by, and between name and value. */
	readonly step: number
	/** Cells before the values of the message's parts. */
	readonly nameCells: number
	readonly width: number
	readonly theme: Theme
}

function treeLine(row: FieldRow, isCursor: boolean, shape: TreeShape): string {
	const { field, depth, isOpen } = row
	const { step, nameCells, width, theme } = shape
	const { glyphs } = theme
	const sign = isOpen === undefined ? ' ' : isOpen ? glyphs.open : glyphs.closed
	const before = `${isCursor ? glyphs.marker : ' '}${' '.repeat(indentOf(depth, step))}${sign} `
	const cells = Math.min(Math.max(nameCells, cellsBefore(row, step)), Math.floor(width * mostNameShare))
	const name = fit(fit(before + field.name, cells, glyphs.ellipsis), Math.min(width, cells + step))
	const value = field.problem === undefined ? field.value : `wrong: ${field.value}, ${field.problem}`
	const text = fit(value, width - displayWidth(name), glyphs.ellipsis)
	if (isCursor) return theme.selected(name + text)
	const paint = field.problem === undefined ? theme.plain : theme.bad
	return (depth === 0 ? theme.bold(name) : name) + paint(text)
}
