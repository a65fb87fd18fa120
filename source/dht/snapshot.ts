// What a screen draws of the DHT: the truth at one instant, plain data that structuredClone copies. All instants
// are in ms of the engine's clock; ages are computed against `at`. Ids and distances are 40 lower-case hex digits.
import type { SafeText } from '../protocol/safe-text.ts'
import type { BootstrapReason, DatagramDrop, IdReason, LookupEnd, LookupPurpose } from './reasons.ts'

/** Good: answered in the last 15 minutes, or has ever and asked us since. Bad: silent twice in a row (BEP 5). */
export type NodeState = 'good' | 'questionable' | 'bad'

/** Whether a node's id fits its address (BEP 42); local addresses are exempt. */
export type NodeStanding = 'verified' | 'exempt' | 'unverified'

export type DhtNodeView = {
	readonly id: string
	readonly host: string
	readonly port: number
	readonly state: NodeState
	readonly standing: NodeStanding
	/** Leading bits that its id has in common with ours. */
	readonly commonBits: number
	readonly firstSeenAt: number
	readonly answeredAt: number
	/** Its last query to us. */
	readonly queriedAt: number | undefined
	/** Queries in a row that it left unanswered. */
	readonly failures: number
	readonly roundTripMs: number | undefined
	/** As it names its software, where it does: `LT 2.0.11`. */
	readonly client: SafeText | undefined
}

export type DhtBucketView = {
	/** Ids in it have as many leading bits in common with ours; in the last one so many or more. */
	readonly commonBits: number
	readonly isLast: boolean
	/** At most eight, the closest to being dropped last. */
	readonly nodes: readonly DhtNodeView[]
	/** Nodes that wait for a place. */
	readonly replacements: number
	readonly changedAt: number
}

export type DhtTableView = {
	readonly family: 4 | 6
	/** UDP port that this family's socket is bound to. */
	readonly port: number
	readonly id: string
	readonly idReason: IdReason
	/** As most of those who answered see us, with how many say so and of how many. */
	readonly external: { readonly host: string; readonly votes: number; readonly of: number } | undefined
	readonly bootstrap: BootstrapReason
	readonly bootstrapAt: number
	/** Furthest from us first. */
	readonly buckets: readonly DhtBucketView[]
	readonly good: number
	readonly questionable: number
	readonly bad: number
}

/**
 * What became of a node that a lookup knows of. Late: no answer after a second, another one is asked meanwhile.
 * Unneeded: the lookup came to its end without its answer.
 */
export type LookupStepState =
	| 'waiting'
	| 'asked'
	| 'late'
	| 'answered'
	| 'silent'
	| 'wrong-id'
	| 'refused'
	| 'unneeded'

/** What became of an announce; it waits while no byte may be sent. */
export type AnnounceState = 'waiting' | 'asked' | 'accepted' | 'refused' | 'silent'

export type LookupStepView = {
	/** How many hops from our own table: 0 was in it, 1 was named by one of those, and so on. */
	readonly round: number
	/** undefined for a router or a hint, of which only the address is known until it answers. */
	readonly id: string | undefined
	readonly host: string
	readonly port: number
	/** XOR of its id and the target. */
	readonly distance: string | undefined
	readonly commonBits: number | undefined
	readonly standing: NodeStanding | undefined
	/** Position in `steps` of who named it; undefined: our own table. */
	readonly namedBy: number | undefined
	readonly state: LookupStepState
	readonly askedAt: number | undefined
	readonly answeredAt: number | undefined
	/** How many nodes it named, and how many of these were new to the lookup. */
	readonly nodesNamed: number
	readonly nodesNew: number
	readonly peersNamed: number
	readonly hasToken: boolean
	readonly announce: AnnounceState | undefined
}

export type LookupView = {
	readonly lookup: number
	readonly family: 4 | 6
	readonly purpose: LookupPurpose
	readonly target: string
	readonly startedAt: number
	readonly endedAt: number | undefined
	/** undefined while it runs. */
	readonly end: LookupEnd | undefined
	/** Queries that may be under way at once. */
	readonly parallelism: number
	readonly inFlight: number
	readonly asked: number
	readonly answered: number
	readonly peersFound: number
	readonly announcedTo: number
	/** In the order in which the lookup heard of them. */
	readonly steps: readonly LookupStepView[]
}

export type DhtCounters = {
	readonly datagramsIn: number
	readonly bytesIn: number
	readonly datagramsOut: number
	readonly bytesOut: number
	readonly queriesIn: number
	readonly queriesOut: number
	readonly answersIn: number
	readonly answersOut: number
	readonly errorsIn: number
	readonly errorsOut: number
	/** Queries of ours that nobody answered. */
	readonly timeouts: number
	/** Datagrams that were not acted upon, by why. */
	readonly dropped: { readonly [Why in DatagramDrop]: number }
	/** Addresses that are ignored now because they flooded us. */
	readonly ignoredAddresses: number
}

/** A torrent whose peers others left with us. */
export type StoredTorrentView = {
	readonly infoHash: string
	readonly peers: number
	readonly lastAnnouncedAt: number
}

export type DhtSlice = {
	readonly at: number
	/** Off: not wanted, or no socket. */
	readonly state: 'off' | 'joining' | 'joined'
	/** BEP 43: asks and never answers. */
	readonly readOnly: boolean
	/** IPv4 before IPv6, each where there is a socket of the family (BEP 32). */
	readonly tables: readonly DhtTableView[]
	/** Running ones first, then those that ended, the youngest first; at most 24. */
	readonly lookups: readonly LookupView[]
	readonly counters: DhtCounters
	readonly stored: {
		readonly torrents: number
		readonly peers: number
		/** Those last announced to first; at most 50. */
		readonly list: readonly StoredTorrentView[]
	}
}

/** No DHT at all. */
export function dhtOff(at: number): DhtSlice {
	return {
		at,
		state: 'off',
		readOnly: false,
		tables: [],
		lookups: [],
		counters: {
			datagramsIn: 0,
			bytesIn: 0,
			datagramsOut: 0,
			bytesOut: 0,
			queriesIn: 0,
			queriesOut: 0,
			answersIn: 0,
			answersOut: 0,
			errorsIn: 0,
			errorsOut: 0,
			timeouts: 0,
			dropped: noDrops(),
			ignoredAddresses: 0,
		},
		stored: { torrents: 0, peers: 0, list: [] },
	}
}

/** Every reason to drop a datagram, counted zero times. */
export function noDrops(): Record<DatagramDrop, number> {
	return {
		flood: 0,
		malformed: 0,
		unasked: 0,
		'wrong-sender': 0,
		'wrong-id': 0,
		'impossible-sender': 0,
		'read-only': 0,
		'over-limit': 0,
	}
}
