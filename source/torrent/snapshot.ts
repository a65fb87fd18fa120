// What the screen draws: slices of the truth at one instant, plain data that structuredClone copies. All
// instants are in ms of the engine's clock; ages and countdowns are computed against `at` of the same slice.
import type { DhtSlice } from '../dht/snapshot.ts'
import type { ExtensionName } from '../protocol/extension.ts'
import type { Message } from '../protocol/message.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import type { MsePayload } from '../protocol/mse.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type {
	DatagramReason,
	Decision,
	DownloadReason,
	DropReason,
	EncryptionReason,
	MetadataReason,
	PickReason,
	TrackerReason,
	UploadReason,
	WindowReason,
	MessageReason,
} from './reasons.ts'
import type { WireExchange } from './wire-exchange.ts'

export type TorrentState =
	| 'awaitingMetadata'
	| 'checking'
	| 'downloading'
	| 'complete'
	| 'seeding'
	| 'paused'
	| 'diskStopped'
	| 'failed'
	| 'stopping'
	| 'stopped'

/** The header: one torrent in numbers. Rates are bytes per second, `etaMs` undefined where it cannot be told. */
export type SummarySlice = {
	readonly at: number
	readonly startedAt: number
	readonly name: SafeText
	readonly infoHash: string
	readonly state: TorrentState
	/** One sentence when the torrent cannot go on: disk full, files missing … */
	readonly problem: SafeText | undefined
	readonly totalBytes: number
	/** Bytes of chosen files. */
	readonly wantedBytes: number
	/** Verified and written bytes of chosen files. */
	readonly completedBytes: number
	readonly pieceLength: number
	readonly pieceCount: number
	readonly piecesHave: number
	readonly piecesWanted: number
	/** 0 … 1 while the data on disk is hashed. */
	readonly checkedFraction: number | undefined
	/** How far the info dictionary of a magnet link is; undefined once it is known. */
	readonly metadata: MetadataView | undefined
	readonly downloadedBytes: number
	readonly uploadedBytes: number
	readonly wastedBytes: number
	readonly downBytesPerSecond: number
	readonly upBytesPerSecond: number
	readonly maxDownBytesPerSecond: number | undefined
	readonly maxUpBytesPerSecond: number | undefined
	readonly etaMs: number | undefined
	readonly peersConnected: number
	readonly peersKnown: number
	readonly peersBanned: number
	readonly seedsConnected: number
	/** Complete copies among connected peers, as libtorrent counts them: whole copies plus the fraction of pieces with more. */
	readonly copies: number
	readonly private: boolean
	readonly listeningPort: number | undefined
	readonly endgame: boolean
	/** Speed of scenario time against real time; 1 outside the practice swarm. */
	readonly clockSpeed: number
	/** Round trip of the last seconds: one sample a second, newest last, at most 300. */
	readonly downHistory: readonly number[]
	readonly upHistory: readonly number[]
}

/** What comes in of the info dictionary (BEP 9), and what we wait for. */
export type MetadataView = {
	/** As most peers that offer it say; undefined while nobody told. */
	readonly totalBytes: number | undefined
	readonly pieceCount: number
	/** Of the copy that is furthest. */
	readonly piecesHave: number
	/** Different lengths that peers speak of: more than one, and somebody lies. */
	readonly sizes: number
	/** Peers that speak ut_metadata, and those who owe us a piece. */
	readonly peersOffering: number
	readonly peersAsked: number
	readonly inFlight: number
	/** The last decisions, oldest first; the last is what we wait for. */
	readonly history: readonly Decision<MetadataReason>[]
}

export type TrackerStatus = 'idle' | 'announcing' | 'working' | 'failed' | 'unused' | 'stopped'

export type TrackerView = {
	readonly tracker: number
	readonly tier: number
	/** With secrets masked. */
	readonly url: SafeText
	readonly status: TrackerStatus
	readonly event: string | undefined
	readonly seeders: number | undefined
	readonly leechers: number | undefined
	readonly downloads: number | undefined
	readonly peersReceived: number | undefined
	readonly lastAnnouncedAt: number | undefined
	readonly nextAnnounceAt: number | undefined
	readonly roundTripMs: number | undefined
	readonly failures: number
	/** Failure or warning as the tracker put it. */
	readonly message: SafeText | undefined
	/** What it is doing, or why it waits. */
	readonly reason: TrackerReason
}
export type TrackersSlice = { readonly at: number; readonly trackers: readonly TrackerView[] }

/** Where an address came from. */
export type PeerSource = 'tracker' | 'user' | 'magnet' | 'incoming' | 'resume' | 'pex' | 'lsd' | 'dht'

/** `told`: peers that it knows from us; `named`: addresses that it told, `taken` of them new to us. */
export type PeerExchangeView = { readonly told: number; readonly named: number; readonly taken: number }

