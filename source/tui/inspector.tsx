// The inspector on screen, in place of the panes.
import type { ReactElement } from 'react'
import { useEngine, useView } from './hooks.ts'
import { formatInspector } from './inspector-rows.ts'
import { Lines } from './lines.tsx'
import { wireRows } from './listing.ts'
import type { Theme } from './theme.ts'
import { listChoice } from './view.ts'

export type InspectorProps = { readonly width: number; readonly rows: number; readonly theme: Theme }

export function Inspector({ width, rows, theme }: InspectorProps): ReactElement | undefined {
	const state = useView(view => view.inspector)
	const cursor = useView(view => view.positions.wire?.cursor ?? 0)
	const held = useView(view => view.heldWire)
	const choice = useView(view => listChoice(view, 'wire'))
	const peer = useView(view => view.wirePeer)
	const startedAt = useEngine(({ slices }) => slices.summary?.startedAt ?? 0)
	if (state === undefined) return undefined
	const place = { at: cursor + 1, count: wireRows(held ?? [], choice, peer).length }
	const lines = formatInspector({ state, width, rows, theme, startedAt, place })
	return <Lines text={lines.join('\n')} width={width} height={rows} />
}
