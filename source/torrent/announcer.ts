// Which tracker is announced to next, with which event and when (BEP 3, 12, 21, 27, 31). `started` until one
// succeeded, `completed` at most once a tracker, `stopped` only where `started` arrived. Pure: the caller
// makes the announces that are ordered here and reports how each of them ended.

import type { AnnounceEvent, AnnounceResponse, ScrapeCounts, TrackerFailure } from '../protocol/announce.ts'
import { invariant } from '../protocol/errors.ts'
import type { TrackerNumber } from '../protocol/ids.ts'
import { announceTimes, backOffMs, requestedWaitMs } from './announce-schedule.ts'
import type {
	AnnounceOrder,
	AnnounceOutcome,
	AnnounceSituation,
	AnnouncerOptions,
	AnnouncerState,
	TrackerGroup,
	TrackerRecord,
} from './announcer-state.ts'
import { type RandomState, nextRandom } from './random.ts'
import { makeGroups, promote, shuffledTiers } from './tracker-tiers.ts'

/** No two announces to a failing tracker are closer than this, in ms, however often the user asks. */
const impatienceMs = 10_000
/** Within this time after the network returned every tracker lost to it is tried again, in ms (threats H7). */
const networkSpreadMs = 7_000
/** An announce without an answer for so long, in ms, was lost with the network. */
const hangingMs = 2_000
/** Swarms are scraped at most this often, in ms. */
const scrapeEveryMs = 30 * 60_000

/** An announcer that has not announced yet: every tier is due at once. Keeps `random` for back-off. */
export function createAnnouncer(options: AnnouncerOptions, random: RandomState): AnnouncerState {
	const tiers = shuffledTiers(options.tiers, random)
	const trackers = new Map<TrackerNumber, TrackerRecord>()
	for (const [tier, members] of tiers.entries()) {
		for (const tracker of members) trackers.set(tracker, newRecord(tracker, tier))
	}
	return {
		private: options.private,
		minimumIntervalMs: (options.minimumIntervalS ?? 300) * 1000,
		numwant: options.numwant ?? 200,
		random,
		groups: makeGroups(tiers, options),
		trackers,
		completedAt: undefined,
		stopped: false,
	}
}

/** The metadata says that the torrent is private: from now on one tracker at a time (BEP 27). */
export function turnPrivate(state: AnnouncerState): void {
	if (state.private) return
	const { groups } = state
	state.private = true
	state.groups = makeGroups(
		groups.flatMap(group => group.tiers),
		{ private: true, announceAll: false },
	)
	const [only] = state.groups
	if (only !== undefined) only.working = groups.find(group => group.working !== undefined)?.working
}

function newRecord(tracker: TrackerNumber, tier: number): TrackerRecord {
	return {
		tracker,
		tier,
		inFlight: undefined,
		started: false,
		completedTold: false,
		failures: 0,
		notBeforeAt: 0,
		heldBy: 'nothing',
		lostToNetwork: false,
		regularAt: 0,
		earliestAt: 0,
		hungryAt: 0,
		lastAnnouncedAt: undefined,
		lastOrderedAt: undefined,
		lastScrapedAt: undefined,
		roundTripMs: undefined,
		seeders: undefined,
		leechers: undefined,
		downloads: undefined,
		peersReceived: undefined,
		trackerId: undefined,
		message: undefined,
	}
}

/** The announces to make now, at most one a group; each is taken to be in flight from here on. */
export function dueAnnounces(
	state: AnnouncerState,
	situation: AnnounceSituation,
	now: number,
): AnnounceOrder[] {
	const orders: AnnounceOrder[] = []
	for (const group of state.groups) {
		if (groupDueAt(state, group, situation) > now) continue
		const record = recordsOf(state, group).find(candidate => candidate.notBeforeAt <= now)
		if (record === undefined) continue
		const event = eventFor(state, record, situation)
		orders.push(order(record, { event, numwant: situation.wantPeers ? state.numwant : 0, now }))
	}
	return orders
}

/** The instant at which `dueAnnounces` will have something, or undefined while nothing is foreseen. */
export function nextAnnounceAt(state: AnnouncerState, situation: AnnounceSituation): number | undefined {
	let next = Number.POSITIVE_INFINITY
	for (const group of state.groups) next = Math.min(next, groupDueAt(state, group, situation))
	return next === Number.POSITIVE_INFINITY ? undefined : next
}

