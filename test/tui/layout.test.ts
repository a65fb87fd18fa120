import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLayout, type Layout, paneNames, visiblePanes } from '../../source/tui/layout.ts'

const wishes = fc.record({
	columns: fc.integer({ min: 1, max: 500 }),
	rows: fc.integer({ min: 1, max: 200 }),
	trackerCount: fc.integer({ min: 0, max: 40 }),
	fileCount: fc.integer({ min: 0, max: 1000 }),
	maximised: fc.option(fc.constantFrom(...paneNames), { nil: undefined }),
})

function rowsUsed({ headerRows, bands, bottomJoins, footerRows }: Layout): number {
	const inBands = bands.reduce((sum, band) => sum + (band[0]?.bodyRows ?? 0) + 1, 0)
	return headerRows + inBands + (bottomJoins === undefined ? 0 : 1) + footerRows
}

const usual = { trackerCount: 2, fileCount: 1, maximised: undefined }
const panesAt = (columns: number, rows: number) => visiblePanes(createLayout({ ...usual, columns, rows }))

describe('layout', () => {
	it('uses every row and column of a terminal of any size, and no more', () => {
		fc.assert(
			fc.property(wishes, wish => {
				const layout = createLayout(wish)
				expect(rowsUsed(layout)).toBeLessThanOrEqual(wish.rows)
				if (layout.bands.length > 0) expect(rowsUsed(layout)).toBe(wish.rows)
				for (const band of layout.bands) {
					expect(band.reduce((sum, { width }) => sum + width, 0)).toBe(wish.columns)
					for (const place of band) expect(place.bodyRows).toBeGreaterThanOrEqual(0)
				}
			}),
			{ numRuns: 2000 },
		)
	})

	it('keeps header, bar and peers at 40x10', () => {
		const layout = createLayout({ ...usual, columns: 40, rows: 10 })
		expect(layout.headerRows).toBe(2)
		expect(visiblePanes(layout)).toEqual(['peers'])
	})

	it('shows trackers, peers, pipeline and wire at 80x24', () => {
		expect(panesAt(80, 24)).toEqual(['trackers', 'peers', 'pipeline', 'wire'])
	})

	it('puts panes side by side where it is wide', () => {
		const layout = createLayout({ ...usual, columns: 200, rows: 50 })
		expect(layout.bands.map(band => band.map(({ pane }) => pane))).toEqual([
			['trackers', 'pipeline'],
			['peers'],
			['wire', 'pieces'],
			['events'],
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

	it('gives the maximised pane all the room', () => {
		const layout = createLayout({ ...usual, columns: 80, rows: 24, maximised: 'wire' })
		expect(layout.bands.map(band => band.map(({ pane, bodyRows }) => [pane, bodyRows]))).toEqual([
			[['wire', 18]],
		])
	})
})
