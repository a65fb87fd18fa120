// What stands above or beside the DHT's list: who we are in it, how far we came, what went in and out and what was
// dropped and why. The lines are in the order of their worth; a small pane shows the first.
import type { DhtCounters, DhtSlice, DhtTableView } from '../dht/snapshot.ts'
import { dropWords, explainBootstrap, explainId } from '../inspect/explain-dht.ts'
import { formatBytes, formatCount } from '../inspect/units.ts'
import { nodeSigns } from './dht-row.ts'
import { fit } from './format.ts'
import type { Theme } from './theme.ts'
import { wrap } from './wrap.ts'

export type OverviewParts = { readonly width: number; readonly theme: Theme }

/** From here on the overview stands beside the list. */
export const besideFrom = 110

/** Rows that the overview takes above a list of `rows` in all. */
export function overviewRows(slice: DhtSlice, rows: number): number {
	const most = rows < 8 ? 1 : rows < 14 ? 2 : rows < 24 ? 4 : 8
	return Math.min(most, overviewLines(slice).length)
}

/** Lines of exactly `width` cells, as many as there is room for. */
export function formatOverview(slice: DhtSlice, rows: number, { width, theme }: OverviewParts): string[] {
	const { glyphs } = theme
	return overviewLines(slice)
		.slice(0, rows)
		.map(text => fit(` ${text}`, width, glyphs.ellipsis))
}

/** In a column of its own: sentences over several lines, what went in and out, and a line for each bucket. */
export function formatBeside(slice: DhtSlice, rows: number, { width, theme }: OverviewParts): string[] {
	const { glyphs } = theme
	const line = (text: string) => fit(` ${text}`, width, glyphs.ellipsis)
	const wrapped = (text: string) => wrap(text, Math.max(1, width - 2), glyphs.ellipsis).map(line)
	const tables = slice.tables.flatMap(table => {
		const [joined = '', id = '', ...others] = tableLines(table, slice.at)
		const heading = theme.bold(line(`IPv${table.family}, UDP port ${table.port}`))
		return [heading, ...wrapped(joined), line(id), ...others.flatMap(wrapped), line('')]
	})
	const bars = slice.tables.flatMap(table => [
		theme.bold(line(`IPv${table.family} nodes by bits in common`)),
		...bucketBars(table, theme).map(line),
	])
	const counted = [...countLines(slice.counters), ...dropLines(slice.counters), ...storedLines(slice)]
	const lines = [
		...wrapped(stateLine(slice)),
		line(''),
		...tables,
		...counted.flatMap(wrapped),
		line(''),
		...bars,
	]
	return Array.from({ length: rows }, (_, row) => lines[row] ?? line(''))
}

function overviewLines(slice: DhtSlice): string[] {
	const { tables, counters, at } = slice
	const named = tables.flatMap(table => tableLines(table, at).map(text => `IPv${table.family} ${text}`))
	const first = named.filter((_, index) => index % linesOfTable === 0)
	const others = named.filter((_, index) => index % linesOfTable !== 0)
	const dropped = dropLines(counters)
	const said = first.length > 0 ? first : [stateLine(slice)]
	return [
		...said,
		...countLines(counters),
		...(dropped.length > 0 ? [dropped.join(', ')] : []),
		...others,
		...storedLines(slice),
	]
}

function stateLine({ state, readOnly }: DhtSlice): string {
	const words = { off: 'The DHT is off.', joining: 'On the way into the DHT.', joined: 'In the DHT.' }
	return readOnly && state !== 'off' ? `${words[state]} Read-only: we ask and never answer.` : words[state]
}

const linesOfTable = 4

function tableLines(table: DhtTableView, at: number): string[] {
	const { bootstrap, good, questionable, bad, id, idReason, external } = table
	const seen =
		external === undefined
			? 'nobody told us our address'
			: `seen as ${external.host} by ${external.votes} of ${external.of}`
	return [
		`${explainBootstrap(bootstrap, at)}; ${good} good, ${questionable} questionable, ${bad} bad`,
		`id ${id}`,
		explainId(idReason),
		seen,
	]
}

/** ` 12  ●●●○` a bucket. */
function bucketBars({ buckets }: DhtTableView, { glyphs }: Theme): string[] {
	return buckets.map(({ commonBits, isLast, nodes, replacements }) => {
		const more = replacements > 0 ? `  ${replacements} waiting` : ''
		return `${String(commonBits).padStart(3)}${isLast ? '+' : ' '} ${nodeSigns(nodes, glyphs).padEnd(8)}${more}`
	})
}

function countLines(counters: DhtCounters): string[] {
	const {
		datagramsIn,
		bytesIn,
		datagramsOut,
		bytesOut,
		queriesOut,
		answersIn,
		timeouts,
		queriesIn,
		answersOut,
	} = counters
	return [
		`asked ${queriesOut}: ${answersIn} answered, ${timeouts} silent; were asked ${queriesIn}, answered ${answersOut}`,
		`in ${formatCount(datagramsIn, 'datagram')} ${formatBytes(bytesIn)}, out ${datagramsOut} ${formatBytes(bytesOut)}`,
	]
}

/** Only what was dropped at all. */
function dropLines({ dropped, ignoredAddresses }: DhtCounters): string[] {
	// The keys are those of the reasons: the object was made with all of them and no others.
	const drops = Object.entries(dropped) as [keyof typeof dropped, number][]
	const lines = drops
		.filter(([, count]) => count > 0)
		.map(([why, count]) => `${count} dropped, ${dropWords(why)}`)
	if (ignoredAddresses === 0) return lines
	return [...lines, `${ignoredAddresses} ${ignoredAddresses === 1 ? 'address' : 'addresses'} ignored`]
}

function storedLines({ stored }: DhtSlice): string[] {
	if (stored.torrents === 0) return []
	return [
		`we keep ${formatCount(stored.peers, 'peer')} of ${formatCount(stored.torrents, 'torrent')} for others`,
	]
}
