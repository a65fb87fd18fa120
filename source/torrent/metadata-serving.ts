// Giving the info dictionary to others (BEP 9). Only what was verified is given. What a peer may have waiting and
// what it may take in all is bounded, and no more is written than its socket takes (threats M3); everything
// beyond that is rejected, as BEP 9 has it.
import { extensionHandshakeId } from '../protocol/extension.ts'
import type { Message } from '../protocol/message.ts'
import {
	countMetadataPieces,
	encodeMetadataData,
	encodeMetadataReject,
	metadataPieceBytes,
	metadataPieceLength,
} from '../protocol/ut-metadata.ts'
import { isRunning, noteMotion, send, type Turn, wakeBy } from './core.ts'
import { ourExtensionHandshake } from './our-handshake.ts'
import type { Peer } from './peer.ts'
import { addBytes } from './rate.ts'
import { nextAvailableAt, take } from './token-bucket.ts'

/** Requests of one peer that wait. */
const mostQueued = 64
/** Pieces on their way to one peer. */
const mostSending = 8
/** How often a peer may take all of it: a flood ends, a client that starts again does not. */
const timesGiven = 3
/** However small the metadata is. */
const leastGiven = 64

/** They ask for a piece of the metadata, which may not exist. */
export function metadataRequested(turn: Turn, peer: Peer, piece: number): void {
	if (!mayHave(turn, peer, piece)) {
		say(turn, peer, [encodeMetadataReject(piece)])
		return
	}
	peer.metadataQueue.push(piece)
	serveMetadata(turn, peer)
}

/** Sends what waits, as far as socket and limit take it. */
export function serveMetadata(turn: Turn, peer: Peer): void {
	const { core, now } = turn
	const info = core.content?.infoBytes
	if (info === undefined || peer.isLeaving || !isRunning(core)) return
	const payloads: Uint8Array[] = []
	let bytes = 0
	while (peer.metadataSending < mostSending) {
		const [piece] = peer.metadataQueue
		if (piece === undefined) break
		const length = metadataPieceBytes(info.length, piece)
		if (!take(core.upBucket, length, now)) {
			const at = nextAvailableAt(core.upBucket, metadataPieceLength, now)
			if (at !== undefined) wakeBy(turn, Math.max(at, now + 1))
			break
		}
		peer.metadataQueue.shift()
		payloads.push(encodeMetadataData(piece, info))
		peer.metadataSending += 1
		peer.metadataGiven += 1
		bytes += length
	}
	if (payloads.length === 0) return
	say(turn, peer, payloads)
	addBytes(peer.upMeter, bytes, now)
	addBytes(core.upMeter, bytes, now)
	noteMotion(turn)
	turn.effects.push({ type: 'AwaitDrain', peer: peer.number })
}

/** All that was written to the peer has left. */
export function socketDrained(turn: Turn, peer: Peer): void {
	peer.metadataSending = 0
	serveMetadata(turn, peer)
}

/** We have the metadata now: those who are connected hear its length, and may ask. */
export function offerMetadata(turn: Turn): void {
	if (turn.core.content?.infoBytes.length === 0) return
	for (const peer of turn.core.peers.values()) {
		if (peer.isLeaving || !peer.session.common.extended) continue
		const payload = ourExtensionHandshake(turn.core, peer)
		send(turn, peer, [{ type: 'extended', id: extensionHandshakeId, payload }])
	}
}

function mayHave(turn: Turn, peer: Peer, piece: number): boolean {
	const totalBytes = turn.core.content?.infoBytes.length ?? 0
	if (metadataPieceBytes(totalBytes, piece) === 0 || peer.metadataQueue.length >= mostQueued) return false
	const most = Math.max(leastGiven, timesGiven * countMetadataPieces(totalBytes))
	return peer.metadataGiven + peer.metadataQueue.length < most
}

function say(turn: Turn, peer: Peer, payloads: readonly Uint8Array[]): void {
	const id = peer.session.peerExtensions.ids.get('ut_metadata')
	if (id === undefined || peer.isLeaving) return
	const messages = payloads.map((payload): Message => ({ type: 'extended', id, payload }))
	send(turn, peer, messages)
}
