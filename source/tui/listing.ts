// How a list was chosen to stand, sorted and filtered, and the rows that are left of it. What was made of a slice
// is remembered as long as the slice lives, so that a pane and its cursor count the same rows at one price.
import type { FilesSlice, OpenPieceView, PiecesSlice, TrackersSlice, WireRow } from '../torrent/snapshot.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { FileView } from '../torrent/snapshot.ts'
import type { DhtSlice } from '../dht/snapshot.ts'
import { type DhtRow, unfoldDht } from './dht-listing.ts'
import { dhtFields } from './fields/dht-fields.ts'
import { eventFields } from './fields/event-fields.ts'
import { accepts, compareBy, type FieldTable } from './fields/field.ts'
import { fileFields } from './fields/file-fields.ts'
import { peerFields } from './fields/peer-fields.ts'
import { pieceFields } from './fields/piece-fields.ts'
import { trackerFields } from './fields/tracker-fields.ts'
import { wireFields } from './fields/wire-fields.ts'
import type { Expression } from './filter/expression.ts'
import type { PeerListing } from './peer-order.ts'
import type { LogLine } from './store.ts'
import type { TrackerRow } from './tracker-row.ts'

export type ListFilter = { readonly text: string; readonly expression: Expression }

export type ListChoice = {
	/** Name of a field; undefined: the list's own order. */
	readonly sort: string | undefined
	readonly reversed: boolean
	readonly filter: ListFilter | undefined
}

/** As the list stands by itself. */
export const plainList: ListChoice = { sort: undefined, reversed: false, filter: undefined }

/** Trackers in the order of their tiers, or as chosen. */
export function trackerRows(slice: TrackersSlice | undefined, choice = plainList): readonly TrackerRow[] {
	if (slice === undefined) return []
	const { at, trackers } = slice
	return remembered(slice, choice, () =>
		listed(
			trackerFields,
			trackers.map(view => ({ view, at })),
			choice,
		),
	)
}

/** Files in the order of the torrent, or as chosen. */
export function fileRows(slice: FilesSlice | undefined, choice = plainList): readonly FileView[] {
	if (slice === undefined) return []
	return remembered(slice, choice, () => listed(fileFields, slice.files, choice))
}

/** Lookups and tables of the DHT; a filter looks into what is folded as well. */
export function dhtRows(slice: DhtSlice, choice: ListChoice, turned: ReadonlySet<string>): readonly DhtRow[] {
	const rows = unfoldDht(slice, { turned, everything: choice.filter !== undefined })
	return remembered(rows, choice, () => listed(dhtFields, rows, choice))
}

/** Begun pieces. */
export function pieceRows(slice: PiecesSlice | undefined, choice = plainList): readonly OpenPieceView[] {
	if (slice === undefined) return []
	return remembered(slice, choice, () => listed(pieceFields, slice.open, choice))
}

/** The event log, oldest first unless reversed. */
export function eventRows(log: readonly LogLine[], choice = plainList): readonly LogLine[] {
	return remembered(log, choice, () => listed(eventFields, log, choice))
}

/** Messages of the wire, oldest first unless reversed; of one peer where it is given. */
export function wireRows(
	rows: readonly WireRow[],
	choice = plainList,
	peer?: PeerNumber,
): readonly WireRow[] {
	if (peer === undefined) return remembered(rows, choice, () => listed(wireFields, rows, choice))
	const ofPeer = () =>
		listed(
			wireFields,
			rows.filter(row => row.peer === peer),
			choice,
		)
	return remembered(rows, choice, ofPeer, peer)
}

/** For the store, which sorts peers at leisure. */
export function peerListing(choice: ListChoice): PeerListing {
	const field = peerFields.byName.get(choice.sort ?? peerFields.natural)
	return {
		compare: field === undefined ? () => 0 : compareBy(field, choice.reversed),
		accepts: predicateOf(peerFields, choice) ?? (() => true),
	}
}

/** Whether a message is shown; undefined: every one is. */
export function wirePredicate(choice = plainList): ((row: WireRow) => boolean) | undefined {
	return predicateOf(wireFields, choice)
}

function predicateOf<Row>(
	table: FieldTable<Row>,
	{ filter }: ListChoice,
): ((row: Row) => boolean) | undefined {
	if (filter === undefined) return undefined
	const { expression } = filter
	return row => accepts(table, expression, row)
}

function listed<Row>(table: FieldTable<Row>, rows: readonly Row[], choice: ListChoice): readonly Row[] {
	const predicate = predicateOf(table, choice)
	const left = predicate === undefined ? rows : rows.filter(predicate)
	const field = choice.sort === undefined ? undefined : table.byName.get(choice.sort)
	if (field !== undefined) return left.toSorted(compareBy(field, choice.reversed))
	return choice.reversed ? left.toReversed() : left
}

type Memory = { readonly choice: ListChoice; readonly peer: PeerNumber | undefined; readonly rows: unknown }

const memories = new WeakMap<object, Memory>()

function remembered<Row>(
	source: object,
	choice: ListChoice,
	make: () => readonly Row[],
	peer?: PeerNumber,
): readonly Row[] {
	const known = memories.get(source)
	// One source is only ever listed by one of the functions above, whose rows are of one type.
	if (known !== undefined && known.choice === choice && known.peer === peer)
		return known.rows as readonly Row[]
	const rows = make()
	memories.set(source, { choice, peer, rows })
	return rows
}
