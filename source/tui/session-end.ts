// How a session ended, and the lines that are printed once the terminal is given back.
import { constants } from 'node:os'
import type { EngineFailureCode } from '../engine/api.ts'
import { formatBytes, formatRate, formatSpan } from '../inspect/units.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'

export type SessionEnd = {
	readonly reason:
		| { readonly type: 'quit' }
		| { readonly type: 'complete' }
		/** The engine stopped by itself. */
		| { readonly type: 'stopped' }
		| { readonly type: 'signal'; readonly signal: string }
		| { readonly type: 'terminalGone' }
		| { readonly type: 'refused'; readonly code: EngineFailureCode; readonly message: SafeText }
		/** Ours: the engine's or the screen's; `stack` holds line feeds and is made safe by `summaryLines` alone. */
		| { readonly type: 'crashed'; readonly stack: string }
	/** The last that was known of the torrent. */
	readonly summary: SummarySlice | undefined
	/** Whether the engine said goodbye (trackers told, state saved). */
	readonly stopped: boolean
}

const softwareFault = 70
const cannotStart = 1

/** The exit code of the process: 0, 1 when it could not start, 70 for a fault of ours, 128 and the signal's number. */
export function exitCodeOf({ reason }: SessionEnd): number {
	switch (reason.type) {
		case 'quit':
		case 'complete':
		case 'stopped':
			return 0
		case 'refused':
			return cannotStart
		case 'crashed':
			return softwareFault
		case 'terminalGone':
			return 128 + constants.signals.SIGHUP
		case 'signal':
			return 128 + (Object.entries(constants.signals).find(([name]) => name === reason.signal)?.[1] ?? 0)
	}
}

/** What is printed after a session, safe for a terminal. */
export function summaryLines({ reason, summary }: SessionEnd): SafeText[] {
	if (reason.type === 'crashed') return reason.stack.split('\n').map(line => safeText(line))
	if (reason.type === 'refused') return [reason.message]
	if (summary === undefined) return []
	return [safe`${summary.name}: ${safeText(progress(summary))}`, safeText(traffic(summary))]
}

function progress(summary: SummarySlice): string {
	const { completedBytes, wantedBytes, piecesHave, piecesWanted } = summary
	if (wantedBytes > 0 && completedBytes >= wantedBytes) return `complete, ${formatBytes(wantedBytes)}`
	return `${formatBytes(completedBytes)} of ${formatBytes(wantedBytes)}, ${piecesHave} of ${piecesWanted} pieces`
}

function traffic(summary: SummarySlice): string {
	const { downloadedBytes, uploadedBytes, wastedBytes, at, startedAt } = summary
	const spanMs = Math.max(1, at - startedAt)
	const mean = formatRate((downloadedBytes * 1000) / spanMs)
	const wasted = wastedBytes > 0 ? `, ${formatBytes(wastedBytes)} of it wasted` : ''
	return `received ${formatBytes(downloadedBytes)} in ${formatSpan(spanMs)} (${mean})${wasted}, sent ${formatBytes(uploadedBytes)}`
}
