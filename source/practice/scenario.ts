// A practice swarm as data: what is shared, who comes with which manners, and how the trackers behave. The same
// scenario runs over sockets for people and in virtual time for tests. Times are ms of scenario time.
import type { EncryptionPolicy } from '../torrent/encryption.ts'
import type { TrackerMood } from './tracker-desk.ts'

/** How a peer behaves towards everybody. */
export type Personality =
	| { readonly type: 'steady' }
	/** Lets every request wait before it is served. */
	| { readonly type: 'slow'; readonly hesitatesMs: number }
	/** Chokes and unchokes everybody in turn. */
	| { readonly type: 'choky'; readonly unchokedMs: number; readonly chokedMs: number }
	/** Keeps us unchoked and sends nothing for a while after so many blocks. */
	| { readonly type: 'snubbing'; readonly afterBlocks: number; readonly forMs: number }
	/** One of so many blocks is wrong. */
	| { readonly type: 'corrupt'; readonly everyBlocks: number }
	/** Says what it has and nothing more. */
	| { readonly type: 'silent' }
	/** Takes from everybody and unchokes nobody. */
	| { readonly type: 'taking' }
	/** Every ten seconds unchokes whoever gave it most since, so many of them, and one more by lot. */
	| { readonly type: 'reciprocal'; readonly slots: number }
	/** Hangs up, is away, comes back. */
	| { readonly type: 'flaky'; readonly staysMs: number; readonly awayMs: number }

export type PeerScript = {
	/** The client that it says it is (BEP 10). */
	readonly name: string
	/** How its peer id begins: eight printable characters, all there is of a name without BEP 10. */
	readonly id: string
	readonly personality: Personality
	readonly upBytesPerSecond: number
	/** One of so many blocks is wrong, whatever its manners; none unless told. */
	readonly falseEvery?: number
	/** 0 for one that only gives. */
	readonly downBytesPerSecond: number
	/** To its end of the line and from it, each. */
	readonly latencyMs: number
	/** The part of all pieces that it has when it comes, 0 … 1. */
	readonly share: number
	/** Pieces that it has in no case when it comes. */
	readonly lacks?: readonly number[]
	readonly arrivesAt: number
	/** Comes only so long after the client lacks no more pieces than this, however late that is. */
	readonly awaits?: { readonly clientLacks: number; readonly thenMs: number }
	readonly leavesAt?: number
	/** Dials the client by itself and is not known to trackers; others wait to be dialled. */
	readonly dials?: boolean
	/** The trackers that know it, by number; all unless told. */
	readonly knownTo?: readonly number[]
	/** Pieces that it gives to whom it chokes (BEP 6); none unless told. */
	readonly allowsFast?: number
	/** Leechers dial it as well; a seed is the client's alone unless told. */
	readonly feedsAll?: boolean
	/** Other leechers that it dials at most; all unless told. */
	readonly mostPartners?: number
	/** Without BEP 6 and BEP 10. */
	readonly plain?: boolean
	/** What becomes of who asks it for the info dictionary (BEP 9); it speaks nothing of that unless told. */
	readonly metadata?: 'gives' | 'lies' | 'refuses'
	/** Runs a node of the DHT: it announces itself there, and dials whom it finds. */
	readonly inDht?: boolean
	/** Tells others of the peers of the swarm (BEP 11). */
	readonly gossips?: boolean
	/** Takes encrypted handshakes as well, or nothing else (MSE); none unless told. */
	readonly encryption?: 'accepts' | 'requires'
}

export type TrackerScript = {
	readonly transport: 'http' | 'udp'
	readonly intervalS: number
	readonly minIntervalS: number
	/** In the order of their times; until the first it behaves well. */
	readonly moods: readonly { readonly at: number; readonly mood: TrackerMood }[]
}

export type PayloadScript = {
	readonly name: string
	readonly pieceLength: number
	readonly files: readonly { readonly path: readonly string[]; readonly lengthBytes: number }[]
}

export type Scenario = {
	readonly name: string
	/** One line for `--list`. */
	readonly description: string
	readonly payload: PayloadScript
	/** A tier each. */
	readonly trackers: readonly TrackerScript[]
	readonly peers: readonly PeerScript[]
	/** The client is given a magnet link in place of the torrent file. */
	readonly magnet?: boolean
	/** A DHT with so many nodes beside those of the peers; none unless told. */
	readonly dht?: { readonly nodes: number }
	/** How the client's connections begin; plain unless told. */
	readonly encryption?: EncryptionPolicy
	/** What the client is told to keep to, so that there is something to see. */
	readonly maxUpBytesPerSecond?: number
}
