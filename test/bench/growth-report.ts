// The growth table: each series of cells, and for each cell how its costs compare with those of the series' first.
import type { GrowthFigures } from './growth-run.ts'
import { median } from './statistics.ts'

export interface GrowthRow {
	/** What there is more of from row to row. */
	readonly count: number
	readonly runs: readonly GrowthFigures[]
	readonly failures: readonly string[]
}

interface Column {
	readonly title: string
	readonly digits: number
	readonly read: (figures: GrowthFigures) => number | undefined
	/** What the verdict calls it; columns without are other views of a column that has one. */
	readonly verdict?: string
}

const columns: readonly Column[] = [
	{ title: 'wall s', digits: 2, read: figures => figures.wallSeconds },
	{ title: 'CPU s', digits: 2, read: figures => figures.cpuSeconds, verdict: 'CPU' },
	{ title: 'CPU s/GiB', digits: 2, read: figures => figures.cpuSecondsPerGibibyte },
	{ title: 'CPU µs/block', digits: 1, read: figures => figures.cpuMicrosecondsPerBlock },
	{ title: 'received / content', digits: 2, read: figures => figures.receivedShare },
	{ title: 'first request ms', digits: 0, read: figures => figures.startMs, verdict: 'start-up' },
	{ title: 'CPU ms/s', digits: 2, read: figures => figures.cpuMsPerSecond, verdict: 'idle CPU' },
	{ title: 'private MiB', digits: 0, read: figures => figures.privateMebibytes, verdict: 'memory' },
]

function medianOf(row: GrowthRow, { read }: Column): number {
	return median(row.runs.flatMap(figures => read(figures) ?? []))
}

/** Each cost beside that of the first row, and whether one of them grew more than what is counted. */
function verdict(row: GrowthRow, first: GrowthRow, used: readonly Column[]): string {
	if (row === first || row.runs.length === 0 || first.runs.length === 0) return ''
	const counted = row.count / Math.max(1, first.count)
	const factors = used.flatMap(column =>
		column.verdict === undefined
			? []
			: { name: column.verdict, factor: medianOf(row, column) / medianOf(first, column) },
	)
	const faster = factors.filter(({ factor }) => factor > counted)
	const costs = factors.map(({ name, factor }) => `${name} x${factor.toFixed(2)}`).join(', ')
	const judgement =
		faster.length === 0 ? '' : `; **faster than what it counts: ${faster.map(one => one.name).join(', ')}**`
	return `${costs} for x${counted.toFixed(0)}${judgement}`
}

/** What a further idle connection costs, from the first row to this one. */
function perPeer(row: GrowthRow, first: GrowthRow): string {
	const peers = row.count - first.count
	const cpu = columns.find(column => column.verdict === 'idle CPU')
	const memory = columns.find(column => column.verdict === 'memory')
	if (peers <= 0 || cpu === undefined || memory === undefined) return ''
	const [cpuMs, mebibytes] = [cpu, memory].map(column => medianOf(row, column) - medianOf(first, column))
	return `${(((cpuMs ?? 0) / peers) * 1000).toFixed(1)} µs/s, ${(((mebibytes ?? 0) / peers) * 1024).toFixed(1)} KiB`
}

/** One series as Markdown; `unit` names what is counted. */
export function formatSeries(
	title: string,
	unit: string,
	rows: readonly GrowthRow[],
	isIdle: boolean,
): string {
	const [first] = rows
	if (first === undefined) return ''
	const used = columns.filter(column => rows.some(row => !Number.isNaN(medianOf(row, column))))
	const header = [
		unit,
		...used.map(column => column.title),
		...(isIdle ? ['each further peer'] : []),
		'grows',
		'runs',
	]
	const lines = rows.map(row => {
		const cells = [
			row.count,
			...used.map(column => medianOf(row, column).toFixed(column.digits)),
			...(isIdle ? [perPeer(row, first)] : []),
			verdict(row, first, used),
			row.runs.length,
		]
		return `| ${cells.join(' | ')} |`
	})
	const problems = rows.flatMap(row =>
		row.failures.map(text => `- could not be measured: ${row.count} ${unit}, ${text}`),
	)
	return [
		`### ${title}`,
		'',
		`| ${header.join(' | ')} |`,
		`|${header.map(() => '---').join('|')}|`,
		...lines,
		'',
		...problems,
		'',
	].join('\n')
}
