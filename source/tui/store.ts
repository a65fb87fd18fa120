// What the engine told last, for panes to draw. A slice keeps its identity until a new one comes, so a pane
// whose slice did not move does not render. Frozen, it takes in what comes and shows none of it.
import type { Engine, EngineFailureCode, TimedEvent, Update } from '../engine/api.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { Slices } from '../torrent/snapshot.ts'
import { orderPeers, type PeerOrder, type PeerSort } from './peer-order.ts'

export type EngineEnd =
	| { readonly type: 'stopped' }
	| { readonly type: 'refused'; readonly code: EngineFailureCode; readonly message: string }
	| { readonly type: 'crashed'; readonly stack: string }

/** A line of the event pane: an event of the engine, or text that our own process wanted to print. */
export type LogLine =
	/** `count` events of its kind in a row, of which this is the last: pieces come by the hundred. */
	| ({ readonly type: 'event'; readonly count: number } & TimedEvent)
	| { readonly type: 'note'; readonly wallTime: number; readonly text: SafeText }

export type EngineState = {
	readonly slices: Partial<Slices>
	/** The last events and notes, oldest first. */
	readonly log: readonly LogLine[]
	/** Peers in the order in which they are listed. */
	readonly peerOrder: readonly PeerNumber[]
	readonly end: EngineEnd | undefined
}

export type EngineStore = {
	readonly get: () => EngineState
	readonly subscribe: (listener: () => void) => () => void
	freeze(frozen: boolean): void
	sortPeers(by: PeerSort): void
	/** Adds a line of our own to the events. */
	note(text: SafeText, wallTime: number): void
	/** Calls back when a snapshot has been taken in and is to be acknowledged once it is drawn. */
	onSnapshot(listener: () => void): void
}

const maxLines = 1000

/** Listens to `engine`; nobody else may. */
export function createEngineStore(engine: Pick<Engine, 'listen'>): EngineStore {
	const listeners = new Set<() => void>()
	let snapshotListener: () => void = () => undefined
	let taken: EngineState = { slices: {}, log: [], peerOrder: [], end: undefined }
	let shown = taken
	let frozen = false
	let order: PeerOrder = { by: 'down', at: Number.NEGATIVE_INFINITY, peers: [] }

	const publish = () => {
		if (frozen && taken.end === undefined) return
		shown = taken
		for (const listener of listeners) listener()
	}
	const takeSlices = (slices: Partial<Slices>, by: PeerSort) => {
		const { peers } = slices
		if (peers !== undefined) order = orderPeers(order, peers, by)
		taken = { ...taken, slices: { ...taken.slices, ...slices }, peerOrder: order.peers }
	}

	engine.listen((update: Update) => {
		if (update.type === 'snapshot') takeSlices(update.slices, order.by)
		else if (update.type === 'events') taken = { ...taken, log: lastOf(taken.log, update.events.map(toLine)) }
		else taken = { ...taken, end: update }
		publish()
		if (update.type === 'snapshot') snapshotListener()
	})

	return {
		get: () => shown,
		subscribe(listener) {
			listeners.add(listener)
			return () => listeners.delete(listener)
		},
		freeze(value) {
			frozen = value
			publish()
		},
		sortPeers(by) {
			const { peers } = taken.slices
			if (peers !== undefined) takeSlices({ peers }, by)
			else order = { ...order, by }
			publish()
		},
		note(text, wallTime) {
			taken = { ...taken, log: lastOf(taken.log, [{ type: 'note', text, wallTime }]) }
			publish()
		},
		onSnapshot(listener) {
			snapshotListener = listener
		},
	}
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
