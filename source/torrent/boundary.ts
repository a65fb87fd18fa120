// The border of the core: everything that goes in (inputs, what happened) and everything that comes out
// (effects, what is to be done). Both are plain data, so a run can be recorded and replayed.
import type { Address } from '../protocol/address.ts'
import type { AnnounceResponse, ScrapeCounts, TrackerFailure } from '../protocol/announce.ts'
import type { HandshakeFlags } from '../protocol/handshake.ts'
import type { Block } from '../protocol/geometry.ts'
import type { PeerId, PeerNumber, PieceIndex, TrackerNumber } from '../protocol/ids.ts'
import type { BlockFields, Message } from '../protocol/message.ts'
import type { MsePayload } from '../protocol/mse.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { AnnounceOrder } from './announcer-state.ts'
import type { Content } from './content.ts'
import type { DropReason, MessageReason } from './reasons.ts'
import type { PeerSource } from './snapshot.ts'

/** Ports of our own node of the DHT, by family; undefined where there is none. */
export type DhtPorts = { readonly 4: number | undefined; readonly 6: number | undefined }

/** What happened. Peers that we dial get even numbers from the core, accepted ones odd numbers from the engine. */
export type Input =
	/** The torrent may begin to announce, dial and ask; peers reach us at this port. */
	| { readonly type: 'Started'; readonly listeningPort: number | undefined }
	| { readonly type: 'Paused' }
	| { readonly type: 'Resumed' }
	/** The end: announce `stopped`, close every peer. */
	| { readonly type: 'Stopped' }
	/** The info dictionary that `CheckMetadata` gave out is the torrent's, and it can be had here. */
	| { readonly type: 'ContentKnown'; readonly content: Content }
	/** It is not: its hash is another one. */
	| { readonly type: 'MetadataRejected' }
	/** All that was written to a peer since `AwaitDrain` has left. */
	| { readonly type: 'SocketDrained'; readonly peer: PeerNumber }
	/** What is on disk is known: a bit a piece, most significant first (BEP 3). */
	| { readonly type: 'DataChecked'; readonly have: Uint8Array }
	| { readonly type: 'CheckProgressed'; readonly fraction: number }
	| { readonly type: 'RecheckRequested' }
	| { readonly type: 'AddressesFound'; readonly addresses: readonly Address[]; readonly source: PeerSource }
	| { readonly type: 'DialFailed'; readonly peer: PeerNumber; readonly error: string }
	/** Whole handshake of a peer that we dialled or that dialled us, info hash already matched. */
	| {
			readonly type: 'HandshakeReceived'
			readonly peer: PeerNumber
			readonly address: Address
			readonly incoming: boolean
			readonly peerId: PeerId
			readonly flags: HandshakeFlags
			/** How the stream goes on, where encryption was agreed on. */
			readonly encryption?: MsePayload | undefined
	  }
	| { readonly type: 'MessageReceived'; readonly peer: PeerNumber; readonly message: Message }
	/** What one read of the socket held of a peer's messages has been taken. */
	| { readonly type: 'BurstEnded'; readonly peer: PeerNumber }
	/** A block that `wantsBlock` let in is whole in the piece pool. */
	| { readonly type: 'BlockReceived'; readonly peer: PeerNumber; readonly block: Block }
	/** A block that nobody wanted any more passed by. */
	| { readonly type: 'BlockWasted'; readonly peer: PeerNumber; readonly fields: BlockFields }
	/** The socket is gone; the reason is the world's, theirs, or ours repeated after `ClosePeer`. */
	| { readonly type: 'PeerClosed'; readonly peer: PeerNumber; readonly reason: DropReason }
	/** `blocks` blocks of `bytes` bytes left for the socket; more may be served. */
	| {
			readonly type: 'BlocksSent'
			readonly peer: PeerNumber
			readonly blocks: number
			readonly bytes: number
	  }
	| {
			readonly type: 'BlockReadFailed'
			readonly peer: PeerNumber
			readonly block: Block
			readonly error: string
	  }
	/** `digests`: SHA-1 of each block in order, where `VerifyPiece` asked for it or the hash failed. */
	| {
			readonly type: 'PieceHashed'
			readonly piece: PieceIndex
			readonly matches: boolean
			readonly digests: readonly string[] | undefined
	  }
	/** Bytes of the piece could not be read back. */
	| { readonly type: 'PieceHashFailed'; readonly piece: PieceIndex; readonly error: string }
	| { readonly type: 'PieceWritten'; readonly piece: PieceIndex }
	| { readonly type: 'PieceWriteFailed'; readonly piece: PieceIndex; readonly error: string }
	/** The answer to `FinishFiles`; an error after `PieceLost` for what is not as it was written. */
	| { readonly type: 'FilesFinished'; readonly error: string | undefined }
	/** Data that we claimed is not there any more. With an `error` nothing is to be fetched for it: that stops. */
	| { readonly type: 'PieceLost'; readonly piece: PieceIndex; readonly error?: string }
	| {
			readonly type: 'AnnounceSucceeded'
			readonly tracker: TrackerNumber
			readonly response: AnnounceResponse
	  }
	| { readonly type: 'AnnounceFailed'; readonly tracker: TrackerNumber; readonly failure: TrackerFailure }
	| { readonly type: 'ScrapeSucceeded'; readonly tracker: TrackerNumber; readonly counts: ScrapeCounts }
	| { readonly type: 'NetworkReturned' }
	| { readonly type: 'AnnounceRequested' }
	| {
			readonly type: 'LimitsChanged'
			readonly maxDownBytesPerSecond: number | undefined
			readonly maxUpBytesPerSecond: number | undefined
	  }
	| { readonly type: 'PeerBanRequested'; readonly peer: PeerNumber }
	| { readonly type: 'PeerCloseRequested'; readonly peer: PeerNumber }
	| { readonly type: 'PeerSnubRequested'; readonly peer: PeerNumber; readonly snubbed: boolean }
	/** Data could not be made durable: the disk is in trouble. */
	| { readonly type: 'DiskFailed'; readonly error: string }
	| { readonly type: 'DiskRetryRequested' }
	/** Our node of the DHT listens at these UDP ports. */
	| { readonly type: 'DhtOpened'; readonly ports: DhtPorts }
	/** `nextWakeAt` has come. */
	| { readonly type: 'Woken' }

