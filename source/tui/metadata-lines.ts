// The header's second and third line as long as the metadata of a magnet link is unknown: how far it is, what we
// wait for and why, and by which hash it is asked for.
import { explain } from '../inspect/explain.ts'
import { formatBytes, formatCount, formatSpan } from '../inspect/units.ts'
import { type SafeText, safe } from '../protocol/safe-text.ts'
import type { MetadataView, SummarySlice } from '../torrent/snapshot.ts'
import { fit, formatBar } from './format.ts'
import type { Theme } from './theme.ts'

type LineParts = { readonly width: number; readonly theme: Theme }

const fewestBarCells = 6
/** Beside the reason there is room for the whole hash. */
const hashCells = 54

/** The bar of pieces, or what we wait for while nobody has told how many there are. */
export function formatMetadataBar(summary: SummarySlice, view: MetadataView, parts: LineParts): string {
	const { width, theme } = parts
	const { piecesHave, pieceCount } = view
	if (pieceCount === 0) return fit(` metadata: ${reasonWords(summary, view)}`, width, theme.glyphs.ellipsis)
	const count = `${piecesHave} of ${pieceCount}`
	const words = width >= 60 ? `  ${count} pieces of metadata ` : `  ${count} `
	const room = width - words.length - 1
	if (room < fewestBarCells) return fit(words, width, theme.glyphs.ellipsis)
	const bar = formatBar(piecesHave / pieceCount, room, theme.glyphs)
	return ` ${theme.down(bar.full)}${theme.dim(bar.empty)}${words}`
}

/** What we wait for, and the info hash where there is room. */
export function formatMetadataLine(summary: SummarySlice, view: MetadataView, parts: LineParts): string {
	const { width, theme } = parts
	const hash = ` ${summary.infoHash} `
	const words = view.pieceCount === 0 ? '' : reasonWords(summary, view)
	if (words === '') return theme.dim(fit(hash, width, theme.glyphs.ellipsis))
	if (width < hashCells + words.length) return fit(` ${words}`, width, theme.glyphs.ellipsis)
	return fit(` ${words}`, width - hash.length, theme.glyphs.ellipsis) + theme.dim(hash)
}

/** What is offered, and the decisions that led here, the newest last. */
export function metadataRows(
	{ at }: SummarySlice,
	view: MetadataView,
	{ width, rows, theme }: LineParts & { readonly rows: number },
): string[] {
	const { totalBytes, pieceCount, peersOffering, sizes, history } = view
	const line = (words: string) => fit(` ${words}`, width, theme.glyphs.ellipsis)
	const offer =
		totalBytes === undefined
			? `the info dictionary, whose hash the link names; offered by ${formatCount(peersOffering, 'peer')}`
			: `${formatBytes(totalBytes)} in ${formatCount(pieceCount, 'piece')}, offered by ${formatCount(peersOffering, 'peer')}`
	const lie = sizes > 1 ? [theme.warning(line(`peers tell ${sizes} lengths: all but one are wrong`))] : []
	const told = history.map(decision =>
		line(`${formatSpan(at - decision.at)} ago  ${explain(decision.reason, at)}`),
	)
	const above = [line(offer), ...lie]
	return [...above, ...told.slice(-Math.max(1, rows - above.length))].slice(0, rows)
}

/** What the torrent waits for. */
function reasonWords({ at }: SummarySlice, { history, sizes }: MetadataView): SafeText {
	const last = history.at(-1)
	const lie = sizes > 1 ? safe`, peers tell ${sizes} lengths` : safe``
	return last === undefined ? safe`starting` : safe`${explain(last.reason, at)}${lie}`
}
