// The table of one scenario in Markdown: each client's median and least cost, and how it stands to those that the
// aims are about. Ratios are medians of the rounds' own ratios.
import type { LoopDelay } from './loop-delay.ts'
import type { Run } from './scenarios.ts'
import { median, pairedRatio, type Sample } from './statistics.ts'

/** What one client did in one scenario. */
export interface ClientRuns {
	readonly client: string
	readonly runs: readonly Run[]
	/** Why the client takes no part at all. */
	readonly excluded: string | undefined
	/** What went wrong in runs that are therefore missing. */
	readonly failures: readonly string[]
	/** Of a run of its own; empty for clients whose loops cannot be watched. */
	readonly loops: readonly LoopDelay[]
}

/** The clients that the others are set against. */
const references = ['libtorrent', 'aria2', 'floor']

export const cpuSeconds = ({ cost }: Run) => cost.userSeconds + cost.systemSeconds
export const wallSeconds = ({ cost }: Run) => cost.wallSeconds

/** A value of each run, with the round that it belongs to. */
export function samplesOf({ runs }: ClientRuns, read: (run: Run) => number): Sample[] {
	return runs.map(run => ({ round: run.round, value: read(run) }))
}

function ratio(left: ClientRuns, right: ClientRuns | undefined, read: (run: Run) => number): string {
	if (right === undefined || left === right) return ''
	const value = pairedRatio(samplesOf(left, read), samplesOf(right, read))
	return Number.isNaN(value) ? '' : value.toFixed(2)
}

function row(one: ClientRuns, compared: readonly ClientRuns[], sizeBytes: number): string {
	const of = (read: (run: Run) => number) => median(one.runs.map(read))
	const both = (read: (run: Run) => number) =>
		`${of(read).toFixed(2)} (${Math.min(...one.runs.map(read)).toFixed(2)})`
	const mebibytes = (read: (run: Run) => number) => (of(read) / 2 ** 20).toFixed(0)
	const cells = [
		one.client,
		both(wallSeconds),
		both(run => (cpuSeconds(run) * 2 ** 30) / sizeBytes),
		both(run => (run.cost.systemSeconds * 2 ** 30) / sizeBytes),
		of(run => run.megabytesPerSecond).toFixed(0),
		mebibytes(run => run.cost.peakRssBytes),
		mebibytes(run => run.cost.peakPrivateBytes),
		...compared.map(other => ratio(one, other, cpuSeconds)),
		...compared.map(other => ratio(one, other, wallSeconds)),
		one.runs.length,
	]
	return `| ${cells.join(' | ')} |`
}

function loopLines({ client, loops }: ClientRuns): string[] {
	if (loops.length === 0) return []
	const each = loops.map(
		({ threadId, p99Ms, maxMs }) =>
			`thread ${threadId} p99 ${p99Ms.toFixed(1)} ms, most ${maxMs.toFixed(1)} ms`,
	)
	return [`- loops of ${client}, in a run of its own, a timer of 1 ms: ${each.join('; ')}`]
}

/** One scenario's table, what the loops of this program did, and what could not be measured. */
export function formatScenario(title: string, clients: readonly ClientRuns[], sizeBytes: number): string {
	const measured = clients.filter(({ runs }) => runs.length > 0)
	const compared = references.flatMap(name => measured.filter(({ client }) => client === name))
	const problems = clients.flatMap(({ client, excluded, failures }) =>
		[...(excluded === undefined ? [] : [excluded]), ...failures].map(
			text => `- could not be measured: ${client}, ${text}`,
		),
	)
	const names = compared.map(({ client }) => client)
	const header = [
		...['client', 'wall s (least)', 'CPU s/GiB (least)', 'of it system (least)', 'MB/s'],
		...['peak RSS MiB', 'private MiB'],
		...names.map(name => `CPU / ${name}`),
		...names.map(name => `wall / ${name}`),
		'runs',
	]
	return [
		`### ${title}`,
		'',
		`| ${header.join(' | ')} |`,
		`|${header.map(() => '---').join('|')}|`,
		...measured.map(one => row(one, compared, sizeBytes)),
		'',
		...clients.flatMap(loopLines),
		...problems,
		'',
	].join('\n')
}
