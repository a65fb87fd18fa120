// What the chosen field means, in paragraphs: one below the bytes, or all of them, from the field out to the
// message, in place of the bytes.
import type { Field } from '../inspect/field.ts'
import { loreOf } from '../inspect/lore.ts'
import { fit } from './format.ts'
import { type InspectorParts, ruleLine } from './inspector-parts.ts'
import type { Theme } from './theme.ts'
import { wrap } from './wrap.ts'

/** Longer lines are hard to read on. */
const mostTextCells = 100

/** The paragraph of the first of `chosen`, which lists a field and those around it, in `rows` rows. */
export function loreLines(parts: InspectorParts, chosen: readonly Field[], rows: number): string[] {
	const lines = section(parts, chosen)
	return lines.length > rows && rows > 1
		? [...lines.slice(0, rows - 1), hint(' Enter reads on', parts)]
		: padded(lines, rows, parts)
}

/** Every paragraph from the field out to the message, `top` lines scrolled past. */
export function explainedLines(
	parts: InspectorParts,
	chosen: readonly Field[],
	{ rows, top }: { readonly rows: number; readonly top: number },
): string[] {
	const blank = fit('', parts.width)
	const lines = chosen.flatMap((field, index) =>
		index > 0 && field.lore === undefined ? [] : [...section(parts, chosen.slice(index)), blank],
	)
	lines.pop()
	const start = Math.max(0, Math.min(top, lines.length - rows))
	const shown = lines.slice(start, start + rows)
	const hidden = lines.length - start - rows
	if (hidden > 0 && rows > 1) shown[rows - 1] = hint(` ${hidden + 1} more lines, j scrolls`, parts)
	return padded(shown, rows, parts)
}

function section(parts: InspectorParts, chosen: readonly Field[]): string[] {
	const { width, theme } = parts
	const { glyphs } = theme
	const [field] = chosen
	if (field === undefined) return []
	const name = chosen.find(({ lore }) => lore !== undefined)?.lore
	const lore = name === undefined ? undefined : loreOf(name)
	const cells = Math.max(1, Math.min(width - 2, mostTextCells))
	const line = (text: string) => fit(` ${text}`, width, glyphs.ellipsis)
	return [
		ruleLine(parts, field.name, { note: lore?.source ?? '', focused: false }),
		...wrap(field.value, cells, glyphs.ellipsis).map(text => theme.bold(line(text))),
		...problemLines(field, cells, theme).map(text => theme.bad(line(text))),
		...wrap(lore?.text ?? '', cells, glyphs.ellipsis).map(line),
	]
}

function problemLines({ problem }: Field, cells: number, { glyphs }: Theme): string[] {
	return problem === undefined ? [] : wrap(`Wrong: ${problem}.`, cells, glyphs.ellipsis)
}

function hint(text: string, { width, theme }: InspectorParts): string {
	return theme.dim(fit(text, width, theme.glyphs.ellipsis))
}

function padded(lines: readonly string[], rows: number, { width }: InspectorParts): string[] {
	const blank = fit('', width)
	return Array.from({ length: Math.max(0, rows) }, (_, index) => lines[index] ?? blank)
}
