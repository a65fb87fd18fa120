// Whether the moment of a lesson has come, and the facts for its text. Pure functions over what was seen.
import { type PeerView, pieceStates } from '../torrent/snapshot.ts'
import type { Cue } from './lesson.ts'
import {
	clientOf,
	type Facts,
	type HeardEvent,
	type KnownPeer,
	type LessonMemory,
	type PickSeen,
} from './lesson-memory.ts'
import { dhtFacts } from './lesson-dht-cues.ts'
import { formatBytes, formatClock, formatCount } from './units.ts'

/** The facts of the cue when it has come; undefined before. */
export function factsOf(cue: Cue, memory: LessonMemory): Facts | undefined {
	const { slices, moments } = memory
	switch (cue.code) {
		case 'choked':
		case 'unchoked-again':
		case 'snubbed':
		case 'recovered':
		case 'dead-end':
			return moments.get(cue.code)
		case 'sent':
			return moments.get(cue.message)
		case 'unchoked':
			return clientFacts(memory, peer => !peer.peerChoking && peer.amInterested)
		case 'gave':
			return clientFacts(memory, peer => peer.uploadedBytes > 0)
		case 'picked':
			return pickFacts(cue, memory)
		case 'upload':
			return uploadFacts(cue, memory)
		case 'windows':
			return windowFacts(cue, memory)
		case 'repaid':
			return repaidFacts(cue, memory)
		case 'fed-by-crowd':
			return crowdFacts(memory)
		case 'pieces':
			return pieceFacts(slices.summary?.piecesHave, have => have >= cue.atLeast)
		case 'missing':
			return missingFacts(cue, memory)
		case 'copies':
			return copyFacts(cue, memory)
		case 'rarest-gone':
			return rarestGoneFacts(cue, memory)
		case 'way-out':
			return wayOutFacts(memory)
		case 'wire':
			return wireFacts(cue, memory)
		case 'source':
			return sourceFacts(cue, memory)
		case 'encryption':
			return encryptionFacts(cue, memory)
		case 'awaiting-metadata':
			return memory.moments.get('awaiting-metadata')
		case 'content-known':
			return contentFacts(memory)
		case 'dht-nodes':
		case 'dht-round':
		case 'dht-peers':
		case 'dht-announced':
			return dhtFacts(cue, slices.dht)
		case 'event':
			return eventFacts(cue, memory)
	}
}

type CueOf<Code extends Cue['code']> = Extract<Cue, { code: Code }>

function connected({ slices }: LessonMemory): readonly PeerView[] {
	return (slices.peers?.peers ?? []).filter(({ phase }) => phase === 'connected')
}

function clientFacts(memory: LessonMemory, is: (peer: PeerView) => boolean): Facts | undefined {
	const peer = connected(memory).find(is)
	return peer === undefined
		? undefined
		: { client: peer.client, pieces: formatCount(memory.slices.summary?.piecesHave ?? 0, 'piece') }
}

/** What is asked for now, else what was asked for since. */
function pickFacts({ reason, mostCopies }: CueOf<'picked'>, memory: LessonMemory): Facts | undefined {
	const most = mostCopies ?? Number.POSITIVE_INFINITY
	const seen = memory.picks.get(reason)
	const picks: PickSeen[] = seen === undefined ? [] : [seen]
	for (const { client, lastPick } of connected(memory)) {
		if (lastPick?.reason.code !== reason) continue
		const copies = 'copies' in lastPick.reason ? lastPick.reason.copies : 0
		picks.unshift({ client, piece: lastPick.piece, copies })
	}
	const pick = picks.find(({ copies }) => copies <= most)
	return pick === undefined
		? undefined
		: { ...pick, copies: pick.copies === 1 ? '1 copy' : `${pick.copies} copies` }
}

function uploadFacts({ reason }: CueOf<'upload'>, memory: LessonMemory): Facts | undefined {
	for (const { client, upload } of connected(memory)) {
		if (upload.reason.code !== reason) continue
		return { rank: 0, slots: 0, ...upload.reason, client }
	}
	return undefined
}

/** Slow start says nothing about the link yet. */
function windowFacts({ factor }: CueOf<'windows'>, memory: LessonMemory): Facts | undefined {
	const settled = connected(memory)
		.filter(({ windowReason, inFlight }) => windowReason?.reason.code === 'by-rate' && inFlight > 0)
		.sort((one, other) => one.window - other.window)
	const narrow = settled[0]
	const wide = settled.at(-1)
	if (narrow === undefined || wide === undefined || wide.window < factor * narrow.window) return undefined
	return {
		wide: wide.client,
		narrow: narrow.client,
		wideWindow: wide.window,
		narrowWindow: narrow.window,
	}
}

function repaidFacts({ factor, leastBytes }: CueOf<'repaid'>, { peers }: LessonMemory): Facts | undefined {
	const leechers = [...peers.values()].filter(({ seed }) => !seed)
	const givers = meanGot(leechers.filter(({ gaveBytes }) => gaveBytes > 0))
	const takers = meanGot(leechers.filter(({ gaveBytes }) => gaveBytes === 0))
	if (givers === undefined || takers === undefined) return undefined
	if (givers < leastBytes || givers < factor * takers) return undefined
	return { givers: formatBytes(givers), takers: formatBytes(takers) }
}

