// Which panes fit where. Pure: a size and what is wanted go in, rectangles come out; the same for the same.
// A smaller terminal loses panes in the order of their worth, never the header's first line; a wider one puts
// panes side by side, from 150 columns on in columns of their own.
import { type Arrangement, defaultArrangement } from './arrangement.ts'
import { jointAt, type Joint } from './joints.ts'
import { type PaneName, paneNames } from './pane-names.ts'
import { type Row, type Stack, stacksFor } from './pane-stacks.ts'
import { shareRows } from './share-rows.ts'

export { type PaneName, paneNames } from './pane-names.ts'

/** A pane: its rule, and `bodyRows` rows below. Glyphs where lines meet are chosen by what stands around it. */
export type PanePlace = {
	readonly pane: PaneName
	/** Of its left line and its rule, counted from the corner of the first pane. */
	readonly column: number
	readonly row: number
	readonly width: number
	readonly bodyRows: number
	/** Whether a line of its own closes it on the right: not when a pane stands there. */
	readonly isRightmost: boolean
	/** At the start of its rule, and at the end where it is the rightmost. */
	readonly corner: Joint
	readonly endCorner: Joint
	/** Columns of its rule at which a line from above ends. */
	readonly joins: readonly number[]
	/** Body rows in which a rule from the left ends at its left line. */
	readonly leftJoins: readonly number[]
}

/** Stacks of panes side by side, all `rows` high. */
export type Section = { readonly rows: number; readonly stacks: readonly (readonly PanePlace[])[] }

export type Layout = {
	readonly columns: number
	readonly rows: number
	readonly headerRows: number
	/** Lines below the header, where they were wished and fit. */
	readonly bannerRows: number
	/** From the top. */
	readonly sections: readonly Section[]
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
	readonly arrangement?: Arrangement
	/** Whether there is a line to be shown below the header. */
	readonly banner?: boolean
	/** Whether the last line is needed however few rows there are: somebody types in it. */
	readonly line?: boolean
}

const framedColumns = 50
/** What a banner has to say, in cells, and the lead of its lines. */
const bannerCells = 134
const bannerLead = 13
const framedRows = 12

/** The layout for a terminal of 1×1 or more. */
export function createLayout(wishes: LayoutWishes): Layout {
	const columns = Math.max(1, Math.floor(wishes.columns))
	const rows = Math.max(1, Math.floor(wishes.rows))
	const headerRows = rows >= 16 ? 3 : rows >= 8 ? 2 : 1
	const footerRows = rows >= 7 || (wishes.line === true && rows >= 2) ? 1 : 0
	const bannerRows = wishes.banner === true ? bannerRowsOf(columns, rows) : 0
	const framed = columns >= framedColumns && rows >= framedRows
	const room = rows - headerRows - bannerRows - footerRows - (framed ? 1 : 0)
	const sections = placeSections({ ...wishes, columns }, room, framed)
	const bottom = framed ? sections.at(-1) : undefined
	return {
		columns,
		rows,
		headerRows,
		bannerRows,
		sections,
		bottomJoins: bottom?.stacks.flatMap(([first]) =>
			first === undefined || first.column === 0 ? [] : [first.column],
		),
		footerRows,
		framed,
	}
}

/** As many lines as its sentences need, and no more than a third of the rows. */
function bannerRowsOf(columns: number, rows: number): number {
	if (rows < 8) return 0
	const needed = Math.ceil(bannerCells / Math.max(1, columns - bannerLead))
	return Math.max(1, Math.min(needed, 4, Math.floor(rows / 3)))
}

/** The places of all panes on screen, in reading order. */
export function placesOf({ sections }: Layout): PanePlace[] {
	return sections.flatMap(({ stacks }) => stacks.flat())
}

/** The panes that are on screen, in reading order. */
export function visiblePanes(layout: Layout): PaneName[] {
	return placesOf(layout).map(({ pane }) => pane)
}

/** Body rows of a pane; 0 when it is not on screen. */
export function bodyRowsOf(layout: Layout, pane: PaneName): number {
	return placesOf(layout).find(place => place.pane === pane)?.bodyRows ?? 0
}

/** Cells of a row between the lines. */
export function innerWidth({ width, isRightmost }: PanePlace, framed: boolean): number {
	return Math.max(0, framed ? width - 1 - (isRightmost ? 1 : 0) : width)
}

