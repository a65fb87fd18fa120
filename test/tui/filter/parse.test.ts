import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
	Comparison,
	Expression,
	FieldKind,
	TextComparison,
	Unit,
} from '../../../source/tui/filter/expression.ts'
import { maxFilterChars, parseFilter } from '../../../source/tui/filter/parse.ts'
import { printFilter } from '../../../source/tui/filter/print.ts'
import { parseQuantity, printQuantity } from '../../../source/tui/filter/quantity.ts'

const units: Unit[] = ['bytes', 'rate', 'time', 'share', 'count']
const kinds = new Map<string, FieldKind>([
	['choked', { type: 'flag' }],
	['seed', { type: 'flag' }],
	['client', { type: 'text' }],
	['down', { type: 'number', unit: 'rate' }],
	['rtt', { type: 'number', unit: 'time' }],
	['have', { type: 'number', unit: 'share' }],
	['got', { type: 'number', unit: 'bytes' }],
	['index', { type: 'number', unit: 'count' }],
])

function expression(text: string): Expression | undefined {
	const parsed = parseFilter(text, kinds)
	if (!parsed.ok) throw new Error(parsed.fault.message)
	return parsed.expression
}

function fault(text: string) {
	const parsed = parseFilter(text, kinds)
	if (parsed.ok) throw new Error(`taken: ${text}`)
	return parsed.fault
}

describe('filter expressions', () => {
	it('binds & tighter than |, ! tightest, and lets words side by side mean both', () => {
		expect(expression('choked | seed & !down>1M')).toEqual({
			type: 'any',
			parts: [
				{ type: 'has', field: 'choked' },
				{
					type: 'all',
					parts: [
						{ type: 'has', field: 'seed' },
						{
							type: 'not',
							part: { type: 'number', field: 'down', comparison: '>', value: 1_000_000, unit: 'rate' },
						},
					],
				},
			],
		})
		expect(expression('qBit 4.6')).toEqual(expression('qBit & 4.6'))
		expect(expression('a && b || c')).toEqual(expression('a & b | c'))
		expect(expression('(a | b) c')).toEqual({
			type: 'all',
			parts: [
				{
					type: 'any',
					parts: [
						{ type: 'word', text: 'a' },
						{ type: 'word', text: 'b' },
					],
				},
				{ type: 'word', text: 'c' },
			],
		})
	})

	it('shows everything for an empty text', () => {
		expect(expression('  ')).toBeUndefined()
	})

	it('takes a quoted text as a word of the row even when a field has its name', () => {
		expect(expression('"choked"')).toEqual({ type: 'word', text: 'choked' })
		expect(expression('CHOKED')).toEqual({ type: 'has', field: 'choked' })
		expect(expression('client="a \\"b\\" & c"')).toMatchObject({ text: 'a "b" & c' })
	})

	it.each([
		['down>', 'expected a rate such as 500k or 1.5M after >, got the end', 5, true],
		['down>abc', 'expected a rate such as 500k or 1.5M after >, got abc', 5, false],
		['rtt>200', 'expected a time such as 200ms, 1.5s or 10m after >, got 200', 4, true],
		['down>1M &', 'expected a word or a field, got the end', 9, true],
		['down>1M & )', 'expected a word or a field, got )', 10, false],
		['(choked', 'expected ), got the end', 7, true],
		['choked)', 'expected & or |, got )', 6, false],
		['dwon>1', 'expected a field, got dwon; did you mean down?', 0, false],
		['zzz>1', 'expected a field, got zzz', 0, false],
		['choked=1', 'choked is yes or no: expected choked or !choked, got =', 6, false],
		['client>x', 'client is a text: expected = != ~ or !~ after it, got >', 6, false],
		['down~x', 'down is a number: expected = != < <= > or >= after it, got ~', 4, false],
		['client=', 'expected a text after =, got the end', 7, true],
		['"open', 'expected a closing ", got the end', 0, true],
		['have<50%%', 'expected a share such as 50% after <, got 50%%', 5, true],
	])('says of %s what was expected and what came', (text, message, at, isUnfinished) => {
		expect(fault(text)).toMatchObject({ message, at, isUnfinished })
	})

	it('refuses what is too long or too deep', () => {
		expect(fault('x'.repeat(maxFilterChars + 1)).message).toContain('at most 500 characters')
		expect(fault('('.repeat(300)).message).toContain('at most 40 brackets')
		expect(fault('!'.repeat(300)).message).toContain('at most 40 brackets')
	})

	it('never throws, and points into the text or at its end', () => {
		const piece = fc.constantFrom(
			'down',
			'client',
			'choked',
			'>',
			'=',
			'~',
			'!',
			'(',
			')',
			'&',
			'|',
			'"',
			'1M',
			' ',
			'\\',
			'🙂',
		)
		const text = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.array(piece, { maxLength: 30 }).map(parts => parts.join('')),
		)
		fc.assert(
			fc.property(text, given => {
				const parsed = parseFilter(given, kinds)
				if (parsed.ok) return
				expect(parsed.fault.at).toBeGreaterThanOrEqual(0)
				expect(parsed.fault.at).toBeLessThanOrEqual(given.length)
				expect(parsed.fault.message).toMatch(/expected .+, got /su)
			}),
			{ numRuns: 1000 },
		)
	})

	it('reads what it prints as the same expression', () => {
		fc.assert(
			fc.property(arbitraryExpression(), given => {
				const text = printFilter(given, kinds)
				expect(parseFilter(text, kinds)).toEqual({ ok: true, expression: given })
			}),
			{ numRuns: 1000 },
		)
	})
})

