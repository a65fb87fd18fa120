// Slices for the screen, made from the core's state at one instant. The engine adds what the core does not
// know: URLs of trackers, the wire log, names of files.
import { pieceBytes } from '../protocol/geometry.ts'
import { isSeed } from '../protocol/peer-session.ts'
import { type Core, isComplete } from './core.ts'
import { metadataView } from './metadata-view.ts'
import { openPieceViews, fillCopies, fillStates, pickerProgress } from './picker-views.ts'
import type { Peer } from './peer.ts'
import { oldestRequest, windowReason } from './pipeline.ts'
import { bytesPerSecond } from './rate.ts'
import { samplesOf } from './rate-history.ts'
import type { Decision, DecisionHistory, Reason } from './reasons.ts'
import { safe } from '../protocol/safe-text.ts'
import { countCandidates, countBanned } from './candidates.ts'
import type {
	PeerExchangeView,
	PeersSlice,
	PeerView,
	PiecesSlice,
	PipelineSlice,
	SummarySlice,
} from './snapshot.ts'

const unknownGeometry = { totalBytes: 0, pieceLength: 0, pieceCount: 0 }

/** The header. */
export function summarySlice(core: Core, at: number): SummarySlice {
	const { options, picker, content } = core
	const { totalBytes, pieceLength, pieceCount } = content?.geometry ?? unknownGeometry
	const progress = picker === undefined ? undefined : pickerProgress(picker)
	const down = bytesPerSecond(core.downMeter, at)
	const wantedBytes = progress?.wantedBytes ?? totalBytes
	const completedBytes = progress?.completedWantedBytes ?? 0
	let seeds = 0
	for (const peer of core.peers.values()) if (isSeed(peer.session)) seeds += 1
	return {
		at,
		startedAt: options.startedAt,
		name: content?.name ?? options.nameHint,
		infoHash: options.infoHashHex,
		state: core.state,
		problem: core.problem,
		totalBytes,
		wantedBytes,
		completedBytes,
		pieceLength,
		pieceCount,
		piecesHave: progress?.have ?? 0,
		piecesWanted: picker === undefined ? pieceCount : countWanted(picker.wanted),
		checkedFraction: core.checkedFraction,
		metadata: content === undefined ? metadataView(core.metadata) : undefined,
		downloadedBytes: core.downloadedBytes,
		uploadedBytes: core.uploadedBytes,
		wastedBytes: core.wastedBytes,
		downBytesPerSecond: down,
		upBytesPerSecond: bytesPerSecond(core.upMeter, at),
		maxDownBytesPerSecond: core.downBucket.bytesPerSecond,
		maxUpBytesPerSecond: core.upBucket.bytesPerSecond,
		etaMs: isComplete(core) || down === 0 ? undefined : ((wantedBytes - completedBytes) / down) * 1000,
		peersConnected: core.peers.size,
		peersKnown: countCandidates(core.candidates),
		peersBanned: countBanned(core.candidates),
		seedsConnected: seeds,
		copies: progress?.copies ?? 0,
		private: content?.private ?? false,
		listeningPort: core.listeningPort,
		endgame: progress?.endgame ?? false,
		clockSpeed: options.clockSpeed,
		downHistory: samplesOf(core.downHistory),
		upHistory: samplesOf(core.upHistory),
	}
}

/** Connections and dials under way, in the order in which they were made. */
export function peersSlice(core: Core, at: number): PeersSlice {
	const peers = Array.from(core.peers.values(), peer => peerView(core, peer, at))
	return { at, peers: [...peers, ...diallingViews(core)], dropped: core.dropped }
}

/** Requests in flight of all peers together. */
export function pipelineSlice(core: Core, at: number): PipelineSlice {
	let window = 0
	let oldestRequestAt: number | undefined
	for (const { pipeline, session } of core.peers.values()) {
		if (!session.peerChoking && session.amInterested) window += pipeline.window
		const sentAt = oldestRequest(pipeline)?.sentAt
		if (sentAt !== undefined) oldestRequestAt = Math.min(sentAt, oldestRequestAt ?? sentAt)
	}
	return {
		at,
		inFlight: core.picker?.inFlight ?? 0,
		window,
		oldestRequestAt,
		openPieces: core.picker?.open.size ?? 0,
		openPiecesLimit: core.content?.maxOpenPieces ?? 0,
		hashing: core.hashing,
		writing: core.writing,
		history: samplesOf(core.flightHistory),
	}
}

