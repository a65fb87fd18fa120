// A begun piece as a row: how many blocks came, how many are asked for, why it was picked.
import { explain } from '../inspect/explain.ts'
import type { OpenPieceView } from '../torrent/snapshot.ts'
import type { Column } from './table.ts'
import type { Theme } from './theme.ts'

/** All columns of the table of begun pieces, in their order on screen. */
export function pieceColumns(theme: Theme): Column<OpenPieceView>[] {
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
		{
			title: 'why',
			width: 22,
			grow: 40,
			worth: 15,
			text: ({ reason }) => explain(reason, 0),
			paint: () => theme.dim,
		},
	]
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