/** What is to be done, in this order. */
export type Effect =
	/** `encrypted`: begin with the handshake of message stream encryption. */
	| {
			readonly type: 'Dial'
			readonly peer: PeerNumber
			readonly address: Address
			readonly encrypted?: true
	  }
	| { readonly type: 'ClosePeer'; readonly peer: PeerNumber; readonly reason: DropReason }
	/** All in one write. `reason` is for the wire log. */
	| {
			readonly type: 'SendMessages'
			readonly peer: PeerNumber
			readonly messages: readonly Message[]
			readonly reason: MessageReason | undefined
	  }
	/** Read these blocks and send each as a `piece`; answered by `BlocksSent` and `BlockReadFailed`. */
	| { readonly type: 'ServeBlocks'; readonly peer: PeerNumber; readonly blocks: readonly Block[] }
	/** To be answered by `SocketDrained` when nothing that was written to the peer waits any more. */
	| { readonly type: 'AwaitDrain'; readonly peer: PeerNumber }
	/** Read nothing more from the peer, or go on. */
	| { readonly type: 'HoldPeer'; readonly peer: PeerNumber; readonly held: boolean }
	/** All blocks are in the pool: compare the hash; answered by `PieceHashed`. */
	| { readonly type: 'VerifyPiece'; readonly piece: PieceIndex; readonly digests: boolean }
	/**
	 * The hash matched: put it on disk and free the pool; answered by `PieceWritten` or `PieceWriteFailed`.
	 * `wanted`: it will probably be read again soon. `more`: a piece beside it is on its way (extent.ts).
	 */
	| {
			readonly type: 'WritePiece'
			readonly piece: PieceIndex
			readonly wanted: boolean
			readonly more: boolean
	  }
	/** Free what the pool holds of it. */
	| { readonly type: 'DiscardPiece'; readonly piece: PieceIndex }
	| {
			readonly type: 'Announce'
			readonly order: AnnounceOrder
			readonly uploadedBytes: number
			readonly downloadedBytes: number
			readonly leftBytes: number
	  }
	| { readonly type: 'Scrape'; readonly tracker: TrackerNumber }
	/** Every wanted piece is on disk: see that the files are as they should be. Answered by `FilesFinished`. */
	| { readonly type: 'FinishFiles' }
	/** A peer says that its node of the DHT is here. */
	| { readonly type: 'NameDhtNode'; readonly address: Address }
	| { readonly type: 'CheckData' }
	/** A whole info dictionary, if it is the one: answered by `ContentKnown` or `MetadataRejected`, or never more. */
	| { readonly type: 'CheckMetadata'; readonly bytes: Uint8Array }
	| { readonly type: 'Report'; readonly event: TorrentEvent }

