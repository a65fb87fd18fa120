import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCells } from '../../../source/tui/terminal/cells.ts'
import { createFrameWriter } from '../../../source/tui/terminal/frame-writer.ts'
import { createTerminal, type ModelTerminal } from '../../helpers/terminal.ts'

const paints = [
	'\u001b[m',
	'\u001b[1m',
	'\u001b[22m',
	'\u001b[2;36m',
	'\u001b[7m',
	'\u001b[27m',
	'\u001b[39m',
	'\u001b[38;5;200m',
	'\u001b[91;44m',
	'\u001b[49m',
]
/** Glyphs that the terminal model and we agree on, narrow and wide. */
const glyphs = ['a', 'Z', '0', ' ', '  ', 'é', '─', '█', '▮', '漢', '字', '⣿', 'ж']
const line = fc
	.array(fc.constantFrom(...glyphs, ...glyphs, ...paints), { maxLength: 30 })
	.map(parts => parts.join(''))
const frame = fc.array(line, { maxLength: 6 }).map(lines => lines.join('\n'))
const step = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ type: fc.constant('frame' as const), frame }) },
	{ weight: 1, arbitrary: fc.constant({ type: 'invalidate' as const }) },
	{
		weight: 1,
		arbitrary: fc.record({
			type: fc.constant('resize' as const),
			// The terminal model has two columns at least.
			columns: fc.integer({ min: 2, max: 30 }),
			rows: fc.integer({ min: 1, max: 8 }),
		}),
	},
)

function expectFrame(terminal: ModelTerminal, frame: string, size: { columns: number; rows: number }) {
	const lines = frame.split('\n')
	for (let row = 0; row < size.rows; row += 1) {
		const cells = toCells(lines[row] ?? '', size.columns)
		for (let column = 0; column < size.columns; column += 1) {
			const { glyph, style } = terminal.cell(column, row)
			expect({ row, column, glyph, style }).toEqual({
				row,
				column,
				glyph: cells.glyphs[column],
				style: cells.styles[column],
			})
		}
	}
}

describe('frame writer', () => {
	it('leaves the terminal with exactly the last frame, whatever came before', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
				let size = { columns: 20, rows: 5 }
				const terminal = createTerminal(size.columns, size.rows)
				const writer = createFrameWriter()
				for (const next of steps) {
					if (next.type === 'invalidate') writer.invalidate()
					else if (next.type === 'resize') {
						size = { columns: next.columns, rows: next.rows }
						terminal.resize(size.columns, size.rows)
						writer.invalidate()
					} else {
						await terminal.write(writer.next(next.frame, size))
						expectFrame(terminal, next.frame, size)
					}
				}
			}),
			{ numRuns: 150 },
		)
	}, 30_000)

	it('writes nothing for the same frame', () => {
		const writer = createFrameWriter()
		const size = { columns: 10, rows: 2 }
		expect(writer.next('one\ntwo', size)).not.toBe('')
		expect(writer.next('one\ntwo', size)).toBe('')
	})

	it('writes one changed character as a move and the character, in one synchronised update', () => {
		const writer = createFrameWriter()
		const size = { columns: 10, rows: 2 }
		writer.next('12345\nabcde', size)
		expect(writer.next('12345\nabXde', size)).toBe('\u001b[?2026h\u001b[2;3HX\u001b[?2026l')
	})

	it('neither erases nor scrolls', () => {
		const writer = createFrameWriter()
		const bytes =
			writer.next('full\nlonger line\nx', { columns: 6, rows: 3 }) +
			writer.next('\n\n', { columns: 6, rows: 3 })
		expect(bytes).not.toMatch(/\u001b\[[0-9;]*[JKLMSTX@P]|\n/u)
	})

	it('places the cursor anew after a glyph whose width terminals disagree on', () => {
		const writer = createFrameWriter()
		const bytes = writer.next('👍a', { columns: 5, rows: 1 })
		expect(bytes).toContain('👍\u001b[1;3Ha')
	})

	it('repairs the cell beside a doubtful glyph even if that cell did not change', async () => {
		const terminal = createTerminal(6, 1)
		const writer = createFrameWriter()
		const size = { columns: 6, rows: 1 }
		await terminal.write(writer.next('abcdef', size))
		await terminal.write(writer.next('👍cdef', size))
		await terminal.write(writer.next('xbcdef', size))
		expect(terminal.text()).toEqual(['xbcdef'])
	})

	it('lets no control character and no foreign sequence through', () => {
		const control = fc.constantFrom(
			'\u0007',
			'\u001b]52;c;QQ==\u0007',
			'\u001b[2J',
			'\u009b2J',
			'\u001bc',
			'\u0000',
			'\u001b[?1049l',
			'\u202e',
			'\u200b',
			'\r',
			'\u007f',
		)
		fc.assert(
			fc.property(
				fc.array(fc.oneof(control, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 8 }),
				parts => {
					const bytes = createFrameWriter().next(parts.join(''), { columns: 40, rows: 2 })
					const rest = bytes.replaceAll(/\u001b\[(?:\?2026[hl]|[0-9;]*[HGm])/gu, '')
					expect(rest).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/u)
				},
			),
		)
	})
})
