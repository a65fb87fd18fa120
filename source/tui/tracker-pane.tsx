// The trackers, one a row.
import type { ReactElement } from 'react'
import { trackerFields } from './fields/tracker-fields.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { trackerRows } from './listing.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import { trackerDetails } from './tracker-details.ts'
import { trackerColumns } from './tracker-row.ts'
import { listChoice } from './view.ts'

export function TrackerPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.trackers)
	const position = useView(state => state.positions.trackers)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(trackerColumns(theme), width - 2)
	const trackers = slice?.trackers ?? []
	const choice = useView(state => listChoice(state, 'trackers'))
	const all = trackerRows(slice, choice)
	const isAlone = useView(state => state.maximised)
	const chosen = all[Math.min(position?.cursor ?? 0, all.length - 1)]
	const details =
		isAlone && place.bodyRows >= all.length + 6 && chosen !== undefined
			? trackerDetails(chosen.view, chosen.at).map(line => fit(`  ${line}`, width, theme.glyphs.ellipsis))
			: []
	const list = listRows({
		all,
		position,
		room: place.bodyRows,
		width,
		used: tableWidth(columns) + 1,
		focused,
		theme,
		empty:
			slice === undefined
				? ''
				: trackers.length > 0
					? 'no tracker is like that'
					: 'no tracker in this torrent',
		text: (row, isPlain) => formatRow(columns, row, { theme, isPlain }),
	})
	const rows = details.length === 0 ? list : [...list, fit('', width), ...details]
	const working = trackers.filter(({ status }) => status === 'working').length
	const title = trackers.length > place.bodyRows ? `Trackers ${working} of ${trackers.length}` : 'Trackers'
	const { glyphs } = theme
	const note = listNote({ fields: trackerFields, choice, shown: all.length, total: trackers.length, glyphs })
	return <Pane {...props} title={title} note={note} rows={rows} />
}
