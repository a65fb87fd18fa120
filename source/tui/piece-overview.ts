// How the rows of the pieces pane are shared: what is rare, the map, its legend and the piece under the cursor where
// the pane stands alone, and what is left for the list of begun pieces.
import type { PiecesSlice } from '../torrent/snapshot.ts'
import { type MapShape, mapShape, rarityOf } from './piece-map.ts'
import { rarityLines } from './piece-words.ts'

export type OverviewSize = {
	/** Cells and rows inside the pane. */
	readonly width: number
	readonly rows: number
	readonly isAlone: boolean
}

export type Overview = {
	readonly rarity: readonly string[]
	/** Whether the first line of `rarity` is bad news. */
	readonly isBad: boolean
	/** undefined: there is no room for a map. */
	readonly shape: MapShape | undefined
}

/** Rows from which on there is a map. */
const mapFrom = 7
/** The legend and the piece under the cursor. */
const wordsRows = 2
const leastListRows = 2

/** What stands above the list, in so much room. */
export function pieceOverview(slice: PiecesSlice, { width, rows, isAlone }: OverviewSize): Overview {
	if (rows < 3) return { rarity: [], isBad: false, shape: undefined }
	const { lines, isBad } = rarityLines(rarityOf(slice), width - 2)
	if (rows < mapFrom) return { rarity: lines.slice(0, rows < 4 ? 1 : 2), isBad, shape: undefined }
	const room = rows - lines.length - (isAlone ? wordsRows : 0)
	const share = Math.min(Math.max(leastListRows, slice.open.length), Math.floor(rows / (isAlone ? 4 : 3)))
	const usual = mapShape(width - 2, room - Math.max(leastListRows, share), slice.states.length)
	// A shorter list is worth it where fewer pieces must share a cell.
	const larger = mapShape(width - 2, room - leastListRows, slice.states.length)
	return { rarity: lines, isBad, shape: larger.piecesPerCell < usual.piecesPerCell ? larger : usual }
}

export type MapMove = 'left' | 'right' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last'

/** The first piece of the cell that a move leads to from the cell of `piece`. */
export function moveInMap(
	piece: number,
	move: MapMove,
	{ cells, columns, rows, piecesPerCell }: MapShape,
): number {
	const cell = Math.min(cells - 1, Math.floor(piece / piecesPerCell))
	const page = columns * Math.max(1, Math.floor(rows / 2))
	const steps = {
		left: -1,
		right: 1,
		up: -columns,
		down: columns,
		pageUp: -page,
		pageDown: page,
		first: -cells,
		last: cells,
	}
	const wanted = cell + steps[move]
	const isRow = move === 'up' || move === 'down'
	const next = isRow && (wanted < 0 || wanted >= cells) ? cell : Math.max(0, Math.min(cells - 1, wanted))
	return Math.max(0, next) * piecesPerCell
}
