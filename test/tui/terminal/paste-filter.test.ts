import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPasteFilter, type Input } from '../../../source/tui/terminal/paste-filter.ts'

const start = '\u001b[200~'
const end = '\u001b[201~'

function read(...chunks: string[]): Input[] {
	const filter = createPasteFilter()
	return chunks.flatMap(chunk => filter.push(chunk))
}

/** Keys that come in one read or in several are the same keys. */
function joined(inputs: readonly Input[]): Input[] {
	const all: Input[] = []
	for (const input of inputs) {
		const last = all.at(-1)
		if (input.type === 'keys' && last?.type === 'keys')
			all[all.length - 1] = { type: 'keys', text: last.text + input.text }
		else all.push(input)
	}
	return all
}

describe('paste filter', () => {
	it('hands keys on as they come, the escape key at once', () => {
		expect(read('j', '\u001b', '\u001b[A', 'k\u001b[')).toEqual([
			{ type: 'keys', text: 'j' },
			{ type: 'keys', text: '\u001b' },
			{ type: 'keys', text: '\u001b[A' },
			{ type: 'keys', text: 'k\u001b[' },
		])
	})

	it('takes what is pasted out of the keys around it', () => {
		expect(read(`:${start}limit down 2M\r${end}j${start}${end}`)).toEqual([
			{ type: 'keys', text: ':' },
			{ type: 'paste', text: 'limit down 2M\r' },
			{ type: 'keys', text: 'j' },
			{ type: 'paste', text: '' },
		])
	})

	it('finds the marks wherever a read ends', () => {
		const pieces = fc.array(
			fc.oneof(
				fc.record({
					type: fc.constant('keys' as const),
					text: fc.constantFrom('j', 'abc', '\u001b[A', '\u001b[2~'),
				}),
				fc.record({
					type: fc.constant('paste' as const),
					text: fc.constantFrom('', 'x', '\u001b[20', 'q\r\u001b'),
				}),
			),
			{ maxLength: 5 },
		)
		fc.assert(
			fc.property(pieces, fc.array(fc.nat(5)), (inputs, cuts) => {
				const bytes = inputs.map(({ type, text }) => (type === 'keys' ? text : start + text + end)).join('')
				const chunks: string[] = []
				let at = 0
				for (const cut of [...cuts, bytes.length]) {
					if (at < bytes.length && cut > 0) chunks.push(bytes.slice(at, at + cut))
					at += cut
				}
				const found = joined(read(...chunks))
				const pastes = (all: readonly Input[]) => all.filter(({ type }) => type === 'paste')
				expect(pastes(found)).toEqual(pastes(inputs))
				// A start whose first characters had to be handed on has left them among the keys.
				const keys = (all: readonly Input[]) =>
					all.flatMap(({ type, text }) => (type === 'keys' ? [text] : [])).join('')
				const isWhole = chunks.every(chunk => !chunk.endsWith('\u001b') && !chunk.endsWith('\u001b['))
				if (isWhole) expect(keys(found)).toBe(keys(inputs))
			}),
		)
	})

	it('keeps the beginning of a paste without end, and Ctrl-C gets out of it', () => {
		const filter = createPasteFilter()
		expect(filter.push(start + 'x'.repeat(100_000))).toEqual([])
		expect(filter.push('\u0003')).toEqual([{ type: 'keys', text: '\u0003' }])
		expect(filter.push(`j${start}${'x'.repeat(100_000)}${end}`)).toEqual([
			{ type: 'keys', text: 'j' },
			{ type: 'paste', text: 'x'.repeat(65_536) },
		])
	})
})
