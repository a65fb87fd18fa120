import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { paneFields } from '../../source/tui/fields/pane-fields.ts'
import {
	completeNext,
	createPrompt,
	editPrompt,
	type Prompt,
	recall,
	remember,
} from '../../source/tui/prompt.ts'
import { judge } from '../../source/tui/prompt-judgement.ts'
import { formatPrompt } from '../../source/tui/prompt-line.ts'
import { commandWords } from '../../source/tui/prompt-words.ts'
import { createTheme } from '../../source/tui/theme.ts'

const empty = createPrompt({ kind: 'filter', pane: 'peers', text: '', before: undefined })
const keys = (prompt: Prompt, ...names: string[]) => names.reduce(editPrompt, prompt)
const typed = (text: string, prompt = empty) =>
	keys(prompt, ...Array.from(text, char => (char === ' ' ? 'Space' : char)))

describe('the input line', () => {
	it('takes text where the cursor stands and takes it away again', () => {
		expect(typed('down>1M & x')).toMatchObject({ text: 'down>1M & x', cursor: 11 })
		expect(keys(typed('abc'), 'Left', 'Left', 'X')).toMatchObject({ text: 'aXbc', cursor: 2 })
		expect(keys(typed('abc'), 'Left', 'Backspace')).toMatchObject({ text: 'ac', cursor: 1 })
		expect(keys(typed('abc'), 'Home', 'Ctrl-D')).toMatchObject({ text: 'bc', cursor: 0 })
		expect(keys(typed('one two  '), 'Ctrl-W')).toMatchObject({ text: 'one ', cursor: 4 })
		expect(keys(typed('one two'), 'Left', 'Ctrl-U')).toMatchObject({ text: 'o', cursor: 0 })
		expect(keys(typed('one two'), 'Home', 'Right', 'Ctrl-K')).toMatchObject({ text: 'o', cursor: 1 })
		expect(keys(typed('a🙂b'), 'Left', 'Backspace')).toMatchObject({ text: 'ab', cursor: 1 })
	})

	it('takes nothing that a terminal would obey, and no more than a line may hold', () => {
		expect(keys(empty, '\u0007', '\u009d', '\u202e', 'F5', 'Alt-x').text).toBe('')
		expect(typed('x'.repeat(600)).text).toHaveLength(500)
	})

	it('walks its history and comes back to what was typed', () => {
		const history = remember(remember(remember([], 'one'), 'two'), 'one')
		expect(history).toEqual(['two', 'one'])
		const draft = typed('dr')
		const back = recall(recall(recall(draft, history, 1), history, 1), history, 1)
		expect(back.text).toBe('two')
		expect(recall(recall(back, history, -1), history, -1).text).toBe('dr')
		expect(recall(draft, [], 1)).toBe(draft)
		expect(
			remember(
				Array.from({ length: 100 }, (_, index) => `line ${index}`),
				'new',
			),
		).toHaveLength(100)
		expect(remember(['one'], '  ')).toEqual(['one'])
	})

	it('goes round the candidates, forth and back, and keeps what stands behind the cursor', () => {
		const complete = () => ({ start: 2, candidates: ['choked', 'choking'] })
		const prompt = keys(typed('! & x'), 'Left', 'Left', 'Left')
		const first = completeNext({ ...prompt, cursor: 2 }, 1, complete)
		expect(first.text).toBe('! choked& x')
		const second = completeNext(first, 1, complete)
		expect(second.text).toBe('! choking& x')
		expect(completeNext(second, 1, complete).text).toBe('! choked& x')
		expect(completeNext(first, -1, complete).text).toBe('! choking& x')
		expect(completeNext(prompt, 1, () => ({ start: 0, candidates: [] }))).toBe(prompt)
	})

	it('goes on to the next word when one command alone is meant', () => {
		const command = { ...typed('an'), kind: 'command' } as const
		expect(completeNext(command, 1, () => ({ start: 0, candidates: ['announce'] }))).toMatchObject({
			text: 'announce ',
			completion: undefined,
		})
	})

	it('never stands inside a character, whatever is pressed', () => {
		const key = fc.constantFrom(
			'a',
			'🙂',
			'é',
			'Space',
			'Left',
			'Right',
			'Home',
			'End',
			'Backspace',
			'Ctrl-D',
			'Ctrl-U',
			'Ctrl-K',
			'Ctrl-W',
		)
		fc.assert(
			fc.property(fc.array(key, { maxLength: 40 }), names => {
				const { text, cursor } = keys(empty, ...names)
				expect(cursor).toBeGreaterThanOrEqual(0)
				expect(cursor).toBeLessThanOrEqual(text.length)
				expect(text.slice(0, cursor)).not.toMatch(/[\ud800-\udbff]$/)
			}),
		)
	})
})

