// Output for a pipe or a log: a line of progress a second while something moves, a line for each event, and a
// summary at the end. No colours, no cursor moves; every line is safe for a terminal.
import { formatBytes, formatClock, formatCount, formatPercent, formatRate } from '../inspect/units.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
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
