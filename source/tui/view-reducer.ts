// From one view to the next: what each action of the keymap does to what is shown. Pure.
import { defaultArrangement, growPane } from './arrangement.ts'
import { hidePane } from './commands/view-command.ts'
import { followWire, holdWire } from './held-wire.ts'
import type { Action } from './keymap.ts'
import { turnRow } from './dht-listing.ts'
import { type PaneName, paneNames, visiblePanes } from './layout.ts'
import { moveCursor } from './list-cursor.ts'
import { sortByNext, sortReversed } from './list-reducer.ts'
import { openPrompt } from './prompt-reducer.ts'
import { layoutOf, selectedPeer, type ViewContext, type ViewState } from './view.ts'

const rates = [1, 2, 4, 10, 20] as const

/** The view after an action of the keymap; those that concern the engine or the program change nothing here. */
export function reduceView(view: ViewState, action: Action, context: ViewContext): ViewState {
	switch (action) {
		case 'nextPane':
			return focusBy(view, context, 1)
		case 'previousPane':
			return focusBy(view, context, -1)
		case 'open':
			return view.focus === 'dht' ? unfold(view, context) : zoom(view, context)
		case 'maximise':
			return zoom(view, context)
		case 'back':
			return back(view, context)
		case 'help':
			return { ...view, help: !view.help, helpTop: 0 }
		case 'freeze':
			return { ...view, frozen: !view.frozen }
		case 'follow':
			return view.heldWire === undefined ? holdWire(view, context) : followWire(view)
		case 'filterWire':
			return { ...view, wirePeer: view.wirePeer === undefined ? selectedPeer(view, context) : undefined }
		case 'sort':
			return sortByNext(view)
		case 'reverse':
			return sortReversed(view)
		case 'filter':
			return openPrompt(view, 'filter')
		case 'command':
			return openPrompt(view, 'command')
		case 'hidePane':
			return hidePane(view, view.focus, context)
		case 'growPane':
			return { ...view, arrangement: growPane(view.arrangement, view.focus, 1) }
		case 'shrinkPane':
			return { ...view, arrangement: growPane(view.arrangement, view.focus, -1) }
		case 'resetPanes':
			return { ...view, arrangement: defaultArrangement }
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
		case 'moveLeft':
		case 'moveRight':
		case 'moveDown':
		case 'moveUp':
		case 'pageDown':
		case 'pageUp':
		case 'first':
		case 'last':
			return moveCursor(view, action, context)
		case 'quit':
		case 'pauseOrResume':
		case 'announce':
		case 'repaint':
		case 'ban':
		case 'disconnect':
		case 'snub':
		case 'copy':
		case 'copyHash':
		case 'scenarios':
		case 'suspend':
			return view
	}
}

/** Shows pane `name` alone, whether or not the layout has room for it. */
export function openPane(view: ViewState, name: PaneName): ViewState {
	const isOpen = view.focus === name && view.maximised
	return { ...view, focus: name, maximised: !isOpen, help: false }
}

/** Opens or closes the lookup or the bucket under the cursor. */
function unfold(view: ViewState, { dhtRows = [] }: ViewContext): ViewState {
	const row = dhtRows[view.positions.dht?.cursor ?? 0]
	return { ...view, dhtTurned: turnRow(view.dhtTurned, row) }
}

function zoom(view: ViewState, context: ViewContext): ViewState {
	return view.maximised
		? restore({ ...view, help: false }, context)
		: { ...view, maximised: true, help: false }
}

/** The panes side by side; a pane that has no place there gives up the focus. */
function restore(view: ViewState, context: ViewContext): ViewState {
	const restored = { ...view, maximised: false }
	const visible = visiblePanes(layoutOf(restored, context))
	return visible.includes(view.focus) ? restored : { ...restored, focus: 'peers' }
}

function back(view: ViewState, context: ViewContext): ViewState {
	if (view.help) return { ...view, help: false }
	if (view.maximised) return restore(view, context)
	if (view.heldWire !== undefined) return followWire(view)
	if (view.wirePeer !== undefined) return { ...view, wirePeer: undefined }
	return view.lesson === undefined ? view : { ...view, lesson: undefined }
}

function focusBy(view: ViewState, context: ViewContext, step: 1 | -1): ViewState {
	const panes = view.maximised ? paneNames : visiblePanes(layoutOf(view, context))
	const index = panes.indexOf(view.focus)
	const next = panes[(index + step + panes.length) % panes.length]
	return next === undefined ? view : { ...view, focus: next }
}