type Rectangle = Pick<PanePlace, 'pane' | 'column' | 'row' | 'width' | 'bodyRows'>

function placeSections(wishes: LayoutWishes, room: number, framed: boolean): Section[] {
	if (room < 1) return []
	const arrangement = wishes.arrangement ?? defaultArrangement
	const { columns, maximised, trackerCount, fileCount } = wishes
	const { hidden } = arrangement
	const stacks =
		maximised === undefined
			? stacksFor({ columns, room, trackerCount, fileCount, framed, hidden })
			: [aloneIn(columns, maximised)]
	const shown = stacks.length > 0 ? stacks : [aloneIn(columns, firstShown(hidden))]
	const sections = isSingle(shown)
		? sectionsOfRows(shown[0], room, arrangement)
		: [{ rows: room, stacks: stacksOfPanes(shown, room, arrangement) }]
	const all = sections.flatMap(section => section.stacks.flat())
	return sections.map(section => ({
		rows: section.rows,
		stacks: section.stacks.map(stack =>
			stack.map(place => framePlace(place, all, { columns, rows: room, framed })),
		),
	}))
}

function isSingle(stacks: readonly Stack[]): stacks is readonly [Stack] {
	return stacks.length === 1
}

function aloneIn(width: number, pane: PaneName): Stack {
	const everything = Number.MAX_SAFE_INTEGER
	return { column: 0, width, rows: [{ cells: [{ pane, width }], least: 1, want: everything, share: 1 }] }
}

function firstShown(hidden: readonly PaneName[]): PaneName {
	return (
		paneNames.find(name => name === 'peers' && !hidden.includes(name)) ??
		paneNames.find(name => !hidden.includes(name)) ??
		'peers'
	)
}

type Unframed = { readonly rows: number; readonly stacks: readonly (readonly Rectangle[])[] }

/** One stack: each of its rows is a section, and may hold panes side by side. */
function sectionsOfRows(stack: Stack, room: number, arrangement: Arrangement): Unframed[] {
	const heights = heightsOf(stack.rows, room, arrangement)
	let row = 0
	return stack.rows.map(({ cells }, index) => {
		const height = heights[index] ?? 1
		const top = row
		row += height
		let column = stack.column
		const stacks = cells.map(({ pane, width }) => {
			const place = { pane, column, row: top, width, bodyRows: Math.max(0, height - 1) }
			column += width
			return [place]
		})
		return { rows: height, stacks }
	})
}

/** Several stacks side by side: each shares the room for itself. */
function stacksOfPanes(stacks: readonly Stack[], room: number, arrangement: Arrangement): Rectangle[][] {
	return stacks.map(stack => {
		const heights = heightsOf(stack.rows, room, arrangement)
		let row = 0
		return stack.rows.flatMap(({ cells }, index) => {
			const height = heights[index] ?? 1
			const top = row
			row += height
			return cells.map(({ pane }) => ({
				pane,
				column: stack.column,
				row: top,
				width: stack.width,
				bodyRows: Math.max(0, height - 1),
			}))
		})
	})
}

function heightsOf(rows: readonly Row[], room: number, { extraRows }: Arrangement): number[] {
	const wishes = rows.map(({ cells, least, want, share }) => ({
		least,
		want,
		share,
		extra: cells.reduce((sum, { pane }) => sum + (extraRows[pane] ?? 0), 0),
	}))
	return shareRows(wishes, room)
}

type Frame = { readonly columns: number; readonly rows: number; readonly framed: boolean }

function framePlace(place: Rectangle, all: readonly Rectangle[], frame: Frame): PanePlace {
	const { column, row, width, bodyRows } = place
	const isRightmost = column + width === frame.columns
	if (!frame.framed)
		return { ...place, isRightmost, corner: 'horizontal', endCorner: 'horizontal', joins: [], leftJoins: [] }
	const joint = (x: number, y: number) => jointAt(all, frame, x, y)
	const joins: number[] = []
	for (let at = 1; at < width; at += 1) if (joint(column + at, row) === 'teeUp') joins.push(at)
	const leftJoins: number[] = []
	for (let at = 0; at < bodyRows; at += 1) if (joint(column, row + 1 + at) === 'teeLeft') leftJoins.push(at)
	return {
		...place,
		isRightmost,
		corner: joint(column, row),
		endCorner: joint(frame.columns - 1, row),
		joins,
		leftJoins,
	}
}
