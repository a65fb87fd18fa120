// What the cues of lessons go by: the last slices, the peers as they were seen, and moments that pass quickly,
// each kept from when it was seen last. Names are SafeText already.
import type { TorrentEvent } from '../torrent/boundary.ts'
import {
	type PeersSlice,
	type PeerView,
	pieceStates,
	type PiecesSlice,
	type Slices,
	type WireRow,
} from '../torrent/snapshot.ts'

import { formatAddress, formatCount } from './units.ts'

/** What fills the places in the text of a lesson. */
export type Facts = Readonly<Record<string, string | number>>

export type LessonMemory = {
	slices: Partial<Slices>
	readonly peers: Map<number, KnownPeer>
	readonly moments: Map<
		'awaiting-metadata' | 'choked' | 'unchoked-again' | 'snubbed' | 'recovered' | 'cancel' | 'dead-end',
		Facts
	>
	/** By the code of its reason the rarest piece that was asked for, among equals the last. */
	readonly picks: Map<string, PickSeen>
	/** By direction and kind how often a message of the wire was seen, and whose the last was. */
	readonly wire: Map<string, WireSeen>
	/** The last row of the wire that was looked at. */
	lastRow: number
	/** The last of those that cues ask for, oldest first. */
	readonly events: HeardEvent[]
	isComplete: boolean
	/** What each peer was called when it connected; the last is who came last. */
	readonly names: Map<number, string>
}

/** A peer as it was seen last, also when it has left. */
export type KnownPeer = {
	readonly client: string
	readonly seed: boolean
	readonly gaveBytes: number
	readonly gotBytes: number
	readonly hadUnchoked: boolean
	readonly chokedSince: boolean
	readonly hadSnubbed: boolean
}

export type WireSeen = { readonly times: number; readonly client: string; readonly address: string }

export type PickSeen = { readonly client: string; readonly piece: number; readonly copies: number }

export type HeardEvent = { readonly event: TorrentEvent; readonly client: string }

const eventsKept = 200

export function createLessonMemory(): LessonMemory {
	return {
		slices: {},
		peers: new Map(),
		moments: new Map(),
		picks: new Map(),
		wire: new Map(),
		lastRow: -1,
		events: [],
		isComplete: false,
		names: new Map(),
	}
}

/** Takes in slices that came. */
export function seeSlices(memory: LessonMemory, slices: Partial<Slices>): void {
	const before = memory.slices.peers
	memory.slices = { ...memory.slices, ...slices }
	if (slices.summary !== undefined) seeSummary(memory, slices.summary)
	if (slices.peers !== undefined) seePeers(memory, slices.peers, before)
	if (slices.pieces !== undefined) seePieces(memory, slices.pieces)
	for (const row of slices.wire?.rows ?? []) seeRow(memory, row)
}

function seeSummary({ moments }: LessonMemory, { state, peersConnected }: Slices['summary']): void {
	if (state === 'awaitingMetadata' && peersConnected > 0)
		moments.set('awaiting-metadata', { peers: formatCount(peersConnected, 'peer') })
}

/** Takes in an event. */
export function hearEvent(memory: LessonMemory, event: TorrentEvent): void {
	if (event.type === 'downloadCompleted') memory.isComplete = true
	if (event.type === 'peerConnected') memory.names.set(event.peer, event.client)
	if (event.type === 'pieceVerified' || event.type === 'dropped') return
	const client = 'peer' in event ? clientOf(memory, event.peer) : ''
	memory.events.push({ event, client })
	if (memory.events.length > eventsKept) memory.events.shift()
}

/** Pieces that we lack and that no connected peer has; undefined while we have nothing, or lack another one or none. */
function orphansOf({ states, availability }: PiecesSlice): number[] | undefined {
	const orphans: number[] = []
	for (const [piece, state] of states.entries()) {
		if (state === pieceStates.have || state === pieceStates.unwanted) continue
		if (state !== pieceStates.missing || availability[piece] !== 0) return undefined
		orphans.push(piece)
	}
	return orphans.length === 0 || !states.includes(pieceStates.have) ? undefined : orphans
}

