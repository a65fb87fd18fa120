// The part of a list that is on screen. Only these rows are ever made into text.
import { fit } from './format.ts'
import type { Theme } from './theme.ts'
import { type ListPosition, scrolled, startOfList } from './view.ts'

export type Window = { readonly top: number; readonly cursor: number }

/** Where the list stands so that its cursor is visible; `position` may be older than the list. */
export function windowOf(position: ListPosition | undefined, count: number, rows: number): Window {
	const { cursor, top } = position ?? startOfList
	const last = Math.max(0, count - 1)
	const kept = Math.max(0, Math.min(cursor, last))
	const highest = Math.max(0, count - rows)
	return { cursor: kept, top: Math.min(scrolled(top, kept, Math.max(1, rows)), highest) }
}

/** The window of a list that shows its end until somebody moves in it. */
function windowAtEnd(position: ListPosition | undefined, count: number, rows: number): Window {
	return position === undefined
		? { cursor: count - 1, top: Math.max(0, count - rows) }
		: windowOf(position, count, rows)
}

/** The rows on screen, each with whether the cursor is on it. */
export function rowsOnScreen<Row>(
	all: readonly Row[],
	{ top, cursor }: Window,
	rows: number,
): { readonly row: Row; readonly isCursor: boolean }[] {
	return all.slice(top, top + rows).map((row, index) => ({ row, isCursor: top + index === cursor }))
}

export type ListParts<Row> = {
	readonly all: readonly Row[]
	readonly position: ListPosition | undefined
	readonly room: number
	readonly width: number
	/** Cells of `text` and the marker before it. */
	readonly used: number
	readonly focused: boolean
	readonly theme: Theme
	/** Shown when there is nothing to list. */
	readonly empty: string
	readonly atEnd?: boolean
	/** `isPlain`: without colours, because the row stands out as a whole. */
	readonly text: (row: Row, isPlain: boolean) => string
}

/** The rows on screen as padded text; the one under the cursor stands out while the list has the focus. */
export function listRows<Row>(parts: ListParts<Row>): string[] {
	const { all, position, room, width, used, focused, theme } = parts
	if (all.length === 0) return [theme.dim(fit(` ${parts.empty}`, width))]
	const window = (parts.atEnd === true ? windowAtEnd : windowOf)(position, all.length, room)
	const padding = ' '.repeat(Math.max(0, width - used))
	return rowsOnScreen(all, window, room).map(({ row, isCursor }) => {
		const stands = isCursor && focused
		const line = (stands ? theme.glyphs.marker : ' ') + parts.text(row, stands) + padding
		return stands ? theme.selected(line) : line
	})
}