/** What a log or a script wants to hear, each at the instant at which it happened. */
export type TorrentEvent =
	| { readonly type: 'torrentStarted' }
	| { readonly type: 'checkFinished'; readonly piecesHave: number; readonly pieceCount: number }
	| {
			readonly type: 'peerConnected'
			readonly peer: PeerNumber
			readonly host: string
			readonly port: number
			readonly client: SafeText
			readonly incoming: boolean
			/** How the stream goes on behind an encrypted handshake, where there was one. */
			readonly encryption?: MsePayload
	  }
	| {
			readonly type: 'peerDropped'
			readonly peer: PeerNumber
			readonly host: string
			readonly port: number
			readonly reason: DropReason
	  }
	/** A peer that the user named was not had; told once until the reason changes or the peer was had. */
	| {
			readonly type: 'dialFailed'
			readonly peer: PeerNumber
			readonly host: string
			readonly port: number
			readonly reason: DropReason
	  }
	| {
			readonly type: 'peerBanned'
			readonly peer: PeerNumber
			readonly host: string
			readonly port: number
			/** Whose hash proved it; undefined where the user wanted it, or it was metadata. */
			readonly piece: number | undefined
			/** It sent wrong metadata (BEP 9). */
			readonly metadata?: true
	  }
	| { readonly type: 'pieceVerified'; readonly piece: PieceIndex; readonly piecesHave: number }
	| { readonly type: 'pieceFailed'; readonly piece: PieceIndex; readonly sources: readonly PeerNumber[] }
	| {
			readonly type: 'trackerAnswered'
			readonly tracker: TrackerNumber
			readonly event: string | undefined
			readonly peers: number
			readonly seeders: number | undefined
			readonly leechers: number | undefined
			readonly warning: SafeText | undefined
	  }
	| {
			readonly type: 'trackerFailed'
			readonly tracker: TrackerNumber
			readonly message: SafeText
			readonly retryInMs: number | undefined
	  }
	/** The info dictionary of a magnet link is here and verified (BEP 9). */
	| {
			readonly type: 'metadataReceived'
			readonly totalBytes: number
			readonly sources: number
			readonly inMs: number
	  }
	/** A whole info dictionary had another hash. */
	| { readonly type: 'metadataFailed'; readonly totalBytes: number; readonly sources: number }
	| { readonly type: 'diskStopped'; readonly error: string }
	| { readonly type: 'diskResumed' }
	| { readonly type: 'endgameEntered' }
	| { readonly type: 'downloadCompleted'; readonly downloadedBytes: number; readonly inMs: number }
	/** Something a user should know, in one sentence. */
	| { readonly type: 'note'; readonly code: string; readonly text: SafeText }
	| { readonly type: 'stateChanged'; readonly state: string }
	| { readonly type: 'dropped'; readonly count: number }
