// Requests in flight: of all peers together with their history, of the selected peer with what was decided about
// it, and of the others. Read, not watched: twice a second is enough.
import type { ReactElement } from 'react'
import type { PeerView } from '../torrent/snapshot.ts'
import { formatArea, niceTop } from './braille.ts'
import { fit, fitRight } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { innerWidth } from './layout.ts'
import { Pane, type PaneProps } from './pane.tsx'
import { peerOutline } from './peer-details.ts'
import { formatTotals, formatWindows } from './pipeline-rows.ts'
import { steadyMs, useSteady } from './steady.ts'
import type { Theme } from './theme.ts'
import { selectedPeer } from './view.ts'

export function PipelinePane(props: PaneProps): ReactElement {
	const { place, framed, theme } = props
	const speed = useEngine(state => state.slices.summary?.clockSpeed ?? 1)
	const newest = useEngine(state => state.slices.pipeline)
	const newestPeers = useEngine(state => state.slices.peers)
	const peerOrder = useEngine(state => state.peerOrder)
	const chosen = useView(state => selectedPeer(state, { peerOrder }))
	const slice = useSteady({ at: newest?.at ?? 0, value: newest }, steadyMs * speed)
	const peers = useSteady({ at: newestPeers?.at ?? 0, value: newestPeers }, steadyMs * speed)
	const width = innerWidth(place, framed)
	const { bodyRows } = place
	const at = peers?.at ?? 0
	const byNumber = new Map(peers?.peers.map(peer => [peer.peer, peer]))
	const peer = chosen === undefined ? undefined : byNumber.get(chosen)
	const outline =
		peer === undefined
			? []
			: peerOutline(peer, at, width - 1).map(line => fit(` ${line}`, width, theme.glyphs.ellipsis))
	const listed = peerOrder.flatMap((number): PeerView[] => {
		const view = byNumber.get(number)
		return view === undefined ? [] : [view]
	})
	const graph =
		bodyRows < 14 || slice === undefined
			? []
			: formatFlight(slice.history, width, Math.floor(bodyRows / 3), theme)
	const above = [
		...graph,
		...(slice === undefined ? [] : [formatTotals(slice, { width, theme })]),
		...outline,
	]
	const windows = formatWindows(listed, at, bodyRows - above.length, { width, theme })
	return <Pane {...props} title="Pipeline" rows={[...above, ...windows]} />
}

const scaleCells = 6

/** Requests in flight of the last minutes as an area with its scale. */
function formatFlight(history: readonly number[], width: number, rows: number, theme: Theme): string[] {
	const columns = width - scaleCells - 2
	if (columns < 8) return []
	const top = niceTop(history)
	return formatArea(history, { columns, rows, top }, theme.glyphs).map((line, row) => {
		const label = row === 0 ? String(top) : row === rows - 1 ? '0' : ''
		return `${theme.dim(fitRight(label, scaleCells) + theme.glyphs.scaleSide)}${theme.down(line)} `
	})
}
