// The peers, one a row.
import { type ReactElement, useMemo } from 'react'
import type { PeerNumber } from '../protocol/ids.ts'
import type { PeersSlice, PeerView, SummarySlice } from '../torrent/snapshot.ts'
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatClock } from '../inspect/units.ts'
import { paneFields } from './fields/pane-fields.ts'
import { fit } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { listNote } from './list-note.ts'
import { rowsOnScreen, windowOf } from './list-rows.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { peerDetails } from './peer-details.ts'
import { peerColumns, type PeerRow } from './peer-row.ts'
import { steadyMs, useSteady } from './steady.ts'
import { chooseColumns, type Column, formatRow, formatTitles, tableWidth } from './table.ts'
import type { Theme } from './theme.ts'
import { listChoice, selectedPeer } from './view.ts'

/** The selected peer in sentences, with who left last below it. */
const detailRows = 11
const mostDropped = 4

export function PeerPane(props: PaneProps): ReactElement {
	const { place, framed, theme, focused } = props
	const slice = useEngine(state => state.slices.peers)
	const peerOrder = useEngine(state => state.peerOrder)
	const known = useEngine(state => state.slices.summary?.peersKnown ?? 0)
	const isSeeding = useEngine(state => isComplete(state.slices.summary))
	const pieceCount = useEngine(state => state.slices.summary?.pieceCount ?? 0)
	const position = useView(state => state.positions.peers)
	const choice = useView(state => listChoice(state, 'peers'))
	const chosen = useView(state => selectedPeer(state, { peerOrder }))
	const width = innerWidth(place, framed)
	const columns = chooseColumns(peerColumns(theme, isSeeding, width - 2), width - 2)
	const hasTitles = place.bodyRows >= 6
	const isAlone = useView(state => state.maximised)
	const listRoom = place.bodyRows - (hasTitles ? 1 : 0)
	// Below a short list there is room anyway: better told something than left empty.
	const hasDetails = (isAlone && listRoom >= 17) || listRoom - peerOrder.length >= detailRows
	const room = listRoom - (hasDetails ? detailRows : 0)
	const cursor = chosen === undefined ? 0 : peerOrder.indexOf(chosen)
	const window = windowOf({ cursor, top: position?.top ?? 0 }, peerOrder.length, room)
	const speed = useEngine(state => state.slices.summary?.clockSpeed ?? 1)
	const taken = useSteady({ at: slice?.at ?? 0, value: slice }, steadyMs * speed)
	const figures = useMemo(() => figuresOf(taken), [taken])
	const rows = formatPeers({
		slice,
		figures,
		peerOrder,
		pieceCount,
		columns,
		window,
		room,
		theme,
		focused,
		width,
	})
	const titles = hasTitles ? [` ${pad(formatTitles(columns, theme), width - 1, tableWidth(columns))}`] : []
	const details = hasDetails ? formatDetails(taken, chosen, width, theme) : []
	const blanks = new Array<string>(Math.max(0, listRoom - rows.length - detailRows)).fill(fit('', width))
	const free = listRoom - rows.length - blanks.length - details.length
	const left = hasDetails ? formatDropped(taken, Math.min(free, mostDropped), width, theme) : []
	const connected = slice?.peers.filter(({ phase }) => phase === 'connected').length ?? 0
	const note = listNote({
		fields: paneFields('peers'),
		choice: { ...choice, sort: choice.sort ?? 'down' },
		shown: peerOrder.length,
		total: slice?.peers.length ?? 0,
		glyphs: theme.glyphs,
	})
	return (
		<Pane
			{...props}
			title={peersTitle(slice, Math.max(known, connected), connected)}
			note={note}
			rows={[...titles, ...rows, ...(hasDetails ? [...blanks, ...details, ...left] : [])]}
		/>
	)
}

