// What the user chose: focus, selection, scrolling, filters. A plain state and a pure function from one to the
// next; whoever holds it decides when it changes.
import type { PeerNumber } from '../protocol/ids.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import type { Action } from './keymap.ts'
import { bodyRowsOf, createLayout, type Layout, type PaneName, paneNames, visiblePanes } from './layout.ts'
import { type PeerSort, peerSorts } from './peer-order.ts'

export type ListPosition = { readonly cursor: number; readonly top: number }

export type ViewState = {
	readonly columns: number
	readonly rows: number
	readonly focus: PaneName
	readonly maximised: boolean
	readonly help: boolean
	/** Lines of the help page scrolled past. */
	readonly helpTop: number
	readonly frozen: boolean
	readonly snapshotsPerSecond: number
	readonly selectedPeer: PeerNumber | undefined
	readonly peerSort: PeerSort
	readonly positions: Readonly<Partial<Record<PaneName, ListPosition>>>
	/** Rows of the wire that are read at leisure; undefined while it is followed. */
	readonly heldWire: readonly WireRow[] | undefined
	/** Whether the older rows have come that were asked for when the wire was held. */
	readonly heldWireIsFull: boolean
	readonly wirePeer: PeerNumber | undefined
}

/** What a change may look at. */
export type ViewContext = {
	readonly counts: Readonly<Record<PaneName, number>>
	readonly peerOrder: readonly PeerNumber[]
	readonly wireRows: readonly WireRow[]
	readonly trackerCount: number
	readonly fileCount: number
	readonly filesKnown: boolean
}

const rates = [1, 2, 4, 10, 20] as const
/** More than the help page has lines; the page itself stops at its end. */
const maxHelpTop = 40
export const startOfList: ListPosition = { cursor: 0, top: 0 }

/** The first view of a screen. */
export function createView(columns: number, rows: number, snapshotsPerSecond: number): ViewState {
	return {
		columns,
		rows,
		focus: 'peers',
		maximised: false,
		help: false,
		helpTop: 0,
		frozen: false,
		snapshotsPerSecond,
		selectedPeer: undefined,
		peerSort: 'down',
		positions: {},
		heldWire: undefined,
		heldWireIsFull: false,
		wirePeer: undefined,
	}
}

/** The layout that belongs to a view. */
export function layoutOf(
	view: ViewState,
	counts: { readonly trackerCount: number; readonly fileCount: number },
): Layout {
	const { columns, rows, maximised, focus } = view
	return createLayout({ columns, rows, ...counts, maximised: maximised ? focus : undefined })
}

/** The view after an action of the keymap; those that concern the engine or the program change nothing here. */
export function reduceView(view: ViewState, action: Action, context: ViewContext): ViewState {
	switch (action) {
		case 'nextPane':
			return focusBy(view, context, 1)
		case 'previousPane':
			return focusBy(view, context, -1)
		case 'maximise':
			return { ...view, maximised: !view.maximised, help: false }
		case 'back':
			return back(view, context)
		case 'help':
			return { ...view, help: !view.help, helpTop: 0 }
		case 'freeze':
			return { ...view, frozen: !view.frozen }
		case 'follow':
			return view.heldWire === undefined ? hold(view, context) : followAgain(view)
		case 'filterWire':
			return { ...view, wirePeer: view.wirePeer === undefined ? selectedPeer(view, context) : undefined }
		case 'sort':
			return {
				...view,
				peerSort: peerSorts[(peerSorts.indexOf(view.peerSort) + 1) % peerSorts.length] ?? 'down',
			}
		case 'faster':
			return {
				...view,
				snapshotsPerSecond: rates.find(rate => rate > view.snapshotsPerSecond) ?? view.snapshotsPerSecond,
			}
		case 'slower':
			return {
				...view,
				snapshotsPerSecond: rates.findLast(rate => rate < view.snapshotsPerSecond) ?? view.snapshotsPerSecond,
			}
		case 'moveDown':
		case 'moveUp':
		case 'pageDown':
		case 'pageUp':
		case 'first':
		case 'last':
			return move(view, action, context)
		case 'quit':
		case 'pauseOrResume':
		case 'announce':
		case 'repaint':
		case 'suspend':
			return view
	}
}

