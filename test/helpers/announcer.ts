// An announcer under test, told and asked in few words. Times are in ms, trackers are 0, 1, 2 and 3.
import type { AnnounceResponse, TrackerFailure } from '../../source/protocol/announce.ts'
import { type TrackerNumber, toTrackerNumber } from '../../source/protocol/ids.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import {
	announceFailed,
	announceSucceeded,
	createAnnouncer,
	dueAnnounces,
	nextAnnounceAt,
} from '../../source/torrent/announcer.ts'
import type { AnnouncerOptions, AnnounceSituation } from '../../source/torrent/announcer-state.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { trackerViews } from '../../source/torrent/tracker-views.ts'

export const second = 1000
export const minute = 60 * second
export const [a, b, c, d] = [0, 1, 2, 3].map(toTrackerNumber) as [
	TrackerNumber,
	TrackerNumber,
	TrackerNumber,
	TrackerNumber,
]
export const timeout: TrackerFailure = { type: 'failed', code: 'timeout', message: safe`no answer` }
export const refused: TrackerFailure = { type: 'failed', code: 'refused', message: safe`go away` }

function answer(fields: Partial<AnnounceResponse> = {}): AnnounceResponse {
	return { type: 'announced', intervalS: 1800, seeders: 4, leechers: 3, peers: [], ...fields }
}

/** Says what is due as `tracker event`, reports results and looks at views. */
export function setUpAnnouncer(
	tiers: readonly (readonly TrackerNumber[])[],
	options: Partial<AnnouncerOptions> = {},
) {
	const state = createAnnouncer(
		{ tiers, private: false, announceAll: false, ...options },
		createRandom(options.numwant ?? 1),
	)
	const content: AnnounceSituation = { wantPeers: false, partialSeed: false }
	return {
		state,
		due: (now: number, situation: Partial<AnnounceSituation> = {}) =>
			dueAnnounces(state, { ...content, ...situation }, now).map(order => `${order.tracker} ${order.event}`),
		orders: (now: number, situation: Partial<AnnounceSituation> = {}) =>
			dueAnnounces(state, { ...content, ...situation }, now),
		next: (situation: Partial<AnnounceSituation> = {}) => nextAnnounceAt(state, { ...content, ...situation }),
		ok: (tracker: TrackerNumber, now: number, fields: Partial<AnnounceResponse> = {}) =>
			announceSucceeded(state, tracker, answer(fields), now),
		fail: (tracker: TrackerNumber, now: number, failure = timeout) =>
			announceFailed(state, tracker, failure, now),
		view: (tracker: TrackerNumber) => trackerViews(state).find(view => view.tracker === tracker)!,
	}
}