/** An ordered announce was answered. */
export function announceSucceeded(
	state: AnnouncerState,
	tracker: TrackerNumber,
	response: AnnounceResponse,
	now: number,
): AnnounceOutcome {
	const { record, group } = lookUp(state, tracker)
	const flight = record.inFlight
	record.inFlight = undefined
	if (flight === undefined) return { switched: false, scrape: false }
	record.roundTripMs = now - flight.orderedAt
	if (flight.event === 'stopped') {
		record.started = false
		return { switched: false, scrape: false }
	}
	takeAnswer(record, response)
	record.started = true
	record.lastAnnouncedAt = now
	if (flight.event === 'completed') record.completedTold = true
	const times = announceTimes(response, state.minimumIntervalMs)
	record.earliestAt = now + times.earliestIn
	record.hungryAt = now + times.hungryIn
	const news =
		state.completedAt !== undefined && flight.orderedAt < state.completedAt && !record.completedTold
	record.regularAt = news ? now : now + times.regularIn
	const switched = state.private && group.working !== undefined && group.working !== tracker
	group.working = tracker
	group.requested = false
	promote(group, tracker)
	return { switched, scrape: wantsScrape(record, response, now) }
}

/** An ordered announce failed. The next tracker of the group is due at once, this one after a back-off. */
export function announceFailed(
	state: AnnouncerState,
	tracker: TrackerNumber,
	failure: TrackerFailure,
	now: number,
): void {
	const { record } = lookUp(state, tracker)
	const flight = record.inFlight
	record.inFlight = undefined
	if (flight === undefined || flight.event === 'stopped') return
	record.failures += 1
	record.message = failure.message
	record.lostToNetwork =
		failure.code === 'unreachable' || failure.code === 'name-lookup' || failure.code === 'timeout'
	const wish = requestedWaitMs(failure)
	const backOff = backOffMs(record.failures, state.random)
	record.heldBy = wish > backOff ? 'tracker' : 'back-off'
	record.notBeforeAt = now + Math.max(wish, backOff)
}

/** A scrape that an `AnnounceOutcome` asked for was answered. */
export function scrapeSucceeded(state: AnnouncerState, tracker: TrackerNumber, counts: ScrapeCounts): void {
	const { record } = lookUp(state, tracker)
	record.seeders = counts.seeders ?? record.seeders
	record.leechers = counts.leechers ?? record.leechers
	record.downloads = counts.downloads ?? record.downloads
}

/** The last wanted piece came in by download; not to be called when everything was there at the start. */
export function downloadCompleted(state: AnnouncerState, now: number): void {
	if (state.completedAt !== undefined) return
	state.completedAt = now
	for (const group of state.groups) {
		const record = workingRecord(state, group)
		if (record?.started === true) record.regularAt = Math.min(record.regularAt, now)
	}
}

/** The user wants an announce: made as soon as `min interval` allows; a back-off of ours is cut short. */
export function announceNow(state: AnnouncerState, now: number): void {
	for (const group of state.groups) {
		group.requested = true
		for (const record of recordsOf(state, group)) {
			if (record.heldBy !== 'back-off') continue
			const allowedAt = Math.max(now, (record.lastOrderedAt ?? 0) + impatienceMs)
			record.notBeforeAt = Math.min(record.notBeforeAt, allowedAt)
		}
	}
}

/** The network is back: trackers lost to it are tried again within ten seconds, not all at once. */
export function networkRestored(state: AnnouncerState, now: number): void {
	for (const record of state.trackers.values()) {
		if (isHanging(record, now)) {
			// Its time-out would outlast what the network was away for: the next order takes its place.
			record.inFlight = undefined
			record.heldBy = 'back-off'
			record.notBeforeAt = now + nextRandom(state.random) * networkSpreadMs
			continue
		}
		if (!record.lostToNetwork || record.failures === 0 || record.heldBy !== 'back-off') continue
		record.failures = 0
		record.notBeforeAt = Math.min(record.notBeforeAt, now + nextRandom(state.random) * networkSpreadMs)
	}
}

