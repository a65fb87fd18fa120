// The benchmark's Markdown: medians of each client's runs, and this program's ratios to the others.
import type { Run } from './scenarios.ts'

/** What one client did in one scenario. */
export interface ClientRuns {
	readonly client: string
	readonly runs: readonly Run[]
	/** Why the client takes no part at all. */
	readonly excluded: string | undefined
	/** What went wrong in runs that are therefore missing. */
	readonly failures: readonly string[]
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((left, right) => left - right)
	const middle = Math.floor(sorted.length / 2)
	const upper = sorted[middle] ?? Number.NaN
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

interface Medians {
	readonly wall: number
	readonly cpu: number
	readonly cpuPerGibibyte: number
	readonly rss: number
	readonly privateMemory: number
	readonly rate: number
}

function medians(runs: readonly Run[], sizeBytes: number): Medians {
	const of = (read: (run: Run) => number) => median(runs.map(read))
	const cpu = of(run => run.cost.userSeconds + run.cost.systemSeconds)
	return {
		wall: of(run => run.cost.wallSeconds),
		cpu,
		cpuPerGibibyte: (cpu * 2 ** 30) / sizeBytes,
		rss: of(run => run.cost.peakRssBytes / 2 ** 20),
		privateMemory: of(run => run.cost.peakPrivateBytes / 2 ** 20),
		rate: of(run => run.megabytesPerSecond),
	}
}

/** One scenario's table, followed by the ratios of `ours` to every other client that was measured. */
export function formatScenario(
	title: string,
	clients: readonly ClientRuns[],
	options: { readonly sizeBytes: number; readonly ours: string },
): string {
	const measured = clients
		.filter(({ runs }) => runs.length > 0)
		.map(({ client, runs }) => ({ client, runs, ...medians(runs, options.sizeBytes) }))
	const rows = measured.map(
		row =>
			`| ${row.client} | ${row.wall.toFixed(2)} | ${row.cpu.toFixed(2)} | ${row.cpuPerGibibyte.toFixed(2)} | ${row.rate.toFixed(0)} | ${row.rss.toFixed(0)} (${row.privateMemory.toFixed(0)}) | ${row.runs.length} |`,
	)
	const ours = measured.find(row => row.client === options.ours)
	const ratios = measured
		.filter(row => ours !== undefined && row !== ours)
		.map(
			row =>
				`- ${options.ours} / ${row.client}: CPU ${((ours?.cpu ?? 0) / row.cpu).toFixed(2)}, wall ${((ours?.wall ?? 0) / row.wall).toFixed(2)}, MB/s ${((ours?.rate ?? 0) / row.rate).toFixed(2)}`,
		)
	const problems = clients.flatMap(({ client, excluded, failures }) =>
		[...(excluded === undefined ? [] : [excluded]), ...failures].map(
			text => `- not measured: ${client}, ${text}`,
		),
	)
	return [
		`### ${title}`,
		'',
		'| client | wall s | CPU s | CPU s/GiB | MB/s | peak RSS MiB (private) | runs |',
		'|---|---|---|---|---|---|---|',
		...rows,
		'',
		...ratios,
		...problems,
		'',
	].join('\n')
}
