// How tree, bytes and paragraph share the room of the inspector, from a window of any size.

export type InspectorLayout = {
	/** The rule, and the sentence below it where there is room. */
	readonly headRows: number
	/** Messages of the list around this one, with a line below them. */
	readonly listRows: number
	readonly treeRows: number
	readonly treeWidth: number
	/** Bytes beside the tree, else below it. */
	readonly isBeside: boolean
	readonly hexRows: number
	readonly hexWidth: number
	/** Paragraphs beside the bytes; 0: they stand below or not at all. */
	readonly loreWidth: number
	/** A paragraph with its rule below; 0: none there. */
	readonly loreRows: number
	/** Paragraphs below: of the chosen field, and where it is tall of the message as well. */
	readonly loreCount: number
}

/** A line between tree and bytes, with a gap on both sides. */
const gapCells = 3
const fullHexCells = 72
const narrowHexCells = 39
const leastTreeCells = 26
const wideTreeCells = 44
const wideColumns = 100
const threeColumns = 170

/** For `rows` rows of `width` cells. */
export function inspectorLayout(width: number, rows: number): InspectorLayout {
	const headRows = rows >= 9 ? 2 : Math.min(1, rows)
	const listRows = rows >= 30 ? Math.floor(rows / 5) : 0
	const loreWidth =
		width >= threeColumns && rows >= 12 ? Math.floor((width - fullHexCells - gapCells * 2) / 2) : 0
	const loreRows = loreWidth > 0 || rows < 16 ? 0 : width >= wideColumns ? 7 : 8
	const loreCount = loreRows === 0 ? 0 : rows >= 30 ? 2 : 1
	const shared = { headRows, listRows, loreRows, loreCount, loreWidth }
	const body = Math.max(0, rows - headRows - listRows - loreRows * loreCount)
	const isBeside = width >= leastTreeCells + gapCells + narrowHexCells
	if (!isBeside) {
		const hexRows = body < 4 ? 0 : Math.max(2, Math.floor(body * 0.36))
		return { ...shared, isBeside, treeRows: body - hexRows, treeWidth: width, hexRows, hexWidth: width }
	}
	const isWide = width >= wideTreeCells + gapCells + fullHexCells
	const hexWidth = isWide ? fullHexCells : narrowHexCells
	return {
		...shared,
		isBeside,
		treeRows: body,
		treeWidth: width - gapCells - hexWidth - (loreWidth > 0 ? loreWidth + gapCells : 0),
		hexRows: body,
		hexWidth,
	}
}