/** Shows pane `name` alone, whether or not the layout has room for it. */
export function openPane(view: ViewState, name: PaneName): ViewState {
	const isOpen = view.focus === name && view.maximised
	return { ...view, focus: name, maximised: !isOpen, help: false }
}

/** The chosen peer, or the first of the list. */
export function selectedPeer(
	view: ViewState,
	context: Pick<ViewContext, 'peerOrder'>,
): PeerNumber | undefined {
	const { peerOrder } = context
	if (view.selectedPeer !== undefined && peerOrder.includes(view.selectedPeer)) return view.selectedPeer
	return peerOrder[Math.min(view.positions.peers?.cursor ?? 0, peerOrder.length - 1)]
}

function back(view: ViewState, context: ViewContext): ViewState {
	if (view.help) return { ...view, help: false }
	if (view.maximised) {
		const restored = { ...view, maximised: false }
		const visible = visiblePanes(layoutOf(restored, context))
		return visible.includes(view.focus) ? restored : { ...restored, focus: 'peers' }
	}
	if (view.heldWire !== undefined) return followAgain(view)
	if (view.wirePeer !== undefined) return { ...view, wirePeer: undefined }
	return view
}

function focusBy(view: ViewState, context: ViewContext, step: 1 | -1): ViewState {
	const panes = view.maximised ? paneNames : visiblePanes(layoutOf(view, context))
	const index = panes.indexOf(view.focus)
	const next = panes[(index + step + panes.length) % panes.length]
	return next === undefined ? view : { ...view, focus: next }
}

function moveHelp(view: ViewState, action: Action): ViewState {
	const steps: Partial<Record<Action, number>> = {
		moveDown: 1,
		moveUp: -1,
		pageDown: 8,
		pageUp: -8,
		last: 100,
	}
	const top = action === 'first' ? 0 : view.helpTop + (steps[action] ?? 0)
	return { ...view, helpTop: Math.max(0, Math.min(top, maxHelpTop)) }
}

function move(view: ViewState, action: Action, context: ViewContext): ViewState {
	if (view.help) return moveHelp(view, action)
	const pane = view.focus
	const count = context.counts[pane]
	const page = Math.max(1, bodyRowsOf(layoutOf(view, context), pane) - 1)
	const fromEnd = pane === 'wire' || pane === 'events'
	const at = currentIndex(view, context, count, fromEnd)
	const target = {
		moveDown: at + 1,
		moveUp: at - 1,
		pageDown: at + page,
		pageUp: at - page,
		first: 0,
		last: count - 1,
	}
	const wanted = action in target ? target[action as keyof typeof target] : at
	const cursor = Math.max(0, Math.min(wanted, count - 1))
	const top = scrolled(view.positions[pane]?.top ?? 0, cursor, page)
	const moved = { ...view, positions: { ...view.positions, [pane]: { cursor, top } } }
	if (pane === 'peers') return { ...moved, selectedPeer: context.peerOrder[cursor] }
	// Whoever moves in the wire wants to read it: it stands still until it is followed again.
	if (pane === 'wire' && view.heldWire === undefined)
		return { ...hold(view, context), positions: moved.positions }
	return moved
}

function hold(view: ViewState, context: ViewContext): ViewState {
	const last = context.wireRows.length - 1
	const positions = { ...view.positions, wire: { cursor: Math.max(0, last), top: 0 } }
	return { ...view, heldWire: context.wireRows, heldWireIsFull: false, positions }
}

function followAgain(view: ViewState): ViewState {
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
	const wire = { cursor: cursor + older.length, top: top + older.length }
	return {
		...view,
		heldWire: [...older, ...heldWire],
		heldWireIsFull: true,
		positions: { ...positions, wire },
	}
}

function currentIndex(view: ViewState, context: ViewContext, count: number, fromEnd: boolean): number {
	if (view.focus === 'peers') {
		const peer = selectedPeer(view, context)
		return peer === undefined ? 0 : context.peerOrder.indexOf(peer)
	}
	const position = view.positions[view.focus]
	if (view.focus === 'wire' && view.heldWire === undefined) return count - 1
	return position?.cursor ?? (fromEnd ? count - 1 : 0)
}

/** The first row on screen such that `cursor` is among `rows` rows, moved as little as may be. */
export function scrolled(top: number, cursor: number, rows: number): number {
	if (cursor < top) return cursor
	return cursor >= top + rows ? cursor - rows + 1 : top
}
