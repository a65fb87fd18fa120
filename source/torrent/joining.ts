// A whole handshake came: who it is, whether we want it, and the first words to it.
import { addressKey, parseHost, type Address } from '../protocol/address.ts'
import { allowedFastSet } from '../protocol/allowed-fast.ts'
import { bitfieldToWire } from '../protocol/bitfield.ts'
import { clientName } from '../protocol/client-name.ts'
import { defaultRequestQueue, extensionHandshakeId } from '../protocol/extension.ts'
import type { HandshakeFlags } from '../protocol/handshake.ts'
import type { PeerId, PeerNumber } from '../protocol/ids.ts'
import type { Message } from '../protocol/message.ts'
import type { MsePayload } from '../protocol/mse.ts'
import { createPeerSession } from '../protocol/peer-session.ts'
import { hostKey } from './ban-list.ts'
import { incomingObstacle, mostPerNetwork } from './candidates.ts'
import { isFullSeed } from './completing.ts'
import { geometryOf } from './content.ts'
import { isComplete, isRunning, report, send, touch, type Turn, wakeBy } from './core.ts'
import { portMessages } from './dht-port.ts'
import { connected, rememberOtherWay } from './dial-outcome.ts'
import { isOurselves, keepWhich } from './duplicate.ts'
import { answeredDialRefused, closePeer } from './leaving.ts'
import { isCutOff, restoreLost } from './network.ts'
import { fetchMetadata } from './metadata-exchange.ts'
import { ourExtensionHandshake } from './our-handshake.ts'
import type { Peer } from './peer.ts'
import { createPexState } from './pex-state.ts'
import { createPipeline } from './pipeline.ts'
import { createRateMeter } from './rate.ts'
import type { DropReason } from './reasons.ts'

/** Pieces that a newcomer may ask for while choked (BEP 6). */
const allowedFastCount = 10

/** Of all places a quarter is for those whom we dial: whoever fills the rest from outside cannot cut us off. */
const dialledShare = 1 / 4
/** Two connections between the same two clients are of one moment, or the younger one is somebody's lie. */
const sameMomentMs = 10_000
/** Who has wanted nothing and offered nothing for so long makes room for others when there is none. */
const idleEnoughMs = 30_000
/** So does, after those, who said that it wants something and took nothing of us while it could for so long. */
const muteEnoughMs = 60_000

export type Arrival = {
	readonly peer: PeerNumber
	readonly address: Address
	readonly incoming: boolean
	readonly peerId: PeerId
	readonly flags: HandshakeFlags
	readonly encryption?: MsePayload | undefined
}

/** Takes the connection in or hangs up. */
export function handshakeReceived(turn: Turn, arrival: Arrival): void {
	const { core } = turn
	const obstacle = obstacleTo(turn, arrival)
	if (obstacle !== undefined) {
		turn.effects.push({ type: 'ClosePeer', peer: arrival.peer, reason: obstacle })
		if (!arrival.incoming) answeredDialRefused(turn, arrival, obstacle)
		return
	}
	if (isCutOff(turn)) restoreLost(turn)
	const peer = createPeer(turn, arrival)
	core.dialling.delete(arrival.peer)
	core.peers.set(peer.number, peer)
	const encrypted = arrival.encryption !== undefined
	connected(core.candidates, arrival.address, { incoming: arrival.incoming, encrypted, now: turn.now })
	report(turn, {
		type: 'peerConnected',
		peer: peer.number,
		...peer.address,
		client: peer.client,
		incoming: peer.incoming,
		...(peer.encryption === undefined ? {} : { encryption: peer.encryption }),
	})
	touch(turn, 'peers', 'summary')
	wakeBy(turn, core.nextChokeRoundAt)
	sayFirstWords(turn, peer)
	fetchMetadata(turn)
}

