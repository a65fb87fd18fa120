// Which panes fit where. Pure: a size and what is wanted go in, rectangles come out; the same for the same.
// A smaller terminal loses panes in the order of their worth, never the header's first line or the peers.

export const paneNames = ['trackers', 'peers', 'pipeline', 'pieces', 'wire', 'events', 'files'] as const
export type PaneName = (typeof paneNames)[number]

/** A pane with its rule above `bodyRows` rows. Corners are chosen by what stands beside and above. */
export type PanePlace = {
	readonly pane: PaneName
	readonly width: number
	readonly bodyRows: number
	/** Whether a vertical line of its own closes it on the right: not when a pane stands there. */
	readonly isLeftmost: boolean
	readonly isRightmost: boolean
	readonly isTop: boolean
	/** Columns of its rule at which a vertical line of the row above ends. */
	readonly joins: readonly number[]
}

export type Layout = {
	readonly columns: number
	readonly rows: number
	readonly headerRows: number
	/** Panes side by side in each row of panes, from the top. */
	readonly bands: readonly (readonly PanePlace[])[]
	/** Columns of the closing line at which a vertical line ends; undefined: there is no closing line. */
	readonly bottomJoins: readonly number[] | undefined
	readonly footerRows: number
	/** Whether panes have lines left and right. */
	readonly framed: boolean
}

export type LayoutWishes = {
	readonly columns: number
	readonly rows: number
	readonly trackerCount: number
	readonly fileCount: number
	/** The one pane that takes all the room. */
	readonly maximised: PaneName | undefined
}

type Band = {
	readonly panes: readonly PaneName[]
	readonly least: number
	readonly want: number
	readonly share: number
}

const wideColumns = 150
const framedColumns = 50

/** The layout for a terminal of 1×1 or more. */
export function createLayout(wishes: LayoutWishes): Layout {
	const columns = Math.max(1, Math.floor(wishes.columns))
	const rows = Math.max(1, Math.floor(wishes.rows))
	const headerRows = rows >= 16 ? 3 : rows >= 8 ? 2 : 1
	const footerRows = rows >= 7 ? 1 : 0
	const framed = columns >= framedColumns && rows >= 12
	const closingRows = framed ? 1 : 0
	const room = rows - headerRows - footerRows - closingRows
	const bands = chooseBands({ ...wishes, columns }, room)
	const heights = shareRows(bands, room)
	const placed = placeBands(bands, heights, columns)
	const last = placed.at(-1)
	return {
		columns,
		rows,
		headerRows,
		bands: placed,
		bottomJoins: framed && last !== undefined ? splitsOf(last) : undefined,
		footerRows,
		framed,
	}
}

/** The panes that are on screen, in reading order. */
export function visiblePanes(layout: Layout): PaneName[] {
	return layout.bands.flatMap(band => band.map(({ pane }) => pane))
}

/** Body rows of a pane; 0 when it is not on screen. */
export function bodyRowsOf(layout: Layout, pane: PaneName): number {
	return layout.bands.flat().find(place => place.pane === pane)?.bodyRows ?? 0
}

/** Bands in the order of their worth: each gets its least rows while there is room. */
function chooseBands(wishes: LayoutWishes, room: number): Band[] {
	const everything = Number.MAX_SAFE_INTEGER
	if (room < 2)
		return room < 1 ? [] : [{ panes: [wishes.maximised ?? 'peers'], least: 1, want: everything, share: 1 }]
	if (wishes.maximised !== undefined) {
		return [{ panes: [wishes.maximised], least: 2, want: everything, share: 1 }]
	}
	const candidates = candidateBands(wishes)
	const chosen: Candidate[] = []
	let left = room
	for (const candidate of candidates) {
		if (room < candidate.from || candidate.band.least > left) continue
		left -= candidate.band.least
		chosen.push(candidate)
	}
	return chosen.sort((one, other) => one.at - other.at).map(({ band }) => band)
}

