// The wire: the last messages, newest at the bottom, or a stretch of them that stands still to be read.
import type { ReactElement } from 'react'
import { useEngine, useView } from './hooks.ts'
import { listRows } from './list-rows.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import { chooseColumns, formatRow, tableWidth } from './table.ts'
import { wireColumns } from './wire-row.ts'

export function WirePane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const held = useView(state => state.heldWire)
	const live = useEngine(state => (held === undefined ? state.slices.wire : undefined))
	const startedAt = useEngine(state => state.slices.summary?.startedAt ?? 0)
	const position = useView(state => state.positions.wire)
	const peer = useView(state => state.wirePeer)
	const host = useEngine(state => state.slices.peers?.peers.find(candidate => candidate.peer === peer)?.host)
	const width = innerWidth(place, framed)
	const columns = chooseColumns(wireColumns(theme, startedAt), width - 2)
	const all = (held ?? live?.rows ?? []).filter(row => peer === undefined || row.peer === peer)
	const rows = listRows({
		all,
		position: held === undefined ? undefined : position,
		room: place.bodyRows,
		width,
		used: tableWidth(columns) + 1,
		focused: focused && held !== undefined,
		theme,
		empty: 'no message yet',
		atEnd: true,
		text: (row, isPlain) => formatRow(columns, row, { theme, isPlain }),
	})
	const whose = peer === undefined ? 'all' : (host ?? 'a peer that left')
	return (
		<Pane
			{...props}
			title="Wire"
			note={`${whose}  ${held === undefined ? 'following' : 'held, F follows'}`}
			rows={rows}
		/>
	)
}