describe('the judgement beside it', () => {
	const words = commandWords('peers')
	const of = (kind: Prompt['kind'], text: string) => judge({ kind, text }, words)

	it('tells what is valid, what may become it, and what is not', () => {
		expect(of('filter', 'down>1M')).toMatchObject({ type: 'valid' })
		expect(of('filter', 'down>')).toEqual({
			type: 'unfinished',
			words: 'expected a rate such as 500k or 1.5M after >',
		})
		expect(of('filter', 'down>x')).toMatchObject({
			type: 'invalid',
			words: 'expected a rate such as 500k or 1.5M after >, got x',
		})
		expect(of('command', 'lim')).toMatchObject({ type: 'unfinished' })
		expect(of('command', 'limt')).toMatchObject({ type: 'invalid' })
		expect(of('command', 'limit up none')).toEqual({ type: 'valid', words: 'such as limit down 2M' })
		expect(of('filter', '')).toMatchObject({ type: 'unfinished' })
	})
})

describe('the line on screen', () => {
	const theme = createTheme({ color: true, ascii: false })
	const plain = createTheme({ color: false, ascii: true })
	const words = commandWords('peers')
	const format = (prompt: Prompt, width: number, with_ = theme) =>
		formatPrompt({ prompt, judgement: judge(prompt, words), count: '3 shown', width, theme: with_ })

	it('says by a mark, not by colour alone, whether it makes sense', () => {
		expect(format(typed('choked'), 60, plain)).toMatch(/\*.*3 shown/su)
		expect(format(typed('choked>'), 60, plain)).toMatch(/x.*choked is yes or no/su)
		expect(format(typed('down>'), 60, plain)).toMatch(/o.*expected a rate/su)
	})

	it('shows the cursor as an inverse cell, also at the end', () => {
		expect(format(typed('abc'), 40)).toContain('abc\u001b[7m \u001b[27m')
		expect(format(keys(typed('abc'), 'Left'), 40)).toContain('ab\u001b[7mc\u001b[27m')
	})

	it('scrolls to the cursor when the text is longer than the line', () => {
		const long = typed(`${'x'.repeat(80)}END`)
		expect(format(long, 40)).toContain('END\u001b[7m')
		expect(format(keys(long, 'Home'), 40)).toContain('\u001b[7mx')
	})

	it('is exactly as wide as the screen, whatever is typed and wherever the cursor stands', () => {
		const fields = [...(paneFields('peers')?.kinds.keys() ?? [])]
		const text = fc
			.array(fc.constantFrom('a', ' ', '漢', '🙂', 'é', '>', '&', '"', 'down'), { maxLength: 60 })
			.map(parts => parts.join(''))
		const index = fc.integer({ min: -1, max: fields.length - 1 })
		fc.assert(
			fc.property(
				text,
				fc.nat(60),
				fc.integer({ min: 1, max: 220 }),
				fc.option(index),
				(given, at, width, chosen) => {
					let prompt = keys(typed(given), ...new Array<string>(at).fill('Left'))
					if (chosen !== null)
						prompt = { ...prompt, completion: { start: 0, candidates: fields, index: chosen, tail: '' } }
					expect(stringWidth(format(prompt, width))).toBe(width)
				},
			),
			{ numRuns: 500 },
		)
	})
})
