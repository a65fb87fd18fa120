// Between keys, the inspector and the engine: opens the message under the cursor of the wire, steps through the
// list from inside, and asks for bytes that no row holds.
import type { Engine } from '../engine/api.ts'
import type { TorrentSize } from '../inspect/dissect-row.ts'
import type { Cell } from './cell.ts'
import { holdWire } from './held-wire.ts'
import { inspectRow, moveInspector, takeBytes } from './inspector-reducer.ts'
import { type InspectorAction, inspectorActionFor } from './inspector-keys.ts'
import { inspectorLayout } from './inspector-layout.ts'
import { type Action, actionFor } from './keymap.ts'
import { moveCursor } from './list-cursor.ts'
import { wireRows } from './listing.ts'
import type { EngineStore } from './store.ts'
import { layoutOf, listChoice, type ViewState } from './view.ts'
import { contextOf } from './view-context.ts'

export type InspectorParts = {
	readonly engine: Pick<Engine, 'send'>
	readonly store: EngineStore
	readonly view: Cell<ViewState>
}

/** Actions of the keymap that mean the same while a message is inspected; others are about the panes behind. */
const passed: readonly Action[] = [
	'quit',
	'help',
	'command',
	'copyHash',
	'pauseOrResume',
	'announce',
	'faster',
	'slower',
	'repaint',
	'suspend',
]

/** Takes the engine's answers into the view. */
export function attachInspector({ store, view }: InspectorParts): void {
	store.onInspected(answer =>
		view.change(state => {
			if (state.inspector === undefined) return state
			const inspector = takeBytes(state.inspector, answer, sizeOf(store))
			return inspector === state.inspector ? state : { ...state, inspector }
		}),
	)
}

/** What a key does to the inspector, or to open it; false: the key is not for it. */
export function inspectorKey(parts: InspectorParts, name: string): boolean {
	const { inspector, focus, help } = parts.view.get()
	if (help) return false
	if (inspector === undefined) {
		if (actionFor(name) !== 'open' || focus !== 'wire') return false
		enter(parts)
		return true
	}
	const action = inspectorActionFor(name)
	if (action !== undefined) {
		perform(parts, action)
		return true
	}
	if (/^[1-9]$/u.test(name)) {
		leave(parts)
		return false
	}
	const other = actionFor(name)
	return other === undefined || !passed.includes(other)
}

/** Opens the message under the cursor, of a wire that is followed the newest. */
function enter(parts: InspectorParts): void {
	const { store, view } = parts
	if (contextOf(store, view.get()).counts.wire === 0) return
	view.change(state => (state.heldWire === undefined ? holdWire(state, contextOf(store, state)) : state))
	show(parts)
}

function perform(parts: InspectorParts, action: InspectorAction): void {
	const { view, store } = parts
	if (action === 'leave') leave(parts)
	else if (action === 'nextMessage' || action === 'previousMessage') {
		const step = action === 'nextMessage' ? 'moveDown' : 'moveUp'
		view.change(state => moveCursor(state, step, contextOf(store, state)))
		show(parts)
	} else {
		view.change(state => {
			if (state.inspector === undefined) return state
			const { width, rows } = roomOf(parts, state)
			const { treeRows } = inspectorLayout(width, rows)
			return { ...state, inspector: moveInspector(state.inspector, action, treeRows) }
		})
	}
}

function leave({ view }: InspectorParts): void {
	view.change(state =>
		state.inspector?.explainedTop === undefined
			? { ...state, inspector: undefined }
			: { ...state, inspector: { ...state.inspector, explainedTop: undefined } },
	)
}

/** Puts the message under the cursor of the held wire into the inspector. */
function show({ engine, store, view }: InspectorParts): void {
	const { heldWire = [], positions, wirePeer, inspector: before } = view.get()
	const row = wireRows(heldWire, listChoice(view.get(), 'wire'), wirePeer)[positions.wire?.cursor ?? 0]
	if (row === undefined || row.sequence === before?.row.sequence) return
	const inspector = inspectRow(row, sizeOf(store), before)
	view.change(state => ({ ...state, inspector }))
	if (inspector.bytes === 'asked') engine.send({ type: 'inspect', sequence: row.sequence })
}

function roomOf({ store }: InspectorParts, view: ViewState): { width: number; rows: number } {
	const { columns, rows, headerRows, bannerRows, footerRows } = layoutOf(view, contextOf(store, view))
	return { width: columns, rows: rows - headerRows - bannerRows - footerRows }
}

function sizeOf(store: EngineStore): TorrentSize | undefined {
	return store.latest().slices.summary
}
