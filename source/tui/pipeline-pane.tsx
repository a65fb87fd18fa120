// Requests in flight: of all peers together, and of the selected peer with what was decided about it.
import type { ReactElement } from 'react'
import { formatSpan } from '../inspect/units.ts'
import type { PipelineSlice } from '../torrent/snapshot.ts'
import { fit, formatGraph } from './format.ts'
import { useEngine, useView } from './hooks.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'
import { peerOutline } from './peer-details.ts'
import type { Theme } from './theme.ts'
import { selectedPeer } from './view.ts'

export function PipelinePane(props: PaneProps): ReactElement {
	const { place, framed, theme } = props
	const slice = useEngine(state => state.slices.pipeline)
	const peers = useEngine(state => state.slices.peers)
	const peerOrder = useEngine(state => state.peerOrder)
	const chosen = useView(state => selectedPeer(state, { peerOrder }))
	const width = innerWidth(place, framed)
	const peer = peers?.peers.find(candidate => candidate.peer === chosen)
	const lines = slice === undefined ? [] : [totals(slice, width, theme)]
	if (peer !== undefined && peers !== undefined) lines.push(...peerOutline(peer, peers.at))
	const rows = lines.map(line => fit(` ${line}`, width, theme.glyphs.ellipsis))
	return <Pane {...props} title="Pipeline" rows={rows} />
}

function totals(slice: PipelineSlice, width: number, theme: Theme): string {
	const oldest =
		slice.oldestRequestAt === undefined ? '' : `oldest ${formatSpan(slice.at - slice.oldestRequestAt)}`
	const parts = [
		`${slice.inFlight} of ${slice.window} requests in flight`,
		oldest,
		`${slice.openPieces} of ${slice.openPiecesLimit} pieces open`,
		slice.hashing + slice.writing > 0 ? `${slice.hashing} hashing, ${slice.writing} writing` : '',
	]
	const text = parts.filter(part => part !== '').join('   ')
	const room = width - text.length - 4
	return room < 12 ? text : `${text}   ${formatGraph(slice.history, Math.min(room, 60), theme.glyphs)}`
}
