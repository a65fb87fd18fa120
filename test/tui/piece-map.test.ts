import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pieceStates, type PiecesSlice, type SummarySlice } from '../../source/torrent/snapshot.ts'
import { formatMap, mapShape, rarityOf, stretchAt } from '../../source/tui/piece-map.ts'
import { mapLegend, rarityLines, stretchWords } from '../../source/tui/piece-words.ts'
import { type MapMove, moveInMap, pieceOverview } from '../../source/tui/piece-overview.ts'
import { displayWidth } from '../../source/tui/terminal/fast-width.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const { missing, open, have, unwanted } = pieceStates
const theme = createTheme({ color: false, ascii: false })
const plain = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/gu, '')

function sliceOf(states: number[], copies: number[], begun: PiecesSlice['open'] = []): PiecesSlice {
	return { at: 0, states: Uint8Array.from(states), availability: Uint16Array.from(copies), open: begun }
}

const begun = (piece: number, received: number): PiecesSlice['open'][number] => ({
	piece,
	blockCount: 16,
	received,
	requested: 3,
	reason: { code: 'picked-rarest', copies: 2 },
})

describe('piece map', () => {
	it('gives every piece a cell while there are cells enough, and as few must share as can', () => {
		expect(mapShape(10, 3, 25)).toEqual({ columns: 10, rows: 3, cells: 25, piecesPerCell: 1 })
		expect(mapShape(10, 3, 31)).toEqual({ columns: 10, rows: 2, cells: 16, piecesPerCell: 2 })
		expect(mapShape(10, 0, 31)).toEqual({ columns: 10, rows: 0, cells: 0, piecesPerCell: 1 })
		expect(mapShape(-1, 3, 31).rows).toBe(0)
	})

	it('tells what is here, how far begun, the copies of what is missing, and what is not wanted', () => {
		const slice = sliceOf(
			[have, open, missing, missing, missing, unwanted],
			[9, 9, 0, 2, 20, 9],
			[begun(1, 8)],
		)
		expect(formatMap(slice, mapShape(6, 1, 6), theme).map(plain)).toEqual(['█▄02·×'])
		const ascii = createTheme({ color: false, ascii: true })
		expect(formatMap(slice, mapShape(6, 1, 6), ascii).map(plain)).toEqual(['#=02,x'])
	})

	it('tells of a stretch how much is here, or the fewest copies when nothing is', () => {
		const slice = sliceOf(
			[have, have, have, missing, missing, missing, missing, missing],
			[9, 9, 9, 9, 9, 9, 3, 9],
		)
		const shape = mapShape(2, 1, 8)
		expect(formatMap(slice, shape, theme).map(plain)).toEqual(['▆3'])
		expect(stretchAt(slice, shape, 1)).toEqual({
			first: 4,
			count: 4,
			here: 0,
			begun: 0,
			unwanted: 0,
			fewest: 3,
		})
	})

	it('marks the cell under the cursor', () => {
		expect(formatMap(sliceOf([have, have], [1, 1]), mapShape(2, 1, 2), theme, 1)).toEqual([
			'█\u001b[7m█\u001b[27m',
		])
	})

	it('fills its lines whatever the size', () => {
		const { pieces } = createFakeEngine({ peers: 3, pieces: 500 }).slices()
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 80 }), (columns, rows) => {
				const shape = mapShape(columns, rows, 500)
				const lines = formatMap(pieces, shape, theme)
				expect(shape.rows).toBeLessThanOrEqual(rows)
				expect(lines.map(line => displayWidth(line))).toEqual(new Array<number>(shape.rows).fill(columns))
				expect(shape.cells * shape.piecesPerCell).toBeGreaterThanOrEqual(500)
			}),
		)
	})
})

