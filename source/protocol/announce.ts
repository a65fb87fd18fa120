// What a client asks a tracker and what it hears back, whatever carries it: HTTP (BEP 3, 7, 23, 24, 31, 48)
// or UDP (BEP 15). Numbers in a response are what the tracker said, checked to be counts and no more: whoever
// plans with an interval clamps it first.

import type { Address } from './address.ts'
import type { InfoHash, PeerId } from './ids.ts'
import type { SafeText } from './safe-text.ts'

/** Why an announce is made (BEP 3); `paused` marks every announce of a partial seed (BEP 21). */
export type AnnounceEvent = 'none' | 'started' | 'completed' | 'stopped' | 'paused'

export type AnnounceRequest = {
	readonly infoHash: InfoHash
	readonly peerId: PeerId
	/** The TCP port on which peers reach us. */
	readonly port: number
	/** Payload bytes sent and received since `started`; never beyond 2⁵³. */
	readonly uploaded: number
	readonly downloaded: number
	/** Bytes that lack verification; with metadata unknown, any number above zero. */
	readonly left: number
	readonly event: AnnounceEvent
	/** How many peers we would like; 0 with `stopped`. */
	readonly numwant: number
	/** 32 random bits, the same for every family and tracker in one session (BEP 7). */
	readonly key: number
	/** What the tracker gave as `tracker id` before, byte for byte. */
	readonly trackerId?: Uint8Array
	/** An address to announce instead of the one the tracker sees; most trackers ignore it. */
	readonly ip?: string
}

export type AnnounceResponse = {
	readonly type: 'announced'
	/** Seconds to the next regular announce, as the tracker said; undefined where it said nothing usable. */
	readonly intervalS?: number
	readonly minIntervalS?: number
	readonly seeders?: number
	readonly leechers?: number
	/** How often the torrent was ever completed. */
	readonly downloads?: number
	/** At most `maxPeersPerAnswer`, each with a port above 0, in the order of the answer. */
	readonly peers: readonly Address[]
	/** To be echoed in the next announce to this tracker. */
	readonly trackerId?: Uint8Array
	readonly warning?: SafeText
	/** Our address as the tracker sees it (BEP 24), in canonical text. */
	readonly externalIp?: string
}

/** What a tracker knows of one swarm (BEP 48, BEP 15); a count it did not give is undefined, never zero. */
export type ScrapeCounts = {
	readonly seeders?: number
	readonly leechers?: number
	readonly downloads?: number
	/** Leechers that still download; the other ones are partial seeds (BEP 21). */
	readonly downloaders?: number
}

export type ScrapeResponse = {
	readonly type: 'scraped'
	/** One entry for each info hash asked, in that order; undefined where the tracker was silent about it. */
	readonly swarms: readonly (ScrapeCounts | undefined)[]
}

/** What went wrong with an announce or a scrape. Only `refused` is the tracker's own word. */
export type TrackerFailureCode =
	| 'refused'
	| 'malformed-answer'
	| 'answer-too-large'
	| 'http-status'
	| 'bad-redirect'
	| 'bad-encoding'
	| 'bad-url'
	| 'forbidden-address'
	| 'no-scrape'
	| 'name-lookup'
	| 'unreachable'
	| 'tls'
	| 'timeout'
	| 'aborted'

/** The tracker's wish about the next try (BEP 31): not at all, or not before so long. */
export type RetryAdvice = { readonly type: 'never' } | { readonly type: 'later'; readonly retryIn: number }

/** A failed exchange as a value: the world's failures are not thrown. */
export type TrackerFailure = {
	readonly type: 'failed'
	readonly code: TrackerFailureCode
	/** The tracker's words with `refused`, otherwise ours; at most 1 KiB. */
	readonly message: SafeText
	readonly retry?: RetryAdvice
	/** An interval that stood beside a failure reason. */
	readonly intervalS?: number
}

/** How many peers of one answer are used; the rest is left unread. */
export const maxPeersPerAnswer = 200
