// The inspector as rows of exactly its width: a sentence about the message, the tree of its fields beside the
// bytes they came from, and below a paragraph on what the chosen field means.
import type { Field } from '../inspect/field.ts'
import { tellMessage } from '../inspect/tell-message.ts'
import { fieldRows, type FieldRow, rowOfPath } from './field-rows.ts'
import { fit } from './format.ts'
import { formatHex } from './hex-rows.ts'
import { type InspectorLayout, inspectorLayout } from './inspector-layout.ts'
import { explainedLines, loreLines } from './inspector-lore.ts'
import { type InspectorParts, ruleLine } from './inspector-parts.ts'
import { treeLines } from './inspector-tree.ts'
import { listRows } from './list-rows.ts'
import type { Theme } from './theme.ts'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import { formatStamp, wireColumns } from './wire-row.ts'

/** `rows` rows of `width` cells. */
export function formatInspector(parts: InspectorParts): string[] {
	const { state, width, rows } = parts
	const layout = inspectorLayout(width, rows)
	const fields = fieldRows(state.tree, state.turned)
	const at = rowOfPath(fields, state.chosen)
	const chosen = chain(fields, at)
	const head = headLines(parts, layout)
	const { explainedTop } = state
	if (explainedTop !== undefined)
		return [...head, ...explainedLines(parts, chosen, { rows: rows - head.length, top: explainedTop })]
	const body = bodyLines(parts, layout, { fields, at })
	if (layout.loreWidth > 0) return [...head, ...withLore(parts, body, { chosen, cells: layout.loreWidth })]
	const lore = loreLines(parts, chosen, layout.loreRows)
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
	const gap = gapText(theme)
	return tree.map((line, index) => line + gap + (hex[index] ?? fit('', layout.hexWidth)))
}

type Beside = { readonly chosen: readonly Field[]; readonly cells: number }

/** Every paragraph right of the bytes, where it is wide. */
function withLore(parts: InspectorParts, body: readonly string[], { chosen, cells }: Beside): string[] {
	const lore = explainedLines({ ...parts, width: cells }, chosen, { rows: body.length, top: 0 })
	return body.map((line, index) => line + gapText(parts.theme) + (lore[index] ?? fit('', cells)))
}

function gapText(theme: Theme): string {
	return ` ${theme.dim(theme.glyphs.vertical)} `
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
