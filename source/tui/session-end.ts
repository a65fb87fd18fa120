// How a session ended, and the lines that are printed once the terminal is given back.
import type { EngineFailureCode } from '../engine/api.ts'
import { explain } from '../inspect/explain.ts'
import { formatBytes, formatCount, formatRate, formatSpan } from '../inspect/units.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'

export type SessionEnd = {
	readonly reason:
		| { readonly type: 'quit' }
		| { readonly type: 'complete' }
		/** The engine stopped by itself. */
		| { readonly type: 'stopped' }
		| { readonly type: 'signal'; readonly signal: string }
		/** Not complete when the time was up. */
		| { readonly type: 'timeout' }
		/** The disk takes nothing any more, and nobody is there to make room. */
		| { readonly type: 'disk'; readonly message: SafeText }
		| { readonly type: 'terminalGone' }
		| { readonly type: 'refused'; readonly code: EngineFailureCode; readonly message: SafeText }
		/** Ours: the engine's or the screen's; `stack` holds line feeds and is made safe by `summaryLines` alone. */
		| { readonly type: 'crashed'; readonly stack: string }
	/** The last that was known of the torrent. */
	readonly summary: SummarySlice | undefined
	/** Whether the engine said goodbye (trackers told, state saved). */
	readonly stopped: boolean
}

/**
 * What is printed after a session, safe for a terminal: what it was, where it lies (`directory`, where it stays),
 * what flowed, what is missing and how to go on. Nothing of a start that failed: `failureLines` has it.
 */
export function summaryLines({ reason, summary }: SessionEnd, directory?: string): SafeText[] {
	if (reason.type === 'refused' || summary === undefined) return []
	if (summary.metadata !== undefined)
		return [safe`${summary.name}: no metadata yet${safeText(metadataReason(summary))}`]
	const place = directory === undefined ? '' : `, in ${directory}`
	const lines = [safe`${summary.name}: ${safeText(progress(summary) + place)}`, safeText(traffic(summary))]
	const rest = missing(summary)
	if (rest !== '' && directory !== undefined)
		lines.push(safeText(`${rest}; the same command goes on from here`))
	return lines
}

/** What belongs on stderr after a session: why it could not start or go on, one line unless it is a fault of ours. */
export function failureLines({ reason }: SessionEnd): SafeText[] {
	if (reason.type === 'crashed') return reason.stack.split('\n').map(line => safeText(line))
	return reason.type === 'refused' || reason.type === 'disk' ? [reason.message] : []
}

/** Whether everything that was chosen is here. */
export function isWhole(summary: SummarySlice | undefined): boolean {
	if (summary === undefined) return false
	const { state, wantedBytes, completedBytes } = summary
	return state === 'complete' || state === 'seeding' || (wantedBytes > 0 && completedBytes >= wantedBytes)
}

/** What it waited for. */
function metadataReason({ metadata, at }: SummarySlice): string {
	const last = metadata?.history.at(-1)
	return last === undefined ? '' : `: ${explain(last.reason, at)}`
}

function progress(summary: SummarySlice): string {
	const { completedBytes, wantedBytes, piecesHave, piecesWanted } = summary
	if (wantedBytes > 0 && completedBytes >= wantedBytes) return `complete, ${formatBytes(wantedBytes)}`
	return `${formatBytes(completedBytes)} of ${formatBytes(wantedBytes)}, ${piecesHave} of ${formatCount(piecesWanted, 'piece')}`
}

function traffic(summary: SummarySlice): string {
	const { downloadedBytes, uploadedBytes, wastedBytes, at, startedAt } = summary
	const spanMs = Math.max(1, at - startedAt)
	const mean = (bytes: number) => (bytes > 0 ? ` (${formatRate((bytes * 1000) / spanMs)})` : '')
	const wasted = wastedBytes > 0 ? `, ${formatBytes(wastedBytes)} of it wasted` : ''
	const ratio =
		downloadedBytes > 0 && uploadedBytes > 0 ? `, ratio ${(uploadedBytes / downloadedBytes).toFixed(2)}` : ''
	return `received ${formatBytes(downloadedBytes)} in ${formatSpan(spanMs)}${mean(downloadedBytes)}${wasted}, sent ${formatBytes(uploadedBytes)}${mean(uploadedBytes)}${ratio}`
}

/** What is not here yet; empty when everything is. */
function missing(summary: SummarySlice): string {
	const { wantedBytes, completedBytes, piecesWanted, piecesHave } = summary
	if (isWhole(summary) || wantedBytes <= 0) return ''
	const pieces = Math.max(0, piecesWanted - piecesHave)
	return `${formatBytes(wantedBytes - completedBytes)} in ${formatCount(pieces, 'piece')} ${pieces === 1 ? 'is' : 'are'} missing`
}
