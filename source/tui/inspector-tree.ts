// The tree of fields as rows: what opens has a sign, the values stand in a column, what is wrong says so.
import { type FieldRow } from './field-rows.ts'
import { fit } from './format.ts'
import type { InspectorLayout } from './inspector-layout.ts'
import { rowsOnScreen, windowOf } from './list-rows.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Theme } from './theme.ts'

/** From here on a tree is set in by two cells a level. */
const wideTreeCells = 44

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
	let nameCells = 0
	for (const { field, depth } of fields) {
		nameCells = Math.max(nameCells, indentOf(depth, step) + 3 + displayWidth(field.name))
	}
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

type TreeShape = {
	/** Cells that a level is set in by, and between name and value. */
	readonly step: number
	/** Marker, levels, the sign of what opens, and the name. */
	readonly nameCells: number
	readonly width: number
	readonly theme: Theme
}

function treeLine({ field, depth, isOpen }: FieldRow, isCursor: boolean, shape: TreeShape): string {
	const { step, nameCells, width, theme } = shape
	const { glyphs } = theme
	const sign = isOpen === undefined ? ' ' : isOpen ? glyphs.open : glyphs.closed
	const before = `${isCursor ? glyphs.marker : ' '}${' '.repeat(indentOf(depth, step))}${sign} `
	const name = fit(fit(before + field.name, nameCells, glyphs.ellipsis), Math.min(width, nameCells + step))
	const value = field.problem === undefined ? field.value : `wrong: ${field.value}, ${field.problem}`
	const text = fit(value, width - displayWidth(name), glyphs.ellipsis)
	if (isCursor) return theme.selected(name + text)
	const paint = field.problem === undefined ? theme.plain : theme.bad
	return (depth === 0 ? theme.bold(name) : name) + paint(text)
}
