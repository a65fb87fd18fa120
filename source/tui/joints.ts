// Which glyph a frame has where lines meet. Panes share their lines: each draws the rule above it and the line to
// its left, the last column also the line at the right edge, and one closing line ends them all.

/** The glyphs of lines, named by where a line of the joint leads nowhere or which way the tee points. */
export type Joint =
	| 'horizontal'
	| 'vertical'
	| 'topLeft'
	| 'topRight'
	| 'bottomLeft'
	| 'bottomRight'
	| 'teeLeft'
	| 'teeRight'
	| 'teeDown'
	| 'teeUp'
	| 'cross'

/** A pane with its rule in `row` and its left line in `column`, both counted from the first pane's corner. */
export type Framed = {
	readonly column: number
	readonly row: number
	readonly width: number
	readonly bodyRows: number
}

const up = 1
const down = 2
const left = 4
const right = 8
const joints: Readonly<Record<number, Joint>> = {
	[down | right]: 'topLeft',
	[down | left]: 'topRight',
	[up | right]: 'bottomLeft',
	[up | left]: 'bottomRight',
	[up | down]: 'vertical',
	[up]: 'vertical',
	[down]: 'vertical',
	[up | down | left]: 'teeLeft',
	[up | down | right]: 'teeRight',
	[left | right | down]: 'teeDown',
	[left | right | up]: 'teeUp',
	[up | down | left | right]: 'cross',
}

/** The joint at a column and row among `panes`, which fill `columns` cells and `rows` rows with the closing line below. */
export function jointAt(
	panes: readonly Framed[],
	{ columns, rows }: { readonly columns: number; readonly rows: number },
	column: number,
	row: number,
): Joint {
	const isUpright = (x: number, y: number) =>
		panes.some(
			pane =>
				y > pane.row &&
				y <= pane.row + pane.bodyRows &&
				(x === pane.column || (x === columns - 1 && pane.column + pane.width === columns)),
		)
	const isLevel = (x: number, y: number) =>
		(y === rows && x >= 0 && x < columns) ||
		panes.some(pane => y === pane.row && x >= pane.column && x < pane.column + pane.width)
	const lines =
		(isUpright(column, row - 1) ? up : 0) |
		(isUpright(column, row + 1) ? down : 0) |
		(isLevel(column - 1, row) ? left : 0) |
		(isLevel(column + 1, row) ? right : 0)
	return joints[lines] ?? 'horizontal'
}