function obstacleTo(turn: Turn, arrival: Arrival): DropReason | undefined {
	const { core } = turn
	if (!isRunning(core)) return { code: core.state === 'paused' ? 'paused' : 'stopped' }
	if (isOurselves(core.options.peerId, arrival.peerId)) return { code: 'is-ourselves' }
	const obstacle = arrival.incoming ? incomingObstacle(core.candidates, arrival.address) : undefined
	if (obstacle === 'banned') return { code: 'banned', piece: -1 }
	if (obstacle === 'ourselves') return { code: 'is-ourselves' }
	const twin = findTwin(turn, arrival)
	if (twin !== undefined) return settleTwins(turn, twin, arrival)
	if (obstacle === 'host-in-use' && isHostConnected(turn, arrival)) return { code: 'duplicate-connection' }
	if (obstacle === 'network-in-use') return { code: 'too-many-connections', limit: mostPerNetwork }
	return findRoom(turn, arrival)
}

// Places are few (threats P6). Nobody of use loses one, whoever comes.
function findRoom(turn: Turn, { incoming }: Arrival): DropReason | undefined {
	const { core } = turn
	const { maxPeers } = core.options
	const kept = incoming && !isComplete(core) ? Math.floor(maxPeers * dialledShare) : 0
	const limit = maxPeers - kept
	const places = [...core.peers.values()].filter(peer => kept === 0 || peer.incoming)
	if (places.length < limit && core.peers.size < maxPeers) return undefined
	const spare = longest(places, idleMs(turn), idleEnoughMs) ?? longest(places, muteMs(turn), muteEnoughMs)
	if (spare === undefined) return { code: 'too-many-connections', limit: maxPeers }
	closePeer(turn, spare, { code: 'replaced-by-better' })
	return undefined
}

function longest(peers: readonly Peer[], lastsMs: (peer: Peer) => number, leastMs: number): Peer | undefined {
	let found: Peer | undefined
	for (const peer of peers) {
		const ms = lastsMs(peer)
		if (ms >= leastMs && (found === undefined || ms > lastsMs(found))) found = peer
	}
	return found
}

function idleMs({ now }: Turn): (peer: Peer) => number {
	return ({ idleSinceAt }) => now - (idleSinceAt ?? now)
}

// For how long it took nothing since it was last unchoked, be that turn over or not. That we want something of it
// counts for more.
function muteMs({ now }: Turn): (peer: Peer) => number {
	return ({ session, unchokedAt, chokedAt, serving, uploadQueue, servedAt }) => {
		if (unchokedAt === undefined || session.amInterested || serving + uploadQueue.size > 0) return 0
		return (session.amChoking ? chokedAt : now) - Math.max(unchokedAt, servedAt)
	}
}

// A peer id is easily copied: whatever becomes of a liar must not befall the address of somebody else's host.
function settleTwins(turn: Turn, twin: Peer, arrival: Arrival): DropReason | undefined {
	const { candidates } = turn.core
	const isOneHost = hostKey(twin.address.host) === hostKey(arrival.address.host)
	if (keepsOlder(turn, twin, arrival)) {
		if (isOneHost && !arrival.incoming) rememberOtherWay(candidates, twin.number, arrival.address)
		return { code: 'duplicate-connection' }
	}
	closePeer(turn, twin, { code: 'duplicate-connection' })
	if (isOneHost && !twin.incoming) rememberOtherWay(candidates, arrival.peer, twin.address)
	return undefined
}

function keepsOlder({ core, now }: Turn, twin: Peer, arrival: Arrival): boolean {
	if (now - twin.connectedAt > sameMomentMs) return true
	const keep = keepWhich({
		ourPeerId: core.options.peerId,
		theirPeerId: arrival.peerId,
		existingIncoming: twin.incoming,
		newIncoming: arrival.incoming,
	})
	return keep === 'existing'
}

// A host that is only being dialled may be the very client that dials us at the same moment: which of the two
// connections lives is settled when both have a peer id.
function isHostConnected(turn: Turn, arrival: Arrival): boolean {
	for (const peer of turn.core.peers.values()) if (peer.address.host === arrival.address.host) return true
	return false
}

