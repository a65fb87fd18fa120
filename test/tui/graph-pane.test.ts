import { expect, it } from 'vitest'
import { formatShortRate } from '../../source/inspect/units.ts'
import { formatGraphs, type Series } from '../../source/tui/graph-pane.tsx'
import { createTheme } from '../../source/tui/theme.ts'

const theme = createTheme({ color: false, ascii: false })
const plain = (lines: string[]) => lines.map(line => line.replaceAll(/\u001b\[[0-9;]*m/gu, ''))
const series: Series[] = [
	{ sign: '↓', samples: [0, 1e6, 2e6, 2e6], paint: theme.down, label: formatShortRate },
	{ sign: '↑', samples: [], paint: theme.up, label: formatShortRate },
]

it('graphs stand one below the other, each with the top of its scale and the figure of now', () => {
	expect(plain(formatGraphs(series, { width: 24, rows: 5, theme }))).toEqual([
		'  2.0 MB/s┤           ⣿ ',
		'↓ 2.0 MB/s│          ⢠⣿ ',
		'         0┤          ⢸⣿ ',
		'          ┤             ',
		'       ↑ 0┤             ',
	])
})

it('graphs for which there is no row are left out, and none is drawn where it is too narrow', () => {
	expect(plain(formatGraphs(series, { width: 24, rows: 1, theme }))).toHaveLength(1)
	expect(formatGraphs(series, { width: 15, rows: 2, theme })).toEqual([' '.repeat(15), ' '.repeat(15)])
	expect(formatGraphs(series, { width: 24, rows: 0, theme })).toEqual([])
})
