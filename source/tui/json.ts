// Output for programs: one JSON object a line, each with "version": 1 and a "type". Sizes are bytes, rates
// bytes per second, times ms. Fields are only ever added; a change of meaning raises the version.
//   start    {name, infoHash, totalBytes, wantedBytes, pieceCount, pieceLength}   once, when the torrent is known
//   progress {state, completedBytes, totalBytes, downBytesPerSecond, upBytesPerSecond, peers, seeds, piecesHave,
//             pieceCount, etaMs?, problem?}                                       once a second
//   events   trackerAnswered, trackerFailed, peerConnected, peerDropped, pieceVerified …: {time, …fields}
//   error    {code, message}                        the torrent cannot be started, or the program failed
//   result   {complete, reason, completedBytes, totalBytes, downloadedBytes, uploadedBytes, stopped}    the last line
import type { TimedEvent } from '../engine/api.ts'
import { explain } from '../inspect/explain.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
import { isComplete, type LineOptions, runLines } from './line-session.ts'
import type { SessionEnd } from './session-end.ts'

const version = 1

/** Runs a session that prints JSON lines; resolves when it has ended and everything was written. */
export function runJson(options: LineOptions): Promise<SessionEnd> {
	let isKnown = false
	return runLines(options, {
		progress(summary) {
			const lines = isKnown ? [progressLine(summary)] : [startLine(summary), progressLine(summary)]
			isKnown = true
			return lines
		},
		event: event => [eventLine(event)],
		end: endLines,
	})
}

function startLine(summary: SummarySlice): string {
	const { name, infoHash, totalBytes, wantedBytes, pieceCount, pieceLength } = summary
	return line('start', { name, infoHash, totalBytes, wantedBytes, pieceCount, pieceLength })
}

function progressLine(summary: SummarySlice): string {
	return line('progress', {
		state: summary.state,
		completedBytes: summary.completedBytes,
		totalBytes: summary.wantedBytes,
		downBytesPerSecond: Math.round(summary.downBytesPerSecond),
		upBytesPerSecond: Math.round(summary.upBytesPerSecond),
		peers: summary.peersConnected,
		seeds: summary.seedsConnected,
		piecesHave: summary.piecesHave,
		pieceCount: summary.pieceCount,
		etaMs: summary.etaMs === undefined ? undefined : Math.round(summary.etaMs),
		problem: summary.problem,
	})
}

function eventLine({ event, at, wallTime }: TimedEvent): string {
	const { type, ...fields } = event
	const time = new Date(wallTime).toISOString()
	if (event.type !== 'peerDropped') return line(type, { time, ...fields })
	return line(type, { time, ...fields, reason: event.reason.code, words: explain(event.reason, at) })
}

function endLines({ reason, summary, stopped }: SessionEnd): string[] {
	const lines: string[] = []
	if (reason.type === 'refused') lines.push(line('error', { code: reason.code, message: reason.message }))
	if (reason.type === 'crashed') lines.push(line('error', { code: 'crashed', message: reason.stack }))
	lines.push(
		line('result', {
			complete:
				summary !== undefined && (reason.type === 'complete' || isComplete(summary) || isWhole(summary)),
			reason: reason.type,
			completedBytes: summary?.completedBytes ?? 0,
			totalBytes: summary?.wantedBytes ?? 0,
			downloadedBytes: summary?.downloadedBytes ?? 0,
			uploadedBytes: summary?.uploadedBytes ?? 0,
			stopped,
		}),
	)
	return lines
}

function isWhole({ completedBytes, wantedBytes }: SummarySlice): boolean {
	return wantedBytes > 0 && completedBytes >= wantedBytes
}

// JSON leaves DEL and C1 as they are; a terminal that shows the lines must not obey them.
function line(type: string, fields: Readonly<Record<string, unknown>>): string {
	return JSON.stringify({ version, type, ...fields }).replaceAll(
		/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
		character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	)
}
