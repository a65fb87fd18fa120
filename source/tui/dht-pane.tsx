// The DHT: who we are in it, our lookups by round with whom they asked and how far each is, our tables by bucket.
// A pane that is opened alone: on a wide screen the overview stands beside the list, else above it.
import type { ReactElement } from 'react'
import { dhtFields } from './fields/dht-fields.ts'
import { besideFrom, formatBeside, formatOverview, overviewRows } from './dht-overview.ts'
import { formatDhtRow } from './dht-row.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { listRows } from './list-rows.ts'
import { dhtRows } from './listing.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { listChoice } from './view.ts'

export function DhtPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.dht)
	const position = useView(state => state.positions.dht)
	const choice = useView(state => listChoice(state, 'dht'))
	const turned = useView(state => state.dhtTurned)
	const width = innerWidth(place, framed)
	if (slice === undefined) return <Pane {...props} title="DHT" rows={[]} />
	const { glyphs } = theme
	const { bodyRows } = place
	const isBeside = width >= besideFrom
	const sideWidth = isBeside ? Math.min(64, Math.floor(width * 0.36)) : 0
	const above = isBeside ? 0 : overviewRows(slice, bodyRows)
	const all = dhtRows(slice, choice, turned)
	const listWidth = width - sideWidth - (isBeside ? 1 : 0)
	const list = listRows({
		all,
		position,
		room: bodyRows - above,
		width: listWidth,
		used: listWidth,
		focused,
		theme,
		empty: choice.filter === undefined ? 'nothing was looked up yet' : 'nothing here is like that',
		text: (row, isPlain) => formatDhtRow(row, { width: listWidth - 1, theme, at: slice.at, isPlain }),
	})
	const rows = isBeside
		? formatBeside(slice, bodyRows, { width: sideWidth, theme }).map(
				(side, row) => `${side}${theme.dim(glyphs.vertical)}${list[row] ?? ' '.repeat(listWidth)}`,
			)
		: [...formatOverview(slice, above, { width, theme }), ...list]
	const filtered = listNote({ fields: dhtFields, choice, shown: all.length, total: undefined, glyphs })
	const state = slice.readOnly ? `${slice.state}, read-only` : slice.state
	const note = [filtered, state].filter(part => part !== '').join('  ')
	return <Pane {...props} title="DHT" note={note} rows={rows} />
}