describe('cursor of the map', () => {
	const shape = mapShape(10, 3, 25)
	const from = (piece: number, ...moves: MapMove[]) =>
		moves.reduce((at, move) => moveInMap(at, move, shape), piece)

	it('goes from cell to cell and from row to row, and stays inside', () => {
		expect([from(0, 'left'), from(0, 'right'), from(9, 'right'), from(0, 'down'), from(0, 'up')]).toEqual([
			0, 1, 10, 10, 0,
		])
		expect([from(19, 'down'), from(3, 'last'), from(24, 'right'), from(24, 'first')]).toEqual([19, 24, 24, 0])
	})

	it('goes by whole stretches where pieces share a cell', () => {
		const coarse = mapShape(10, 3, 90)
		expect(moveInMap(4, 'right', coarse)).toBe(6)
		expect(moveInMap(0, 'down', coarse)).toBe(30)
	})
})

describe('overview', () => {
	it('has a map from seven rows on, with two lines of words where it stands alone', () => {
		const { pieces } = createFakeEngine({ peers: 3, pieces: 100 }).slices()
		const rowsOf = (rows: number, isAlone = false) =>
			pieceOverview(pieces, { width: 52, rows, isAlone }).shape?.rows
		expect([rowsOf(2), rowsOf(6), rowsOf(7), rowsOf(30), rowsOf(30, true)]).toEqual([
			undefined,
			undefined,
			2,
			2,
			2,
		])
	})
})

describe('rarity', () => {
	const slice = sliceOf([have, missing, missing, open, missing, unwanted, missing], [0, 0, 2, 1, 1, 0, 7])

	it('counts what nobody has and what is rarest among what is wanted and not here', () => {
		expect(rarityOf(slice)).toEqual({
			lacking: 5,
			nobody: { count: 1, first: [1] },
			rarest: { count: 2, first: [3, 4], copies: 1 },
		})
	})

	it('is told in sentences that name as many pieces as fit', () => {
		expect(rarityLines(rarityOf(slice), 80)).toEqual({
			lines: ['nobody has 1 piece: #1', 'rarest: 2 pieces with 1 copy: #3 #4'],
			isBad: true,
		})
		expect(rarityLines(rarityOf(slice), 32).lines[1]).toBe('rarest: 2 pieces with 1 copy')
		expect(rarityLines(rarityOf(sliceOf([have], [0])), 80)).toEqual({
			lines: ['no piece is missing'],
			isBad: false,
		})
		const many = rarityOf(sliceOf(new Array<number>(99).fill(missing), new Array<number>(99).fill(2)))
		expect(rarityLines(many, 52).lines).toEqual(['rarest: 99 pieces with 2 copies: #0 #1 #2 and more'])
	})
})

describe('words about pieces', () => {
	const { summary } = createFakeEngine({ peers: 1, pieces: 4 }).slices()
	const slice = sliceOf([have, open, missing, missing], [3, 2, 1, 0], [begun(1, 5)])
	const files = [
		{ index: 0, path: summary.name, bytes: 300_000, offsetBytes: 0, completedBytes: 0, wanted: true },
		{ index: 1, path: summary.name, bytes: 748_576, offsetBytes: 300_000, completedBytes: 0, wanted: true },
	]
	const words = (piece: number, known: SummarySlice | undefined = summary) =>
		stretchWords(stretchAt(slice, mapShape(4, 1, 4), piece), { slice, summary: known, files })

	it('say state, copies, length and file of a piece, and how far a begun one is', () => {
		expect(words(0)).toBe(`#0  here, 3 copies, 256 KiB, ${summary.name}`)
		expect(words(1)).toBe(
			`#1  begun, 5 of 16 blocks, 3 asked, picked: rarest, 2 copies, 2 copies, 256 KiB, ${summary.name} and 1 more file`,
		)
		expect(words(3)).toBe(`#3  missing, no copy, 256 KiB, ${summary.name}`)
	})

	it('say of a stretch how much is here and what is rarest in it', () => {
		const stretch = stretchAt(slice, mapShape(1, 1, 4), 0)
		expect(stretchWords(stretch, { slice, summary: undefined, files })).toBe(
			'#0 to #3  1 of 4 here, 1 begun, one of the missing has no copy',
		)
	})

	it('explain the signs', () => {
		expect(mapLegend(theme.glyphs, 1)).toContain('a cell a piece')
		expect(mapLegend(theme.glyphs, 5)).toContain('a cell 5 pieces')
	})
})