/** `at` orders from the top of the screen, `from` is the room at which a band comes. */
type Candidate = { readonly at: number; readonly from: number; readonly band: Band }

function candidateBands({ columns, trackerCount, fileCount }: LayoutWishes): Candidate[] {
	const everything = Number.MAX_SAFE_INTEGER
	const wide = columns >= wideColumns
	const trackerRows = Math.min(Math.max(1, trackerCount), 3) + 1
	const hasFiles = fileCount > 1
	const peers: Band = { panes: ['peers'], least: 2, want: everything, share: 5 }
	const files: Band = { panes: ['files'], least: 4, want: Math.min(fileCount, 8) + 1, share: 1 }
	if (wide) {
		return [
			{ at: 1, from: 0, band: peers },
			{ at: 2, from: 11, band: { panes: ['wire', 'pieces'], least: 4, want: everything, share: 4 } },
			{
				at: 0,
				from: 16,
				band: { panes: ['trackers', 'pipeline'], least: 4, want: Math.max(4, trackerRows), share: 1 },
			},
			{
				at: 3,
				from: 26,
				band: { panes: hasFiles ? ['events', 'files'] : ['events'], least: 4, want: 12, share: 2 },
			},
		]
	}
	return [
		{ at: 1, from: 0, band: peers },
		{ at: 3, from: 11, band: { panes: ['wire'], least: 4, want: everything, share: 4 } },
		{
			at: 0,
			from: 13,
			band: { panes: ['trackers'], least: Math.min(trackerRows, 3), want: trackerRows, share: 1 },
		},
		{ at: 2, from: 16, band: { panes: ['pipeline'], least: 3, want: 4, share: 1 } },
		{ at: 4, from: 26, band: { panes: ['events'], least: 4, want: 14, share: 2 } },
		{ at: 2.5, from: 34, band: { panes: ['pieces'], least: 4, want: 10, share: 1 } },
		...(hasFiles ? [{ at: 5, from: 40, band: files }] : []),
	]
}

function shareRows(bands: readonly Band[], room: number): number[] {
	const heights = bands.map(({ least }) => Math.min(least, room))
	let left = room - heights.reduce((sum, height) => sum + height, 0)
	while (left > 0) {
		// The band that is furthest behind its share gets the next row.
		let neediest = -1
		let need = Number.POSITIVE_INFINITY
		for (const [index, { want, share }] of bands.entries()) {
			const height = heights[index] ?? 0
			const fill = share === 0 ? -1 : (height - 1) / share
			if (height < want && fill < need) {
				need = fill
				neediest = index
			}
		}
		if (neediest < 0) break
		heights[neediest] = (heights[neediest] ?? 0) + 1
		left -= 1
	}
	return heights
}

function placeBands(bands: readonly Band[], heights: readonly number[], columns: number): PanePlace[][] {
	const placed: PanePlace[][] = []
	for (const [index, { panes }] of bands.entries()) {
		const above = placed.at(-1)
		const splits = above === undefined ? [] : splitsOf(above)
		const leftWidth = panes.length === 2 ? Math.floor(columns * 0.58) : columns
		placed.push(
			panes.map((pane, position) => {
				const start = position === 0 ? 0 : leftWidth
				const width = position === 0 ? leftWidth : columns - leftWidth
				return {
					pane,
					width,
					bodyRows: Math.max(0, (heights[index] ?? 1) - 1),
					isLeftmost: position === 0,
					isRightmost: position === panes.length - 1,
					isTop: index === 0,
					joins: splits.map(split => split - start).filter(join => join >= 0 && join < width),
				}
			}),
		)
	}
	return placed
}

/** Columns at which the left lines of all but the first pane stand. */
function splitsOf(band: readonly PanePlace[]): number[] {
	const splits: number[] = []
	let column = 0
	for (const place of band) {
		if (column > 0) splits.push(column)
		column += place.width
	}
	return splits
}
