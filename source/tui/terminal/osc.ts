// Sequences that tell the terminal something beside the screen: clipboard, title, notification, progress. Each is
// written only when the user asked for it; only SafeText goes inside, so that nothing can end one early (T3).
import type { SafeText } from '../../protocol/safe-text.ts'

const start = '\u001b]'
const end = '\u001b\\'
/** More than anybody copies from here; some terminals drop longer ones whole. */
const maxCopiedChars = 1024
const maxTitleChars = 120

/** The bell. */
export const bell = '\u0007'
/** Keeps the window's title on the terminal's own stack, and takes it from there (XTWINOPS 22 and 23). */
export const keepTitle = '\u001b[22;2t'
export const restoreTitle = '\u001b[23;2t'

/** OSC 52: `text` on the clipboard. */
export function copySequence(text: SafeText): string {
	const bytes = new TextEncoder().encode(text.slice(0, maxCopiedChars))
	return `${start}52;c;${btoa(String.fromCharCode(...bytes))}${end}`
}

/** OSC 2: the window's title. */
export function titleSequence(text: SafeText): string {
	return `${start}2;${text.slice(0, maxTitleChars)}${end}`
}

/** OSC 9: a notification of the desktop. A text that begins like a command of OSC 9 is kept from being one. */
export function notifySequence(text: SafeText): string {
	const shown = text.slice(0, maxTitleChars)
	return `${start}9;${/^\d/u.test(shown) ? ` ${shown}` : shown}${end}`
}

export type Progress =
	| { readonly type: 'none' }
	| { readonly type: 'normal' | 'failed' | 'paused'; readonly percent: number }
	/** Something is under way of which the end cannot be told. */
	| { readonly type: 'unknown' }

/** OSC 9;4: progress on the tab or the task bar. */
export function progressSequence(progress: Progress): string {
	const states = { none: 0, normal: 1, failed: 2, unknown: 3, paused: 4 } as const
	const percent = 'percent' in progress ? Math.max(0, Math.min(100, Math.floor(progress.percent))) : 0
	return `${start}9;4;${states[progress.type]};${percent}${end}`
}