/** State and availability of every piece. */
export function piecesSlice(core: Core, at: number): PiecesSlice {
	const { pieceCount } = core.content?.geometry ?? unknownGeometry
	const states = new Uint8Array(pieceCount)
	const availability = new Uint16Array(pieceCount)
	if (core.picker === undefined) return { at, states, availability, open: [] }
	fillStates(core.picker, states)
	fillCopies(core.picker, availability)
	return { at, states, availability, open: openPieceViews(core.picker) }
}

/** Verified bytes of each file, for extents in the torrent. */
export function completedBytesOf(
	core: Core,
	extents: readonly { readonly offsetBytes: number; readonly lengthBytes: number }[],
): number[] {
	const { picker } = core
	if (picker === undefined) return extents.map(() => 0)
	const { geometry } = picker
	const { pieceLength } = geometry
	return extents.map(({ offsetBytes, lengthBytes }) => {
		if (lengthBytes === 0) return 0
		let bytes = 0
		const end = offsetBytes + lengthBytes
		for (let piece = Math.floor(offsetBytes / pieceLength); piece * pieceLength < end; piece += 1) {
			if (((picker.have.bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) === 0) continue
			const start = piece * pieceLength
			bytes += Math.min(end, start + pieceBytes(geometry, piece)) - Math.max(offsetBytes, start)
		}
		return bytes
	})
}

function peerView(core: Core, peer: Peer, at: number): PeerView {
	const { session, pipeline } = peer
	return {
		peer: peer.number,
		host: peer.address.host,
		port: peer.address.port,
		client: peer.client,
		incoming: peer.incoming,
		source: peer.source,
		phase: 'connected',
		connectedAt: peer.connectedAt,
		amChoking: session.amChoking,
		amInterested: session.amInterested,
		peerChoking: session.peerChoking,
		peerInterested: session.peerInterested,
		snubbed: pipeline.snubbed || peer.snubbedByUser,
		optimistic: core.optimistic?.peer === peer.number,
		fast: session.common.fast,
		extended: session.common.extended,
		encryption: peer.encryption,
		opening: peer.opening,
		piecesHave: session.peerHave?.count ?? 0,
		seed: isSeed(session),
		downBytesPerSecond: bytesPerSecond(peer.downMeter, at),
		upBytesPerSecond: bytesPerSecond(peer.upMeter, at),
		downloadedBytes: peer.downloadedBytes,
		uploadedBytes: peer.uploadedBytes,
		wastedBytes: peer.wastedBytes,
		inFlight: pipeline.requests.size,
		window: pipeline.window,
		roundTripMs: pipeline.roundTripMs,
		oldestRequestAt: oldestRequest(pipeline)?.sentAt,
		uploadQueue: peer.uploadQueue.size + peer.serving,
		lastMessageAt: peer.lastReceivedAt,
		hashFailures: peer.hashFailures,
		exchange: exchangeView(peer),
		download: latest(peer.download, { at: peer.connectedAt, reason: { code: 'not-interested' } }),
		upload: latest(peer.upload, { at: peer.connectedAt, reason: { code: 'choked-at-start' } }),
		windowReason: { at, reason: windowReason(pipeline) },
		lastPick: peer.lastPick,
	}
}

function diallingViews(core: Core): PeerView[] {
	return Array.from(core.dialling, ([peer, { address, since, source, opening }]) => ({
		peer,
		host: address.host,
		port: address.port,
		client: safe``,
		incoming: false,
		source,
		phase: 'dialling',
		connectedAt: since,
		amChoking: true,
		amInterested: false,
		peerChoking: true,
		peerInterested: false,
		snubbed: false,
		optimistic: false,
		fast: false,
		extended: false,
		encryption: undefined,
		opening: opening.reason,
		piecesHave: 0,
		seed: false,
		downBytesPerSecond: 0,
		upBytesPerSecond: 0,
		downloadedBytes: 0,
		uploadedBytes: 0,
		wastedBytes: 0,
		inFlight: 0,
		window: 0,
		roundTripMs: undefined,
		oldestRequestAt: undefined,
		uploadQueue: 0,
		lastMessageAt: since,
		hashFailures: 0,
		exchange: undefined,
		download: { at: since, reason: { code: 'not-interested' } },
		upload: { at: since, reason: { code: 'choked-at-start' } },
		windowReason: undefined,
		lastPick: undefined,
	}))
}

function exchangeView({ exchange: { told, named, taken } }: Peer): PeerExchangeView | undefined {
	return told.size === 0 && named === 0 ? undefined : { told: told.size, named, taken }
}

function latest<R extends Reason>(history: DecisionHistory<R>, fallback: Decision<R>): Decision<R> {
	return history.at(-1) ?? fallback
}

function countWanted(wanted: Uint8Array): number {
	let count = 0
	for (const value of wanted) count += value
	return count
}
