import fc from 'fast-check'
import { render } from 'ink-testing-library'
import stringWidth from 'string-width'
import { afterEach, describe, expect, it } from 'vitest'
import type { MetadataView } from '../../source/torrent/snapshot.ts'
import { App } from '../../source/tui/app.tsx'
import { createCell } from '../../source/tui/cell.ts'
import { SessionContext } from '../../source/tui/hooks.ts'
import { layoutOf } from '../../source/tui/view.ts'
import { type PaneName, paneNames } from '../../source/tui/pane-names.ts'
import { createEngineStore } from '../../source/tui/store.ts'
import { createTheme } from '../../source/tui/theme.ts'
import { createThemes } from '../../source/tui/themes.ts'
import { createView } from '../../source/tui/view.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

type Shown = {
	columns: number
	rows: number
	peers: number
	files: number
	maximised: PaneName | undefined
	color: boolean
	metadata?: MetadataView
}

let unmount: () => void = () => undefined
afterEach(() => {
	unmount()
})

const plain = (lines: readonly string[]) => lines.join('\n').replaceAll(/\u001b\[[0-9;]*m/gu, '')

/** The screen as it is drawn at once: Ink's last frame. */
async function frameOf({ columns, rows, peers, files, maximised, color, metadata }: Shown) {
	const engine = createFakeEngine({ peers, files, pieces: 300, ...(metadata && { metadata }) })
	const store = createEngineStore(engine)
	const first = createView(columns, rows, 10)
	const view = createCell({ ...first, focus: maximised ?? first.focus, maximised: maximised !== undefined })
	for (let step = 0; step < 3; step += 1) engine.tick(400)
	const options = { color, ascii: false }
	const session = {
		...{ engine: store, view, theme: createTheme(options), themes: createThemes(options) },
		...{ title: 'demo', scenario: undefined },
	}
	const screen = render(
		<SessionContext value={session}>
			<App onKey={() => undefined} />
		</SessionContext>,
	)
	unmount = () => screen.unmount()
	for (let round = 0; round < 4; round += 1) await new Promise(resolve => setImmediate(resolve))
	const layout = layoutOf(view.get(), { trackerCount: 2, fileCount: files })
	const lines = (screen.lastFrame() ?? '').split('\n')
	screen.unmount()
	return { layout, lines }
}

const shown = fc.record({
	columns: fc.integer({ min: 20, max: 300 }),
	rows: fc.integer({ min: 5, max: 100 }),
	peers: fc.constantFrom(0, 1, 200),
	files: fc.constantFrom(1, 12),
	maximised: fc.option(fc.constantFrom(...paneNames), { nil: undefined }),
	color: fc.boolean(),
})

describe('panes', () => {
	it('end at the right edge in every row, at any size, with no peer, one or two hundred', async () => {
		await fc.assert(
			fc.asyncProperty(shown, async given => {
				const { layout, lines } = await frameOf(given)
				const { headerRows, bannerRows, sections, framed } = layout
				const top = headerRows + bannerRows
				const room = sections.reduce((sum, { rows }) => sum + rows, 0)
				for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(given.columns)
				if (!framed) return
				// A frame closes every row: one that is short or long shows here.
				for (const line of lines.slice(top, top + room + 1)) expect(stringWidth(line)).toBe(given.columns)
				for (const line of lines.slice(top, top + room + 1)) expect(plain([line])).toMatch(/[│┐┤┘]$/u)
			}),
			{ numRuns: 60 },
		)
	}, 60_000)

	it.each([0, 1, 200])('answer what one asks of them with %i peers', async peers => {
		const size = { columns: 200, rows: 50, files: 2, maximised: undefined, color: false }
		const { lines } = await frameOf({ ...size, peers })
		const text = plain(lines)
		// How deep is the pipeline, which tracker failed and when it is asked again, which pieces are rare.
		expect(text).toMatch(/\d+ (?:requests )?in flight, window 256/u)
		expect(text).toMatch(/✗ http:\/\/dead\.example\/announce +timed out +try 3 in \d:\d\d/u)
		expect(text).toMatch(/rarest: \d+ pieces? with \d+ cop(?:y|ies): #\d+/u)
		if (peers < 200) return
		// Which peers choke us, and why one is not asked.
		expect(text).toMatch(/Peers \d+ of \d+, \d+ chokes? us, \d+ snubbed/u)
		expect(text).toMatch(/sends #\d+: rarest, \d+ cop|window full, \d+ of \d+/u)
	})

	it.each([
		[40, 10],
		[80, 24],
		[120, 40],
		[200, 50],
	])('tell at %i × %i what the metadata of a magnet link waits for', async (columns, rows) => {
		const metadata: MetadataView = {
			...{ totalBytes: 180_000, pieceCount: 11, piecesHave: 4, sizes: 2 },
			...{ peersOffering: 3, peersAsked: 2, inFlight: 7 },
			history: [
				{ at: 1000, reason: { code: 'metadata-hash-wrong', totalBytes: 180_000, sources: 2 } },
				{ at: 2000, reason: { code: 'fetching-metadata', peers: 2, inFlight: 7 } },
			],
		}
		const { lines } = await frameOf({
			columns,
			rows,
			peers: 3,
			files: 0,
			maximised: undefined,
			color: false,
			metadata,
		})
		for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
		const text = plain(lines)
		expect(text).toMatch(columns < 60 ? /4 of 11/u : /4 of 11 pieces of metadata/u)
		if (rows >= 24) expect(text).toContain('asked 2 peers, 7 in flight')
		if (rows >= 40) expect(text).toMatch(/4 Metadata .*wrong hash, from 2 peers/su)
	})

	it('tell at 80 columns in the place of the gauge why nothing is in flight', async () => {
		const { lines } = await frameOf({
			columns: 80,
			rows: 60,
			peers: 40,
			files: 1,
			maximised: 'peers',
			color: false,
		})
		expect(plain(lines)).toMatch(/chokes us \d+s/u)
	})
})
