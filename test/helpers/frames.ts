// The frames in what the screen sent: each between its two marks, and how far it writes. What a frame writes
// beyond the size that it was made for would wrap or scroll a terminal, so its reach says whether it stays within.
import stringWidth from 'string-width'

export type Frame = {
	/** Byte-exact, marks included. */
	readonly text: string
	/** Written whole, for a terminal that knows nothing. */
	readonly whole: boolean
	/** The last row and the last column that it writes to. */
	readonly rows: number
	readonly columns: number
}

const begin = '\u001b[?2026h'
const end = '\u001b[?2026l'
const step = /\u001b\[(?:(\d+);(\d+)H|(\d+)G|[\d;]*m)|([^\u001b]+)/gu

/** Every frame that has come as a whole. */
export function framesOf(text: string): Frame[] {
	return text
		.split(begin)
		.slice(1)
		.flatMap(part => {
			const at = part.indexOf(end)
			return at < 0 ? [] : [frameOf(part.slice(0, at))]
		})
}

function frameOf(body: string): Frame {
	let row = 0
	let column = 0
	let rows = 0
	let columns = 0
	for (const [, toRow, toColumn, along, text] of body.matchAll(step)) {
		if (toRow !== undefined) row = Number(toRow)
		if (toRow !== undefined || along !== undefined) column = Number(toColumn ?? along)
		if (text === undefined) continue
		column += stringWidth(text)
		rows = Math.max(rows, row)
		columns = Math.max(columns, column - 1)
	}
	return { text: begin + body + end, whole: body.startsWith('\u001b[m\u001b[1;1H'), rows, columns }
}
