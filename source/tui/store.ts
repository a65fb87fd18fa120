// What the engine told last, for panes to draw. A slice keeps its identity until a new one comes, so a pane
// whose slice did not move does not render. Frozen, it takes in what comes and shows none of it.
import type { Engine, EngineFailureCode, TimedEvent, Update } from '../engine/api.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { Slices, WireRow } from '../torrent/snapshot.ts'
import { noOrder, orderPeers, type PeerListing } from './peer-order.ts'

export type EngineEnd =
	| { readonly type: 'stopped' }
	| { readonly type: 'refused'; readonly code: EngineFailureCode; readonly message: string }
	| { readonly type: 'crashed'; readonly stack: string }

/** A line of the event pane: an event of the engine, or text that our own process wanted to print. */
export type LogLine =
	/** `count` events of its kind in a row, of which this is the last: pieces come by the hundred. */
	| ({ readonly type: 'event'; readonly count: number } & TimedEvent)
	| { readonly type: 'note'; readonly wallTime: number; readonly text: SafeText }

/** The engine's answer to `inspect`. */
export type Inspected = Extract<Update, { readonly type: 'inspected' }>

export type EngineState = {
	readonly slices: Partial<Slices>
	/** The last events and notes, oldest first. */
	readonly log: readonly LogLine[]
	/** Peers that are listed, in their order. */
	readonly peerOrder: readonly PeerNumber[]
	/** The last messages of the wire, or those of them that are wanted, which are kept for longer. */
	readonly wireRows: readonly WireRow[]
	readonly end: EngineEnd | undefined
}

export type EngineStore = {
	readonly get: () => EngineState
	/** What came last, also while the display is frozen. */
	readonly latest: () => EngineState
	readonly subscribe: (listener: () => void) => () => void
	freeze(frozen: boolean): void
	/** Lists peers otherwise, at once. */
	listPeers(listing: PeerListing): void
	/** Keeps the messages that are wanted; undefined: the last ones, whatever they are. */
	keepWire(isWanted: ((row: WireRow) => boolean) | undefined): void
	/** Adds a line of our own to the events. */
	note(text: SafeText, wallTime: number): void
	/** Calls back with the bytes that the engine was asked for, also while the display is frozen. */
	onInspected(listener: (answer: Inspected) => void): void
	/** Calls back when a snapshot has been taken in and is to be acknowledged once it is drawn. */
	onSnapshot(listener: () => void): void
}

const maxLines = 1000
const maxWireRows = 1000
const everyPeer: PeerListing = { compare: () => 0, accepts: () => true }

