// The file in which the screen's preferences are kept between runs. Whatever is wrong with it is told in a sentence
// and never stands in the way: the screen comes up as it does for the first time.
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../engine/world-failure.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'
import {
	defaultPreferences,
	formatPreferences,
	parsePreferences,
	type Preferences,
} from '../tui/preferences.ts'

export type FoundPreferences = { readonly preferences: Preferences; readonly problem: SafeText | undefined }

const fileName = 'screen.json'
const mostBytes = 65_536

/** What is kept in `directory`; the usual preferences where there is nothing, or nothing that can be used. */
export async function readPreferences(directory: string): Promise<FoundPreferences> {
	const path = join(directory, fileName)
	try {
		if ((await stat(path)).size > mostBytes) return unusable(path, 'it is too long')
		const preferences = parsePreferences(await readFile(path, 'utf8'))
		return preferences === undefined
			? unusable(path, 'it is not what was written')
			: { preferences, problem: undefined }
	} catch (error) {
		const code = errorCode(error)
		if (code === 'ENOENT' || code === 'ENOTDIR')
			return { preferences: defaultPreferences, problem: undefined }
		return unusable(path, code)
	}
}

/** Replaces the file as a whole. Resolves with what went wrong, if anything did. */
export async function savePreferences(
	directory: string,
	preferences: Preferences,
): Promise<SafeText | undefined> {
	const path = join(directory, fileName)
	const temporary = `${path}.${process.pid}.tmp`
	try {
		await mkdir(directory, { recursive: true, mode: 0o700 })
		const file = await open(temporary, 'w', 0o600)
		try {
			await file.writeFile(formatPreferences(preferences))
		} finally {
			await file.close()
		}
		await rename(temporary, path)
		return undefined
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => undefined)
		return safeText(`the arrangement is not remembered: ${path} cannot be written (${errorCode(error)})`)
	}
}

function unusable(path: string, why: string): FoundPreferences {
	return {
		preferences: defaultPreferences,
		problem: safeText(`the arrangement of last time is lost: ${path} cannot be used (${why})`),
	}
}
