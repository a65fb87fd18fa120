// What the screen remembers between runs: the arrangement, the theme and the refresh rate that the user chose. Kept
// as JSON; a file with anything else in it counts as none.
import { type Arrangement, defaultArrangement, toArrangement } from './arrangement.ts'
import { type ThemeName, themeNames } from './themes.ts'

export type Preferences = {
	readonly arrangement: Arrangement
	/** undefined: what fits the terminal. */
	readonly themeName: ThemeName | undefined
	/** undefined: what fits the line. */
	readonly snapshotsPerSecond: number | undefined
}

export const defaultPreferences: Preferences = {
	arrangement: defaultArrangement,
	themeName: undefined,
	snapshotsPerSecond: undefined,
}

const version = 1
const mostSnapshotsPerSecond = 60

/** One line of JSON. */
export function formatPreferences({ arrangement, themeName, snapshotsPerSecond }: Preferences): string {
	return `${JSON.stringify({ version, arrangement, theme: themeName, snapshotsPerSecond })}\n`
}

/** What `formatPreferences` wrote; undefined when `text` is anything else. */
export function parsePreferences(text: string): Preferences | undefined {
	const value = parseJson(text)
	if (typeof value !== 'object' || value === null) return undefined
	const entries = new Map<string, unknown>(Object.entries(value))
	const known = ['version', 'arrangement', 'theme', 'snapshotsPerSecond']
	if (entries.get('version') !== version || [...entries.keys()].some(key => !known.includes(key)))
		return undefined
	const arrangement = toArrangement(entries.get('arrangement'))
	const theme = entries.get('theme')
	const themeName = themeNames.find(name => name === theme)
	const rate = entries.get('snapshotsPerSecond')
	if (arrangement === undefined || (theme !== undefined && themeName === undefined)) return undefined
	if (rate !== undefined && !isRate(rate)) return undefined
	return { arrangement, themeName, snapshotsPerSecond: rate }
}

function isRate(value: unknown): value is number {
	return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= mostSnapshotsPerSecond
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text)
	} catch {
		return undefined
	}
}
