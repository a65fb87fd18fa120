// Sentences about pieces: which are rare, what the map's signs mean, what one piece or stretch of them is.
import { explain } from '../inspect/explain.ts'
import { formatCount, formatLength } from '../inspect/units.ts'
import { pieceStates, type FileView, type PiecesSlice, type SummarySlice } from '../torrent/snapshot.ts'
import type { Rarity, Stretch } from './piece-map.ts'
import type { Glyphs } from './theme.ts'

/** `rarest: 12 pieces with 1 copy: #5 #102 and more`, as many named as fit `width` cells; what nobody has comes first. */
export function rarityWords(
	{ lacking, nobody, rarest }: Rarity,
	width: number,
): { readonly text: string; readonly isBad: boolean } {
	if (lacking === 0) return { text: 'no piece is missing', isBad: false }
	const sentences = (most: number) => raritySentences({ nobody, rarest }, most)
	const most = [6, 4, 2, 1].find(count => sentences(count).length <= width) ?? 0
	return { text: sentences(most), isBad: nobody.count > 0 }
}

function raritySentences({ nobody, rarest }: Pick<Rarity, 'nobody' | 'rarest'>, most: number): string {
	const parts: string[] = []
	if (nobody.count > 0) parts.push(`nobody has ${formatCount(nobody.count, 'piece')}${names(nobody, most)}`)
	if (rarest.count > 0)
		parts.push(
			`rarest: ${formatCount(rarest.count, 'piece')} with ${copies(rarest.copies)}${names(rarest, most)}`,
		)
	return parts.join('   ')
}

function names(
	{ count, first }: { readonly count: number; readonly first: readonly number[] },
	most: number,
): string {
	if (most === 0) return ''
	const shown = first.slice(0, most).map(piece => `#${piece}`)
	return `: ${shown.join(' ')}${count > most ? ' and more' : ''}`
}

/** What the signs of the map mean. */
export function mapLegend(glyphs: Glyphs, piecesPerCell: number): string {
	const top = glyphs.levels.length - 1
	const half = glyphs.levels[Math.round(top / 2)] ?? ''
	const stretch = piecesPerCell === 1 ? 'a cell a piece' : `a cell ${piecesPerCell} pieces`
	return `${glyphs.levels[top] ?? ''} here  ${half} begun  1-9 copies of a missing one  ${glyphs.common} more  ${glyphs.times} not wanted  ${stretch}`
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
	const parts = [
		`${here} of ${count} here`,
		begun > 0 ? `${begun} begun` : '',
		fewest === undefined ? '' : `of the missing ${copies(fewest)} at least`,
		file,
	]
	return `#${first} to #${first + count - 1}  ${parts.filter(part => part !== '').join(', ')}`
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
