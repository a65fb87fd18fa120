// The pieces of a torrent in a bar of some cells: each cell stands for the pieces in its stretch, how much of
// them we have by its glyph, whether anything of them is under way by its activity.
import { pieceStates, type PiecesSlice } from '../torrent/snapshot.ts'

/** `level`: 0 nobody has it, 1 none of ours, 2 less than half, 3 more than half, 4 all. */
export type PieceCell = { readonly level: 0 | 1 | 2 | 3 | 4; readonly active: boolean }

/** `width` cells for the pieces of a slice; fewer pieces than cells stretch. Unwanted pieces count as not there. */
export function toPieceCells({ states, availability }: PiecesSlice, width: number): PieceCell[] {
	const count = states.length
	const cells: PieceCell[] = []
	for (let cell = 0; cell < width && count > 0; cell += 1) {
		const start = Math.floor((cell * count) / width)
		const end = Math.max(start + 1, Math.floor(((cell + 1) * count) / width))
		cells.push(toCell(states.subarray(start, end), availability.subarray(start, end)))
	}
	return cells
}

function toCell(states: Uint8Array, availability: Uint16Array): PieceCell {
	let have = 0
	let underWay = 0
	let reachable = 0
	for (const [index, state] of states.entries()) {
		if (state === pieceStates.have) have += 1
		else if (state === pieceStates.missing) reachable += (availability[index] ?? 0) > 0 ? 1 : 0
		else if (state !== pieceStates.unwanted) underWay += 1
	}
	const active = underWay > 0
	if (have === states.length) return { level: 4, active }
	if (have === 0) return { level: active || reachable > 0 ? 1 : 0, active }
	return { level: have * 2 < states.length ? 2 : 3, active }
}
