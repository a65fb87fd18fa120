// The wire: the last messages, newest at the bottom, or a stretch of them that stands still to be read.
import type { ReactElement } from 'react'
import { wireFields } from './fields/wire-fields.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { wireRows } from './listing.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, formatRow, formatTitles, tableWidth } from './table.ts'
import { listChoice } from './view.ts'
import { wireColumns } from './wire-row.ts'

export function WirePane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const held = useView(state => state.heldWire)
	const live = useEngine(state => (held === undefined ? state.wireRows : undefined))
	const choice = useView(state => listChoice(state, 'wire'))
	const startedAt = useEngine(state => state.slices.summary?.startedAt ?? 0)
	const position = useView(state => state.positions.wire)
	const peer = useView(state => state.wirePeer)
	const host = useEngine(state => state.slices.peers?.peers.find(candidate => candidate.peer === peer)?.host)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(wireColumns(theme, startedAt, width - 2), width - 2)
	const all = wireRows(held ?? live ?? [], choice, peer)
	const hasTitles = place.bodyRows >= 10
	const list = listRows({
		all,
		position: held === undefined ? undefined : position,
		room: place.bodyRows - (hasTitles ? 1 : 0),
		width,
		used: tableWidth(columns) + 1,
		focused: focused && held !== undefined,
		theme,
		empty: choice.filter === undefined ? 'no message yet' : 'no message is like that yet',
		atEnd: !choice.reversed,
		text: (row, isPlain) => formatRow(columns, row, { theme, isPlain }),
	})
	const rows = hasTitles ? [fit(` ${formatTitles(columns, theme)}`, width), ...list] : list
	const whose = peer === undefined ? 'all' : (host ?? 'a peer that left')
	const { glyphs } = theme
	const listed = listNote({ fields: wireFields, choice, shown: all.length, total: undefined, glyphs })
	const state = held === undefined ? 'following' : 'held, F follows'
	return (
		<Pane
			{...props}
			title="Wire"
			note={[listed, whose, state].filter(part => part !== '').join('  ')}
			rows={rows}
		/>
	)
}
