// Everything that a torrent knows, as plain data that structuredClone copies, and the turn in which one
// input is handled: state, instant, and the effects so far. The files beside this one hold the rules.
import type { Address } from '../protocol/address.ts'
import type { HandshakeFlags } from '../protocol/handshake.ts'
import type { InfoHash, PeerId, PeerNumber, TrackerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { SafeText } from '../protocol/safe-text.ts'
import { send as noteSent } from '../protocol/send-message.ts'
import { createAnnouncer } from './announcer.ts'
import type { AnnouncerState } from './announcer-state.ts'
import type { DhtPorts, Effect, TorrentEvent } from './boundary.ts'
import { type CandidatesState, createCandidates } from './candidates.ts'
import type { OptimisticUnchoke } from './choker.ts'
import type { Content } from './content.ts'
import type { EncryptionPolicy, Opening } from './encryption.ts'
import { createLiars, type LiarState } from './liar.ts'
import { createMetadata, type MetadataState } from './metadata-state.ts'
import type { Peer } from './peer.ts'
import type { PickerState } from './picker-state.ts'
import { createRandom, type RandomState } from './random.ts'
import { createRateMeter, type RateMeter } from './rate.ts'
import { createRateHistory, type RateHistory } from './rate-history.ts'
import type { DropReason, MessageReason } from './reasons.ts'
import { createTurns, type Turns } from './share-round.ts'
import type { DroppedPeer, PeerSource, SliceName, TorrentState } from './snapshot.ts'
import { createBucket, type TokenBucket } from './token-bucket.ts'

/** What stays as it was at the start. */
export type CoreOptions = {
	readonly infoHash: InfoHash
	readonly infoHashHex: string
	/** What the torrent is to be called as long as its content is unknown: the name in a magnet link is a hint. */
	readonly nameHint: SafeText
	/** undefined: to be had from peers (BEP 9). */
	readonly content: Content | undefined
	/** As in the metainfo (BEP 12), by number. */
	readonly tiers: readonly (readonly TrackerNumber[])[]
	readonly announceAll: boolean
	readonly minimumIntervalS: number | undefined
	readonly peerId: PeerId
	readonly flags: HandshakeFlags
	/** What we call ourselves in the extension handshake. */
	readonly client: string
	readonly maxPeers: number
	/** Off unless told. */
	readonly encryption?: EncryptionPolicy | undefined
	readonly maxDownBytesPerSecond: number | undefined
	readonly maxUpBytesPerSecond: number | undefined
	readonly sequential: boolean
	/** Peers may tell each other of peers (BEP 11), unless the torrent is private. */
	readonly peerExchange: boolean
	readonly randomSeed: number
	readonly startedAt: number
	readonly clockSpeed: number
	/** Totals of earlier sessions. */
	readonly uploadedBefore: number
	readonly downloadedBefore: number
}

/** SHA-1 as a function: the one thing that the pure layers borrow (BEP 6 allowed fast set). */
export type Sha1 = (bytes: Uint8Array) => Uint8Array

export type Core = {
	readonly options: CoreOptions
	readonly random: RandomState
	/** undefined: awaiting metadata. */
	content: Content | undefined
	readonly metadata: MetadataState
	state: TorrentState
	problem: SafeText | undefined
	listeningPort: number | undefined
	dhtPorts: DhtPorts
	checkedFraction: number | undefined
	/** The data is to be checked anew once nothing is being hashed or written any more. */
	recheckIsDue: boolean
	/** Once the data is known the torrent is to be paused, not running. */
	pauseIsDue: boolean
	/** The last wanted piece came in, and nobody was told yet. */
	completionIsDue: boolean
	/** `FinishFiles` was asked for and not answered. */
	isFinishing: boolean
	/** undefined until it is known what is on disk. */
	picker: PickerState | undefined
	readonly liars: LiarState
	readonly peers: Map<PeerNumber, Peer>
	/** Addresses that are being dialled, by the number that the connection will have. */
	readonly dialling: Map<
		PeerNumber,
		{
			readonly address: Address
			readonly since: number
			readonly source: PeerSource
			readonly opening: Opening
		}
	>
	readonly candidates: CandidatesState
	/** Addresses of peers that left under suspicion. */
	readonly suspectAddresses: Map<PeerNumber, Address>
	/** Grows when a peer comes, leaves or tells of itself: others may hear of it (BEP 11). */
	swarmVersion: number
	optimistic: OptimisticUnchoke | undefined
	nextChokeRoundAt: number
	readonly announcer: AnnouncerState
	/** Even numbers are ours to give. */
	nextPeer: number
	nextRequest: number
	readonly downMeter: RateMeter
	readonly upMeter: RateMeter
	readonly downHistory: RateHistory
	readonly upHistory: RateHistory
	readonly flightHistory: RateHistory
	readonly downBucket: TokenBucket
	readonly upBucket: TokenBucket
	readonly downTurns: Turns
	readonly upTurns: Turns
	downloadedBytes: number
	uploadedBytes: number
	wastedBytes: number
	hashing: number
	writing: number
	endgame: boolean
	completedAt: number | undefined
	diskRetryAt: number | undefined
	/** Pieces whose `have` waits to be sent with others. */
	readonly havesToSend: number[]
	havesDueAt: number
	readonly dropped: DroppedPeer[]
	/** Bytes or requests are under way. */
	isMoving: boolean
	networkReturnedAt: number
	/** When `Woken` is wanted. */
	wakeAt: number
	/** A counter a slice, grown when it would look different. */
	readonly versions: Record<SliceName, number>
}

/** A core that does not know yet what is on disk. */
export function createCore(options: CoreOptions): Core {
	const random = createRandom(options.randomSeed)
	return {
		options,
		random,
		content: options.content,
		metadata: createMetadata(),
		state: 'checking',
		problem: undefined,
		listeningPort: undefined,
		dhtPorts: { 4: undefined, 6: undefined },
		checkedFraction: undefined,
		recheckIsDue: false,
		pauseIsDue: false,
		completionIsDue: false,
		isFinishing: false,
		picker: undefined,
		liars: createLiars(),
		peers: new Map(),
		dialling: new Map(),
		candidates: createCandidates({ random }),
		suspectAddresses: new Map(),
		swarmVersion: 0,
		optimistic: undefined,
		nextChokeRoundAt: options.startedAt,
		announcer: createAnnouncer(
			{
				tiers: options.tiers,
				private: options.content?.private ?? false,
				announceAll: options.announceAll,
				...(options.minimumIntervalS === undefined ? {} : { minimumIntervalS: options.minimumIntervalS }),
			},
			random,
		),
		nextPeer: 2,
		nextRequest: 0,
		downMeter: createRateMeter(),
		upMeter: createRateMeter(),
		downHistory: createRateHistory(),
		upHistory: createRateHistory(),
		flightHistory: createRateHistory(),
		downBucket: createBucket(options.maxDownBytesPerSecond),
		upBucket: createBucket(options.maxUpBytesPerSecond),
		downTurns: createTurns(),
		upTurns: createTurns(),
		downloadedBytes: 0,
		uploadedBytes: 0,
		wastedBytes: 0,
		hashing: 0,
		writing: 0,
		endgame: false,
		completedAt: undefined,
		diskRetryAt: undefined,
		havesToSend: [],
		havesDueAt: Number.POSITIVE_INFINITY,
		dropped: [],
		isMoving: false,
		networkReturnedAt: Number.NEGATIVE_INFINITY,
		wakeAt: Number.POSITIVE_INFINITY,
		versions: { summary: 1, trackers: 1, peers: 1, pipeline: 1, pieces: 1, wire: 1, files: 1, dht: 1 },
	}
}

/** One input being handled. */
export type Turn = {
	readonly core: Core
	readonly sha1: Sha1
	now: number
	effects: Effect[]
	/** Peers to let go when everything else of this turn is done. */
	readonly drops: { readonly peer: Peer; readonly reason: DropReason }[]
}

/** Whether peers may be dialled, heard, asked and served. */
export function isRunning(core: Core): boolean {
	return (
		core.state === 'awaitingMetadata' ||
		core.state === 'downloading' ||
		core.state === 'complete' ||
		core.state === 'seeding' ||
		core.state === 'diskStopped'
	)
}

/** Whether all wanted pieces are there. */
export function isComplete(core: Core): boolean {
	return core.picker !== undefined && core.picker.lacking.count === 0
}

/** The slice would look different now. */
export function touch(turn: Turn, ...slices: SliceName[]): void {
	for (const slice of slices) turn.core.versions[slice] += 1
}

/** Wants to be woken at `at`, or before; what is past is now, or it would look as if the clock had stood still. */
export function wakeBy(turn: Turn, at: number): void {
	if (at < turn.core.wakeAt) turn.core.wakeAt = Math.max(at, turn.now)
}

/** Bytes move: the rates are sampled from now on. */
export function noteMotion(turn: Turn): void {
	if (!turn.core.isMoving) wakeBy(turn, turn.now)
}

export function report(turn: Turn, event: TorrentEvent): void {
	turn.effects.push({ type: 'Report', event })
}

/** Sends messages in one write and keeps the session's side of the books. */
export function send(turn: Turn, peer: Peer, messages: readonly Message[], reason?: MessageReason): void {
	for (const message of messages) noteSent(peer.session, message)
	peer.lastSentAt = turn.now
	turn.effects.push({ type: 'SendMessages', peer: peer.number, messages, reason })
}

/** Lets a peer go at the end of this turn; until then it is neither asked nor served. */
export function drop(turn: Turn, peer: Peer, reason: DropReason): void {
	if (peer.isLeaving) return
	peer.isLeaving = true
	turn.drops.push({ peer, reason })
}

/** The torrent goes over to another state. */
export function enterState(turn: Turn, state: TorrentState): void {
	if (turn.core.state === state) return
	turn.core.state = state
	touch(turn, 'summary', 'peers')
	report(turn, { type: 'stateChanged', state })
}
