import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultArrangement } from '../../source/tui/arrangement.ts'
import { bodyRowsOf, createLayout, type Layout, placesOf, visiblePanes } from '../../source/tui/layout.ts'
import { paneNames } from '../../source/tui/pane-names.ts'

const arrangement = fc.record({
	hidden: fc.subarray([...paneNames], { maxLength: paneNames.length - 1 }),
	extraRows: fc.dictionary(fc.constantFrom(...paneNames), fc.integer({ min: -30, max: 30 }), {
		noNullPrototype: true,
	}),
})
const wishes = fc.record({
	columns: fc.integer({ min: 1, max: 500 }),
	rows: fc.integer({ min: 1, max: 200 }),
	trackerCount: fc.integer({ min: 0, max: 40 }),
	fileCount: fc.integer({ min: 0, max: 1000 }),
	maximised: fc.option(fc.constantFrom(...paneNames), { nil: undefined }),
	arrangement,
	banner: fc.boolean(),
})

const usual = { trackerCount: 2, fileCount: 1, maximised: undefined }
const layoutAt = (columns: number, rows: number) => createLayout({ ...usual, columns, rows })
const panesAt = (columns: number, rows: number) => visiblePanes(layoutAt(columns, rows))

/** Rows from the top to the bottom of the screen. */
function rowsUsed({ headerRows, bannerRows, sections, bottomJoins, footerRows }: Layout): number {
	const inSections = sections.reduce((sum, { rows }) => sum + rows, 0)
	return headerRows + bannerRows + inSections + (bottomJoins === undefined ? 0 : 1) + footerRows
}

/** Throws unless the panes cover their room, each cell once. */
function expectCovered(layout: Layout): void {
	const room = layout.sections.reduce((sum, { rows }) => sum + rows, 0)
	const cells = new Uint8Array(layout.columns * room)
	for (const { column, row, width, bodyRows } of placesOf(layout)) {
		for (let y = row; y <= row + bodyRows; y += 1)
			cells
				.subarray(y * layout.columns + column, y * layout.columns + column + width)
				.forEach((_, at, line) => {
					line[at] = (line[at] ?? 0) + 1
				})
	}
	expect(cells.every(count => count === 1)).toBe(true)
}

