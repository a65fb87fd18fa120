// What the terminal is told beside the screen, each only when the user asked for it: the bell and a notification
// at completion, the window's title, progress on the tab. Said once, and again after a suspension.
import { formatBytes } from '../inspect/units.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
import { isWhole } from './session-end.ts'
import {
	bell,
	keepTitle,
	notifySequence,
	type Progress,
	progressSequence,
	restoreTitle,
	titleSequence,
} from './terminal/osc.ts'

export type TellOptions = {
	readonly bell: boolean
	readonly notify: boolean
	readonly title: boolean
	readonly progress: boolean
}

export const tellNothing: TellOptions = { bell: false, notify: false, title: false, progress: false }

export type Teller = {
	/** Before the first frame, and when the screen comes back. */
	readonly enter: string
	/** When the terminal is given back. */
	readonly exit: string
	/** Says what is new; what the terminal did not take is said with the next summary. */
	update(summary: SummarySlice | undefined): void
	/** The terminal knows nothing any more. */
	forget(): void
}

/** `emit` writes a sequence and returns whether the terminal took it. */
export function createTeller(options: TellOptions, emit: (sequence: string) => boolean): Teller {
	let title = ''
	let progress = ''
	let wasLoading = false
	let isDue = false
	const sayOnce = (sequence: string, said: string) => (sequence === said || !emit(sequence) ? said : sequence)
	return {
		enter: options.title ? keepTitle : '',
		exit: (options.progress ? progressSequence({ type: 'none' }) : '') + (options.title ? restoreTitle : ''),
		update(summary) {
			if (summary === undefined) return
			if (options.title) title = sayOnce(titleSequence(titleWords(summary)), title)
			if (options.progress) progress = sayOnce(progressSequence(progressOf(summary)), progress)
			const whole = isWhole(summary)
			// Who finds everything on disk has waited for nothing.
			if (whole && wasLoading) isDue = options.bell || options.notify
			if (whole) wasLoading = false
			else if (summary.state === 'downloading') wasLoading = true
			if (isDue) isDue = !emit(completion(options, summary))
		},
		forget() {
			title = ''
			progress = ''
		},
	}
}

function completion({ bell: rings, notify }: TellOptions, { name, wantedBytes }: SummarySlice): string {
	const words = safe`${name}: complete, ${safeText(formatBytes(wantedBytes))}`
	return (rings ? bell : '') + (notify ? notifySequence(words) : '')
}

function titleWords(summary: SummarySlice): SafeText {
	const { name, state } = summary
	if (state === 'complete' || state === 'seeding') return safe`${safeText(state)} ${name}`
	const percent = safe`${percentOf(summary)}%`
	return state === 'downloading' ? safe`${percent} ${name}` : safe`${percent} ${safeText(state)} ${name}`
}

function progressOf(summary: SummarySlice): Progress {
	const percent = percentOf(summary)
	switch (summary.state) {
		case 'complete':
		case 'seeding':
		case 'stopped':
			return { type: 'none' }
		case 'paused':
			return { type: 'paused', percent }
		case 'failed':
		case 'diskStopped':
			return { type: 'failed', percent }
		case 'awaitingMetadata':
		case 'stopping':
			return { type: 'unknown' }
		case 'checking':
		case 'downloading':
			return { type: 'normal', percent }
	}
}

function percentOf({ checkedFraction, completedBytes, wantedBytes }: SummarySlice): number {
	const fraction = checkedFraction ?? (wantedBytes > 0 ? completedBytes / wantedBytes : 0)
	return Math.floor(Math.max(0, Math.min(1, fraction)) * 100)
}
