import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import type { MetadataView, SummarySlice } from '../../source/torrent/snapshot.ts'
import { formatMetadataBar, formatMetadataLine, metadataRows } from '../../source/tui/metadata-lines.ts'
import { createTheme } from '../../source/tui/theme.ts'

const theme = createTheme({ color: false, ascii: false })
const summary = { at: 60_000, infoHash: 'ab'.repeat(20) } as SummarySlice
const view: MetadataView = {
	totalBytes: 180_000,
	pieceCount: 11,
	piecesHave: 4,
	sizes: 1,
	peersOffering: 3,
	peersAsked: 2,
	inFlight: 7,
	history: [
		{ at: 10_000, reason: { code: 'awaiting-peers', known: 0 } },
		{ at: 40_000, reason: { code: 'metadata-refused-by', host: '1.2.3.4', port: 6 } },
		{ at: 50_000, reason: { code: 'fetching-metadata', peers: 2, inFlight: 7 } },
	],
}
const unknown: MetadataView = {
	...view,
	totalBytes: undefined,
	pieceCount: 0,
	piecesHave: 0,
	history: view.history.slice(0, 1),
}

const plain = (line: string) => line.replaceAll(/\u001b\[\d+m/gu, '')

describe('the header without metadata', () => {
	it('shows how many pieces of it are here, and what it waits for', () => {
		const parts = { width: 80, theme }
		expect(plain(formatMetadataBar(summary, view, parts))).toMatch(/^ \S+ {2}4 of 11 pieces of metadata $/u)
		expect(plain(formatMetadataLine(summary, view, parts))).toBe(
			` asked 2 peers, 7 in flight${' '.repeat(11)} ${'ab'.repeat(20)} `,
		)
	})

	it('shows what it waits for while nobody told how long it is', () => {
		const parts = { width: 60, theme }
		expect(formatMetadataBar(summary, unknown, parts).trimEnd()).toBe(' metadata: nobody is known yet')
		expect(plain(formatMetadataLine(summary, unknown, parts)).trim()).toBe('ab'.repeat(20))
	})

	it('warns where peers tell different lengths', () => {
		const line = formatMetadataLine(summary, { ...view, sizes: 2 }, { width: 80, theme })
		expect(line).toContain('peers tell 2 lengths')
	})

	it('fills its lines exactly at any width', () => {
		for (let width = 1; width <= 220; width += 1) {
			for (const one of [view, unknown]) {
				const parts = { width, theme }
				expect(stringWidth(formatMetadataBar(summary, one, parts))).toBe(width)
				expect(stringWidth(formatMetadataLine(summary, one, parts))).toBe(width)
				for (const row of metadataRows(summary, one, { ...parts, rows: 5 }))
					expect(stringWidth(row)).toBe(width)
			}
		}
	})
})

it('the pane tells the decisions, the newest last, as many as there is room for', () => {
	const rows = (count: number) =>
		metadataRows(summary, view, { width: 60, theme, rows: count }).map(row => row.trim())
	expect(rows(9)).toEqual([
		'180 kB in 11 pieces, offered by 3 peers',
		'50 s ago  nobody is known yet',
		'20 s ago  1.2.3.4:6 refused',
		'10 s ago  asked 2 peers, 7 in flight',
	])
	expect(rows(2)).toEqual(['180 kB in 11 pieces, offered by 3 peers', '10 s ago  asked 2 peers, 7 in flight'])
})