function seePeers(memory: LessonMemory, { peers }: PeersSlice, before: PeersSlice | undefined): void {
	for (const peer of peers) {
		if (peer.phase !== 'connected') continue
		const known = memory.peers.get(peer.peer)
		seePeer(memory, peer, { known, before: before?.peers.find(other => other.peer === peer.peer) })
	}
}

type Earlier = { readonly known: KnownPeer | undefined; readonly before: PeerView | undefined }

function seePeer(memory: LessonMemory, peer: PeerView, { known, before }: Earlier): void {
	const { client } = peer
	const isChoked = peer.peerChoking && known?.hadUnchoked === true
	if (isChoked && !known.chokedSince && before?.peerChoking === false && before.inFlight > 0)
		note(memory, 'choked', { client, requests: before.inFlight })
	if (!peer.peerChoking && known?.chokedSince === true) note(memory, 'unchoked-again', { client })
	if (peer.snubbed) note(memory, 'snubbed', { client, requests: before?.inFlight ?? peer.inFlight })
	else if (known?.hadSnubbed === true && peer.downBytesPerSecond > 0) note(memory, 'recovered', { client })
	memory.peers.set(peer.peer, {
		client,
		seed: peer.seed,
		gaveBytes: peer.downloadedBytes,
		gotBytes: peer.uploadedBytes,
		hadUnchoked: known?.hadUnchoked === true || !peer.peerChoking,
		chokedSince: isChoked,
		hadSnubbed: known?.hadSnubbed === true || peer.snubbed,
	})
}

function seePieces(memory: LessonMemory, pieces: PiecesSlice): void {
	const [piece] = orphansOf(pieces) ?? []
	if (piece !== undefined) note(memory, 'dead-end', { piece })
}

function seeRow(memory: LessonMemory, row: WireRow): void {
	if (row.direction === 'out') seeSent(memory, row)
	if (row.sequence <= memory.lastRow) return
	memory.lastRow = row.sequence
	const kind = kindOf(row.message)
	if (kind === undefined) return
	const key = `${row.direction} ${kind}`
	const client = row.peer === undefined ? '' : clientOf(memory, row.peer)
	const address = formatAddress(row.host, row.port)
	memory.wire.set(key, { times: (memory.wire.get(key)?.times ?? 0) + 1, client, address })
}

/** What cues call a message. */
function kindOf(message: WireRow['message']): string | undefined {
	switch (message.type) {
		case 'extended':
			return message.name
		case 'encryption':
			return `mse ${message.step}`
		case 'dhtQuery':
			return `dht ${message.method}`
		case 'dhtResponse':
			return 'dht response'
		default:
			return undefined
	}
}

/** Between two snapshots a peer may have had several picks: the wire keeps them all. */
function seeSent(memory: LessonMemory, { message, reason, peer }: WireRow): void {
	if (peer === undefined) return
	const client = clientOf(memory, peer)
	if (message.type === 'cancel') note(memory, 'cancel', { client })
	if (message.type !== 'request' || reason?.code.startsWith('picked-') !== true) return
	const copies = 'copies' in reason ? reason.copies : 0
	if (copies > (memory.picks.get(reason.code)?.copies ?? copies)) return
	memory.picks.set(reason.code, { client, piece: message.piece, copies })
}

type Moment = Parameters<LessonMemory['moments']['set']>[0]

/** The last time counts: its facts are the freshest. */
function note({ moments }: LessonMemory, moment: Moment, facts: Facts): void {
	moments.set(moment, facts)
}

/** What it calls itself, or what its peer id says until then. */
export function clientOf({ peers, names }: LessonMemory, peer: number): string {
	return peers.get(peer)?.client ?? names.get(peer) ?? 'a peer'
}
