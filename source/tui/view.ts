// What the user chose: focus, selection, scrolling, filters. Plain state; view-reducer.ts has the function from
// one to the next, and whoever holds it decides when it changes.
import { type Arrangement, defaultArrangement } from './arrangement.ts'
import type { Said } from '../inspect/lesson-watch.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { WireRow } from '../torrent/snapshot.ts'
import type { DhtRow } from './dht-listing.ts'
import type { InspectorState } from './inspector-state.ts'
import { createLayout, type Layout, type PaneName } from './layout.ts'
import type { MapShape } from './piece-map.ts'
import { type ListChoice, plainList } from './listing.ts'
import { type Histories, noHistories, type Prompt } from './prompt.ts'

export type ListPosition = { readonly cursor: number; readonly top: number }

export type ViewState = {
	readonly columns: number
	readonly rows: number
	readonly focus: PaneName
	readonly maximised: boolean
	/** Which panes the user hid, grew and shrank. */
	readonly arrangement: Arrangement
	readonly help: boolean
	/** Lines of the help page scrolled past. */
	readonly helpTop: number
	readonly frozen: boolean
	readonly snapshotsPerSecond: number
	readonly selectedPeer: PeerNumber | undefined
	/** How each list is sorted and filtered. */
	readonly lists: Readonly<Partial<Record<PaneName, ListChoice>>>
	readonly positions: Readonly<Partial<Record<PaneName, ListPosition>>>
	/** The piece under the cursor of the map. */
	readonly mapPiece: number
	/** Lookups and buckets of the DHT that were opened or closed by hand. */
	readonly dhtTurned: ReadonlySet<string>
	/** Rows of the wire that are read at leisure; undefined while it is followed. */
	readonly heldWire: readonly WireRow[] | undefined
	/** Whether the older rows have come that were asked for when the wire was held. */
	readonly heldWireIsFull: boolean
	readonly wirePeer: PeerNumber | undefined
	/** The message that is looked into, in place of the panes. */
	readonly inspector: InspectorState | undefined
	/** What a practice swarm points at; undefined: nothing, or the user put it away. */
	readonly lesson: ShownLesson | undefined
	/** The row of the practice swarm that is selected while one is chosen. */
	readonly chooser: number | undefined
	/** The line that is being typed, in the footer's place. */
	readonly prompt: Prompt | undefined
	readonly histories: Histories
	/** What the last key or command did; the next key takes it away. */
	readonly message: Message | undefined
	/** Waits for y or n. */
	readonly question: Question | undefined
	/** undefined: the one that fits the terminal. */
	readonly themeName: string | undefined
}

/** `isPointing` while it is fresh: its pane is marked. */
export type ShownLesson = Said & { readonly isPointing: boolean }

export type Message = { readonly tone: 'good' | 'bad'; readonly text: SafeText }
export type Question = {
	readonly verb: 'ban' | 'disconnect'
	readonly peer: PeerNumber
	readonly address: SafeText
}

/** What a change may look at. */
export type ViewContext = {
	readonly counts: Readonly<Record<PaneName, number>>
	readonly peerOrder: readonly PeerNumber[]
	readonly wireRows: readonly WireRow[]
	/** Of the DHT, as they are listed. */
	readonly dhtRows?: readonly DhtRow[]
	readonly trackerCount: number
	readonly fileCount: number
	readonly filesKnown: boolean
	/** The map of pieces, where the cursor moves in it. */
	readonly map?: MapShape | undefined
}

export const startOfList: ListPosition = { cursor: 0, top: 0 }

/** The first view of a screen. */
export function createView(columns: number, rows: number, snapshotsPerSecond: number): ViewState {
	return {
		columns,
		rows,
		focus: 'peers',
		maximised: false,
		arrangement: defaultArrangement,
		help: false,
		helpTop: 0,
		frozen: false,
		snapshotsPerSecond,
		selectedPeer: undefined,
		lists: {},
		positions: {},
		mapPiece: 0,
		dhtTurned: new Set(),
		heldWire: undefined,
		heldWireIsFull: false,
		wirePeer: undefined,
		inspector: undefined,
		lesson: undefined,
		chooser: undefined,
		prompt: undefined,
		histories: noHistories,
		message: undefined,
		question: undefined,
		themeName: undefined,
	}
}

/** Rows in which a lesson has room above whatever is shown. */
const roomyRows = 16

/** The layout that belongs to a view. */
export function layoutOf(
	view: ViewState,
	counts: { readonly trackerCount: number; readonly fileCount: number },
): Layout {
	const { columns, rows, maximised, focus, arrangement } = view
	return createLayout({
		...{ columns, rows, ...counts, arrangement, banner: showsBanner(view), line: needsLine(view) },
		maximised: maximised ? focus : undefined,
	})
}

/** A lesson gives way on a small screen to what was asked for: the help page, the list of scenarios, a message. */
function showsBanner({ lesson, help, chooser, inspector, rows }: ViewState): boolean {
	const isCovered = help || chooser !== undefined || inspector !== undefined
	return lesson !== undefined && (rows >= roomyRows || !isCovered)
}

/** Whether something stands in the last line that has to be seen. */
export function needsLine({ prompt, question, message }: ViewState): boolean {
	return prompt !== undefined || question !== undefined || message !== undefined
}

/** How a pane's list stands. */
export function listChoice(view: Pick<ViewState, 'lists'>, pane: PaneName): ListChoice {
	return view.lists[pane] ?? plainList
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

/** The first row on screen such that `cursor` is among `rows` rows, moved as little as may be. */
export function scrolled(top: number, cursor: number, rows: number): number {
	if (cursor < top) return cursor
	return cursor >= top + rows ? cursor - rows + 1 : top
}
