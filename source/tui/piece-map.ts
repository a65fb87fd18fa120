// The pieces as a map: a cell a piece, or a stretch of as many as must share one. A cell is filled as far as its
// pieces are here; of what is missing it tells the fewest copies as a digit, so that what is rare stands out. Pure.
import { pieceStates, type OpenPieceView, type PiecesSlice } from '../torrent/snapshot.ts'
import type { Paint, Theme } from './theme.ts'

export type MapShape = {
	readonly columns: number
	/** Rows that are needed, at most those that were offered. */
	readonly rows: number
	readonly cells: number
	readonly piecesPerCell: number
}

/** What stands behind a cell: so many pieces from `first` on. */
export type Stretch = {
	readonly first: number
	readonly count: number
	readonly here: number
	/** Open, hashing or being written. */
	readonly begun: number
	readonly unwanted: number
	/** Fewest copies among those wanted that are not begun; undefined: there are none. */
	readonly fewest: number | undefined
}

/** More copies than this are many enough: the map stays quiet about them. */
export const mostTold = 4

/** The shape of a map of `pieceCount` pieces in `columns` × `rows` cells at most. */
export function mapShape(columns: number, rows: number, pieceCount: number): MapShape {
	const room = Math.max(0, columns * rows)
	if (room === 0 || pieceCount <= 0) return { columns, rows: 0, cells: 0, piecesPerCell: 1 }
	const piecesPerCell = Math.ceil(pieceCount / room)
	const cells = Math.ceil(pieceCount / piecesPerCell)
	return { columns, rows: Math.ceil(cells / columns), cells, piecesPerCell }
}

/** The pieces behind cell `cell`. */
export function stretchAt(
	{ states, availability }: PiecesSlice,
	{ piecesPerCell }: MapShape,
	cell: number,
): Stretch {
	const first = cell * piecesPerCell
	const end = Math.min(states.length, first + piecesPerCell)
	let here = 0
	let begun = 0
	let unwanted = 0
	let fewest: number | undefined
	for (let piece = first; piece < end; piece += 1) {
		const state = states[piece]
		if (state === pieceStates.have) here += 1
		else if (state === pieceStates.unwanted) unwanted += 1
		else if (state !== pieceStates.missing) begun += 1
		else fewest = Math.min(fewest ?? Number.POSITIVE_INFINITY, availability[piece] ?? 0)
	}
	return { first, count: Math.max(0, end - first), here, begun, unwanted, fewest }
}

/** Lines of `shape.columns` cells; the cell under `cursor` is inverse. */
export function formatMap(slice: PiecesSlice, shape: MapShape, theme: Theme, cursor?: number): string[] {
	const open = new Map(slice.open.map(view => [view.piece, view]))
	const lines: string[] = []
	for (let row = 0; row < shape.rows; row += 1) {
		let line = ''
		let run = ''
		let runPaint: Paint | undefined
		const last = Math.min(shape.cells, (row + 1) * shape.columns)
		for (let cell = row * shape.columns; cell < last; cell += 1) {
			const stretch = stretchAt(slice, shape, cell)
			const { glyph, paint } = cellOf(stretch, open.get(stretch.first), theme)
			const own = cell === cursor ? theme.selected : paint
			if (own !== runPaint) {
				line += runPaint === undefined ? run : runPaint(run)
				run = ''
				runPaint = own
			}
			run += glyph
		}
		line += runPaint === undefined ? run : runPaint(run)
		lines.push(line + ' '.repeat((row + 1) * shape.columns - last))
	}
	return lines
}

type Cell = { readonly glyph: string; readonly paint: Paint | undefined }

function cellOf(
	{ count, here, begun, unwanted, fewest }: Stretch,
	open: OpenPieceView | undefined,
	theme: Theme,
): Cell {
	const { glyphs } = theme
	const { levels } = glyphs
	const top = levels.length - 1
	if (here === count) return { glyph: levels[top] ?? '', paint: theme.down }
	if (begun > 0) {
		const share =
			count > 1 ? here / count : open === undefined ? 1 : open.received / Math.max(1, open.blockCount)
		return { glyph: levels[Math.max(1, Math.min(top - 1, Math.round(share * top)))] ?? '', paint: theme.bold }
	}
	if (here > 0) {
		return {
			glyph: levels[Math.max(1, Math.min(top - 1, Math.round((here / count) * top)))] ?? '',
			paint: theme.down,
		}
	}
	if (fewest === undefined) return { glyph: unwanted > 0 ? glyphs.times : ' ', paint: theme.dim }
	const paint = theme.copies[Math.min(fewest, theme.copies.length - 1)]
	return { glyph: fewest > mostTold ? glyphs.common : String(fewest), paint }
}

/** What is rare among the pieces that are wanted and not here. */
export type Rarity = {
	readonly lacking: number
	/** Pieces without a copy among the connected peers. */
	readonly nobody: Rare
	/** Those with the fewest copies, of which there are some. */
	readonly rarest: Rare & { readonly copies: number }
}
/** How many, and the first of them by number. */
export type Rare = { readonly count: number; readonly first: readonly number[] }

const mostNamed = 12

/** Counts, and the first pieces by number. */
export function rarityOf({ states, availability }: PiecesSlice): Rarity {
	let lacking = 0
	const nobody: number[] = []
	let without = 0
	let rarest: number[] = []
	let fewest = Number.POSITIVE_INFINITY
	let count = 0
	for (let piece = 0; piece < states.length; piece += 1) {
		const state = states[piece]
		if (state === pieceStates.have || state === pieceStates.unwanted) continue
		lacking += 1
		const copies = availability[piece] ?? 0
		if (copies === 0) {
			without += 1
			if (nobody.length < mostNamed) nobody.push(piece)
		} else if (copies < fewest) {
			fewest = copies
			count = 1
			rarest = [piece]
		} else if (copies === fewest) {
			count += 1
			if (rarest.length < mostNamed) rarest.push(piece)
		}
	}
	return {
		lacking,
		nobody: { count: without, first: nobody },
		rarest: { count, first: rarest, copies: count === 0 ? 0 : fewest },
	}
}
