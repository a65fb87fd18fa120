// How the rows of a stack of panes are shared: each gets the least it can be read with, then what is left by
// share up to what it wants, then what the user gave or took. Pure numbers.

export type RowWish = {
	readonly least: number
	readonly want: number
	readonly share: number
	/** Rows the user gave, negative for taken. */
	readonly extra: number
}

/** Rows of each wish; together exactly `room` when there is any wish and room for the least of all. */
export function shareRows(wishes: readonly RowWish[], room: number): number[] {
	const heights: number[] = []
	let left = Math.max(0, room)
	for (const { least } of wishes) {
		heights.push(Math.min(least, left))
		left -= heights.at(-1) ?? 0
	}
	for (; left > 0 && wishes.length > 0; left -= 1) {
		const neediest = neediestOf(wishes, heights)
		heights[neediest] = (heights[neediest] ?? 0) + 1
	}
	for (const [index, { extra }] of wishes.entries()) moveRows(wishes, heights, index, extra)
	return heights
}

/** The one furthest behind its share; when all have what they want, the one with the greatest share. */
function neediestOf(wishes: readonly RowWish[], heights: readonly number[]): number {
	let neediest = -1
	let need = Number.POSITIVE_INFINITY
	let greatest = 0
	for (const [index, { want, share }] of wishes.entries()) {
		const height = heights[index] ?? 0
		const fill = (height - 1) / share
		if (height < want && fill < need) {
			need = fill
			neediest = index
		}
		if (share > (wishes[greatest]?.share ?? 0)) greatest = index
	}
	return neediest < 0 ? greatest : neediest
}

/** Moves rows one by one between `index` and the other that has most to give, or least for its share. */
function moveRows(wishes: readonly RowWish[], heights: number[], index: number, extra: number): void {
	for (let moved = 0; moved < Math.abs(extra); moved += 1) {
		const other = extra > 0 ? richestBut(wishes, heights, index) : poorestBut(wishes, heights, index)
		const from = extra > 0 ? other : index
		const to = extra > 0 ? index : other
		if (from < 0 || to < 0 || (heights[from] ?? 0) <= (wishes[from]?.least ?? 0)) return
		heights[from] = (heights[from] ?? 0) - 1
		heights[to] = (heights[to] ?? 0) + 1
	}
}

function richestBut(wishes: readonly RowWish[], heights: readonly number[], index: number): number {
	let richest = -1
	let most = 0
	for (const [other, { least }] of wishes.entries()) {
		const spare = (heights[other] ?? 0) - least
		if (other !== index && spare > most) {
			most = spare
			richest = other
		}
	}
	return richest
}

function poorestBut(wishes: readonly RowWish[], heights: readonly number[], index: number): number {
	let poorest = -1
	let fewest = Number.POSITIVE_INFINITY
	for (const [other, { share }] of wishes.entries()) {
		const fill = (heights[other] ?? 0) / share
		if (other !== index && fill < fewest) {
			fewest = fill
			poorest = other
		}
	}
	return poorest
}
