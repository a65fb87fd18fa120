// The line of the header that shows the pieces: a cell for each stretch of them, and how many there are.
import { fit } from './format.ts'
import { type PieceCell, toPieceCells } from './piece-cells.ts'
import type { PiecesSlice, SummarySlice } from '../torrent/snapshot.ts'
import type { Theme } from './theme.ts'

/** One line of `width` cells. */
export function formatPieceLine(
	summary: SummarySlice,
	pieces: PiecesSlice | undefined,
	{ width, theme }: { readonly width: number; readonly theme: Theme },
): string {
	// Rounded down: less than a whole copy must not look like one.
	const tenths = (Math.floor(summary.copies * 10) / 10).toFixed(1)
	const copies = summary.seedsConnected > 0 && summary.copies >= 1000 ? 'many' : tenths
	const words = `  ${summary.piecesHave}/${summary.piecesWanted} pieces   ${copies} copies `
	const room = width - words.length - 1
	if (room < 8) return fit(` ${words.trim()}`, width, theme.glyphs.ellipsis)
	const cells = pieces === undefined ? [] : toPieceCells(pieces, room)
	const bar = formatPieceCells(cells, theme) + ' '.repeat(room - cells.length)
	return ` ${bar}${words}`
}

/** The cells as text, in as few colour changes as there are stretches. */
function formatPieceCells(cells: readonly PieceCell[], theme: Theme): string {
	let text = ''
	for (let start = 0; start < cells.length; ) {
		let end = start
		let run = ''
		const first = cells[start]
		while (end < cells.length && cells[end]?.active === first?.active) {
			run += theme.glyphs.pieces[cells[end]?.level ?? 0]
			end += 1
		}
		text += first?.active === true ? theme.warning(run) : theme.down(run)
		start = end
	}
	return text
}
