// The word that somebody may have meant: the nearest of a list by edits (Damerau, restricted), near enough only.

/** The word of `known` with the fewest edits from `word`, at most a third of its length; undefined: none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
	const most = Math.max(1, Math.floor(word.length / 3))
	let best: string | undefined
	let bestEdits = most + 1
	for (const candidate of known) {
		if (Math.abs(candidate.length - word.length) > most) continue
		const edits = distance(word, candidate)
		if (edits < bestEdits) [best, bestEdits] = [candidate, edits]
	}
	return best ?? known.find(candidate => word.length >= 2 && candidate.startsWith(word))
}

function distance(one: string, other: string): number {
	let beforeLast: number[] = []
	let last = Array.from({ length: other.length + 1 }, (_, column) => column)
	for (let row = 1; row <= one.length; row += 1) {
		const current = [row]
		for (let column = 1; column <= other.length; column += 1) {
			const isSame = one[row - 1] === other[column - 1]
			let edits = Math.min(
				(last[column] ?? 0) + 1,
				(current[column - 1] ?? 0) + 1,
				(last[column - 1] ?? 0) + (isSame ? 0 : 1),
			)
			const swaps = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
			if (row > 1 && column > 1 && swaps) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1)
			current.push(edits)
		}
		beforeLast = last
		last = current
	}
	return last[other.length] ?? 0
}
