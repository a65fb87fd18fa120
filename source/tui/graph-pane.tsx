// Download, upload and requests in flight of the last minutes, one sample a second, each with its scale.
import { memo, type ReactElement, useMemo } from 'react'
import { formatClock, formatShortRate } from '../inspect/units.ts'
import { formatArea, niceTop, samplesIn } from './braille.ts'
import { fit, fitRight } from './format.ts'
import { useEngine } from './hooks.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { useSame } from './steady.ts'
import type { Paint, Theme } from './theme.ts'

export const GraphPane = memo(function GraphPane(props: PaneProps): ReactElement {
	const { place, framed, theme } = props
	const down = useSame(useEngine(state => state.slices.summary?.downHistory) ?? none)
	const up = useSame(useEngine(state => state.slices.summary?.upHistory) ?? none)
	const flight = useSame(useEngine(state => state.slices.pipeline?.history) ?? none)
	const width = innerWidth(place, framed)
	const { glyphs } = theme
	const { bodyRows } = place
	const rows = useMemo(
		() => formatGraphs(seriesOf(down, up, flight, theme), { width, rows: bodyRows, theme }),
		[down, up, flight, width, bodyRows, theme],
	)
	const seconds = samplesIn(Math.max(0, width - scaleCells - 2), glyphs)
	return (
		<Pane {...props} title="Graphs" note={`last ${formatClock(Math.min(300, seconds) * 1000)}`} rows={rows} />
	)
})

function seriesOf(
	down: readonly number[],
	up: readonly number[],
	flight: readonly number[],
	theme: Theme,
): Series[] {
	const { glyphs } = theme
	return [
		{ sign: glyphs.down, samples: down, paint: theme.down, label: formatShortRate },
		{ sign: glyphs.up, samples: up, paint: theme.up, label: formatShortRate },
		{ sign: 'asked', samples: flight, paint: theme.plain, label: value => String(Math.round(value)) },
	]
}

const none: readonly number[] = []
const scaleCells = 10

/** A line of samples; `label` makes its figures. */
export type Series = {
	readonly sign: string
	readonly samples: readonly number[]
	readonly paint: Paint
	readonly label: (value: number) => string
}

type GraphParts = { readonly width: number; readonly rows: number; readonly theme: Theme }

/** The graphs one below the other, `rows` lines of `width` cells in all; those for which there is no row are left out. */
export function formatGraphs(all: readonly Series[], { width, rows, theme }: GraphParts): string[] {
	const shown = all.slice(0, Math.max(0, rows))
	const each = shown.length === 0 ? 0 : Math.floor(rows / shown.length)
	return shown.flatMap((series, index) => {
		const more = index < rows - each * shown.length ? 1 : 0
		return formatSeries(series, { width, rows: each + more, theme })
	})
}

/** On the left the top of the scale and the figure of now, on the right the area. */
function formatSeries(series: Series, { width, rows, theme }: GraphParts): string[] {
	const { samples, paint, label, sign } = series
	const columns = width - scaleCells - 2
	if (columns < 8) return Array.from({ length: rows }, () => fit('', width))
	const seen = samples.slice(-samplesIn(columns, theme.glyphs))
	const top = niceTop(seen)
	const area = formatArea(seen, { columns, rows, top }, theme.glyphs)
	const now = `${sign} ${label(samples.at(-1) ?? 0)}`
	return area.map((line, row) => {
		const isNow = row === Math.min(1, rows - 1)
		const words = isNow ? now : row === 0 ? (top > 1 ? label(top) : '') : row === rows - 1 ? '0' : ''
		const scale = fitRight(words, scaleCells, theme.glyphs.ellipsis)
		const side = row === 0 || row === rows - 1 ? theme.glyphs.scaleTop : theme.glyphs.scaleSide
		return (isNow ? paint(scale) : theme.dim(scale)) + theme.dim(side) + paint(line) + ' '
	})
}
