// Events as sentences, for the event pane, plain output and the lines of a log.
import type { TimedEvent } from '../engine/api.ts'
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatBytes, formatClock, formatCount } from '../inspect/units.ts'
import { type SafeText, safeText } from '../protocol/safe-text.ts'

export type EventTone = 'plain' | 'good' | 'warning' | 'bad'

/** One sentence, safe for a terminal. */
export function eventWords({ event, at }: Pick<TimedEvent, 'event' | 'at'>): SafeText {
	return safeText(words(event, at))
}

/** How an event is to be taken. */
export function eventTone({ event }: Pick<TimedEvent, 'event'>): EventTone {
	switch (event.type) {
		case 'downloadCompleted':
		case 'checkFinished':
		case 'pieceVerified':
		case 'diskResumed':
		case 'metadataReceived':
			return 'good'
		case 'pieceFailed':
		case 'trackerFailed':
		case 'dialFailed':
		case 'dropped':
		case 'metadataFailed':
			return 'warning'
		case 'peerBanned':
		case 'diskStopped':
			return 'bad'
		case 'torrentStarted':
		case 'peerConnected':
		case 'peerDropped':
		case 'trackerAnswered':
		case 'endgameEntered':
		case 'note':
		case 'stateChanged':
			return 'plain'
	}
}

const stateNames: Readonly<Record<string, string>> = {
	awaitingMetadata: 'waiting for the metadata',
	diskStopped: 'stopped by the disk',
}

function words(event: TimedEvent['event'], at: number): string {
	switch (event.type) {
		case 'torrentStarted':
			return 'started'
		case 'checkFinished':
			return `checked: ${event.piecesHave} of ${formatCount(event.pieceCount, 'piece')} are here`
		case 'peerConnected':
			return `${formatAddress(event.host, event.port)} connected${event.incoming ? ' to us' : ''}: ${event.client}`
		case 'peerDropped':
			return `${formatAddress(event.host, event.port)} left: ${explain(event.reason, at)}`
		case 'dialFailed':
			return `${formatAddress(event.host, event.port)} not reached: ${explain(event.reason, at)}`
		case 'peerBanned':
			return `${formatAddress(event.host, event.port)} banned${banWords(event)}`
		case 'pieceVerified':
			return `piece ${event.piece} verified, ${event.piecesHave} in all`
		case 'pieceFailed':
			return `piece ${event.piece} has a wrong hash, from ${formatCount(event.sources.length, 'peer')}`
		case 'trackerAnswered':
			return trackerAnswered(event)
		case 'trackerFailed':
			return `tracker ${event.tracker + 1} failed: ${event.message}${event.retryInMs === undefined ? '' : `, again in ${formatClock(event.retryInMs)}`}`
		case 'metadataReceived':
			return `metadata verified: ${formatBytes(event.totalBytes)} from ${formatCount(event.sources, 'peer')} in ${formatClock(event.inMs)}`
		case 'metadataFailed':
			return `metadata has a wrong hash: ${formatBytes(event.totalBytes)} from ${formatCount(event.sources, 'peer')}`
		case 'diskStopped':
			return `the disk fails: ${event.error}`
		case 'diskResumed':
			return 'the disk works again'
		case 'endgameEntered':
			return 'endgame: every missing block is asked for, late ones of several peers'
		case 'downloadCompleted':
			return `complete: ${formatBytes(event.downloadedBytes)} in ${formatClock(event.inMs)}`
		case 'note':
			return event.text
		case 'stateChanged':
			return `now ${stateNames[event.state] ?? event.state}`
		case 'dropped':
			return `${formatCount(event.count, 'event')} left out here`
	}
}

function banWords({ piece, metadata }: Extract<TimedEvent['event'], { type: 'peerBanned' }>): string {
	if (metadata === true) return ': wrong metadata'
	return piece === undefined ? ' by you' : `: wrong data in piece ${piece}`
}

function trackerAnswered(event: Extract<TimedEvent['event'], { type: 'trackerAnswered' }>): string {
	const counts = [
		formatCount(event.peers, 'peer'),
		event.seeders === undefined ? '' : formatCount(event.seeders, 'seed'),
		event.leechers === undefined ? '' : formatCount(event.leechers, 'leecher'),
		event.warning === undefined ? '' : `warns: ${event.warning}`,
	]
	return `tracker ${event.tracker + 1} answered: ${counts.filter(part => part !== '').join(', ')}`
}

/** `14:03:59` of the machine's own time zone. */
export function formatWallTime(wallTime: number): string {
	const date = new Date(wallTime)
	return [date.getHours(), date.getMinutes(), date.getSeconds()]
		.map(part => String(part).padStart(2, '0'))
		.join(':')
}
