// Graphs of several rows: areas under a line of samples, newest at the right edge. Two samples and four heights a
// cell in braille dots (Unicode 2800 to 28FF), one sample and a few heights a cell in ASCII. Pure.
import type { Glyphs } from './theme.ts'

export type GraphShape = {
	readonly columns: number
	readonly rows: number
	/** The sample that reaches the upper edge; above 0. */
	readonly top: number
}

/** Dots of a cell from the lowest to the highest, in the left and in the right column. */
const leftDots = [0x40, 0x04, 0x02, 0x01] as const
const rightDots = [0x80, 0x20, 0x10, 0x08] as const

/** `rows` lines of `columns` cells; anything above 0 shows at least the lowest dot. */
export function formatArea(samples: readonly number[], shape: GraphShape, glyphs: Glyphs): string[] {
	return glyphs.braille ? brailleArea(samples, shape) : levelArea(samples, shape, glyphs)
}

/** Samples that a graph of so many cells shows. */
export function samplesIn(columns: number, { braille }: Glyphs): number {
	return braille ? columns * 2 : columns
}

function brailleArea(samples: readonly number[], { columns, rows, top }: GraphShape): string[] {
	const heights = heightsOf(samples, columns * 2, rows * 4, top)
	const lines: string[] = []
	for (let row = 0; row < rows; row += 1) {
		const base = (rows - 1 - row) * 4
		let line = ''
		for (let column = 0; column < columns; column += 1) {
			const left = (heights[column * 2] ?? 0) - base
			const right = (heights[column * 2 + 1] ?? 0) - base
			let dots = 0
			for (let dot = 0; dot < 4; dot += 1) {
				if (left > dot) dots |= leftDots[dot] ?? 0
				if (right > dot) dots |= rightDots[dot] ?? 0
			}
			line += dots === 0 ? ' ' : String.fromCharCode(0x2800 + dots)
		}
		lines.push(line)
	}
	return lines
}

function levelArea(
	samples: readonly number[],
	{ columns, rows, top }: GraphShape,
	{ levels }: Glyphs,
): string[] {
	const steps = levels.length - 1
	const heights = heightsOf(samples, columns, rows * steps, top)
	return Array.from({ length: rows }, (_, row) => {
		const base = (rows - 1 - row) * steps
		return heights.map(height => levels[Math.max(0, Math.min(steps, height - base))] ?? ' ').join('')
	})
}

/** Steps of the last `count` samples, 0 before the first. */
function heightsOf(samples: readonly number[], count: number, steps: number, top: number): number[] {
	const heights = new Array<number>(count).fill(0)
	const shown = count <= 0 ? [] : samples.slice(-count)
	for (const [at, sample] of shown.entries()) {
		const height = sample <= 0 ? 0 : Math.max(1, Math.min(steps, Math.round((sample / top) * steps)))
		heights[count - shown.length + at] = height
	}
	return heights
}

/** A round number that no sample is above, and not far above the highest; 1 for none. */
export function niceTop(samples: readonly number[]): number {
	let highest = 0
	for (const sample of samples) if (sample > highest) highest = sample
	if (!(highest > 1)) return 1
	const power = 10 ** Math.floor(Math.log10(highest))
	for (const factor of [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8])
		if (factor * power >= highest) return factor * power
	return 10 * power
}
