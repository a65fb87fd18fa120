// The cursor of the focused list, or of the help page: how far a key moves it.
import { holdWire } from './held-wire.ts'
import { flowHeight, flowSections, helpColumns, helpSections } from './help-page.ts'
import type { Action } from './keymap.ts'
import { bodyRowsOf } from './layout.ts'
import { type MapMove, moveInMap } from './piece-overview.ts'
import { createTheme } from './theme.ts'
import { layoutOf, listChoice, scrolled, selectedPeer, type ViewContext, type ViewState } from './view.ts'

const anyGlyphs = createTheme({ color: false, ascii: true }).glyphs

const mapMoves: Readonly<Partial<Record<Action, MapMove>>> = {
	moveLeft: 'left',
	moveRight: 'right',
	moveUp: 'up',
	moveDown: 'down',
	pageUp: 'pageUp',
	pageDown: 'pageDown',
	first: 'first',
	last: 'last',
}

/** The view after one of the keys that move. */
export function moveCursor(view: ViewState, action: Action, context: ViewContext): ViewState {
	if (view.help) return moveHelp(view, action, context)
	const { map } = context
	const move = mapMoves[action]
	if (map !== undefined && move !== undefined && map.cells > 0)
		return { ...view, mapPiece: moveInMap(view.mapPiece, move, map) }
	if (action === 'moveLeft' || action === 'moveRight') return view
	const pane = view.focus
	const count = context.counts[pane]
	const page = Math.max(1, bodyRowsOf(layoutOf(view, context), pane) - 1)
	const fromEnd = (pane === 'wire' || pane === 'events') && !listChoice(view, pane).reversed
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
		return { ...holdWire(view, context), positions: moved.positions }
	return moved
}

function moveHelp(view: ViewState, action: Action, context: ViewContext): ViewState {
	const { rows, headerRows, bannerRows, footerRows } = layoutOf(view, context)
	const room = rows - headerRows - bannerRows - footerRows - 1
	const sections = helpSections(view.focus, anyGlyphs, view.prompt?.kind)
	const last = Math.max(0, flowHeight(flowSections(sections, helpColumns(view.columns))) - room)
	const page = Math.max(1, room - 1)
	const steps: Partial<Record<Action, number>> = {
		moveDown: 1,
		moveUp: -1,
		pageDown: page,
		pageUp: -page,
		last,
	}
	const top = action === 'first' ? 0 : view.helpTop + (steps[action] ?? 0)
	return { ...view, helpTop: Math.max(0, Math.min(top, last)) }
}

function currentIndex(view: ViewState, context: ViewContext, count: number, fromEnd: boolean): number {
	if (view.focus === 'peers') {
		const peer = selectedPeer(view, context)
		return peer === undefined ? 0 : context.peerOrder.indexOf(peer)
	}
	const position = view.positions[view.focus]
	if (view.focus === 'wire' && view.heldWire === undefined) return fromEnd ? count - 1 : 0
	return position?.cursor ?? (fromEnd ? count - 1 : 0)
}
