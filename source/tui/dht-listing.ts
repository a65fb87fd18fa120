// The rows of the DHT's list: lookups with whom they asked, by round, then the tables by bucket with their nodes.
// What is folded is left out, but nothing is while a filter looks for it. Plain data; what was made of a slice is
// remembered as long as the slice lives.
import type {
	DhtBucketView,
	DhtNodeView,
	DhtSlice,
	DhtTableView,
	LookupStepView,
	LookupView,
} from '../dht/snapshot.ts'

export type DhtRow =
	| { readonly type: 'heading'; readonly text: string }
	| { readonly type: 'lookup'; readonly key: string; readonly isOpen: boolean; readonly lookup: LookupView }
	| { readonly type: 'step'; readonly lookup: LookupView; readonly step: LookupStepView }
	| {
			readonly type: 'bucket'
			readonly key: string
			readonly isOpen: boolean
			readonly table: DhtTableView
			readonly bucket: DhtBucketView
	  }
	| { readonly type: 'node'; readonly table: DhtTableView; readonly node: DhtNodeView }

/** Which rows are open beside those that are by themselves: the first lookup. */
export type Unfolding = { readonly turned: ReadonlySet<string>; readonly everything: boolean }

const memories = new WeakMap<DhtSlice, { readonly unfolding: Unfolding; readonly rows: readonly DhtRow[] }>()

/** All rows of the slice. */
export function unfoldDht(slice: DhtSlice, unfolding: Unfolding): readonly DhtRow[] {
	const known = memories.get(slice)
	const isSame =
		known !== undefined &&
		known.unfolding.turned === unfolding.turned &&
		known.unfolding.everything === unfolding.everything
	if (isSame) return known.rows
	const rows = [
		...lookupRows(slice, unfolding),
		...slice.tables.flatMap(table => tableRows(table, unfolding)),
	]
	memories.set(slice, { unfolding, rows })
	return rows
}

/** Opens or closes the row under the cursor; the same set where it is none that can be. */
export function turnRow(turned: ReadonlySet<string>, row: DhtRow | undefined): ReadonlySet<string> {
	if (row?.type !== 'lookup' && row?.type !== 'bucket') return turned
	const next = new Set(turned)
	if (!next.delete(row.key)) next.add(row.key)
	return next
}

function lookupRows({ lookups }: DhtSlice, { turned, everything }: Unfolding): DhtRow[] {
	if (lookups.length === 0) return []
	const rows: DhtRow[] = [{ type: 'heading', text: 'Lookups' }]
	for (const [index, lookup] of lookups.entries()) {
		const key = `lookup ${lookup.lookup}`
		const isOpen = everything || turned.has(key) !== (index === 0)
		rows.push({ type: 'lookup', key, isOpen, lookup })
		if (!isOpen) continue
		for (const step of lookup.steps.toSorted(compareSteps)) rows.push({ type: 'step', lookup, step })
	}
	return rows
}

/** Who was asked, by rounds, then who never was; among equals the closest first. */
function compareSteps(one: LookupStepView, other: LookupStepView): number {
	const wasAsked = ({ askedAt }: LookupStepView) => (askedAt === undefined ? 1 : 0)
	const place = ({ distance }: LookupStepView) => distance ?? ''
	return (
		wasAsked(one) - wasAsked(other) ||
		one.round - other.round ||
		(place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : 0)
	)
}

function tableRows(table: DhtTableView, { turned, everything }: Unfolding): DhtRow[] {
	const { family, buckets } = table
	if (buckets.length === 0) return []
	const rows: DhtRow[] = [{ type: 'heading', text: `IPv${family} table, by bits in common with our id` }]
	for (const bucket of buckets) {
		const key = `bucket ${family} ${bucket.commonBits}`
		const isOpen = everything || turned.has(key)
		rows.push({ type: 'bucket', key, isOpen, table, bucket })
		if (isOpen) for (const node of bucket.nodes) rows.push({ type: 'node', table, node })
	}
	return rows
}