function isHanging({ inFlight }: TrackerRecord, now: number): boolean {
	return inFlight !== undefined && inFlight.event !== 'stopped' && now - inFlight.orderedAt >= hangingMs
}

/** Leaves all trackers: the `stopped` announces, one for each that knows of us. They are not repeated. */
export function stopAnnouncing(state: AnnouncerState, now: number): AnnounceOrder[] {
	state.stopped = true
	const orders: AnnounceOrder[] = []
	for (const record of state.trackers.values()) {
		record.inFlight = undefined
		if (record.started) orders.push(order(record, { event: 'stopped', numwant: 0, now }))
		record.started = false
	}
	return orders
}

/** Announces again after `stopAnnouncing`, with `started` as if for the first time; the order of tiers stays. */
export function resumeAnnouncing(state: AnnouncerState): void {
	state.stopped = false
	for (const record of state.trackers.values()) {
		record.completedTold ||= state.completedAt !== undefined
		record.regularAt = 0
	}
	state.completedAt = undefined
}

/** The trackers of a group in the order in which they are tried. */
export function recordsOf(state: AnnouncerState, group: TrackerGroup): TrackerRecord[] {
	return group.tiers.flat().map(tracker => lookUpRecord(state, tracker))
}

/** The tracker of a group whose last announce succeeded, if it has not failed since. */
export function workingRecord(state: AnnouncerState, group: TrackerGroup): TrackerRecord | undefined {
	if (group.working === undefined) return undefined
	const record = lookUpRecord(state, group.working)
	return record.failures === 0 ? record : undefined
}

function groupDueAt(state: AnnouncerState, group: TrackerGroup, situation: AnnounceSituation): number {
	const records = recordsOf(state, group)
	if (state.stopped || records.some(record => record.inFlight !== undefined)) return Number.POSITIVE_INFINITY
	const working = workingRecord(state, group)
	if (working === undefined) return Math.min(...records.map(record => record.notBeforeAt))
	let dueAt = working.regularAt
	if (group.requested) dueAt = Math.min(dueAt, working.earliestAt)
	if (situation.wantPeers) dueAt = Math.min(dueAt, working.hungryAt)
	return Math.max(dueAt, working.notBeforeAt)
}

function eventFor(state: AnnouncerState, record: TrackerRecord, situation: AnnounceSituation): AnnounceEvent {
	if (record.started && state.completedAt !== undefined && !record.completedTold) return 'completed'
	if (situation.partialSeed) return 'paused'
	return record.started ? 'none' : 'started'
}

function order(
	record: TrackerRecord,
	details: { event: AnnounceEvent; numwant: number; now: number },
): AnnounceOrder {
	const { event, numwant, now } = details
	record.inFlight = { event, orderedAt: now }
	record.lastOrderedAt = now
	const { tracker, trackerId } = record
	return trackerId === undefined ? { tracker, event, numwant } : { tracker, event, numwant, trackerId }
}

function takeAnswer(record: TrackerRecord, response: AnnounceResponse): void {
	record.failures = 0
	record.notBeforeAt = 0
	record.heldBy = 'nothing'
	record.lostToNetwork = false
	record.message = response.warning
	record.seeders = response.seeders ?? record.seeders
	record.leechers = response.leechers ?? record.leechers
	record.downloads = response.downloads ?? record.downloads
	record.peersReceived = response.peers.length
	record.trackerId = response.trackerId ?? record.trackerId
}

function wantsScrape(record: TrackerRecord, response: AnnounceResponse, now: number): boolean {
	if (response.seeders !== undefined || response.leechers !== undefined) return false
	if (record.lastScrapedAt !== undefined && now - record.lastScrapedAt < scrapeEveryMs) return false
	record.lastScrapedAt = now
	return true
}

function lookUp(
	state: AnnouncerState,
	tracker: TrackerNumber,
): { record: TrackerRecord; group: TrackerGroup } {
	const group = state.groups.find(candidate => candidate.tiers.some(tier => tier.includes(tracker)))
	invariant(group !== undefined, `tracker ${tracker} belongs to a group`)
	return { record: lookUpRecord(state, tracker), group }
}

function lookUpRecord(state: AnnouncerState, tracker: TrackerNumber): TrackerRecord {
	const record = state.trackers.get(tracker)
	invariant(record !== undefined, `tracker ${tracker} is known`)
	return record
}
