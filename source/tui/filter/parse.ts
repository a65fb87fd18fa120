// Filter expressions: `down>1M & choked`, `client~libtorrent | !seed`, `"two words"`. Recursive descent over
// tokens; strict, never throws, and every refusal says what was expected and what came.
//   any  := all ('|' all)*        all := not (['&'] not)*        not := '!' not | '(' any ')' | term
//   term := FIELD SIGN VALUE | FIELD | WORD | QUOTED
import { nearest } from '../nearest.ts'
import type { Comparison, Expression, FieldKind, FilterFault, TextComparison, Unit } from './expression.ts'
import { parseQuantity, quantityWords } from './quantity.ts'
import { type Token, tokenize } from './tokens.ts'

export type FieldKinds = ReadonlyMap<string, FieldKind>

export type ParsedFilter =
	| { readonly ok: true /** undefined: everything is shown. */; readonly expression: Expression | undefined }
	| { readonly ok: false; readonly fault: FilterFault }

/** Characters of a filter, and brackets within brackets; an input line holds no more. */
export const maxFilterChars = 500
const maxDepth = 40

/** Reads a filter over `fields`. */
export function parseFilter(text: string, fields: FieldKinds): ParsedFilter {
	if (text.length > maxFilterChars) {
		const message = `expected at most ${maxFilterChars} characters, got ${text.length}`
		return { ok: false, fault: { message, at: maxFilterChars, length: 1, isUnfinished: false } }
	}
	const reader: Reader = { tokens: tokenize(text), next: 0, end: text.length, fields, depth: 0 }
	if (reader.tokens.length === 0) return { ok: true, expression: undefined }
	const expression = any(reader)
	if (isFault(expression)) return { ok: false, fault: expression }
	const surplus = peek(reader)
	if (surplus === undefined) return { ok: true, expression }
	return { ok: false, fault: fault(reader, 'expected & or |', surplus) }
}

type Reader = {
	readonly tokens: readonly Token[]
	next: number
	readonly end: number
	readonly fields: FieldKinds
	depth: number
}
type Result = Expression | FilterFault

function any(reader: Reader): Result {
	return series(reader, { type: 'any', read: all, goesOn: () => takeSign(reader, '|') })
}

function all(reader: Reader): Result {
	const goesOn = () => {
		const token = peek(reader)
		if (token === undefined) return false
		return takeSign(reader, '&') || token.type !== 'sign' || token.text === '!' || token.text === '('
	}
	return series(reader, { type: 'all', read: not, goesOn })
}

type Series = {
	readonly type: 'all' | 'any'
	readonly read: (reader: Reader) => Result
	readonly goesOn: () => boolean
}

function series(reader: Reader, { type, read, goesOn }: Series): Result {
	const first = read(reader)
	if (isFault(first)) return first
	const parts = [first]
	while (goesOn()) {
		const part = read(reader)
		if (isFault(part)) return part
		parts.push(part)
	}
	return parts.length === 1 ? first : { type, parts }
}

function not(reader: Reader): Result {
	reader.depth += 1
	const result = reader.depth > maxDepth ? tooDeep(reader) : notOrTerm(reader)
	reader.depth -= 1
	return result
}

function notOrTerm(reader: Reader): Result {
	if (takeSign(reader, '!')) {
		const part = not(reader)
		return isFault(part) ? part : { type: 'not', part }
	}
	if (!takeSign(reader, '(')) return term(reader)
	const inner = any(reader)
	if (isFault(inner)) return inner
	return takeSign(reader, ')') ? inner : fault(reader, 'expected )', peek(reader))
}

function term(reader: Reader): Result {
	const token = peek(reader)
	if (token === undefined || token.type === 'sign') return fault(reader, 'expected a word or a field', token)
	if (token.isOpen) return { ...fault(reader, 'expected a closing "', undefined), at: token.at }
	reader.next += 1
	if (token.type === 'quoted') return { type: 'word', text: token.text }
	const name = token.text.toLowerCase()
	const kind = reader.fields.get(name)
	const sign = peek(reader)
	if (sign?.type !== 'sign' || !/^[<>=~]|^!./u.test(sign.text))
		return kind === undefined ? { type: 'word', text: token.text } : { type: 'has', field: name }
	if (kind === undefined) return unknownField(reader, token)
	reader.next += 1
	return comparison(reader, { name, kind, sign })
}

type Compared = { readonly name: string; readonly kind: FieldKind; readonly sign: Token }

function comparison(reader: Reader, { name, kind, sign }: Compared): Result {
	if (kind.type === 'flag')
		return { ...fault(reader, `${name} is yes or no: expected ${name} or !${name}`, sign) }
	const value = peek(reader)
	if (kind.type === 'text') {
		if (!isTextComparison(sign.text))
			return fault(reader, `${name} is a text: expected = != ~ or !~ after it`, sign)
		if (value === undefined || value.type === 'sign')
			return fault(reader, `expected a text after ${sign.text}`, value)
		if (value.isOpen) return { ...fault(reader, 'expected a closing "', undefined), at: value.at }
		reader.next += 1
		return { type: 'text', field: name, comparison: sign.text, text: value.text }
	}
	if (!isComparison(sign.text))
		return fault(reader, `${name} is a number: expected = != < <= > or >= after it`, sign)
	return numberAfter(reader, { field: name, comparison: sign.text, unit: kind.unit })
}

type NumberHead = { readonly field: string; readonly comparison: Comparison; readonly unit: Unit }

function numberAfter(reader: Reader, head: NumberHead): Result {
	const token = peek(reader)
	const expected = `expected ${quantityWords[head.unit]} after ${head.comparison}`
	if (token?.type !== 'word') return fault(reader, expected, token)
	const value = parseQuantity(token.text, head.unit)
	if (value === undefined) {
		const isLast = reader.next === reader.tokens.length - 1
		return { ...fault(reader, expected, token), isUnfinished: isLast && /^[\d#.]/u.test(token.text) }
	}
	reader.next += 1
	return { type: 'number', value, ...head }
}

function unknownField(reader: Reader, token: Token): FilterFault {
	const meant = nearest(token.text.toLowerCase(), [...reader.fields.keys()])
	const hint = meant === undefined ? '' : `; did you mean ${meant}?`
	const { message, ...rest } = fault(reader, 'expected a field', token)
	return { ...rest, message: message + hint }
}

function tooDeep(reader: Reader): FilterFault {
	return fault(reader, `expected at most ${maxDepth} brackets and ! in each other`, peek(reader))
}

function fault({ end }: Reader, expected: string, token: Token | undefined): FilterFault {
	if (token === undefined)
		return { message: `${expected}, got the end`, at: end, length: 1, isUnfinished: true }
	const { text, at, length } = token
	return { message: `${expected}, got ${text}`, at, length, isUnfinished: false }
}

function isFault(result: Result): result is FilterFault {
	return 'message' in result
}

function peek({ tokens, next }: Reader): Token | undefined {
	return tokens[next]
}

function takeSign(reader: Reader, text: string): boolean {
	const token = peek(reader)
	if (token?.type !== 'sign' || token.text !== text) return false
	reader.next += 1
	return true
}

function isComparison(text: string): text is Comparison {
	return text === '=' || text === '!=' || text === '<' || text === '<=' || text === '>' || text === '>='
}

function isTextComparison(text: string): text is TextComparison {
	return text === '=' || text === '!=' || text === '~' || text === '!~'
}
