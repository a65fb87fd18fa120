// The inspector on screen, in place of the panes.
import type { ReactElement } from 'react'
import { useEngine, useView } from './hooks.ts'
import { formatInspector } from './inspector-rows.ts'
import { Lines } from './lines.tsx'
import { wireRows } from './listing.ts'
import type { Theme } from './theme.ts'
import { listChoice, startOfList } from './view.ts'

export type InspectorProps = { readonly width: number; readonly rows: number; readonly theme: Theme }

export function Inspector({ width, rows, theme }: InspectorProps): ReactElement | undefined {
	const state = useView(view => view.inspector)
	const position = useView(view => view.positions.wire ?? startOfList)
	const held = useView(view => view.heldWire)
	const choice = useView(view => listChoice(view, 'wire'))
	const peer = useView(view => view.wirePeer)
	const startedAt = useEngine(({ slices }) => slices.summary?.startedAt ?? 0)
	if (state === undefined) return undefined
	const list = wireRows(held ?? [], choice, peer)
	const lines = formatInspector({ state, width, rows, theme, startedAt, list, position })
	return <Lines text={lines.join('\n')} width={width} height={rows} />
}
