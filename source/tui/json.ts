// Output for programs: one JSON object a line, each with "version": 1 and a "type". Sizes are bytes, rates
// bytes per second, times ms. Fields are only ever added; a change of meaning raises the version.
//   start    {name, infoHash, totalBytes, wantedBytes, pieceCount, pieceLength}   once, when the torrent is known
//   progress {state, completedBytes, totalBytes, downBytesPerSecond, upBytesPerSecond, peers, seeds, piecesHave,
//             pieceCount, port?, etaMs?, problem?, metadata?}   once a second; port: where peers reach us; metadata:
//             as long as the info dictionary of a magnet link is unknown, how far it is and what it waits for
//   events   trackerAnswered, trackerFailed, peerConnected, peerDropped, dialFailed, pieceVerified …: {time, …fields}
//   lesson   {kind, place, text, bep?}         the practice swarm alone: what to look for, each moment, what was seen
//   error    {code, message}                   why the torrent cannot be started or go on, or that the program failed
//   verified {complete, piecesHave, pieceCount, randomSeed}   the practice swarm alone, read back from disk
//   result   {complete, reason, signal?, completedBytes, totalBytes, downloadedBytes, uploadedBytes, stopped}
//            always the last line; totalBytes counts the pieces of the chosen files,
//            stopped says whether trackers were told and state was saved
import type { TimedEvent } from '../engine/api.ts'
import { explain } from '../inspect/explain.ts'
import { printableJson } from '../inspect/printable-json.ts'
import type { MetadataView, SummarySlice } from '../torrent/snapshot.ts'
import { type LineOptions, runLines } from './line-session.ts'
import { isWhole, type SessionEnd } from './session-end.ts'

const version = 1

/** Runs a session that prints JSON lines; resolves when it has ended and everything was written. */
export function runJson(options: LineOptions): Promise<SessionEnd> {
	let isKnown = false
	return runLines(options, {
		progress(summary) {
			const isNews = !isKnown && summary.metadata === undefined
			isKnown ||= isNews
			return isNews ? [startLine(summary), progressLine(summary)] : [progressLine(summary)]
		},
		event: event => [eventLine(event)],
		lesson: ({ kind, place, text, bep }) => [line('lesson', { kind, place, text, bep })],
		// A download may be over before a second is.
		end: end => {
			const { summary } = end
			const isNews = !isKnown && summary !== undefined && summary.metadata === undefined
			return isNews ? [startLine(summary), ...endLines(end)] : endLines(end)
		},
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
		port: summary.listeningPort,
		etaMs: summary.etaMs === undefined ? undefined : Math.round(summary.etaMs),
		problem: summary.problem,
		metadata: summary.metadata && metadataFields(summary.metadata, summary.at),
	})
}

function metadataFields(view: MetadataView, at: number): Readonly<Record<string, unknown>> {
	const { totalBytes, piecesHave, pieceCount, peersOffering, peersAsked, history } = view
	const reason = history.at(-1)?.reason
	return {
		totalBytes,
		piecesHave,
		pieceCount,
		peersOffering,
		peersAsked,
		reason: reason?.code,
		words: reason && explain(reason, at),
	}
}

function eventLine({ event, at, wallTime }: TimedEvent): string {
	const { type, ...fields } = event
	const time = new Date(wallTime).toISOString()
	if (event.type === 'trackerFailed' && event.retryInMs !== undefined)
		return line(type, { time, ...fields, retryInMs: Math.round(event.retryInMs) })
	if (event.type === 'downloadCompleted' || event.type === 'metadataReceived')
		return line(type, { time, ...fields, inMs: Math.round(event.inMs) })
	if (event.type !== 'peerDropped' && event.type !== 'dialFailed') return line(type, { time, ...fields })
	const { reason } = event
	const error = 'error' in reason ? reason.error : undefined
	return line(type, { time, ...fields, reason: reason.code, error, words: explain(reason, at) })
}

function endLines({ reason, summary, stopped }: SessionEnd): string[] {
	const lines: string[] = []
	if (reason.type === 'refused') lines.push(line('error', { code: reason.code, message: reason.message }))
	if (reason.type === 'disk') lines.push(line('error', { code: 'disk', message: reason.message }))
	if (reason.type === 'crashed') lines.push(line('error', { code: 'crashed', message: reason.stack }))
	lines.push(
		line('result', {
			complete: reason.type === 'complete' || isWhole(summary),
			reason: reason.type,
			signal: reason.type === 'signal' ? reason.signal : undefined,
			completedBytes: summary?.completedBytes ?? 0,
			totalBytes: summary?.wantedBytes ?? 0,
			downloadedBytes: summary?.downloadedBytes ?? 0,
			uploadedBytes: summary?.uploadedBytes ?? 0,
			stopped,
		}),
	)
	return lines
}

function line(type: string, fields: Readonly<Record<string, unknown>>): string {
	return printableJson({ version, type, ...fields })
}