function findTwin(turn: Turn, arrival: Arrival): Peer | undefined {
	for (const peer of turn.core.peers.values()) {
		if (addressKey(peer.address) === addressKey(arrival.address)) return peer
		if (isOurselves(peer.peerId, arrival.peerId)) return peer
	}
	return undefined
}

function createPeer(turn: Turn, arrival: Arrival): Peer {
	const { core, now } = turn
	return {
		number: arrival.peer,
		address: arrival.address,
		incoming: arrival.incoming,
		source: arrival.incoming ? 'incoming' : (core.dialling.get(arrival.peer)?.source ?? 'tracker'),
		opening: core.dialling.get(arrival.peer)?.opening.reason ?? { code: 'opened-by-peer' },
		encryption: arrival.encryption,
		peerId: arrival.peerId,
		client: clientName(arrival.peerId),
		session: createPeerSession({
			ours: core.options.flags,
			theirs: arrival.flags,
			pieceCount: core.content?.geometry.pieceCount,
		}),
		pipeline: createPipeline({ reqq: defaultRequestQueue }),
		exchange: createPexState(now),
		connectedAt: now,
		lastReceivedAt: now,
		lastSentAt: now,
		downMeter: createRateMeter(),
		upMeter: createRateMeter(),
		downloadedBytes: 0,
		uploadedBytes: 0,
		wastedBytes: 0,
		interesting: 0,
		idleSinceAt: now,
		uploadQueue: new Map(),
		isHeld: false,
		serving: 0,
		servedAt: now,
		grantedBytes: new Map(),
		rejectsInARow: 0,
		rejectsToSend: [],
		chokedAt: now,
		unchokedAt: undefined,
		chokedUsAt: now,
		unchokedUsAt: Number.NEGATIVE_INFINITY,
		slotsSeenAt: Number.NEGATIVE_INFINITY,
		refusals: 0,
		pardonAt: undefined,
		restsUntilAt: Number.NEGATIVE_INFINITY,
		isLeaving: false,
		snubbedByUser: false,
		starved: false,
		hashFailures: 0,
		parolePiece: undefined,
		onParole: false,
		upload: [{ at: now, reason: { code: 'choked-at-start' } }],
		download: [{ at: now, reason: { code: 'not-interested' } }],
		lastPick: undefined,
		metadataQueue: [],
		metadataSending: 0,
		metadataGiven: 0,
	}
}

function sayFirstWords(turn: Turn, peer: Peer): void {
	const { core } = turn
	const { common } = peer.session
	const have = core.picker?.have
	const messages: Message[] = []
	if (have === undefined) {
		if (common.fast) messages.push({ type: 'haveNone' })
	} else {
		if (common.fast && have.count === have.size) messages.push({ type: 'haveAll' })
		else if (common.fast && have.count === 0) messages.push({ type: 'haveNone' })
		else if (have.count > 0) messages.push({ type: 'bitfield', bits: bitfieldToWire(have) })
	}
	if (common.extended) {
		messages.push({
			type: 'extended',
			id: extensionHandshakeId,
			payload: ourExtensionHandshake(core, peer),
		})
	}
	messages.push(...portMessages(core, peer))
	if (common.fast && have !== undefined && have.count > 0) messages.push(...grantFast(turn, peer))
	if (messages.length > 0) send(turn, peer, messages)
	if (isFullSeed(core)) touch(turn, 'peers')
}

function grantFast(turn: Turn, peer: Peer): Message[] {
	const { options } = turn.core
	if (parseHost(peer.address.host)?.length !== 4) return []
	const pieces = allowedFastSet({
		host: peer.address.host,
		infoHash: options.infoHash,
		pieceCount: geometryOf(turn.core).pieceCount,
		count: allowedFastCount,
		sha1: turn.sha1,
	})
	return pieces.map(piece => ({ type: 'allowedFast', piece }))
}
