// What the inspector is drawn from, and the line above each part of it.
import type { WireRow } from '../torrent/snapshot.ts'
import { formatRule } from './format.ts'
import type { InspectorState } from './inspector-state.ts'
import type { Theme } from './theme.ts'
import type { ListPosition } from './view.ts'

export type InspectorParts = {
	readonly state: InspectorState
	readonly width: number
	readonly rows: number
	readonly theme: Theme
	/** Of the torrent, on the engine's clock. */
	readonly startedAt: number
	/** The messages that are gone through, and where among them the cursor is. */
	readonly list: readonly WireRow[]
	readonly position: ListPosition
}

/** `─ title ──── note ─` over the whole width. */
export function ruleLine(
	{ width, theme }: InspectorParts,
	title: string,
	{ note, focused }: { readonly note: string; readonly focused: boolean },
): string {
	const { horizontal } = theme.glyphs
	return formatRule({ left: horizontal, right: '', joins: [], title, note, width, focused }, theme)
}
