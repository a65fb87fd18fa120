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
import type { Theme } from './theme.ts'
import { trackerColumns, type TrackerRow } from './tracker-row.ts'
import { listChoice } from './view.ts'
import { wrap } from './wrap.ts'

/** Rows below the list from which on what is known of the selected tracker is worth a start. */
const leastDetails = 3

export function TrackerPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.trackers)
	const position = useView(state => state.positions.trackers)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(trackerColumns(theme, width), width - 2)
	const trackers = slice?.trackers ?? []
	const choice = useView(state => listChoice(state, 'trackers'))
	const all = trackerRows(slice, choice)
	const isAlone = useView(state => state.maximised)
	const chosen = all[Math.min(position?.cursor ?? 0, all.length - 1)]
	const details = isAlone && chosen !== undefined ? detailRows(chosen, width, theme) : []
	const room = place.bodyRows - all.length
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
	const gap = room > details.length ? [fit('', width)] : []
	const rows =
		details.length === 0 || room < leastDetails ? list : [...list, ...gap, ...details.slice(0, room)]
	const working = trackers.filter(({ status }) => status === 'working').length
	const title = trackers.length > place.bodyRows ? `Trackers ${working} of ${trackers.length}` : 'Trackers'
	const { glyphs } = theme
	const note = listNote({ fields: trackerFields, choice, shown: all.length, total: trackers.length, glyphs })
	return <Pane {...props} title={title} note={note} rows={rows} />
}

function detailRows({ view, at }: TrackerRow, width: number, theme: Theme): string[] {
	const { ellipsis } = theme.glyphs
	return trackerDetails(view, at)
		.flatMap(line => wrap(line, Math.max(1, width - 3), ellipsis))
		.map(line => fit(`  ${line}`, width, ellipsis))
}
