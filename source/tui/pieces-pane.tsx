// The pieces: what is rare, a map of all of them where there is room, and those that are begun.
import type { ReactElement } from 'react'
import type { PiecesSlice, SummarySlice } from '../torrent/snapshot.ts'
import { pieceFields } from './fields/piece-fields.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { pieceRows } from './listing.ts'
import { innerWidth } from './layout.ts'
import { metadataRows } from './metadata-lines.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { pieceColumns } from './piece-columns.ts'
import { formatMap, stretchAt } from './piece-map.ts'
import { pieceOverview } from './piece-overview.ts'
import { mapLegend, type PieceContext, stretchWords } from './piece-words.ts'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import type { Theme } from './theme.ts'
import { listChoice } from './view.ts'

export function PiecesPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.pieces)
	const summary = useEngine(state => (focused ? state.slices.summary : undefined))
	const waiting = useEngine(state =>
		state.slices.summary?.metadata === undefined ? undefined : state.slices.summary,
	)
	const files = useEngine(state => state.slices.files?.files) ?? []
	const position = useView(state => state.positions.pieces)
	const isAlone = useView(state => state.maximised)
	const choice = useView(state => listChoice(state, 'pieces'))
	const width = innerWidth(place, framed)
	const open = slice?.open ?? []
	const all = pieceRows(slice, choice)
	const mapPiece = useView(state => state.mapPiece)
	// Nobody knows of pieces before the metadata is here.
	if (waiting?.metadata !== undefined) {
		const rows = metadataRows(waiting, waiting.metadata, { width, rows: place.bodyRows, theme })
		return <Pane {...props} title="Metadata" rows={rows} />
	}
	const listPiece = all[Math.min(position?.cursor ?? 0, all.length - 1)]?.piece
	const cursorPiece = isAlone ? mapPiece : focused ? listPiece : undefined
	const parts = { width, theme, isAlone, cursorPiece, summary, files }
	const { bodyRows } = place
	const above = slice === undefined ? [] : formatOverview(slice, bodyRows, parts)
	const columns = chooseColumns(pieceColumns(theme), width - 2)
	const list = listRows({
		all,
		position,
		room: bodyRows - above.length,
		width,
		used: tableWidth(columns) + 1,
		focused: focused && !isAlone,
		theme,
		empty: open.length > 0 ? 'no piece is like that' : 'no piece is begun',
		text: (piece, isPlain) => formatRow(columns, piece, { theme, isPlain }),
	})
	const { glyphs } = theme
	const note = listNote({ fields: pieceFields, choice, shown: all.length, total: open.length, glyphs })
	return <Pane {...props} title={`Pieces ${open.length} begun`} note={note} rows={[...above, ...list]} />
}

type OverviewParts = {
	readonly width: number
	readonly theme: Theme
	readonly isAlone: boolean
	/** Marked in the map. */
	readonly cursorPiece: number | undefined
	readonly summary: SummarySlice | undefined
	readonly files: PieceContext['files']
}

/** What is rare, the map, and alone its legend and the piece under the cursor: the lines above the list. */
function formatOverview(slice: PiecesSlice, rows: number, parts: OverviewParts): string[] {
	const { width, theme, isAlone, cursorPiece, summary, files } = parts
	const { rarity, isBad, shape } = pieceOverview(slice, { width, rows, isAlone })
	const line = (words: string) => fit(` ${words}`, width, theme.glyphs.ellipsis)
	const said = rarity.map((words, index) => (isBad && index === 0 ? theme.bad : theme.plain)(line(words)))
	if (shape === undefined) return said
	const cursor = cursorPiece === undefined ? undefined : Math.floor(cursorPiece / shape.piecesPerCell)
	const map = formatMap(slice, shape, theme, cursor).map(row => ` ${row} `)
	if (!isAlone) return [...said, ...map]
	const under =
		cursor === undefined ? '' : stretchWords(stretchAt(slice, shape, cursor), { slice, summary, files })
	return [...said, ...map, theme.dim(line(mapLegend(theme.glyphs, shape.piecesPerCell))), line(under)]
}
