// Carries out what metadata.ts decides: asks peers for the info dictionary of a magnet link (BEP 9), hands a whole
// copy out to be hashed, bans who lied about it, and keeps the reason why it is not there yet.
import { addressKey } from '../protocol/address.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { Message } from '../protocol/message.ts'
import { encodeMetadataRequest, type MetadataMessage, parseMetadataMessage } from '../protocol/ut-metadata.ts'
import { banAddress } from './candidates.ts'
import { drop, noteMotion, report, send, touch, type Turn, wakeBy } from './core.ts'
import {
	type MetadataLiar,
	metadataOffered,
	metadataOverdue,
	metadataPeerLost,
	metadataPieceCame,
	metadataRefused,
	metadataRight,
	metadataWrong,
	nextMetadataDeadline,
	takeAsked,
	takeWhole,
} from './metadata.ts'
import { nextMetadataRequests } from './metadata-choice.ts'
import { metadataRequested } from './metadata-serving.ts'
import { assemble, type MetadataPeer } from './metadata-state.ts'
import type { Peer } from './peer.ts'
import { addBytes } from './rate.ts'
import { decide, type DownloadReason, type MetadataReason } from './reasons.ts'

/** The peer told which extensions it speaks, and perhaps how long the metadata is. */
export function metadataHandshake(turn: Turn, peer: Peer): void {
	const { core } = turn
	if (core.content !== undefined) return
	const { ids, metadataBytes } = peer.session.peerExtensions
	const { number, address } = peer
	const offer = { number, address, totalBytes: metadataBytes, oneAtATime: isRTorrent(peer) }
	const isNews = ids.has('ut_metadata')
		? metadataOffered(core.metadata, offer, turn.now)
		: metadataPeerLost(core.metadata, number)
	if (isNews) fetchMetadata(turn)
}

// It has one place for an extended message that is to be written: a second request in the meantime goes unanswered,
// and so does every one after it (rTorrent 0.9.8, libtorrent 0.13.8).
function isRTorrent({ peerId }: Peer): boolean {
	const [dash, l, t] = peerId
	return dash === 0x2d && l === 0x6c && t === 0x74
}

/** A message of ut_metadata came. One that cannot be read costs its sender a rest, as a refusal does. */
export function metadataMessage(turn: Turn, peer: Peer, payload: Uint8Array): void {
	const { core, now } = turn
	const offer = core.metadata.peers.get(peer.number)
	let message: MetadataMessage
	try {
		message = parseMetadataMessage(payload)
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error
		if (offer === undefined || !metadataRefused(offer, now)) return
		decideOf(turn, peer, { code: 'metadata-malformed', untilAt: offer.restsUntilAt })
		fetchMetadata(turn)
		return
	}
	if (message.type === 'request') metadataRequested(turn, peer, message.piece)
	else if (offer !== undefined && message.type === 'data') dataCame(turn, { peer, offer, message })
	else if (offer !== undefined && message.type === 'reject' && takeAsked(offer, message.piece)) {
		if (!metadataRefused(offer, now)) return
		decideOf(turn, peer, { code: 'metadata-refused', untilAt: offer.restsUntilAt })
		note(turn, { code: 'metadata-refused-by', ...peer.address })
		fetchMetadata(turn)
	}
}

type DataCame = {
	readonly peer: Peer
	readonly offer: MetadataPeer
	readonly message: Extract<MetadataMessage, { type: 'data' }>
}

function dataCame(turn: Turn, { peer, offer, message }: DataCame): void {
	const { core, now } = turn
	const { piece, totalBytes } = message
	// The message's bytes are a view that dies with it.
	const bytes = message.bytes.slice()
	const receipt = metadataPieceCame(core.metadata, offer, { piece, totalBytes, bytes, now })
	if (receipt === 'unasked') return
	addBytes(peer.downMeter, bytes.length, now)
	addBytes(core.downMeter, bytes.length, now)
	noteMotion(turn)
	if (receipt === 'other-size') decideOf(turn, peer, { code: 'metadata-other-size' })
	fetchMetadata(turn, receipt === 'taken' ? offer : undefined)
}

/**
 * Asks for what is missing, of `only` or of everybody, looks after what is late, and says what we wait for. Who
 * had nothing to be asked has nothing either when somebody else gave a piece.
 */
export function fetchMetadata(turn: Turn, only?: MetadataPeer): void {
	const { core, now } = turn
	const { metadata } = core
	if (core.content !== undefined || core.state !== 'awaitingMetadata') return
	if (metadataOverdue(metadata, now)) decideSilent(turn)
	const whole = takeWhole(metadata)
	if (whole !== undefined) {
		const sources = new Set(Array.from(whole.pieces.values(), ({ from }) => from)).size
		note(turn, { code: 'checking-metadata', totalBytes: whole.totalBytes, sources })
		turn.effects.push({ type: 'CheckMetadata', bytes: assemble(whole) })
	}
	askForMetadata(turn, only)
	if (metadata.checking === undefined) note(turn, waitingFor(turn))
	wakeBy(turn, nextMetadataDeadline(metadata, now))
	touch(turn, 'summary', 'peers')
}

