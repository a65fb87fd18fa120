// What the tracker pane shows: state, counts and the reason why a tracker is or is not announced to.

import type { TrackerRecord, TrackerGroup, AnnouncerState, AnnouncerView } from './announcer-state.ts'
import { recordsOf, workingRecord } from './announcer.ts'
import type { TrackerReason } from './reasons.ts'
import type { TrackerStatus } from './snapshot.ts'

/** All trackers by group and in the order in which they are tried, with the reason for what each does. */
export function trackerViews(state: AnnouncerState): AnnouncerView[] {
	return state.groups.flatMap(group => recordsOf(state, group).map(record => viewOf(state, group, record)))
}

function viewOf(state: AnnouncerState, group: TrackerGroup, record: TrackerRecord): AnnouncerView {
	const reason = reasonFor(state, group, record)
	return {
		tracker: record.tracker,
		tier: record.tier,
		status: statusOf(state, group, record),
		event: record.inFlight?.event,
		seeders: record.seeders,
		leechers: record.leechers,
		downloads: record.downloads,
		peersReceived: record.peersReceived,
		lastAnnouncedAt: record.lastAnnouncedAt,
		nextAnnounceAt: 'untilAt' in reason ? reason.untilAt : undefined,
		roundTripMs: record.roundTripMs,
		failures: record.failures,
		message: record.message,
		reason,
	}
}

function statusOf(state: AnnouncerState, group: TrackerGroup, record: TrackerRecord): TrackerStatus {
	if (record.inFlight !== undefined) return 'announcing'
	if (state.stopped) return 'stopped'
	if (record.failures > 0) return 'failed'
	const working = workingRecord(state, group)
	if (working === record) return 'working'
	return working === undefined ? 'idle' : 'unused'
}

function reasonFor(state: AnnouncerState, group: TrackerGroup, record: TrackerRecord): TrackerReason {
	if (record.inFlight !== undefined) return { code: 'announcing', event: record.inFlight.event }
	if (state.stopped) return { code: 'not-announcing' }
	if (record.notBeforeAt === Number.POSITIVE_INFINITY) return { code: 'asked-never-to-return' }
	const busy = recordsOf(state, group).find(other => other.inFlight !== undefined)
	const working = workingRecord(state, group)
	if (working === record && busy === undefined) {
		return group.requested && record.earliestAt < record.regularAt
			? { code: 'minimum-interval', untilAt: record.earliestAt }
			: { code: 'interval', untilAt: record.regularAt }
	}
	const preferred = busy ?? working
	if (preferred !== undefined) {
		return { code: state.private ? 'private-one-at-a-time' : 'other-of-its-tier', tracker: preferred.tracker }
	}
	const untilAt = record.notBeforeAt
	if (record.heldBy === 'tracker') return { code: 'asked-to-wait', untilAt }
	if (record.heldBy === 'back-off') return { code: 'back-off', failures: record.failures, untilAt }
	return { code: 'due' }
}
