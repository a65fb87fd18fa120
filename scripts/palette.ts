// The few colours of pictures of a terminal: its own are kept, the edges of letters take the nearest.
import type { Pixels } from './png-pixels.ts'

/** At most `most` colours: what must be `kept` (0xRRGGBB), then the most frequent. */
export function choosePalette(
	pictures: readonly Pixels[],
	kept: readonly number[],
	most: number,
): readonly number[] {
	const counts = new Map<number, number>()
	for (const { colours } of pictures)
		for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1)
	const frequent = [...counts]
		.sort(([one, ones], [other, others]) => others - ones || one - other)
		.map(([colour]) => colour)
	return [...new Set([...kept, ...frequent])].slice(0, most)
}

/** Pictures as indexes into a palette; what was found once is remembered. */
export function createIndexer(palette: readonly number[]): (colours: Uint32Array) => Uint8Array {
	const nearest = new Map<number, number>()
	return colours =>
		Uint8Array.from(colours, colour => {
			let index = nearest.get(colour)
			if (index === undefined) {
				index = nearestIndex(palette, colour)
				nearest.set(colour, index)
			}
			return index
		})
}

function nearestIndex(palette: readonly number[], colour: number): number {
	let best = 0
	let least = Number.POSITIVE_INFINITY
	for (const [index, candidate] of palette.entries()) {
		const far = [16, 8, 0].reduce(
			(sum, shift) => sum + (((candidate >> shift) & 255) - ((colour >> shift) & 255)) ** 2,
			0,
		)
		if (far < least) {
			least = far
			best = index
		}
	}
	return best
}
