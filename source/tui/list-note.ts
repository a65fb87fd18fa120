// What the rule above a list says about how the list stands: its filter with what is left, and its order.
import type { FieldInfo, PaneFields } from './fields/pane-fields.ts'
import type { ListChoice } from './listing.ts'
import type { Glyphs } from './theme.ts'

export type ListNoteParts = {
	readonly fields: Pick<PaneFields, 'fields' | 'natural'> | undefined
	readonly choice: ListChoice
	readonly shown: number
	/** undefined: nobody counts what is left out. */
	readonly total: number | undefined
	readonly glyphs: Glyphs
}

/** Such as `/choked  3 of 52  by have`; empty for a list that stands by itself. */
export function listNote(parts: ListNoteParts): string {
	const { choice, shown, total } = parts
	const count = total === undefined ? `${shown}` : `${shown} of ${total}`
	const filter = choice.filter === undefined ? '' : `/${choice.filter.text}  ${count}`
	return [filter, orderWords(parts)].filter(part => part !== '').join('  ')
}

function orderWords({ fields, choice, glyphs }: ListNoteParts): string {
	const { sort, reversed } = choice
	if (fields === undefined || (sort === undefined && !reversed)) return ''
	const field = fields.fields.find(({ name }) => name === sort)
	if (field === undefined) return fields.natural === 'time' ? 'newest first' : `last ${fields.natural} first`
	return `by ${fieldWord(field.name, glyphs)}${reversed ? `, ${oppositeEnd(field)} first` : ''}`
}

/** Rates stand under an arrow in the table. */
function fieldWord(name: string, { down, up }: Glyphs): string {
	return name === 'down' ? down : name === 'up' ? up : name
}

function oppositeEnd({ type, sort }: FieldInfo): string {
	if (type === 'text') return sort === 'lowest' ? 'z' : 'a'
	return sort === 'highest' ? 'lowest' : 'highest'
}
