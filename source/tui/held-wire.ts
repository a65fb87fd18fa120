// The wire held still to be read: rows that were there when it was held, and the older ones that come after.
import type { WireRow } from '../torrent/snapshot.ts'
import { wireRows } from './listing.ts'
import { listChoice, startOfList, type ViewContext, type ViewState } from './view.ts'

/** As many as the engine keeps: a filter may look for what was said long ago. */
export const heldRows = 4096

/** Stops following: the rows on screen stay. */
export function holdWire(view: ViewState, context: ViewContext): ViewState {
	const newest = listChoice(view, 'wire').reversed ? 0 : Math.max(0, context.counts.wire - 1)
	const positions = { ...view.positions, wire: { cursor: newest, top: 0 } }
	return {
		...view,
		heldWire: context.wireRows,
		heldWireIsFull: false,
		positions,
	}
}

/** Shows the newest messages again. */
export function followWire(view: ViewState): ViewState {
	return { ...view, heldWire: undefined, heldWireIsFull: false }
}

/**
 * Puts the older rows that came meanwhile before the held ones; the cursor stays on its message. `total`: rows that the
 * engine has had in all. Where a filter left none of those on screen, what comes is held.
 */
export function extendHeldWire(view: ViewState, rows: readonly WireRow[], total = rows.length): ViewState {
	const { heldWire, positions, wirePeer } = view
	const first = rows[0]?.sequence
	if (heldWire === undefined || view.heldWireIsFull || first === undefined) return view
	const isAll = wirePeer !== undefined || rows.length >= Math.min(total, heldRows)
	const newest = heldWire.at(-1)?.sequence
	const oldest = heldWire[0]?.sequence
	const choice = listChoice(view, 'wire')
	if (newest === undefined || oldest === undefined) {
		const last = choice.reversed ? 0 : Math.max(0, wireRows(rows, choice, wirePeer).length - 1)
		const wire = { cursor: last, top: 0 }
		return { ...view, heldWire: rows, heldWireIsFull: isAll, positions: { ...positions, wire } }
	}
	if (first > newest || rows.length <= heldWire.length) return view
	const older = rows.filter(({ sequence }) => sequence < oldest)
	const { cursor, top } = positions.wire ?? startOfList
	const above = choice.reversed ? 0 : wireRows(older, choice, wirePeer).length
	const wire = { cursor: cursor + above, top: top + above }
	return {
		...view,
		heldWire: [...older, ...heldWire],
		heldWireIsFull: isAll,
		positions: { ...positions, wire },
	}
}
