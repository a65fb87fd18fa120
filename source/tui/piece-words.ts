// Sentences about pieces: which are rare, what the map's signs mean, what one piece or stretch of them is.
import { explain } from '../inspect/explain.ts'
import { formatCount, formatLength } from '../inspect/units.ts'
import { pieceStates, type FileView, type PiecesSlice, type SummarySlice } from '../torrent/snapshot.ts'
import { mostTold, type Rare, type Rarity, type Stretch } from './piece-map.ts'
import type { Glyphs } from './theme.ts'

/** What nobody has and what is rarest, a sentence each; the first of them is bad news where `isBad`. */
export function rarityLines(
	{ lacking, nobody, rarest }: Rarity,
	width: number,
): { readonly lines: string[]; readonly isBad: boolean } {
	if (lacking === 0) return { lines: ['no piece is missing'], isBad: false }
	const lines: string[] = []
	if (nobody.count > 0)
		lines.push(withNames(`nobody has ${formatCount(nobody.count, 'piece')}`, nobody, width))
	if (rarest.count > 0) {
		const words = `rarest: ${formatCount(rarest.count, 'piece')} with ${copies(rarest.copies)}`
		lines.push(withNames(words, rarest, width))
	}
	return { lines, isBad: nobody.count > 0 }
}

/** As many pieces by number as fit `width` cells. */
function withNames(words: string, { count, first }: Rare, width: number): string {
	let text = words
	for (const [index, piece] of first.entries()) {
		const next = `${text}${index === 0 ? ': ' : ' '}#${piece}`
		const isLast = index + 1 === count
		if (next.length + (isLast ? 0 : andMore.length) > width) return index === 0 ? words : text + andMore
		text = next
	}
	return first.length < count ? text + andMore : text
}

const andMore = ' and more'

/** What the signs of the map mean. */
export function mapLegend(glyphs: Glyphs, piecesPerCell: number): string {
	const top = glyphs.levels.length - 1
	const half = glyphs.levels[Math.round(top / 2)] ?? ''
	const stretch = piecesPerCell === 1 ? 'a cell a piece' : `a cell ${piecesPerCell} pieces`
	return `${glyphs.levels[top] ?? ''} here  ${half} begun  0-${mostTold} copies of a missing one  ${glyphs.common} more  ${glyphs.times} not wanted  ${stretch}`
}

export type PieceContext = {
	readonly slice: PiecesSlice
	readonly summary: SummarySlice | undefined
	readonly files: readonly FileView[]
}

/** One piece, or the pieces of a stretch, in a sentence. */
export function stretchWords(stretch: Stretch, context: PieceContext): string {
	const { first, count, here, begun, fewest } = stretch
	const file = fileWords(stretch, context)
	if (count === 1)
		return `#${first}  ${[pieceWords(first, context), file].filter(word => word !== '').join(', ')}`
	const parts = [`${here} of ${count} here`, begun > 0 ? `${begun} begun` : '', missingWords(fewest), file]
	return `#${first} to #${first + count - 1}  ${parts.filter(part => part !== '').join(', ')}`
}

function missingWords(fewest: number | undefined): string {
	if (fewest === undefined) return ''
	return fewest === 0 ? 'one of the missing has no copy' : `the missing have ${copies(fewest)} or more`
}

function pieceWords(piece: number, { slice, summary }: PieceContext): string {
	const open = slice.open.find(view => view.piece === piece)
	const known = copies(slice.availability[piece] ?? 0)
	const length = summary === undefined ? '' : `, ${formatLength(lengthOf(piece, summary))}`
	const state = stateWord(slice.states[piece] ?? 0)
	if (open === undefined) return `${state}, ${known}${length}`
	const { received, blockCount, requested, reason } = open
	return `${state}, ${received} of ${formatCount(blockCount, 'block')}, ${requested} asked, picked: ${explain(reason, 0)}, ${known}${length}`
}

function lengthOf(piece: number, { pieceCount, pieceLength, totalBytes }: SummarySlice): number {
	return piece === pieceCount - 1 ? totalBytes - pieceLength * piece : pieceLength
}

function stateWord(state: number): string {
	switch (state) {
		case pieceStates.missing:
			return 'missing'
		case pieceStates.open:
			return 'begun'
		case pieceStates.hashing:
			return 'being hashed'
		case pieceStates.writing:
			return 'being written'
		case pieceStates.have:
			return 'here'
		default:
			return 'not wanted'
	}
}

function fileWords({ first, count }: Stretch, { summary, files }: PieceContext): string {
	if (summary === undefined || files.length < 2) return ''
	const start = first * summary.pieceLength
	const end = (first + count) * summary.pieceLength
	const inside = files.filter(file => file.offsetBytes < end && file.offsetBytes + file.bytes > start)
	const [file] = inside
	if (file === undefined) return ''
	return inside.length === 1 ? file.path : `${file.path} and ${formatCount(inside.length - 1, 'more file')}`
}

function copies(count: number): string {
	return count === 0 ? 'no copy' : `${count} ${count === 1 ? 'copy' : 'copies'}`
}
