// Download, upload and requests in flight of the last five minutes.
import type { ReactElement } from 'react'
import { fit, formatGraph } from './format.ts'
import { useEngine } from './hooks.ts'
import { innerWidth, Pane, type PaneProps } from './pane.tsx'

export function GraphPane(props: PaneProps): ReactElement {
	const { place, framed, theme } = props
	const down = useEngine(state => state.slices.summary?.downHistory)
	const width = innerWidth(place, framed)
	const rows = [fit(formatGraph(down ?? [], width, theme.glyphs), width)]
	return <Pane {...props} title="Graphs" rows={rows} />
}
