// The plain data behind the announcer: what is known of each tracker and which of them take turns. Trackers
// are numbers here; their URLs live in the engine. The functions over it are in announcer.ts.

import type { AnnounceEvent } from '../protocol/announce.ts'
import type { TrackerNumber } from '../protocol/ids.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { RandomState } from './random.ts'
import type { TrackerReason } from './reasons.ts'
import type { TrackerView } from './snapshot.ts'

export type AnnouncerOptions = {
	/** As in the metainfo (BEP 12), before shuffling; empty tiers are dropped. */
	readonly tiers: readonly (readonly TrackerNumber[])[]
	/** One tracker at a time over all tiers (BEP 27). Wins over `announceAll`. */
	readonly private: boolean
	/** Every tracker by itself instead of one a tier. */
	readonly announceAll: boolean
	/** No interval below this is believed; 300 unless told. Trackers of a practice swarm may go lower. */
	readonly minimumIntervalS?: number
	/** How many peers to ask for; 200 unless told. */
	readonly numwant?: number
}

/** What the torrent wants of its trackers at the moment. */
export type AnnounceSituation = {
	/** More peers would be used: announces early where the tracker allows it, and asks for peers at all. */
	readonly wantPeers: boolean
	/** Some pieces are not wanted and all wanted ones are there (BEP 21). */
	readonly partialSeed: boolean
}

/**
 * An announce to make now. The caller fills in bytes, port, peer id and key. A later order for the same
 * tracker replaces it: then the result of this one must not be reported any more.
 */
export type AnnounceOrder = {
	readonly tracker: TrackerNumber
	readonly event: AnnounceEvent
	readonly numwant: number
	/** The tracker's own id from its last answer, to be echoed. */
	readonly trackerId?: Uint8Array
}

/** What the torrent has to do after an answer. */
export type AnnounceOutcome = {
	/** A private torrent went over to another tracker: all peers of the former one are to be dropped (BEP 27). */
	readonly switched: boolean
	/** The answer held no counts: ask for them by a scrape, then call `scrapeSucceeded`. */
	readonly scrape: boolean
}

/** One row of the tracker pane; the engine adds the masked URL. */
export type AnnouncerView = Omit<TrackerView, 'url' | 'reason'> & { readonly reason: TrackerReason }

/** Everything known of one tracker. Instants are in ms of the engine's clock. */
export type TrackerRecord = {
	readonly tracker: TrackerNumber
	readonly tier: number
	/** The announce in flight and when it was ordered. */
	inFlight: { readonly event: AnnounceEvent; readonly orderedAt: number } | undefined
	/** A successful announce told the tracker that we are here. */
	started: boolean
	/** `completed` arrived, or must not be sent any more. */
	completedTold: boolean
	/** Failures since the last success. */
	failures: number
	/** Neither event nor key makes us announce before this instant. */
	notBeforeAt: number
	/** Why `notBeforeAt` lies ahead: our back-off, or the tracker's wish (BEP 31). */
	heldBy: 'nothing' | 'back-off' | 'tracker'
	/** The failures so far may come from the network and end when it returns. */
	lostToNetwork: boolean
	/** When the next regular announce falls due. */
	regularAt: number
	/** The earliest instant for one before it: when the user asks, and when peers are wanted. */
	earliestAt: number
	hungryAt: number
	lastAnnouncedAt: number | undefined
	lastOrderedAt: number | undefined
	lastScrapedAt: number | undefined
	roundTripMs: number | undefined
	seeders: number | undefined
	leechers: number | undefined
	downloads: number | undefined
	peersReceived: number | undefined
	trackerId: Uint8Array | undefined
	message: SafeText | undefined
}

/** Trackers that take turns: at most one announce of a group is in flight. */
export type TrackerGroup = {
	/** In order of trial; success brings a tracker to the front of its own tier. */
	readonly tiers: TrackerNumber[][]
	/** The tracker whose answer counts at present. */
	working: TrackerNumber | undefined
	/** Somebody asked for an announce as soon as it is allowed. */
	requested: boolean
}

export type AnnouncerState = {
	private: boolean
	readonly minimumIntervalMs: number
	readonly numwant: number
	readonly random: RandomState
	groups: TrackerGroup[]
	readonly trackers: Map<TrackerNumber, TrackerRecord>
	/** When the download was completed in this session. */
	completedAt: number | undefined
	stopped: boolean
}
