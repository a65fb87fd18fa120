// The one door of the engine for a screen, a script or a test: commands go in, snapshots and events come
// out. Everything here survives structured cloning, so it crosses a MessagePort unchanged.
import type { Address } from '../protocol/address.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { MagnetLink } from '../protocol/magnet.ts'
import type { TorrentEvent } from '../torrent/boundary.ts'
import type { EncryptionPolicy } from '../torrent/encryption.ts'
import type { SliceName, Slices } from '../torrent/snapshot.ts'

/** How the DHT is used. */
export type DhtSettings = {
	/** Ask, and answer nobody (BEP 43). */
	readonly readOnly: boolean
	/** Where to begin when nobody else is known: names or addresses. */
	readonly routers: readonly Address[]
	/** They are nodes like any other, not there to show everybody the way only. */
	readonly routersServe: boolean
}

/** What a torrent is started with. Paths are absolute, sizes in bytes, rates in bytes per second. */
export type TorrentOptions = {
	/** The original bytes of the .torrent file, or a link whose info dictionary peers have (BEP 9). */
	readonly torrent: Uint8Array | MagnetLink
	readonly directory: string
	readonly stateDirectory: string
	/** First port to try; `portIsFixed` forbids to try another. */
	readonly port: number
	readonly portIsFixed: boolean
	readonly bind: string | undefined
	readonly peers: readonly Address[]
	readonly seed: boolean
	readonly maxPeers: number
	/** How connections begin; off unless told. */
	readonly encryption?: EncryptionPolicy
	readonly maxDownBytesPerSecond: number | undefined
	readonly maxUpBytesPerSecond: number | undefined
	/** Indexes of files as `info` prints them; undefined: all. */
	readonly only: readonly number[] | undefined
	readonly sequential: boolean
	/** Peers may tell of peers (BEP 11); undefined: yes. */
	readonly peerExchange?: boolean
	/** Look for peers on the local net (BEP 14); undefined: no. */
	readonly localDiscovery?: boolean
	/** Of a magnet link nothing but the metadata is wanted: it is posted as `metainfo`, and nothing touches the disk. */
	readonly metadataOnly?: boolean
	/** A node of the DHT (BEP 5) and how it is used; undefined: none. */
	readonly dht?: DhtSettings | undefined
	readonly recheck: boolean
	readonly announceAll: boolean
	/** Seed of the policies' generator; undefined: drawn. */
	readonly randomSeed: number | undefined
	readonly clockSpeed: number
	/** No tracker interval below this is believed; undefined: five minutes. Lower for a practice swarm only. */
	readonly minimumIntervalS: number | undefined
}

export type Command =
	| { readonly type: 'pause' }
	| { readonly type: 'resume' }
	| { readonly type: 'announce' }
	| { readonly type: 'recheck' }
	| { readonly type: 'addPeer'; readonly address: Address }
	| { readonly type: 'banPeer'; readonly peer: PeerNumber }
	| { readonly type: 'closePeer'; readonly peer: PeerNumber }
	| { readonly type: 'snubPeer'; readonly peer: PeerNumber; readonly snubbed: boolean }
	| {
			readonly type: 'setLimits'
			readonly maxDownBytesPerSecond: number | undefined
			readonly maxUpBytesPerSecond: number | undefined
	  }
	| { readonly type: 'retryDisk' }
	/** Snapshots at most this often; 0 stops them. */
	| { readonly type: 'setRate'; readonly snapshotsPerSecond: number }
	/** Only these slices are built and posted; the wire slice holds the last `wireRows` rows, of one peer where given. */
	| {
			readonly type: 'watch'
			readonly slices: readonly SliceName[]
			readonly wireRows: number
			readonly wirePeer: PeerNumber | undefined
	  }
	/** Answered by `inspected`, at once and whatever is watched. */
	| { readonly type: 'inspect'; readonly sequence: number }
	/** The last snapshot was drawn: the next may be posted. */
	| { readonly type: 'acknowledge' }
	/** Say `stopped` to trackers, save, close; `stopped` is posted at the end. */
	| { readonly type: 'stop' }

/** An event with its instant on the engine's clock and on the wall (ms since 1970). */
export type TimedEvent = { readonly at: number; readonly wallTime: number; readonly event: TorrentEvent }

export type Update =
	| { readonly type: 'snapshot'; readonly slices: Partial<Slices> }
	| { readonly type: 'events'; readonly events: readonly TimedEvent[] }
	/**
	 * The bytes of the bitfield, extended message or handshake in row `sequence` of the wire log, from its first
	 * byte, as many as were kept; undefined: they were let go. Other rows hold all that their message is made of.
	 */
	| { readonly type: 'inspected'; readonly sequence: number; readonly bytes: Uint8Array | undefined }
	/** With `metadataOnly`: a .torrent file around the info dictionary that peers sent. */
	| { readonly type: 'metainfo'; readonly bytes: Uint8Array }
	/** The torrent cannot be started: `code` names why (disk, torrent, port, lock …). */
	| { readonly type: 'refused'; readonly code: EngineFailureCode; readonly message: string }
	| { readonly type: 'stopped' }
	/** Our own fault: the engine is gone. */
	| { readonly type: 'crashed'; readonly stack: string }

export type EngineFailureCode = 'torrent' | 'disk' | 'port' | 'locked' | 'usage'

/** A running engine, in this thread or another. */
export type Engine = {
	send(command: Command): void
	/** One listener; updates posted before it is set are kept for it. */
	listen(listener: (update: Update) => void): void
	/** Ends at once, without goodbye. */
	terminate(): Promise<void>
}
