// What the user arranged: which panes are hidden and how many rows each was given or lost beside what the layout
// would give it. Plain data, kept between runs; the layout holds it to what fits.
import { type PaneName, paneNames } from './pane-names.ts'

export type Arrangement = {
	/** In the order of `paneNames`; never all of them. */
	readonly hidden: readonly PaneName[]
	/** Rows more than the layout gives by itself, negative for fewer; never 0. */
	readonly extraRows: Readonly<Partial<Record<PaneName, number>>>
}

export const defaultArrangement: Arrangement = { hidden: [], extraRows: {} }

/** More than any terminal needs; a file that says more was not written by us. */
const mostExtraRows = 200

/** Hides `pane`, or shows it again. The last pane on screen cannot be hidden. */
export function toggleHidden(arrangement: Arrangement, pane: PaneName): Arrangement {
	return setHidden(arrangement, pane, !arrangement.hidden.includes(pane))
}

/** As `toggleHidden`, to a state that is given; the same arrangement when it is so already. */
export function setHidden(arrangement: Arrangement, pane: PaneName, isHidden: boolean): Arrangement {
	if (arrangement.hidden.includes(pane) === isHidden) return arrangement
	const hidden = paneNames.filter(name => (name === pane ? isHidden : arrangement.hidden.includes(name)))
	return hidden.length === paneNames.length ? arrangement : { ...arrangement, hidden }
}

/** Gives `rows` rows more to `pane`, or takes some when it is negative. */
export function growPane(arrangement: Arrangement, pane: PaneName, rows: number): Arrangement {
	const wanted = (arrangement.extraRows[pane] ?? 0) + Math.trunc(rows)
	const extra = Math.max(-mostExtraRows, Math.min(mostExtraRows, wanted))
	const extraRows: Partial<Record<PaneName, number>> = {}
	for (const name of paneNames) {
		const kept = name === pane ? extra : (arrangement.extraRows[name] ?? 0)
		if (kept !== 0) extraRows[name] = kept
	}
	return { ...arrangement, extraRows }
}

/** An arrangement as it was written; undefined when `value` is anything else. */
export function toArrangement(value: unknown): Arrangement | undefined {
	if (!isRecord(value) || !hasOnly(value, ['hidden', 'extraRows'])) return undefined
	const { hidden, extraRows } = value
	if (!Array.isArray(hidden) || !isRecord(extraRows) || !hasOnly(extraRows, paneNames)) return undefined
	const names = paneNames.filter(name => hidden.includes(name))
	if (names.length !== hidden.length || names.length === paneNames.length) return undefined
	const extra: Partial<Record<PaneName, number>> = {}
	for (const name of paneNames) {
		const rows = extraRows[name]
		if (rows === undefined) continue
		if (typeof rows !== 'number' || !Number.isInteger(rows) || Math.abs(rows) > mostExtraRows)
			return undefined
		if (rows !== 0) extra[name] = rows
	}
	return { hidden: names, extraRows: extra }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasOnly(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
	return Object.keys(value).every(key => keys.includes(key))
}
