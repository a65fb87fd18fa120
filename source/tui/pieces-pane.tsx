// The pieces that are begun: how many blocks came, how many are asked for, why each was picked.
import type { ReactElement } from 'react'
import { explain } from '../inspect/explain.ts'
import type { OpenPieceView } from '../torrent/snapshot.ts'
import { pieceFields } from './fields/piece-fields.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { pieceRows } from './listing.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, type Column, formatRow, tableWidth } from './table.ts'
import type { Theme } from './theme.ts'
import { listChoice } from './view.ts'

export function PiecesPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.pieces)
	const position = useView(state => state.positions.pieces)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(pieceColumns(theme), width - 2)
	const open = slice?.open ?? []
	const choice = useView(state => listChoice(state, 'pieces'))
	const all = pieceRows(slice, choice)
	const rows = listRows({
		all,
		position,
		room: place.bodyRows,
		width,
		used: tableWidth(columns) + 1,
		focused,
		theme,
		empty: open.length > 0 ? 'no piece is like that' : 'no piece is begun',
		text: (piece, isPlain) => formatRow(columns, piece, { theme, isPlain }),
	})
	const { glyphs } = theme
	const note = listNote({ fields: pieceFields, choice, shown: all.length, total: open.length, glyphs })
	return <Pane {...props} title={`Pieces ${open.length} begun`} note={note} rows={rows} />
}

/** Blocks that came, that are asked for, and the rest: a cell each, or as many as fit. */
function blockCells(
	{ received, requested, blockCount }: OpenPieceView,
	width: number,
	{ glyphs }: Theme,
): string {
	const cells = Math.min(width, blockCount)
	const scale = blockCount === 0 ? 0 : cells / blockCount
	const hereCells = Math.floor(received * scale)
	const askedCells = Math.min(cells - hereCells, Math.ceil(requested * scale))
	return (
		glyphs.gaugeFull.repeat(hereCells) +
		glyphs.gaugeEmpty.repeat(askedCells) +
		glyphs.dot.repeat(cells - hereCells - askedCells)
	)
}

function pieceColumns(theme: Theme): Column<OpenPieceView>[] {
	return [
		{ title: 'piece', width: 7, worth: 20, right: true, text: ({ piece }) => `#${piece}` },
		{
			title: 'blocks',
			width: 16,
			grow: 32,
			worth: 18,
			text: (piece, width) => blockCells(piece, width, theme),
		},
		{
			title: 'came',
			width: 9,
			worth: 19,
			right: true,
			text: ({ received, blockCount }) => `${received}/${blockCount}`,
		},
		{
			title: 'asked',
			width: 9,
			worth: 12,
			right: true,
			text: ({ requested }) => (requested > 0 ? `${requested} asked` : ''),
		},
		{ title: 'why', width: 22, grow: 40, worth: 15, text: ({ reason }) => explain(reason, 0) },
	]
}
