// The figures of a table beside what the project aims at. Scenarios are compared round by round like clients.
import { type ClientRuns, cpuSeconds, samplesOf, wallSeconds } from './report.ts'
import type { Run } from './scenarios.ts'
import { median, pairedRatio } from './statistics.ts'

/** The results of each scenario by its name. */
export type Results = ReadonlyMap<string, readonly ClientRuns[]>

interface Aim {
	readonly what: string
	readonly most: number
	/** NaN when the run has not measured it. */
	readonly value: number
}

const ours = 'swarmscope'
const screen = 'swarmscope-screen'
const downloads = ['one-seed', '20-peers']

function runsOf(results: Results, scenario: string, client: string): ClientRuns | undefined {
	return results.get(scenario)?.find(one => one.client === client && one.runs.length > 0)
}

function ratio(
	left: ClientRuns | undefined,
	right: ClientRuns | undefined,
	read: (run: Run) => number,
): number {
	return left === undefined || right === undefined
		? Number.NaN
		: pairedRatio(samplesOf(left, read), samplesOf(right, read))
}

function aimsAgainstOthers(results: Results, scenario: string): Aim[] {
	const mine = runsOf(results, scenario, ours)
	const others = (results.get(scenario) ?? []).filter(
		({ client, runs }) => runs.length > 0 && ![ours, screen, 'floor'].includes(client),
	)
	const cpu = (client: string) => ratio(mine, runsOf(results, scenario, client), cpuSeconds)
	return [
		{ what: `${scenario}: CPU / libtorrent`, most: 0.6, value: cpu('libtorrent') },
		{ what: `${scenario}: CPU / aria2`, most: 0.75, value: cpu('aria2') },
		...others.map(other => ({
			what: `${scenario}: wall / ${other.client}`,
			most: 1,
			value: ratio(mine, other, wallSeconds),
		})),
		{
			what: `${scenario}: CPU with the screen on / without`,
			most: 1.15,
			value: ratio(runsOf(results, scenario, screen), mine, cpuSeconds),
		},
	]
}

function aimsOfOneScenario(results: Results, scenario: string): Aim[] {
	const mine = runsOf(results, scenario, ours)
	if (mine === undefined) return []
	const engineThreads = mine.loops.filter(({ threadId }) => threadId > 0)
	const loops = engineThreads.length > 0 ? engineThreads : mine.loops
	return [
		{
			what: `${scenario}: private MB`,
			most: 130,
			value: median(mine.runs.map(({ cost }) => cost.peakPrivateBytes / 1e6)),
		},
		{
			what: `${scenario}: engine loop p99 ms`,
			most: 25,
			value: loops.length === 0 ? Number.NaN : Math.max(...loops.map(({ p99Ms }) => p99Ms)),
		},
	]
}

function allAims(results: Results, sizeBytes: number): Aim[] {
	const mine = (scenario: string) => runsOf(results, scenario, ours)
	const between = (more: string, less: string): Aim => ({
		what: `CPU ${more} / ${less}`,
		most: 1.25,
		value: ratio(mine(more), mine(less), cpuSeconds),
	})
	const seeding = mine('seeding-known')?.runs.map(run => (cpuSeconds(run) * 2 ** 30) / sizeBytes) ?? []
	const below = (scenario: string, client: string): Aim => ({
		what: `${scenario}: CPU / ${client}`,
		most: 1,
		value: ratio(mine(scenario), runsOf(results, scenario, client), cpuSeconds),
	})
	return [
		...downloads.flatMap(scenario => aimsAgainstOthers(results, scenario)),
		between('50-peers', 'one-seed'),
		between('one-seed-256k', 'one-seed'),
		between('20-peers-256k', '20-peers'),
		{ what: 'seeding-known: CPU s/GiB', most: 1, value: median(seeding) },
		...['seeding', 'seeding-known'].flatMap(scenario =>
			['libtorrent', 'aria2', 'rTorrent'].map(client => below(scenario, client)),
		),
		...[...results.keys()].flatMap(scenario => aimsOfOneScenario(results, scenario)),
	]
}

/** What is met and what is missed, of what was measured; nothing when that is nothing. */
export function formatAims(results: Results, sizeBytes: number): string {
	const judged = allAims(results, sizeBytes).filter(({ value }) => !Number.isNaN(value))
	if (judged.length === 0) return ''
	return [
		`### ${ours} and its aims`,
		'',
		'The aims are about 1 GiB on a machine with nothing else to do; what was not measured is left out.',
		'',
		'| what | at most | measured | |',
		'|---|---|---|---|',
		...judged.map(
			({ what, most, value }) =>
				`| ${what} | ${most} | ${value.toFixed(2)} | ${value <= most ? 'met' : '**missed**'} |`,
		),
		'',
	].join('\n')
}
