// The trackers, one a row.
import type { ReactElement } from 'react'
import { useEngine, useView } from './hooks.ts'
import { listRows } from './list-rows.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import { trackerColumns } from './tracker-row.ts'

export function TrackerPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.trackers)
	const position = useView(state => state.positions.trackers)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(trackerColumns(theme), width - 2)
	const trackers = slice?.trackers ?? []
	const rows = listRows({
		all: trackers,
		position,
		room: place.bodyRows,
		width,
		used: tableWidth(columns) + 1,
		focused,
		theme,
		empty: slice === undefined ? '' : 'no tracker in this torrent',
		text: (view, isPlain) => formatRow(columns, { view, at: slice?.at ?? 0 }, { theme, isPlain }),
	})
	const working = trackers.filter(({ status }) => status === 'working').length
	const title = trackers.length > place.bodyRows ? `Trackers ${working} of ${trackers.length}` : 'Trackers'
	return <Pane {...props} title={title} rows={rows} />
}
