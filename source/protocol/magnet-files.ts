// The files that a magnet link asks for (BEP 53): `so=0,2,4-6`. What is no index is left out; a range costs
// what it says only when it is within the bound of any torrent.

/** No torrent that we take has more files than this many and one. */
const maxFileIndex = 999_999
const maxRanges = 10_000

type FileRange = { readonly first: number; readonly last: number }

/** The indexes that all values of `so` name together, sorted, each once. */
export function selectedFiles(values: readonly string[]): number[] {
	const indexes: number[] = []
	let next = 0
	for (const { first, last } of readRanges(values)) {
		for (let index = Math.max(first, next); index <= last; index += 1) indexes.push(index)
		next = Math.max(next, last + 1)
	}
	return indexes
}

/** Indexes as BEP 53 writes them: `0,2,4-6`. */
export function fileRangesText(sortedIndexes: readonly number[]): string {
	const parts: string[] = []
	let at = 0
	while (at < sortedIndexes.length) {
		const first = sortedIndexes[at] ?? 0
		let last = first
		for (at += 1; sortedIndexes[at] === last + 1; at += 1) last += 1
		parts.push(first === last ? `${first}` : `${first}-${last}`)
	}
	return parts.join(',')
}

function readRanges(values: readonly string[]): FileRange[] {
	const ranges: FileRange[] = []
	for (const value of values) {
		for (const part of value.split(',', maxRanges)) {
			const match = /^(\d{1,7})(?:-(\d{1,7}))?$/u.exec(part.trim())
			if (match === null) continue
			const first = Number(match[1])
			const last = match[2] === undefined ? first : Number(match[2])
			if (first <= last && last <= maxFileIndex && ranges.length < maxRanges) ranges.push({ first, last })
		}
	}
	return ranges.sort((a, b) => a.first - b.first)
}
