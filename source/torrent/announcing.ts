// Carries out what the announcer orders and feeds it the answers.
import type { AnnounceResponse, ScrapeCounts, TrackerFailure } from '../protocol/announce.ts'
import type { TrackerNumber } from '../protocol/ids.ts'
import {
	announceFailed,
	announceSucceeded,
	dueAnnounces,
	nextAnnounceAt,
	scrapeSucceeded,
	stopAnnouncing,
} from './announcer.ts'
import type { AnnounceOrder, AnnounceSituation } from './announcer-state.ts'
import { leftBytes } from './asking.ts'
import { addCandidates } from './candidates.ts'
import { isFullSeed } from './completing.ts'
import { type Core, drop, isComplete, isRunning, report, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { isCutOff, restoreLost } from './network.ts'

/** Announces that are due now. */
export function announceDue(turn: Turn): void {
	const { core, now } = turn
	if (!isRunning(core)) return
	const situation = announceSituation(core)
	for (const order of dueAnnounces(core.announcer, situation, now)) pushAnnounce(turn, order)
	const at = nextAnnounceAt(core.announcer, situation)
	if (at !== undefined) wakeBy(turn, at)
}

/** The last word to every tracker that knows of us. */
export function announceStopped(turn: Turn): void {
	for (const order of stopAnnouncing(turn.core.announcer, turn.now)) pushAnnounce(turn, order)
}

/** A tracker answered. */
export function announceAnswered(turn: Turn, tracker: TrackerNumber, response: AnnounceResponse): void {
	const { core, now } = turn
	const event = core.announcer.trackers.get(tracker)?.inFlight?.event
	const wasCutOff = isCutOff(turn)
	const outcome = announceSucceeded(core.announcer, tracker, response, now)
	if (wasCutOff) restoreLost(turn)
	if (outcome.scrape) turn.effects.push({ type: 'Scrape', tracker })
	report(turn, {
		type: 'trackerAnswered',
		tracker,
		event,
		peers: response.peers.length,
		seeders: response.seeders,
		leechers: response.leechers,
		warning: response.warning,
	})
	touch(turn, 'trackers', 'summary')
	if (outcome.switched) {
		// BEP 27: every peer of the former tracker goes; those that the user named are the user's business.
		for (const peer of core.peers.values()) {
			if (peer.source !== 'user') drop(turn, peer, { code: 'tracker-switched' })
		}
	}
	addCandidates(core.candidates, response.peers, { source: 'tracker', now })
	dialMore(turn)
	announceDue(turn)
}

/** A tracker failed. */
export function announceErred(turn: Turn, tracker: TrackerNumber, failure: TrackerFailure): void {
	const { core, now } = turn
	announceFailed(core.announcer, tracker, failure, now)
	const notBeforeAt = core.announcer.trackers.get(tracker)?.notBeforeAt
	const retryInMs =
		notBeforeAt === undefined || !Number.isFinite(notBeforeAt) ? undefined : Math.max(0, notBeforeAt - now)
	report(turn, { type: 'trackerFailed', tracker, message: failure.message, retryInMs })
	touch(turn, 'trackers')
	announceDue(turn)
}

/** Counts by scrape (BEP 48). */
export function scraped(turn: Turn, tracker: TrackerNumber, counts: ScrapeCounts): void {
	scrapeSucceeded(turn.core.announcer, tracker, counts)
	touch(turn, 'trackers')
}

function announceSituation(core: Core): AnnounceSituation {
	const complete = isComplete(core)
	return {
		wantPeers:
			!complete &&
			core.peers.size + core.dialling.size < core.options.maxPeers / 2 &&
			core.state !== 'diskStopped',
		partialSeed: complete && !isFullSeed(core),
	}
}

function pushAnnounce(turn: Turn, order: AnnounceOrder): void {
	const { core } = turn
	touch(turn, 'trackers')
	turn.effects.push({
		type: 'Announce',
		order,
		uploadedBytes: core.uploadedBytes,
		downloadedBytes: core.downloadedBytes,
		leftBytes: leftBytes(core),
	})
}
