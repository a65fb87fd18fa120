// Which panes a terminal of some width and height shows, and how they stand: one stack below 150 columns, with
// neighbours in a row from 110 on, two stacks from 150 on, three from 240 on. Panes are listed by worth: the first
// that does not fit ends the list, so a taller terminal never loses one.
import type { PaneName } from './pane-names.ts'

/** Panes side by side in a stack; usually one. Rows count the rule above. */
export type Row = {
	readonly cells: readonly { readonly pane: PaneName; readonly width: number }[]
	readonly least: number
	readonly want: number
	readonly share: number
}

/** Rows one below the other in `width` columns from `column` on. */
export type Stack = { readonly column: number; readonly width: number; readonly rows: readonly Row[] }

export type StackWishes = {
	readonly columns: number
	/** Rows for panes and their rules. */
	readonly room: number
	readonly trackerCount: number
	readonly fileCount: number
	/** Panes stand beside each other only with lines between them. */
	readonly framed: boolean
	readonly hidden: readonly PaneName[]
}

/** `at` orders from the top, `from` is the room at which it comes. */
type Candidate = {
	readonly panes: readonly PaneName[]
	readonly at: number
	readonly from: number
	readonly least: number
	readonly want: number
	readonly share: number
}

const everything = Number.MAX_SAFE_INTEGER
const pairColumns = 110
const twoStackColumns = 150
const threeStackColumns = 240

/** The stacks from left to right; none when everything that could be shown is hidden. */
export function stacksFor(wishes: StackWishes): Stack[] {
	const lists = candidateLists(wishes)
		.map(list => chosenOf(list, wishes))
		.filter(list => list.length > 0)
	const widths = stackWidths(wishes.columns, lists.length)
	let column = 0
	return lists.map((list, index) => {
		const width = widths[index] ?? wishes.columns
		const stack = { column, width, rows: list.map(candidate => rowOf(candidate, width)) }
		column += width
		return stack
	})
}

function chosenOf(list: readonly Candidate[], { room, hidden }: StackWishes): Candidate[] {
	const chosen: Candidate[] = []
	let left = room
	for (const candidate of list) {
		const panes = candidate.panes.filter(pane => !hidden.includes(pane))
		if (panes.length === 0) continue
		if (chosen.length > 0 && (room < candidate.from || candidate.least > left)) break
		left -= candidate.least
		chosen.push({ ...candidate, panes })
	}
	return chosen.sort((one, other) => one.at - other.at)
}

function rowOf({ panes, least, want, share }: Candidate, width: number): Row {
	const first = panes.length === 1 ? width : Math.floor(width * 0.54)
	const cells = panes.map((pane, index) => ({ pane, width: index === 0 ? first : width - first }))
	return { cells, least, want, share }
}

function stackWidths(columns: number, count: number): number[] {
	if (count <= 1) return [columns]
	if (count === 2) {
		const side = Math.min(84, Math.max(52, Math.round(columns * 0.38)))
		return [columns - side, side]
	}
	const middle = Math.floor(columns * 0.25)
	return [columns - 2 * middle, middle, middle]
}

function candidateLists({ columns, trackerCount, fileCount, framed }: StackWishes): Candidate[][] {
	const trackerRows = Math.min(Math.max(1, trackerCount), 6) + 1
	const peers: Candidate = { panes: ['peers'], at: 1, from: 0, least: 2, want: everything, share: 5 }
	const wire: Candidate = { panes: ['wire'], at: 3, from: 11, least: 4, want: everything, share: 4 }
	const trackers: Candidate = {
		panes: ['trackers'],
		at: 0,
		from: 13,
		least: Math.min(trackerRows, 3),
		want: trackerRows,
		share: 1,
	}
	const files = (from: number): Candidate[] =>
		fileCount > 1
			? [{ panes: ['files'], at: 8, from, least: 4, want: Math.min(fileCount, 20) + 1, share: 1 }]
			: []
	const side = { peers, wire, trackers, files }
	if (framed && columns >= threeStackColumns) return threeStacks(side)
	if (framed && columns >= twoStackColumns) return twoStacks(side)
	const pairs = framed && columns >= pairColumns
	return [
		pairs
			? [
					peers,
					wire,
					trackers,
					{ panes: ['pipeline', 'graphs'], at: 2, from: 18, least: 4, want: 9, share: 2 },
					{ panes: ['pieces', 'events'], at: 4, from: 27, least: 5, want: 16, share: 2 },
					...files(38),
				]
			: [
					peers,
					wire,
					trackers,
					{ panes: ['pipeline'], at: 2, from: 16, least: 3, want: 5, share: 1 },
					{ panes: ['events'], at: 5, from: 26, least: 4, want: 14, share: 2 },
					{ panes: ['pieces'], at: 2.5, from: 32, least: 4, want: 12, share: 2 },
					{ panes: ['graphs'], at: 0.5, from: 40, least: 5, want: 8, share: 1 },
					...files(46),
				],
	]
}

type Parts = {
	readonly peers: Candidate
	readonly wire: Candidate
	readonly trackers: Candidate
	readonly files: (from: number) => Candidate[]
}

function twoStacks({ peers, wire, trackers, files }: Parts): Candidate[][] {
	return [
		[peers, wire],
		[
			{ ...trackers, at: 1, from: 0 },
			{ panes: ['pipeline'], at: 2, from: 8, least: 3, want: 10, share: 2 },
			{ panes: ['pieces'], at: 3, from: 14, least: 5, want: everything, share: 4 },
			{ panes: ['graphs'], at: 0, from: 24, least: 6, want: 14, share: 2 },
			{ panes: ['events'], at: 4, from: 32, least: 4, want: everything, share: 2 },
			...files(40),
		],
	]
}

function threeStacks({ peers, wire, trackers, files }: Parts): Candidate[][] {
	return [
		[peers, wire],
		[
			{ ...trackers, at: 0, from: 0 },
			{ panes: ['pipeline'], at: 1, from: 8, least: 3, want: 24, share: 3 },
			{ panes: ['events'], at: 2, from: 14, least: 4, want: everything, share: 4 },
		],
		[
			{ panes: ['pieces'], at: 1, from: 0, least: 4, want: everything, share: 4 },
			{ panes: ['graphs'], at: 0, from: 12, least: 6, want: 20, share: 2 },
			...files(24),
		],
	]
}
