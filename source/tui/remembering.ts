// Keeps the preferences that the user changes: a moment after the last change, and when the screen goes.
import type { Readable } from './hooks.ts'
import type { Preferences } from './preferences.ts'
import { themeNames } from './themes.ts'
import type { ViewState } from './view.ts'

/** How long changes are gathered. */
const delayMs = 1000

export type Remembering = {
	/** Saves what is not saved yet, and watches no longer. */
	end(): Promise<void>
}

/** Watches `view`, which began with `found`; what was not touched is kept as it was found. */
export function rememberPreferences(
	view: Readable<ViewState>,
	found: Preferences,
	save: (preferences: Preferences) => Promise<void>,
): Remembering {
	const began = view.get().snapshotsPerSecond
	let kept = found
	let timer: NodeJS.Timeout | undefined
	let saving = Promise.resolve()

	const current = (): Preferences => {
		const { arrangement, themeName, snapshotsPerSecond } = view.get()
		return {
			arrangement,
			themeName: themeNames.find(name => name === themeName),
			snapshotsPerSecond: snapshotsPerSecond === began ? found.snapshotsPerSecond : snapshotsPerSecond,
		}
	}
	const flush = () => {
		clearTimeout(timer)
		timer = undefined
		const next = current()
		if (isSame(next, kept)) return
		kept = next
		saving = saving.then(() => save(next))
	}
	const unsubscribe = view.subscribe(() => {
		if (isSame(current(), kept)) return
		clearTimeout(timer)
		timer = setTimeout(flush, delayMs)
		timer.unref()
	})
	return {
		async end() {
			unsubscribe()
			flush()
			await saving
		},
	}
}

function isSame(one: Preferences, other: Preferences): boolean {
	return (
		one.arrangement === other.arrangement &&
		one.themeName === other.themeName &&
		one.snapshotsPerSecond === other.snapshotsPerSecond
	)
}