export type PeerView = {
	readonly peer: PeerNumber
	readonly host: string
	readonly port: number
	readonly client: SafeText
	readonly incoming: boolean
	readonly source: PeerSource
	readonly phase: 'dialling' | 'connected'
	readonly connectedAt: number
	readonly amChoking: boolean
	readonly amInterested: boolean
	readonly peerChoking: boolean
	readonly peerInterested: boolean
	readonly snubbed: boolean
	readonly optimistic: boolean
	readonly fast: boolean
	readonly extended: boolean
	/** How the stream goes on behind an encrypted handshake; undefined: there was none. */
	readonly encryption: MsePayload | undefined
	/** Why the connection began with such a handshake, or without. */
	readonly opening: EncryptionReason
	readonly piecesHave: number
	readonly seed: boolean
	readonly downBytesPerSecond: number
	readonly upBytesPerSecond: number
	readonly downloadedBytes: number
	readonly uploadedBytes: number
	readonly wastedBytes: number
	readonly inFlight: number
	readonly window: number
	/** Request to whole block, smoothed. */
	readonly roundTripMs: number | undefined
	readonly oldestRequestAt: number | undefined
	/** Requests of theirs that wait for us. */
	readonly uploadQueue: number
	readonly lastMessageAt: number
	readonly hashFailures: number
	/** Peer exchange (BEP 11); undefined while nobody told anybody. */
	readonly exchange: PeerExchangeView | undefined
	readonly download: Decision<DownloadReason>
	readonly upload: Decision<UploadReason>
	readonly windowReason: Decision<WindowReason> | undefined
	readonly lastPick: (Decision<PickReason> & { readonly piece: number }) | undefined
}
export type DroppedPeer = {
	readonly at: number
	readonly host: string
	readonly port: number
	readonly client: SafeText
	readonly reason: DropReason
}
export type PeersSlice = {
	readonly at: number
	readonly peers: readonly PeerView[]
	readonly dropped: readonly DroppedPeer[]
}

/** Requests in flight of all peers together. */
export type PipelineSlice = {
	readonly at: number
	readonly inFlight: number
	readonly window: number
	readonly oldestRequestAt: number | undefined
	readonly openPieces: number
	readonly openPiecesLimit: number
	readonly hashing: number
	readonly writing: number
	/** In flight, one sample a second, newest last, at most 300. */
	readonly history: readonly number[]
}

/** State of a piece, as it stands in `PiecesSlice.states`. */
export const pieceStates = { missing: 0, open: 1, hashing: 2, writing: 3, have: 4, unwanted: 5 } as const

export type OpenPieceView = {
	readonly piece: number
	readonly blockCount: number
	readonly received: number
	readonly requested: number
	readonly reason: PickReason
}
export type PiecesSlice = {
	readonly at: number
	/** One of `pieceStates` a piece. */
	readonly states: Uint8Array
	/** Copies among connected peers, a number a piece. */
	readonly availability: Uint16Array
	readonly open: readonly OpenPieceView[]
}

/** A message of the wire log: all of its fields, but of long ones how long they are. */
export type WireMessage =
	| Exclude<Message, { readonly type: 'bitfield' | 'extended' }>
	| WireExchange
	| { readonly type: 'handshake' }
	/** A flight of the encrypted handshake (MSE), deciphered. */
	| {
			readonly type: 'encryption'
			readonly step: 'key' | 'request' | 'answer'
			/** Of the sender's first pad, in front. */
			readonly padBytes: number
			readonly bytes: number
	  }
	/** It broke the rules, and the connection ended with it; `bytes`: as many as had come. */
	| { readonly type: 'malformed'; readonly fault: SafeText; readonly bytes: number }
	/** `pieces`: bits that are set. */
	| { readonly type: 'bitfield'; readonly pieces: number; readonly payloadBytes: number }
	/** `name`: what the id means to its receiver, where that is known. */
	| {
			readonly type: 'extended'
			readonly id: number
			readonly name: ExtensionName | undefined
			readonly payloadBytes: number
	  }

/** Where a message was heard: on the connection to a peer, or beside them. */
export type WireChannel = 'peer' | 'dht' | 'tracker' | 'lsd'

/** One message of the wire log. `sequence` grows by one a row and is never used again. */
export type WireRow = {
	readonly sequence: number
	readonly at: number
	readonly direction: 'in' | 'out'
	readonly channel: WireChannel
	/** Undefined where it is no peer's. */
	readonly peer: PeerNumber | undefined
	readonly host: string
	readonly port: number
	readonly message: WireMessage
	/** Request to whole block, for a `piece`; question to answer. */
	readonly latencyMs: number | undefined
	/** Why we sent it, where somebody decided. */
	readonly reason: MessageReason | DatagramReason | undefined
	/** KRPC: what was asked about, 40 hexadecimal digits: distances are told to it. */
	readonly target?: string | undefined
	/** What is wrong with a datagram, or why nothing was done with it. */
	readonly fault?: SafeText | undefined
}
export type WireSlice = { readonly at: number; readonly total: number; readonly rows: readonly WireRow[] }

export type FileView = {
	readonly index: number
	readonly path: SafeText
	readonly bytes: number
	/** Where it begins in the torrent. */
	readonly offsetBytes: number
	readonly completedBytes: number
	readonly wanted: boolean
}
export type FilesSlice = { readonly at: number; readonly files: readonly FileView[] }

export type Slices = {
	readonly summary: SummarySlice
	readonly trackers: TrackersSlice
	readonly peers: PeersSlice
	readonly pipeline: PipelineSlice
	readonly pieces: PiecesSlice
	readonly wire: WireSlice
	readonly files: FilesSlice
	/** Of the node that all torrents share; the core knows nothing of it. */
	readonly dht: DhtSlice
}
export type SliceName = keyof Slices
