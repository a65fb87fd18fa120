// A filter as text again: the parser reads it as the same expression.
import type { Expression } from './expression.ts'
import type { FieldKinds } from './parse.ts'
import { printQuantity } from './quantity.ts'
import { isWord, quote } from './tokens.ts'

/** `down>1M & (choked | !seed)`, with as few brackets as there can be. */
export function printFilter(expression: Expression, fields: FieldKinds): string {
	switch (expression.type) {
		case 'any':
			return expression.parts.map(part => inner(part, fields, ['any'])).join(' | ')
		case 'all':
			return expression.parts.map(part => inner(part, fields, ['any', 'all'])).join(' & ')
		case 'not':
			return `!${inner(expression.part, fields, ['any', 'all'])}`
		case 'word':
			return isWord(expression.text) && !fields.has(expression.text.toLowerCase())
				? expression.text
				: quote(expression.text)
		case 'has':
			return expression.field
		case 'number':
			return `${expression.field}${expression.comparison}${printQuantity(expression.value, expression.unit)}`
		case 'text':
			return `${expression.field}${expression.comparison}${isWord(expression.text) ? expression.text : quote(expression.text)}`
	}
}

function inner(part: Expression, fields: FieldKinds, bracketed: readonly Expression['type'][]): string {
	const text = printFilter(part, fields)
	return bracketed.includes(part.type) ? `(${text})` : text
}
