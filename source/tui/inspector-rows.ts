// The inspector as rows of exactly its width: a sentence about the message, the tree of its fields beside the
// bytes they came from, and below a paragraph on what the chosen field means.
import type { Field } from '../inspect/field.ts'
import { loreOf } from '../inspect/lore.ts'
import { tellMessage } from '../inspect/tell-message.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import { fieldRows, type FieldRow, rowOfPath } from './field-rows.ts'
import { fit, formatRule } from './format.ts'
import { formatHex } from './hex-rows.ts'
import { type InspectorLayout, inspectorLayout } from './inspector-layout.ts'
import type { InspectorState } from './inspector-state.ts'
import { listRows, rowsOnScreen, windowOf } from './list-rows.ts'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Theme } from './theme.ts'
import type { ListPosition } from './view.ts'
import { formatStamp, wireColumns } from './wire-row.ts'
import { wrap } from './wrap.ts'

export type InspectorParts = {
	readonly state: InspectorState
	readonly width: number
	readonly rows: number
	readonly theme: Theme
	/** Of the torrent, on the engine's clock. */
	readonly startedAt: number
	/** The messages that are gone through, and where among them the cursor is. */
	readonly list: readonly WireRow[]
	readonly position: ListPosition
}

/** From here on a tree is set in by two cells a level. */
const wideTreeCells = 44
/** Longer lines are hard to read on. */
const mostTextCells = 100

/** `rows` rows of `width` cells. */
export function formatInspector(parts: InspectorParts): string[] {
	const { state, width, rows } = parts
	const layout = inspectorLayout(width, rows)
	const fields = fieldRows(state.tree, state.turned)
	const at = rowOfPath(fields, state.chosen)
	const chosen = chain(fields, at)
	const head = headLines(parts, layout)
	if (state.explained) return [...head, ...loreLines(parts, chosen, rows - head.length)]
	const lore = loreLines(parts, chosen, layout.loreRows)
	const body = bodyLines(parts, layout, { fields, at })
	if (layout.loreCount < 2) return [...head, ...body, ...lore]
	// The message's own paragraph stands still while its fields are gone through.
	const rest = chosen.length > 1 ? lore : Array.from(lore, () => fit('', width))
	return [...head, ...body, ...loreLines(parts, chosen.slice(-1), layout.loreRows), ...rest]
}

function headLines(parts: InspectorParts, layout: InspectorLayout): string[] {
	const { state, width, theme, startedAt, list, position } = parts
	const { row } = state
	const { glyphs } = theme
	const arrow = row.direction === 'in' ? glyphs.left : glyphs.right
	const isShort = layout.headRows < 2
	const place = [position.cursor + 1, list.length] as const
	const title = isShort ? `${arrow} ${state.tree.name}` : 'Inspect'
	const note = isShort ? place.join('/') : `message ${place.join(' of ')}  Esc closes`
	const told = ` ${arrow} ${formatStamp(row.at - startedAt)} ${tellMessage(row)}`
	return [
		ruleLine(parts, title, { note, focused: true }),
		...listLines(parts, layout.listRows),
		theme.bold(fit(told, width, glyphs.ellipsis)),
	].slice(0, layout.headRows + layout.listRows)
}

/** A window on the list, closed by a line. */
function listLines(parts: InspectorParts, rows: number): string[] {
	const { width, theme, startedAt, list, position } = parts
	if (rows < 2) return []
	const columns = chooseColumns(wireColumns(theme, startedAt), width - 2)
	const lines = listRows({
		all: list,
		position: { ...position, top: Math.max(0, position.cursor - Math.floor((rows - 1) / 2)) },
		room: rows - 1,
		width,
		used: tableWidth(columns) + 1,
		focused: true,
		theme,
		empty: '',
		text: (row, isPlain) => formatRow(columns, row, { theme, isPlain }),
	})
	while (lines.length < rows - 1) lines.push(fit('', width))
	return [...lines, ruleLine(parts, '', { note: '', focused: false })]
}

function ruleLine(
	{ width, theme }: InspectorParts,
	title: string,
	{ note, focused }: { readonly note: string; readonly focused: boolean },
): string {
	const { horizontal } = theme.glyphs
	return formatRule({ left: horizontal, right: '', joins: [], title, note, width, focused }, theme)
}

type Listed = { readonly fields: readonly FieldRow[]; readonly at: number }

function bodyLines(
	{ state, theme }: InspectorParts,
	layout: InspectorLayout,
	{ fields, at }: Listed,
): string[] {
	const field = fields[at]?.field ?? state.tree
	const tree = treeLines(fields, { cursor: at, top: state.top, layout, theme })
	// The whole message stands out best when nothing does.
	const isWhole = field === state.tree
	const bytes = typeof state.bytes === 'string' ? new Uint8Array(0) : state.bytes
	const hex = formatHex({
		bytes,
		totalBytes: state.tree.end,
		start: isWhole ? 0 : field.start,
		end: isWhole ? 0 : field.end,
		width: layout.hexWidth,
		rows: layout.hexRows,
		theme,
	})
	if (!layout.isBeside) return [...tree, ...hex]
	const gap = ` ${theme.dim(theme.glyphs.vertical)} `
	return tree.map((line, index) => line + gap + (hex[index] ?? fit('', layout.hexWidth)))
}

type TreeParts = {
	readonly cursor: number
	readonly top: number
	readonly layout: InspectorLayout
	readonly theme: Theme
}

function treeLines(fields: readonly FieldRow[], { cursor, top, layout, theme }: TreeParts): string[] {
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

/** The chosen field and those around it, the innermost first. */
function chain(fields: readonly FieldRow[], at: number): Field[] {
	const found: Field[] = []
	let depth = Number.POSITIVE_INFINITY
	for (let index = at; index >= 0 && depth > 0; index -= 1) {
		const row = fields[index]
		if (row === undefined || row.depth >= depth) continue
		depth = row.depth
		found.push(row.field)
	}
	return found
}

function loreLines(parts: InspectorParts, chosen: readonly Field[], rows: number): string[] {
	const { width, theme } = parts
	const [field] = chosen
	if (rows <= 0 || field === undefined) return []
	const { glyphs } = theme
	const name = chosen.find(({ lore }) => lore !== undefined)?.lore
	const lore = name === undefined ? undefined : loreOf(name)
	const rule = ruleLine(parts, field.name, { note: lore?.source ?? '', focused: false })
	const cells = Math.max(1, Math.min(width - 2, mostTextCells))
	const line = (text: string) => fit(` ${text}`, width, glyphs.ellipsis)
	const lines = [
		...wrap(field.value, cells, glyphs.ellipsis).map(text => theme.bold(line(text))),
		...problemLines(field, cells, theme).map(text => theme.bad(line(text))),
		...wrap(lore?.text ?? '', cells, glyphs.ellipsis).map(line),
	]
	return padded([rule, ...lines], { rows, width, theme })
}

function problemLines({ problem }: Field, cells: number, { glyphs }: Theme): string[] {
	return problem === undefined ? [] : wrap(`Wrong: ${problem}.`, cells, glyphs.ellipsis)
}

type Room = { readonly rows: number; readonly width: number; readonly theme: Theme }

/** As many lines as there are rows; what does not fit is hinted at. */
function padded(lines: readonly string[], { rows, width, theme }: Room): string[] {
	if (lines.length > rows && rows > 1) {
		return [...lines.slice(0, rows - 1), theme.dim(fit(' Enter reads on', width, theme.glyphs.ellipsis))]
	}
	const blank = fit('', width)
	return Array.from({ length: rows }, (_, index) => lines[index] ?? blank)
}
