// What a change of the view may look at, and which slices the engine is to build for what is on screen.
import type { Command } from '../engine/api.ts'
import type { SliceName, Slices } from '../torrent/snapshot.ts'
import { heldRows } from './held-wire.ts'
import { bodyRowsOf, innerWidth, type PaneName, placesOf, visiblePanes } from './layout.ts'
import { dhtRows, eventRows, fileRows, pieceRows, trackerRows, wireRows as shownWire } from './listing.ts'
import type { MapShape } from './piece-map.ts'
import { pieceOverview } from './piece-overview.ts'
import type { EngineStore } from './store.ts'
import { layoutOf, listChoice, type ViewContext, type ViewState } from './view.ts'

/** Asked for while a filter leaves some of them out: what comes in a tenth of a second on a fast line. */
const filteredRows = 500

/** What a change of the view may look at. */
export function contextOf(store: Pick<EngineStore, 'get'>, view: ViewState): ViewContext {
	const { slices, peerOrder, log, wireRows: live } = store.get()
	const wireRows = view.heldWire ?? live
	const choice = (pane: PaneName) => listChoice(view, pane)
	const trackerCount = slices.trackers?.trackers.length ?? 0
	const fileCount = slices.files?.files.length ?? 0
	const dhtOnScreen = slices.dht === undefined ? [] : dhtRows(slices.dht, choice('dht'), view.dhtTurned)
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
			dht: dhtOnScreen.length,
		},
		peerOrder,
		wireRows,
		dhtRows: dhtOnScreen,
		trackerCount,
		fileCount,
		filesKnown: slices.files !== undefined,
		map: mapOnScreen(view, slices, { trackerCount, fileCount }),
	}
}

/** The map of pieces that the cursor moves in: where the pane stands alone. */
function mapOnScreen(
	view: ViewState,
	{ pieces }: Partial<Slices>,
	counts: Parameters<typeof layoutOf>[1],
): MapShape | undefined {
	if (view.focus !== 'pieces' || !view.maximised || pieces === undefined) return undefined
	const layout = layoutOf(view, counts)
	const place = placesOf(layout).find(({ pane }) => pane === 'pieces')
	if (place === undefined) return undefined
	const width = innerWidth(place, layout.framed)
	return pieceOverview(pieces, { width, rows: place.bodyRows, isAlone: true }).shape
}

/** Asks for the slices that are on screen. */
export function watchCommand(view: ViewState, context: ViewContext): Command {
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
		['dht', visible.has('dht')],
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