describe('layout', () => {
	it('covers every cell of a terminal of any size once, whatever was arranged', () => {
		fc.assert(
			fc.property(wishes, wish => {
				const layout = createLayout(wish)
				expect(rowsUsed(layout)).toBeLessThanOrEqual(wish.rows)
				if (layout.sections.length > 0) expect(rowsUsed(layout)).toBe(wish.rows)
				expectCovered(layout)
			}),
			{ numRuns: 1000 },
		)
	})

	it('covers every size from 1×1 to 300×100', () => {
		for (let columns = 1; columns <= 300; columns += columns < 160 ? 1 : 7) {
			for (let rows = 1; rows <= 100; rows += rows < 60 ? 1 : 5) {
				const layout = layoutAt(columns, rows)
				const area = placesOf(layout).reduce((sum, { width, bodyRows }) => sum + width * (bodyRows + 1), 0)
				expect([columns, rows, area]).toEqual([
					columns,
					rows,
					columns * layout.sections.reduce((sum, section) => sum + section.rows, 0),
				])
			}
		}
	})

	it('keeps header, bar and peers at 40x10', () => {
		const layout = layoutAt(40, 10)
		expect(layout.headerRows).toBe(2)
		expect(visiblePanes(layout)).toEqual(['peers'])
	})

	it('shows trackers, peers, pipeline and wire at 80x24', () => {
		expect(panesAt(80, 24)).toEqual(['trackers', 'peers', 'pipeline', 'wire'])
	})

	it('puts panes beside each other at 120x40', () => {
		expect(
			layoutAt(120, 40).sections.map(({ stacks }) => stacks.map(stack => stack.map(({ pane }) => pane))),
		).toEqual([[['trackers']], [['peers']], [['pipeline'], ['graphs']], [['wire']], [['pieces'], ['events']]])
	})

	it('makes columns of their own where it is wide', () => {
		const stacksAt = (columns: number, rows: number) =>
			layoutAt(columns, rows).sections.map(({ stacks }) => stacks.map(stack => stack.map(({ pane }) => pane)))
		expect(stacksAt(200, 50)).toEqual([
			[
				['peers', 'wire'],
				['graphs', 'trackers', 'pipeline', 'pieces', 'events'],
			],
		])
		expect(stacksAt(300, 80)).toEqual([
			[
				['peers', 'wire'],
				['trackers', 'pipeline', 'events'],
				['graphs', 'pieces'],
			],
		])
	})

	it('never loses a pane when it gets taller', () => {
		fc.assert(
			fc.property(wishes, wish => {
				const shorter = visiblePanes(createLayout(wish))
				const taller = visiblePanes(createLayout({ ...wish, rows: wish.rows + 1 }))
				expect(taller).toEqual(expect.arrayContaining(shorter))
			}),
		)
	})

	it('gives the maximised pane all the room, though it is hidden', () => {
		const layout = createLayout({
			...usual,
			columns: 80,
			rows: 24,
			maximised: 'wire',
			arrangement: { ...defaultArrangement, hidden: ['wire'] },
		})
		expect(placesOf(layout).map(({ pane, bodyRows }) => [pane, bodyRows])).toEqual([['wire', 18]])
	})

	it('shows no hidden pane and leaves its rows to the others', () => {
		const hidden = createLayout({
			...usual,
			columns: 80,
			rows: 24,
			arrangement: { hidden: ['wire', 'trackers'], extraRows: {} },
		})
		expect(visiblePanes(hidden)).toEqual(['peers', 'pipeline'])
		expect(bodyRowsOf(hidden, 'peers')).toBeGreaterThan(bodyRowsOf(layoutAt(80, 24), 'peers'))
		expect(
			visiblePanes(
				createLayout({ ...usual, columns: 40, rows: 10, arrangement: { hidden: ['peers'], extraRows: {} } }),
			),
		).toEqual(['wire'])
	})

	it('moves as many rows to a pane as the user gave it, while the others keep their least', () => {
		const grown = (rows: number) =>
			createLayout({
				...usual,
				columns: 80,
				rows: 40,
				arrangement: { hidden: [], extraRows: { wire: rows } },
			})
		const before = bodyRowsOf(grown(0), 'wire')
		expect(bodyRowsOf(grown(3), 'wire')).toBe(before + 3)
		expect(bodyRowsOf(grown(-2), 'wire')).toBe(before - 2)
		expect(visiblePanes(grown(200))).toEqual(visiblePanes(grown(0)))
		expect(bodyRowsOf(grown(-200), 'wire')).toBe(3)
	})

	it('leaves lines for a banner: as many as its sentences need, at most a third, none below eight rows', () => {
		const bannerAt = (columns: number, rows: number) =>
			createLayout({ ...usual, columns, rows, banner: true }).bannerRows
		expect([bannerAt(80, 7), bannerAt(80, 8), bannerAt(80, 50)]).toEqual([0, 2, 2])
		expect([bannerAt(40, 8), bannerAt(40, 10), bannerAt(40, 50), bannerAt(10, 50)]).toEqual([2, 3, 4, 4])
		expect([bannerAt(120, 40), bannerAt(200, 50)]).toEqual([2, 1])
		expect(layoutAt(80, 24).bannerRows).toBe(0)
	})

	it('joins the lines of neighbours', () => {
		const [peers, wire, graphs, trackers] = placesOf(layoutAt(200, 50))
		expect([peers?.corner, wire?.corner, graphs?.corner, trackers?.corner]).toEqual([
			'topLeft',
			'teeRight',
			'teeDown',
			'teeRight',
		])
		expect([graphs?.endCorner, trackers?.endCorner]).toEqual(['topRight', 'teeLeft'])
		const places = placesOf(layoutAt(200, 50))
		const joined = places.flatMap(({ row, leftJoins }) => leftJoins.map(at => row + 1 + at))
		expect(joined).toEqual([wire?.row])
	})
})
