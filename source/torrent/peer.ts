// One connected peer as the core knows it: the conversation's state, what is asked and served, and why.
import type { Address } from '../protocol/address.ts'
import type { Block } from '../protocol/geometry.ts'
import type { PeerId, PeerNumber, PieceIndex } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { MsePayload } from '../protocol/mse.ts'
import type { PeerSession } from '../protocol/peer-session.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import type { PexState } from './pex-state.ts'
import type { Pipeline } from './pipeline.ts'
import type { RateMeter } from './rate.ts'
import type {
	Decision,
	DecisionHistory,
	DownloadReason,
	EncryptionReason,
	PickReason,
	UploadReason,
} from './reasons.ts'
import type { PeerSource } from './snapshot.ts'

export type Peer = {
	readonly number: PeerNumber
	readonly address: Address
	readonly incoming: boolean
	readonly source: PeerSource
	/** Why the connection began as it did, and how the stream goes on where encryption was agreed on. */
	readonly opening: EncryptionReason
	readonly encryption: MsePayload | undefined
	readonly peerId: PeerId
	client: SafeText
	readonly session: PeerSession
	readonly pipeline: Pipeline
	readonly exchange: PexState
	readonly connectedAt: number
	lastReceivedAt: number
	lastSentAt: number
	/** Of what it was asked for; all that came is in `downloadedBytes`. */
	readonly downMeter: RateMeter
	readonly upMeter: RateMeter
	downloadedBytes: number
	uploadedBytes: number
	wastedBytes: number
	/** Wanted pieces that we lack and it has. */
	interesting: number
	/** Neither side has wanted anything of the other since. */
	idleSinceAt: number | undefined
	/** What it asked for and we have not begun to send, in order, by block number. */
	readonly uploadQueue: Map<number, Block>
	/** So many wait that nothing more is read from it. */
	isHeld: boolean
	/** Blocks that the engine is reading or sending, and when one of them last got away. */
	serving: number
	servedAt: number
	/** What it took, choked, of each piece that we granted it. */
	readonly grantedBytes: Map<number, number>
	/** Requests turned down since the last one that was taken. */
	rejectsInARow: number
	/** Refusals of the burst of messages that is being heard. */
	readonly rejectsToSend: Message[]
	/** When we choked it last: requests under way then are no offence. */
	chokedAt: number
	unchokedAt: number | undefined
	/** When it choked us last, and when it last unchoked us and was asked for something. */
	chokedUsAt: number
	unchokedUsAt: number
	/** When its interest last made us look at the upload slots. */
	slotsSeenAt: number
	/** Requests of ours that it rejected since its last block. */
	refusals: number
	/** When what it rejected may be asked of it again; undefined when it rejected nothing. */
	pardonAt: number | undefined
	/** It rejects whatever we ask: nothing is asked before. */
	restsUntilAt: number
	/** Its end is decided. */
	isLeaving: boolean
	snubbedByUser: boolean
	/** It could be asked for more, if only there were something to ask. */
	starved: boolean
	hashFailures: number
	parolePiece: PieceIndex | undefined
	onParole: boolean
	readonly upload: DecisionHistory<UploadReason>
	readonly download: DecisionHistory<DownloadReason>
	lastPick: (Decision<PickReason> & { readonly piece: number }) | undefined
	/** Pieces of the metadata that it asked for and we have not sent, in order. */
	readonly metadataQueue: number[]
	/** How many were written and may not have left yet, and how many it had in all. */
	metadataSending: number
	metadataGiven: number
}