function meanGot(peers: readonly KnownPeer[]): number | undefined {
	const sum = peers.reduce((bytes, { gotBytes }) => bytes + gotBytes, 0)
	return peers.length === 0 ? undefined : sum / peers.length
}

function crowdFacts({ peers }: LessonMemory): Facts | undefined {
	let [seeds, leechers] = [0, 0]
	for (const { seed, gaveBytes } of peers.values()) {
		if (seed) seeds += gaveBytes
		else leechers += gaveBytes
	}
	return leechers > seeds && seeds > 0
		? { leechers: formatBytes(leechers), seeds: formatBytes(seeds) }
		: undefined
}

function pieceFacts(count: number | undefined, has: (count: number) => boolean): Facts | undefined {
	return count !== undefined && has(count) ? { pieces: formatCount(count, 'piece') } : undefined
}

function missingFacts({ atMost }: CueOf<'missing'>, { slices }: LessonMemory): Facts | undefined {
	const { summary } = slices
	if (summary === undefined || summary.state !== 'downloading') return undefined
	return pieceFacts(summary.piecesWanted - summary.piecesHave, missing => missing <= atMost)
}

function copyFacts({ atLeast = 0, below }: CueOf<'copies'>, { slices }: LessonMemory): Facts | undefined {
	const { summary } = slices
	// Nobody's copies say nothing yet.
	if (summary === undefined || summary.peersConnected < 3) return undefined
	const { copies } = summary
	return copies >= atLeast && copies < (below ?? Number.POSITIVE_INFINITY)
		? { copies: (Math.floor(copies * 100) / 100).toFixed(2) }
		: undefined
}

function rarestGoneFacts({ leastCopies }: CueOf<'rarest-gone'>, { slices }: LessonMemory): Facts | undefined {
	const { summary, pieces } = slices
	if (summary === undefined || pieces === undefined || summary.piecesHave * 2 < summary.pieceCount)
		return undefined
	let least = Number.POSITIVE_INFINITY
	for (const [piece, state] of pieces.states.entries()) {
		if (state === pieceStates.missing) least = Math.min(least, pieces.availability[piece] ?? 0)
	}
	return least >= leastCopies && Number.isFinite(least) ? { copies: least } : undefined
}

function wayOutFacts(memory: LessonMemory): Facts | undefined {
	const { moments, slices, names, isComplete } = memory
	const piece = moments.get('dead-end')?.['piece']
	const newcomer = [...names.keys()].at(-1)
	if (typeof piece !== 'number' || newcomer === undefined) return undefined
	const isThere = isComplete || (slices.pieces?.availability[piece] ?? 0) > 0
	return isThere ? { piece, client: clientOf(memory, newcomer) } : undefined
}

function wireFacts(
	{ direction, message, times = 1 }: CueOf<'wire'>,
	memory: LessonMemory,
): Facts | undefined {
	const seen = memory.wire.get(`${direction} ${message}`)
	return seen === undefined || seen.times < times ? undefined : { client: seen.client, address: seen.address }
}

function sourceFacts({ source, peers = 1 }: CueOf<'source'>, memory: LessonMemory): Facts | undefined {
	const found = connected(memory).filter(peer => peer.source === source)
	const [first] = found
	return first === undefined || found.length < peers
		? undefined
		: { client: first.client, peers: formatCount(found.length, 'peer') }
}

function encryptionFacts({ payload }: CueOf<'encryption'>, memory: LessonMemory): Facts | undefined {
	return clientFacts(memory, ({ encryption, opening }) =>
		payload === 'refused'
			? encryption === undefined && opening.code === 'plain-after-refusal'
			: encryption === payload,
	)
}

function contentFacts({ slices }: LessonMemory): Facts | undefined {
	const { summary } = slices
	return summary === undefined || summary.pieceCount === 0
		? undefined
		: { pieces: formatCount(summary.pieceCount, 'piece'), bytes: formatBytes(summary.totalBytes) }
}

function eventFacts({ type, tracker, times = 1 }: CueOf<'event'>, memory: LessonMemory): Facts | undefined {
	const found = memory.events.filter(
		({ event }) =>
			event.type === type && (tracker === undefined || !('tracker' in event) || event.tracker === tracker),
	)[times - 1]
	return found === undefined ? undefined : wordsOf(found)
}

function wordsOf({ event, client }: HeardEvent): Facts {
	switch (event.type) {
		case 'pieceFailed':
			return { piece: event.piece, peers: formatCount(event.sources.length, 'peer') }
		case 'peerBanned':
			return { client, piece: event.piece ?? '' }
		case 'trackerFailed':
			return { retry: formatClock(event.retryInMs ?? 0), message: event.message }
		case 'trackerAnswered':
			return { peers: formatCount(event.peers, 'peer') }
		default:
			return { client }
	}
}
