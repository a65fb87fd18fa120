// The table of the screen: each figure's median and least, beside its aim where it has one.
import { median } from './statistics.ts'

export interface ScreenFigure {
	readonly what: string
	readonly unit: string
	readonly value: number
	/** The aim. */
	readonly most?: number | undefined
	readonly digits?: number
}

/** What one session gave. */
export interface ScreenRun {
	readonly figures: readonly ScreenFigure[]
	readonly fullClears: number
}

export type ScreenResult = ScreenRun | { readonly failure: string }

function row(figures: readonly ScreenFigure[]): string {
	const [first] = figures
	if (first === undefined) return ''
	const { what, unit, most, digits = 0 } = first
	const values = figures.map(({ value }) => value)
	const middle = median(values)
	const judgement = most === undefined ? '' : middle <= most ? 'met' : '**missed**'
	const cells = [
		what,
		most === undefined ? '' : `${most} ${unit}`,
		`${middle.toFixed(digits)} ${unit}`,
		Math.min(...values).toFixed(digits),
		judgement,
		values.length,
	]
	return `| ${cells.join(' | ')} |`
}

/** Everything that was measured, in the order in which it first came. */
export function formatScreen(results: readonly ScreenResult[]): string {
	const runs = results.flatMap(result => ('failure' in result ? [] : [result]))
	const failures = results.flatMap(result => ('failure' in result ? [result.failure] : []))
	const byName = new Map<string, ScreenFigure[]>()
	for (const figure of runs.flatMap(({ figures }) => figures))
		byName.set(figure.what, [...(byName.get(figure.what) ?? []), figure])
	const clears = runs.map(({ fullClears }) => fullClears)
	const cleared: ScreenFigure[] = clears.map(value => ({
		what: 'full clears of the screen',
		unit: 'a session',
		value,
		most: 0,
	}))
	return [
		'### The screen',
		'',
		'| what | at most | median | least | | runs |',
		'|---|---|---|---|---|---|',
		...[...byName.values(), cleared].filter(figures => figures.length > 0).map(row),
		'',
		...failures.map(text => `- could not be measured: ${text}`),
		'',
	].join('\n')
}
