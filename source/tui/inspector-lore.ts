// What the chosen field means, in paragraphs: one below the bytes, or all of them, from the field out to the
// message, in place of the bytes.
import type { Field } from '../inspect/field.ts'
import { loreOf } from '../inspect/lore.ts'
import { fit } from './format.ts'
import { type InspectorParts, ruleLine } from './inspector-parts.ts'
import type { Theme } from './theme.ts'
import { displayWidth } from './terminal/fast-width.ts'
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
		index > 0 && isTold(chosen, index, field) ? [] : [...section(parts, chosen.slice(index)), blank],
	)
	lines.pop()
	const start = Math.max(0, Math.min(top, lines.length - rows))
	const shown = lines.slice(start, start + rows)
	const hidden = lines.length - start - rows
	if (hidden > 0 && rows > 1) shown[rows - 1] = hint(` ${hidden + 1} more lines`, parts)
	return padded(shown, rows, parts)
}

/** Whether a field has nothing of its own to say, or a field inside has said it. */
function isTold(chosen: readonly Field[], index: number, { lore }: Field): boolean {
	return lore === undefined || chosen.slice(0, index).some(inner => inner.lore === lore)
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
		...valueLines(parts, field, cells),
		...problemLines(field, cells, theme).map(text => theme.bad(line(text))),
		...wrap(lore?.text ?? '', cells, glyphs.ellipsis).map(line),
	]
}

/** The value in full, and where its bytes stand. */
function valueLines({ width, theme }: InspectorParts, field: Field, cells: number): string[] {
	const { ellipsis } = theme.glyphs
	const lines = wrap(field.value, cells, ellipsis)
	const last = ` ${lines.pop() ?? ''}`
	const place = `  ${placeWords(field)}`
	const room = width - displayWidth(last)
	const end =
		room >= place.length
			? theme.bold(last) + theme.dim(fit(place, room))
			: theme.bold(fit(last, width, ellipsis))
	return [...lines.map(text => theme.bold(fit(` ${text}`, width, ellipsis))), end]
}

function placeWords({ start, end, mask }: Field): string {
	if (end - start <= 1) return mask === undefined ? `byte ${start}` : `bits of byte ${start}`
	return `bytes ${start} to ${end - 1}`
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
