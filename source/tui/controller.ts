// Between keys, view, store and engine: what a key does, and which slices the engine is to build for what is
// on screen.
import type { Command, Engine } from '../engine/api.ts'
import type { SliceName } from '../torrent/snapshot.ts'
import { type Action, actionFor, type KeyPress, keyNames } from './keymap.ts'
import { bodyRowsOf, type PaneName, paneNames, visiblePanes } from './layout.ts'
import {
	eventRows,
	fileRows,
	peerListing,
	pieceRows,
	trackerRows,
	wirePredicate,
	wireRows as shownWire,
} from './listing.ts'
import type { Cell } from './cell.ts'
import type { EngineStore } from './store.ts'
import { extendHeldWire } from './held-wire.ts'
import { layoutOf, listChoice, type ViewContext, type ViewState } from './view.ts'
import { openPane, reduceView } from './view-reducer.ts'

export type ControllerParts = {
	readonly engine: Pick<Engine, 'send'>
	readonly store: EngineStore
	readonly view: Cell<ViewState>
	readonly onQuit: () => void
	readonly onRepaint: () => void
	readonly onSuspend: () => void
}

export type Controller = {
	readonly handleKey: (input: string, key: KeyPress) => void
	/** Tells the engine what is needed now, if that is something else than before. */
	update(): void
}

const heldRows = 1000
/** Asked for while a filter leaves some of them out: what comes in a tenth of a second on a fast line. */
const filteredRows = 500

export function createController(parts: ControllerParts): Controller {
	const { engine, store, view } = parts
	let watched = ''
	let rate = -1

	const update = () => {
		const command = watchCommand(view.get(), contextOf(store, view.get()))
		const key = JSON.stringify(command)
		if (key !== watched) {
			watched = key
			engine.send(command)
		}
		const { snapshotsPerSecond } = view.get()
		if (snapshotsPerSecond !== rate) {
			rate = snapshotsPerSecond
			engine.send({ type: 'setRate', snapshotsPerSecond })
		}
	}
	store.subscribe(() => {
		const { wire } = store.get().slices
		if (wire !== undefined) view.change(state => extendHeldWire(state, wire.rows))
		update()
	})
	const relist = () => {
		const state = view.get()
		const peers = listChoice(state, 'peers')
		if (peers !== listed.peers) store.listPeers(peerListing(peers))
		const wire = listChoice(state, 'wire').filter
		if (wire !== listed.wire) store.keepWire(wirePredicate(listChoice(state, 'wire')))
		listed = { peers, wire }
	}
	store.listPeers(peerListing(listChoice(view.get(), 'peers')))
	let listed = { peers: listChoice(view.get(), 'peers'), wire: listChoice(view.get(), 'wire').filter }
	view.subscribe(() => {
		relist()
		update()
	})

	const handleName = (name: string) => {
		const pane = /^[1-9]$/u.test(name) ? paneNames[Number(name) - 1] : undefined
		const action = actionFor(name)
		if (pane !== undefined) view.change(state => openPane(state, pane))
		else if (action !== undefined) perform(action)
	}
	const perform = (action: Action) => {
		if (action === 'quit') parts.onQuit()
		else if (action === 'repaint') parts.onRepaint()
		else if (action === 'suspend') parts.onSuspend()
		else if (action === 'announce') engine.send({ type: 'announce' })
		else if (action === 'pauseOrResume') engine.send({ type: isPaused(store) ? 'resume' : 'pause' })
		const before = view.get()
		view.change(state => reduceView(state, action, contextOf(store, state)))
		const after = view.get()
		if (after.frozen !== before.frozen) store.freeze(after.frozen)
	}

	return {
		update,
		handleKey(input, key) {
			for (const name of keyNames(input, key)) handleName(name)
		},
	}
}

function isPaused(store: EngineStore): boolean {
	return store.get().slices.summary?.state === 'paused'
}

/** What a change of the view may look at. */
function contextOf(store: Pick<EngineStore, 'get'>, view: ViewState): ViewContext {
	const { slices, peerOrder, log, wireRows: live } = store.get()
	const wireRows = view.heldWire ?? live
	const choice = (pane: PaneName) => listChoice(view, pane)
	const trackerCount = slices.trackers?.trackers.length ?? 0
	const fileCount = slices.files?.files.length ?? 0
	return {
		counts: {
			trackers: trackerRows(slices.trackers, choice('trackers')).length,
			peers: peerOrder.length,
			pipeline: 0,
			pieces: pieceRows(slices.pieces, choice('pieces')).length,
			wire: shownWire(wireRows, choice('wire'), view.wirePeer).length,
			events: eventRows(log, choice('events')).length,
			files: fileRows(slices.files, choice('files')).length,
			graphs: 0,
		},
		peerOrder,
		wireRows,
		trackerCount,
		fileCount,
		filesKnown: slices.files !== undefined,
	}
}

function watchCommand(view: ViewState, context: ViewContext): Command {
	const layout = layoutOf(view, context)
	const visible = new Set(visiblePanes(layout))
	const isHeld = view.heldWire !== undefined
	const isFiltered = listChoice(view, 'wire').filter !== undefined
	const needsWire = visible.has('wire') && !(isHeld && view.heldWireIsFull)
	const wanted: [SliceName, boolean][] = [
		['summary', true],
		['trackers', visible.has('trackers')],
		['peers', visible.has('peers') || visible.has('pipeline') || view.wirePeer !== undefined],
		['pipeline', visible.has('pipeline') || visible.has('graphs')],
		['pieces', visible.has('pieces') || layout.headerRows >= 3],
		['wire', needsWire],
		// The layout must know whether there is more than one file.
		['files', visible.has('files') || !context.filesKnown],
	]
	return {
		type: 'watch',
		slices: wanted.filter(([, isWanted]) => isWanted).map(([name]) => name),
		wireRows: isHeld ? heldRows : isFiltered ? filteredRows : Math.max(1, bodyRowsOf(layout, 'wire')),
		wirePeer: view.wirePeer,
	}
}
