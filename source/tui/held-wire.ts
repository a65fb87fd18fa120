// The wire held still to be read: rows that were there when it was held, and the older ones that come after.
import type { WireRow } from '../torrent/snapshot.ts'
import { wireRows } from './listing.ts'
import { listChoice, startOfList, type ViewContext, type ViewState } from './view.ts'

/** Rows that are enough to read: no older ones are asked for. */
const wholeHold = 500

/** Stops following: the rows on screen stay. */
export function holdWire(view: ViewState, context: ViewContext): ViewState {
	const newest = listChoice(view, 'wire').reversed ? 0 : Math.max(0, context.counts.wire - 1)
	const positions = { ...view.positions, wire: { cursor: newest, top: 0 } }
	return {
		...view,
		heldWire: context.wireRows,
		heldWireIsFull: context.wireRows.length >= wholeHold,
		positions,
	}
}

/** Shows the newest messages again. */
export function followWire(view: ViewState): ViewState {
	return { ...view, heldWire: undefined, heldWireIsFull: false }
}

/** Puts the older rows that came meanwhile before the held ones; the cursor stays on its message. */
export function extendHeldWire(view: ViewState, rows: readonly WireRow[]): ViewState {
	const { heldWire, positions } = view
	const newest = heldWire?.at(-1)?.sequence
	const oldest = heldWire?.[0]?.sequence
	if (heldWire === undefined || view.heldWireIsFull || newest === undefined || oldest === undefined)
		return view
	const older = rows.filter(({ sequence }) => sequence < oldest)
	const first = rows[0]?.sequence
	if (first === undefined || first > newest || rows.length <= heldWire.length) return view
	const { cursor, top } = positions.wire ?? startOfList
	const choice = listChoice(view, 'wire')
	const above = choice.reversed ? 0 : wireRows(older, choice, view.wirePeer).length
	const wire = { cursor: cursor + above, top: top + above }
	return {
		...view,
		heldWire: [...older, ...heldWire],
		heldWireIsFull: true,
		positions: { ...positions, wire },
	}
}
