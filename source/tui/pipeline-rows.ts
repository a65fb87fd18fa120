// The pipeline in rows: requests in flight of all peers together, what was decided about the selected peer, and the
// windows of those who are asked for something.
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatSpan } from '../inspect/units.ts'
import type { PeerView, PipelineSlice } from '../torrent/snapshot.ts'
import { fit, formatGauge, formatGraph } from './format.ts'
import { chooseColumns, type Column, formatRow, formatTitles, tableWidth } from './table.ts'
import type { Theme } from './theme.ts'

type Size = { readonly width: number; readonly theme: Theme }

const totalGaugeCells = 10

/** `▮▮▮▮▮▮▮▮▯▯ 214 requests in flight, window 256   oldest 0.4 s …`, the history behind it where there is room. */
export function formatTotals(slice: PipelineSlice, { width, theme }: Size): string {
	const { inFlight, window, oldestRequestAt, at, openPieces, openPiecesLimit, hashing, writing } = slice
	const { glyphs } = theme
	const gauge = width >= 60 ? `${formatGauge(inFlight, window, totalGaugeCells, glyphs)} ` : ''
	const parts = [
		// A window that shrank has more in flight than it holds, so this is no fraction.
		`${inFlight} ${width < 76 ? '' : 'requests '}in flight, window ${window}`,
		oldestRequestAt === undefined ? '' : `oldest ${formatSpan(at - oldestRequestAt)}`,
		width < 70 ? '' : `${openPieces}${width < 100 ? '' : ` of ${openPiecesLimit}`} pieces open`,
		hashing + writing > 0 ? `${hashing} hashing, ${writing} writing` : '',
	]
	const words = parts.filter(part => part !== '').join('   ')
	const used = gauge.length + words.length + 2
	const graphCells = Math.min(60, width - used - 3)
	const graph = graphCells < 12 ? '' : `   ${formatGraph(slice.history, graphCells, glyphs)}`
	const text = fit(` ${gauge}${words}`, Math.min(width, used - 1), glyphs.ellipsis)
	const rest = Math.max(0, width - Math.min(width, used - 1) - (graph === '' ? 0 : graphCells + 3))
	return text + (graph === '' ? '' : theme.down(graph)) + ' '.repeat(rest)
}

/** Peers that are asked for something, one a row, with why their windows are as they are. */
export function formatWindows(
	peers: readonly PeerView[],
	at: number,
	rows: number,
	{ width, theme }: Size,
): string[] {
	const columns = chooseColumns(windowColumns(theme, at, width), width - 2)
	const padding = ' '.repeat(Math.max(0, width - 1 - tableWidth(columns)))
	const busy = peers.filter(({ inFlight }) => inFlight > 0)
	const titles = rows >= 4 && busy.length > 0 ? [` ${formatTitles(columns, theme)}${padding}`] : []
	const shown = busy.slice(0, Math.max(0, rows - titles.length))
	return [...titles, ...shown.map(peer => ` ${formatRow(columns, peer, { theme })}${padding}`)]
}

function windowColumns(theme: Theme, at: number, width: number): Column<PeerView>[] {
	return [
		{
			title: 'peer',
			width: width >= 66 ? 21 : 15,
			worth: 20,
			text: ({ host, port }, cells) => {
				const address = formatAddress(host, port)
				return address.length <= cells ? address : host
			},
		},
		{
			title: 'window',
			width: 6,
			grow: 20,
			worth: 15,
			text: ({ inFlight, window }, width) => formatGauge(inFlight, window, width, theme.glyphs),
			paint: ({ snubbed }) => (snubbed ? theme.warning : theme.down),
		},
		{
			title: 'asked',
			width: 7,
			worth: 19,
			right: true,
			text: ({ inFlight, window }) => `${inFlight}/${window}`,
		},
		{
			title: 'oldest',
			width: 6,
			worth: 18,
			right: true,
			text: ({ oldestRequestAt }) => (oldestRequestAt === undefined ? '' : formatSpan(at - oldestRequestAt)),
		},
		{
			title: 'why so many',
			width: 20,
			grow: 38,
			worth: 16,
			text: ({ windowReason }) => (windowReason === undefined ? '' : explain(windowReason.reason, at)),
			paint: () => theme.dim,
		},
	]
}
