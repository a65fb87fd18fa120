// Output for a pipe or a log: a line of progress a second while something moves, a line for each event, and a
// summary at the end. No colours, no cursor moves; every line is safe for a terminal.
import { explain } from '../inspect/explain.ts'
import { formatBytes, formatClock, formatCount, formatPercent, formatRate } from '../inspect/units.ts'
import { safeText } from '../protocol/safe-text.ts'
import type { MetadataView, SummarySlice } from '../torrent/snapshot.ts'
import { eventWords, formatWallTime } from './event-words.ts'
import { type LineOptions, runLines } from './line-session.ts'
import { type SessionEnd, summaryLines } from './session-end.ts'

/** Runs a session that prints lines; `place` is where the content stays. Resolves when all was written. */
export function runPlain(
	options: LineOptions & { readonly place?: string | undefined },
): Promise<SessionEnd> {
	let last = ''
	return runLines(options, {
		progress(summary) {
			const line = progressLine(summary)
			if (line === last) return []
			last = line
			return [line]
		},
		// Pieces come by the hundred, and the progress counts them.
		event: event =>
			event.event.type === 'pieceVerified' ? [] : [`${formatWallTime(event.wallTime)} ${eventWords(event)}`],
		lesson: ({ text }) => [`lesson: ${text}`],
		end: end => summaryLines(end, options.place),
	})
}

/** `62.4%  151 MB of 691 MB  down 1.7 MB/s  up 848 kB/s  15 peers  5:18 left`. */
function progressLine(summary: SummarySlice): string {
	if (summary.metadata !== undefined) return metadataLine(summary, summary.metadata)
	const { completedBytes, wantedBytes, downBytesPerSecond, upBytesPerSecond, etaMs } = summary
	const fraction = wantedBytes <= 0 ? 0 : completedBytes / wantedBytes
	const parts = [
		formatPercent(summary.checkedFraction ?? fraction),
		`${formatBytes(completedBytes)} of ${formatBytes(wantedBytes)}`,
		`down ${formatRate(downBytesPerSecond)}`,
		`up ${formatRate(upBytesPerSecond)}`,
		formatCount(summary.peersConnected, 'peer'),
		summary.state === 'downloading'
			? etaMs === undefined
				? ''
				: `${formatClock(etaMs)} left`
			: summary.state,
		summary.problem ?? '',
	]
	return parts.filter(part => part !== '').join('  ')
}

/** `metadata  3 of 12 pieces  asked 2 peers, 8 in flight  4 peers`. */
function metadataLine({ at, peersConnected }: SummarySlice, view: MetadataView): string {
	const last = view.history.at(-1)
	const parts = [
		'metadata',
		...(view.pieceCount === 0 ? [] : [`${view.piecesHave} of ${formatCount(view.pieceCount, 'piece')}`]),
		...(last === undefined ? [] : [explain(last.reason, at)]),
		formatCount(peersConnected, 'peer'),
	]
	return safeText(parts.join('  '))
}
