// What can be asked of a row and what a list can be sorted by: one table of fields a pane, as data. Filters,
// sorting, completion and the help page are made from it.
import type { Expression, FieldKind, Unit } from '../filter/expression.ts'
import type { FieldKinds } from '../filter/parse.ts'

export type Field<Row> = {
	readonly name: string
	/** A few words for the help page. */
	readonly help: string
	/** Lists can be sorted by it, with this end first. */
	readonly sort?: 'highest' | 'lowest'
} & (
	| { readonly type: 'flag'; readonly of: (row: Row) => boolean }
	| { readonly type: 'text'; readonly of: (row: Row) => string }
	| { readonly type: 'number'; readonly unit: Unit; readonly of: (row: Row) => number | undefined }
)

export type FieldTable<Row> = {
	readonly fields: readonly Field<Row>[]
	readonly byName: ReadonlyMap<string, Field<Row>>
	readonly kinds: FieldKinds
	/** What a plain word is looked for in. */
	readonly text: (row: Row) => string
	/** How the list stands when nobody sorted it. */
	readonly natural: string
	/** Filters that somebody may want, for the help page. */
	readonly examples: readonly string[]
}

/** A table; the names are unique, which a test sees to. */
export function createFieldTable<Row>(parts: Omit<FieldTable<Row>, 'byName' | 'kinds'>): FieldTable<Row> {
	const { fields } = parts
	const kindOf = (field: Field<Row>): FieldKind =>
		field.type === 'number' ? { type: 'number', unit: field.unit } : { type: field.type }
	return {
		...parts,
		byName: new Map(fields.map(field => [field.name, field])),
		kinds: new Map(fields.map(field => [field.name, kindOf(field)])),
	}
}

/** Whether `row` is what `expression` asks for; a field that the table lacks is true of none. */
export function accepts<Row>(table: FieldTable<Row>, expression: Expression, row: Row): boolean {
	switch (expression.type) {
		case 'all':
			return expression.parts.every(part => accepts(table, part, row))
		case 'any':
			return expression.parts.some(part => accepts(table, part, row))
		case 'not':
			return !accepts(table, expression.part, row)
		case 'word':
			return table.text(row).toLowerCase().includes(expression.text.toLowerCase())
		case 'has':
			return holdsSomething(table.byName.get(expression.field)?.of(row))
		case 'number': {
			const value = table.byName.get(expression.field)?.of(row)
			return typeof value === 'number' ? compares(value, expression) : expression.comparison === '!='
		}
		case 'text': {
			const value = table.byName.get(expression.field)?.of(row)
			return typeof value === 'string' && matchesText(value, expression)
		}
	}
}

/** The fields that `s` goes through, in their order. */
export function sortableFields<Row>(table: FieldTable<Row>): Field<Row>[] {
	return table.fields.filter(({ sort }) => sort !== undefined)
}

/**
 * Compares rows by a field, the interesting end first; what is unknown comes last either way. Equal rows are 0,
 * so that a stable sort leaves them as they stood.
 */
export function compareBy<Row>(field: Field<Row>, reversed: boolean): (left: Row, right: Row) => number {
	const sign = (field.sort === 'highest') !== reversed ? -1 : 1
	return (left, right) => {
		const one = sortKey(field.of(left))
		const other = sortKey(field.of(right))
		if (one === other) return 0
		if (one === undefined || other === undefined) return one === undefined ? 1 : -1
		return one < other ? -sign : sign
	}
}

function sortKey(value: boolean | string | number | undefined): string | number | undefined {
	if (typeof value === 'boolean') return Number(value)
	return typeof value === 'string' ? value.toLowerCase() : value
}

function holdsSomething(value: boolean | string | number | undefined): boolean {
	return value !== undefined && value !== false && value !== '' && value !== 0
}

function compares(
	value: number,
	{ comparison, value: limit }: Extract<Expression, { type: 'number' }>,
): boolean {
	switch (comparison) {
		case '=':
			return value === limit
		case '!=':
			return value !== limit
		case '<':
			return value < limit
		case '<=':
			return value <= limit
		case '>':
			return value > limit
		case '>=':
			return value >= limit
	}
}

/** `=` holds for the whole text and for a start of it that ends where a word or number ends: `peer=82.14`. */
function matchesText(value: string, { comparison, text }: Extract<Expression, { type: 'text' }>): boolean {
	const whole = value.toLowerCase()
	const asked = text.toLowerCase()
	if (comparison === '~') return whole.includes(asked)
	if (comparison === '!~') return !whole.includes(asked)
	const isEqual = whole.startsWith(asked) && !/^[\p{L}\p{N}]/u.test(whole.slice(asked.length))
	return isEqual === (comparison === '=')
}