/** The copy that was handed out has another hash. */
export function metadataRejected(turn: Turn): void {
	const { core } = turn
	const totalBytes = core.metadata.checking?.totalBytes ?? 0
	const { sources, liars } = metadataWrong(core.metadata)
	note(turn, { code: 'metadata-hash-wrong', totalBytes, sources })
	report(turn, { type: 'metadataFailed', totalBytes, sources })
	punish(turn, liars)
	fetchMetadata(turn)
}

/** The right info dictionary is here, wherever it came from: who sent another one is found out. */
export function metadataVerified(turn: Turn, infoBytes: Uint8Array): void {
	const { core, now } = turn
	const { sources, liars } = metadataRight(core.metadata, infoBytes)
	const totalBytes = infoBytes.length
	if (sources > 0) note(turn, { code: 'metadata-verified', totalBytes, sources })
	report(turn, { type: 'metadataReceived', totalBytes, sources, inMs: now - core.options.startedAt })
	for (const peer of core.peers.values()) decide(peer.download, { code: 'not-interested' }, now)
	punish(turn, liars)
	touch(turn, 'summary', 'peers')
}

/** The peer is gone. */
export function metadataPeerGone(turn: Turn, peer: Peer): void {
	if (turn.core.content !== undefined) return
	metadataPeerLost(turn.core.metadata, peer.number)
	fetchMetadata(turn)
}

function askForMetadata(turn: Turn, only: MetadataPeer | undefined): void {
	const { core } = turn
	const byPeer = new Map<number, Message[]>()
	for (const { peer: number, piece } of nextMetadataRequests(core.metadata, turn.now, only)) {
		const id = core.peers.get(number)?.session.peerExtensions.ids.get('ut_metadata')
		if (id === undefined) continue
		const messages = byPeer.get(number) ?? []
		byPeer.set(number, messages)
		messages.push({ type: 'extended', id, payload: encodeMetadataRequest(piece) })
	}
	for (const peer of core.peers.values()) {
		const messages = byPeer.get(peer.number)
		if (messages !== undefined) send(turn, peer, messages)
		const offer = core.metadata.peers.get(peer.number)
		if (offer === undefined) decideOf(turn, peer, { code: 'metadata-not-offered' })
		else if (offer.asked.size > 0)
			decideOf(turn, peer, { code: 'metadata-asked', inFlight: offer.asked.size })
		else if (offer.restsUntilAt <= turn.now) decideOf(turn, peer, { code: 'metadata-all-asked' })
	}
}

function waitingFor({ core, now }: Turn): MetadataReason {
	const { peers, metadata, candidates } = core
	if (peers.size === 0) return { code: 'awaiting-peers', known: candidates.known.size }
	if (metadata.peers.size === 0) return { code: 'awaiting-offer', connected: peers.size }
	let asked = 0
	let inFlight = 0
	let untilAt = Infinity
	for (const offer of metadata.peers.values()) {
		if (offer.asked.size > 0) asked += 1
		inFlight += offer.asked.size
		if (offer.restsUntilAt > now) untilAt = Math.min(untilAt, offer.restsUntilAt)
	}
	if (inFlight > 0) return { code: 'fetching-metadata', peers: asked, inFlight }
	return {
		code: 'awaiting-metadata-peers',
		peers: metadata.peers.size,
		untilAt: untilAt === Infinity ? undefined : untilAt,
	}
}

function decideSilent(turn: Turn): void {
	for (const { number, restsUntilAt } of turn.core.metadata.peers.values()) {
		const peer = turn.core.peers.get(number)
		const last = peer?.download.at(-1)?.reason.code
		if (peer !== undefined && restsUntilAt > turn.now && last === 'metadata-asked')
			decideOf(turn, peer, { code: 'metadata-silent', untilAt: restsUntilAt })
	}
}

function decideOf(turn: Turn, peer: Peer, reason: DownloadReason): void {
	decide(peer.download, reason, turn.now)
}

// What is decided anew as it was before was decided then.
function note(turn: Turn, reason: MetadataReason): void {
	const { history } = turn.core.metadata
	const last: Readonly<Record<string, unknown>> = history.at(-1)?.reason ?? {}
	const isNews = Object.entries(reason).some(([name, operand]) => last[name] !== operand)
	if (isNews) decide(history, reason, turn.now)
}

// Who lied is banned, and everybody who is at the same place with it.
function punish(turn: Turn, liars: readonly MetadataLiar[]): void {
	const { core } = turn
	for (const { peer: number, address } of liars) {
		banAddress(core.candidates, address)
		report(turn, { type: 'peerBanned', peer: number, ...address, piece: undefined, metadata: true })
		for (const other of core.peers.values()) {
			const isSame = other.number === number || addressKey(other.address) === addressKey(address)
			if (isSame) drop(turn, other, { code: 'wrong-metadata' })
		}
		touch(turn, 'summary')
	}
}