/** Listens to `engine`; nobody else may. */
export function createEngineStore(engine: Pick<Engine, 'listen'>): EngineStore {
	const listeners = new Set<() => void>()
	let snapshotListener: () => void = () => undefined
	let inspectedListener: (answer: Inspected) => void = () => undefined
	let taken: EngineState = { slices: {}, log: [], peerOrder: [], wireRows: [], end: undefined }
	let shown = taken
	let frozen = false
	let listing = everyPeer
	let order = noOrder(listing)
	let isWanted: ((row: WireRow) => boolean) | undefined

	const tell = () => {
		for (const listener of listeners) listener()
	}
	const publish = () => {
		if (frozen && taken.end === undefined) {
			const missing = withMissing(shown, taken)
			if (missing === shown) return
			shown = missing
		} else shown = taken
		tell()
	}
	const takeSlices = (news: Partial<Slices>) => {
		const slices = { ...taken.slices, ...news }
		if (news.peers !== undefined) {
			order = orderPeers(order, news.peers, { listing, pieceCount: slices.summary?.pieceCount ?? 0 })
		}
		const wireRows =
			news.wire === undefined ? taken.wireRows : keptRows(taken.wireRows, news.wire.rows, isWanted)
		taken = { ...taken, slices, peerOrder: order.peers, wireRows }
	}
	/** Keys act on a frozen display as well: what it shows is listed anew, and what came meanwhile too. */
	const change = (relist: (state: EngineState) => EngineState) => {
		const standsStill = frozen && shown !== taken
		const still = standsStill ? relist(shown) : undefined
		taken = relist(taken)
		shown = still ?? taken
		tell()
	}

	engine.listen((update: Update) => {
		if (update.type === 'inspected') {
			inspectedListener(update)
			return
		}
		if (update.type === 'snapshot') takeSlices(update.slices)
		else if (update.type === 'events') taken = { ...taken, log: lastOf(taken.log, update.events.map(toLine)) }
		else if (update.type !== 'metainfo') taken = { ...taken, end: update }
		// Pieces are verified all the time, and each moves the summary: the snapshot that follows shows both at once.
		if (update.type === 'events' && update.events.every(({ event }) => event.type === 'pieceVerified')) return
		publish()
		if (update.type === 'snapshot') snapshotListener()
	})

	return {
		get: () => shown,
		latest: () => taken,
		subscribe(listener) {
			listeners.add(listener)
			return () => listeners.delete(listener)
		},
		freeze(value) {
			frozen = value
			publish()
		},
		listPeers(next) {
			listing = next
			change(state => {
				const { peers, summary } = state.slices
				order = noOrder(listing)
				if (peers === undefined) return state
				order = orderPeers(order, peers, { listing, pieceCount: summary?.pieceCount ?? 0 })
				return { ...state, peerOrder: order.peers }
			})
		},
		keepWire(next) {
			isWanted = next
			change(state => ({
				...state,
				wireRows: keptRows(state.wireRows, state.slices.wire?.rows ?? [], isWanted),
			}))
		},
		note(text, wallTime) {
			taken = { ...taken, log: lastOf(taken.log, [{ type: 'note', text, wallTime }]) }
			publish()
		},
		onInspected(listener) {
			inspectedListener = listener
		},
		onSnapshot(listener) {
			snapshotListener = listener
		},
	}
}

/** A frozen display shows of a pane that is opened now what comes first. */
function withMissing(shown: EngineState, taken: EngineState): EngineState {
	const names = Object.keys(taken.slices)
	if (names.every(name => name in shown.slices)) return shown
	const hadPeers = shown.slices.peers !== undefined
	const hadWire = shown.slices.wire !== undefined
	return {
		...shown,
		slices: { ...taken.slices, ...shown.slices },
		peerOrder: hadPeers ? shown.peerOrder : taken.peerOrder,
		wireRows: hadWire ? shown.wireRows : taken.wireRows,
	}
}

/** The rows of a slice; with a filter those of them that are wanted, after those that were kept before. */
function keptRows(
	before: readonly WireRow[],
	rows: readonly WireRow[],
	isWanted: ((row: WireRow) => boolean) | undefined,
): readonly WireRow[] {
	if (isWanted === undefined) return rows
	const first = rows[0]?.sequence ?? Number.POSITIVE_INFINITY
	const kept = before.filter(row => row.sequence < first && isWanted(row))
	const all = [...kept, ...rows.filter(isWanted)]
	const isSame = all.length === before.length && all.every((row, at) => row.sequence === before[at]?.sequence)
	// The rows of one instant are copied anew with each snapshot; the same ones need not be drawn again.
	if (isSame) return before
	return all.length > maxWireRows ? all.slice(-maxWireRows) : all
}

function toLine(event: TimedEvent): LogLine {
	return { type: 'event', count: 1, ...event }
}

function lastOf(log: readonly LogLine[], more: readonly LogLine[]): readonly LogLine[] {
	if (more.length === 0) return log
	const all = log.slice()
	for (const line of more) {
		const last = all.at(-1)
		if (isPiece(line) && isPiece(last)) all[all.length - 1] = { ...line, count: last.count + 1 }
		else all.push(line)
	}
	return all.length > maxLines ? all.slice(all.length - maxLines) : all
}

type EventLine = Extract<LogLine, { type: 'event' }>

function isPiece(line: LogLine | undefined): line is EventLine {
	return line?.type === 'event' && line.event.type === 'pieceVerified'
}