describe('quantities', () => {
	it.each([
		['1M', 'rate', 1e6],
		['1.5Mi', 'bytes', 1_572_864],
		['500kB/s', 'rate', 500_000],
		['16KiB', 'bytes', 16_384],
		['200ms', 'time', 200],
		['1.5s', 'time', 1500],
		['2m', 'time', 120_000],
		['0', 'time', 0],
		['50%', 'share', 50],
		['99.5', 'share', 99.5],
		['#812', 'count', 812],
		['0x4000', 'count', 16_384],
		['10', 'time', undefined],
		['1M/s', 'bytes', undefined],
		['5%', 'count', undefined],
		['-1', 'count', undefined],
		['1e3', 'count', undefined],
		['999999T', 'bytes', undefined],
	] as const)('reads %s as a number of %s', (text, unit, value) => {
		expect(parseQuantity(text, unit)).toBe(value)
	})

	it('prints what it reads', () => {
		fc.assert(
			fc.property(arbitraryQuantity(), ({ value, unit }) => {
				expect(parseQuantity(printQuantity(value, unit), unit)).toBe(value)
			}),
		)
	})
})

function arbitraryQuantity(): fc.Arbitrary<{ value: number; unit: Unit }> {
	const whole = fc.oneof(fc.nat(), fc.nat(2000), fc.integer({ min: 0, max: 999_999_999_999_999 }))
	const round = fc
		.tuple(fc.nat(2000), fc.constantFrom(1e3, 1e5, 1e6, 1e9))
		.map(([count, scale]) => count * scale)
	return fc.constantFrom(...units).chain(unit => {
		const isExact = unit === 'share' || unit === 'time'
		const thousandths = fc.nat(1e9).map(count => count / 1000)
		return fc.record({
			value: isExact ? fc.oneof(whole, round, thousandths) : fc.oneof(whole, round),
			unit: fc.constant(unit),
		})
	})
}

function arbitraryExpression(): fc.Arbitrary<Expression> {
	const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('down', 'a b', '"', '\\', '0x1', ''))
	const names = [...kinds.keys()]
	const ofUnit = (unit: Unit) =>
		names.find(name => {
			const kind = kinds.get(name)
			return kind?.type === 'number' && kind.unit === unit
		}) ?? ''
	const leaf: fc.Arbitrary<Expression> = fc.oneof(
		text.map((word): Expression => ({ type: 'word', text: word })),
		fc.constantFrom(...names).map((field): Expression => ({ type: 'has', field })),
		fc.tuple(arbitraryQuantity(), fc.constantFrom<Comparison>('=', '!=', '<', '<=', '>', '>=')).map(
			([{ value, unit }, comparison]): Expression => ({
				type: 'number',
				field: ofUnit(unit),
				comparison,
				value,
				unit,
			}),
		),
		fc
			.tuple(text, fc.constantFrom<TextComparison>('=', '!=', '~', '!~'))
			.map(([words, comparison]): Expression => ({ type: 'text', field: 'client', comparison, text: words })),
	)
	return fc.letrec<{ node: Expression }>(tie => {
		const parts = fc.array(tie('node'), { minLength: 2, maxLength: 3 })
		return {
			node: fc.oneof(
				{ maxDepth: 4, withCrossShrink: true },
				leaf,
				tie('node').map((part): Expression => ({ type: 'not', part })),
				parts.map((all): Expression => ({ type: 'all', parts: all })),
				parts.map((some): Expression => ({ type: 'any', parts: some })),
			),
		}
	}).node
}
