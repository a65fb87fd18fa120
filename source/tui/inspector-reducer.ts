// From one state of the inspector to the next: pure. The choice stays on the field of the same name from message
// to message.
import { describeMessage } from '../inspect/describe.ts'
import { dissectRow, type TorrentSize } from '../inspect/dissect-row.ts'
import { createField, type Field } from '../inspect/field.ts'
import { bytesOfMessage, totalBytesOf } from '../inspect/message-bytes.ts'
import { safe } from '../protocol/safe-text.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import { fieldRows, parentPath, rowOfPath } from './field-rows.ts'
import type { InspectorState } from './inspector-state.ts'
import { scrolled } from './view.ts'

export type InspectorMove =
	| 'moveDown'
	| 'moveUp'
	| 'pageDown'
	| 'pageUp'
	| 'first'
	| 'last'
	| 'turn'
	| 'open'
	| 'close'
	| 'explain'

/** More than the paragraphs of a field have on the narrowest screen; what is drawn stops at their end. */
const mostTextLines = 60

/** Shows `row`; after another message what was chosen and opened there. */
export function inspectRow(
	row: WireRow,
	size: TorrentSize | undefined,
	before: InspectorState | undefined,
): InspectorState {
	const bytes = bytesOfMessage(row.message) ?? 'asked'
	return {
		row,
		bytes,
		tree: treeOf(row, bytes, size),
		chosen: before?.chosen ?? '',
		top: before?.top ?? 0,
		turned: before?.turned ?? new Set(),
		explainedTop: before?.explainedTop === undefined ? undefined : 0,
	}
}

/** The engine's answer about a message. */
export function takeBytes(
	state: InspectorState,
	answer: { readonly sequence: number; readonly bytes: Uint8Array | undefined },
	size: TorrentSize | undefined,
): InspectorState {
	if (state.row.sequence !== answer.sequence || state.bytes !== 'asked') return state
	const bytes = answer.bytes ?? 'gone'
	return { ...state, bytes, tree: treeOf(state.row, bytes, size) }
}

/** What a key does to it; `room` is the rows that the tree has on screen. */
export function moveInspector(state: InspectorState, move: InspectorMove, room: number): InspectorState {
	if (move === 'explain') return { ...state, explainedTop: state.explainedTop === undefined ? 0 : undefined }
	if (state.explainedTop !== undefined) return scrollText(state, state.explainedTop, move, room)
	const rows = fieldRows(state.tree, state.turned)
	const at = rowOfPath(rows, state.chosen)
	const row = rows[at]
	if (row === undefined) return state
	if (move === 'turn') return row.isOpen === undefined ? state : turned(state, row.path)
	if (move === 'open') {
		if (row.isOpen === false) return turned(state, row.path)
		return row.isOpen === true ? choose(state, at + 1, room) : state
	}
	if (move === 'close') {
		if (row.isOpen === true && row.path !== '') return turned(state, row.path)
		return choose(state, rowOfPath(rows, parentPath(row.path)), room)
	}
	const page = Math.max(1, room - 1)
	const targets = {
		moveDown: at + 1,
		moveUp: at - 1,
		pageDown: at + page,
		pageUp: at - page,
		first: 0,
		last: rows.length - 1,
	}
	return choose(state, targets[move], room)
}

function scrollText(state: InspectorState, top: number, move: InspectorMove, room: number): InspectorState {
	const steps: Partial<Record<InspectorMove, number>> = {
		moveDown: 1,
		moveUp: -1,
		pageDown: room,
		pageUp: -room,
		first: -mostTextLines,
		last: mostTextLines,
	}
	const wanted = top + (steps[move] ?? 0)
	return { ...state, explainedTop: Math.max(0, Math.min(wanted, mostTextLines)) }
}

function choose(state: InspectorState, wanted: number, room: number): InspectorState {
	const rows = fieldRows(state.tree, state.turned)
	const at = Math.max(0, Math.min(wanted, rows.length - 1))
	const chosen = rows[at]?.path ?? ''
	return { ...state, chosen, top: scrolled(state.top, at, Math.max(1, room)) }
}

function turned(state: InspectorState, path: string): InspectorState {
	const paths = new Set(state.turned)
	if (!paths.delete(path)) paths.add(path)
	return { ...state, chosen: path, turned: paths }
}

function treeOf(row: WireRow, bytes: InspectorState['bytes'], size: TorrentSize | undefined): Field {
	if (typeof bytes !== 'string') return dissectRow(row, bytes, size)
	const value = bytes === 'asked' ? safe`asking for its bytes` : safe`its bytes were let go for newer ones`
	return createField(describeMessage(row.message), 0, totalBytesOf(row.message), { value })
}