/** How many there are, and how many of them give us nothing for a reason of theirs. */
function peersTitle(slice: PeersSlice | undefined, known: number, connected: number): string {
	let choking = 0
	let snubbed = 0
	for (const peer of slice?.peers ?? []) {
		if (peer.phase !== 'connected') continue
		if (peer.snubbed) snubbed += 1
		else if (peer.amInterested && peer.peerChoking) choking += 1
	}
	const parts = [
		`Peers ${connected} of ${known}`,
		choking > 0 ? `${choking} ${choking === 1 ? 'chokes' : 'choke'} us` : '',
		snubbed > 0 ? `${snubbed} snubbed` : '',
	]
	return parts.filter(part => part !== '').join(', ')
}

/** What moves with every frame, of each peer: shown as it was when it was last taken. */
type Figures = ReadonlyMap<
	PeerNumber,
	Pick<PeerView, 'downBytesPerSecond' | 'upBytesPerSecond' | 'roundTripMs'>
>

function figuresOf(slice: PeersSlice | undefined): Figures {
	return new Map(
		slice?.peers.map(({ peer, downBytesPerSecond, upBytesPerSecond, roundTripMs }) => [
			peer,
			{ downBytesPerSecond, upBytesPerSecond, roundTripMs },
		]),
	)
}

/** The selected peer in sentences, below a rule of its own. */
function formatDetails(
	slice: PeersSlice | undefined,
	chosen: PeerNumber | undefined,
	width: number,
	theme: Theme,
): string[] {
	const peer = slice?.peers.find(candidate => candidate.peer === chosen)
	if (peer === undefined) return []
	const { ellipsis, horizontal } = theme.glyphs
	const rule = theme.dim(` ${horizontal.repeat(Math.max(0, width - 2))} `.slice(0, width))
	const [first = '', ...others] = peerDetails(peer, slice?.at ?? 0).map(line =>
		fit(` ${line}`, width, ellipsis),
	)
	return [rule, theme.bold(first), ...others]
}

/** Who left last, newest first. */
function formatDropped(slice: PeersSlice | undefined, rows: number, width: number, theme: Theme): string[] {
	if (slice === undefined || rows <= 0) return []
	return slice.dropped
		.slice(-rows)
		.reverse()
		.map(({ host, port, at, reason }) =>
			theme.dim(
				fit(
					` left ${formatClock(slice.at - at)} ago: ${formatAddress(host, port)}, ${explain(reason, slice.at)}`,
					width,
					theme.glyphs.ellipsis,
				),
			),
		)
}

type PeerTable = {
	readonly slice: PeersSlice | undefined
	readonly figures: Figures
	readonly peerOrder: readonly PeerNumber[]
	readonly pieceCount: number
	readonly columns: readonly Column<PeerRow>[]
	readonly window: { readonly top: number; readonly cursor: number }
	readonly room: number
	readonly theme: Theme
	readonly focused: boolean
	readonly width: number
}

function formatPeers(table: PeerTable): string[] {
	const { slice, theme, width, columns } = table
	if (slice === undefined || slice.peers.length === 0)
		return [fit(slice === undefined ? '' : ' no peer yet', width)]
	if (table.peerOrder.length === 0) return [fit(' no peer is like that', width)]
	const byNumber = new Map<PeerNumber, PeerView>(slice.peers.map(peer => [peer.peer, peer]))
	const used = tableWidth(columns)
	return rowsOnScreen(table.peerOrder, table.window, table.room).flatMap(({ row, isCursor }) => {
		const peer = byNumber.get(row)
		if (peer === undefined) return []
		const stands = isCursor && table.focused
		const context = {
			peer: { ...peer, ...table.figures.get(row) },
			at: slice.at,
			pieceCount: table.pieceCount,
		}
		const text = formatRow(columns, context, { theme, isPlain: stands })
		const line = (isCursor ? theme.glyphs.marker : ' ') + pad(text, width - 1, used)
		return [stands ? theme.selected(line) : peer.phase === 'dialling' ? theme.dim(line) : line]
	})
}

/** `text` of `used` cells in `width` cells. */
function pad(text: string, width: number, used: number): string {
	return text + ' '.repeat(Math.max(0, width - used))
}

function isComplete(summary: SummarySlice | undefined): boolean {
	return summary?.state === 'seeding' || summary?.state === 'complete'
}
