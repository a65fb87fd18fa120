// A torrent: a function of (seed, options, inputs, times). This trunk only dispatches; every rule lives in a
// file of its own. The driver hands in one input, performs the effects in order, and comes back at `nextWakeAt`.
import { type BlockFields } from '../protocol/message.ts'
import { type Block, isValidBlock } from '../protocol/geometry.ts'
import type { PeerNumber } from '../protocol/ids.ts'
import { announceNow } from './announcer.ts'
import { announceAnswered, announceDue, announceErred, scraped } from './announcing.ts'
import { askAll } from './asking.ts'
import type { Effect, Input } from './boundary.ts'
import { numberOfBlock } from './block-number.ts'
import { addCandidates, isHearsay } from './candidates.ts'
import {
	filesFinished,
	hashed,
	hashFailed,
	lost,
	retryDisk,
	stopForDisk,
	writeFailed,
	written,
} from './completing.ts'
import { blockReceived, blockWasted, messageReceived } from './conversation.ts'
import { contentKnown } from './content-arrival.ts'
import { type Core, type CoreOptions, createCore, type Sha1, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { sayDontHave } from './dont-have.ts'
import { handshakeReceived } from './joining.ts'
import { restoreLost } from './network.ts'
import { closePeer, connectionEnded, dialEnded } from './leaving.ts'
import { metadataRejected } from './metadata-exchange.ts'
import { socketDrained } from './metadata-serving.ts'
import type { Peer } from './peer.ts'
import { wantsBlock } from './piece-picker.ts'
import { blocksSent, burstEnded } from './serving.ts'
import {
	banByUser,
	begin,
	closeByUser,
	dataChecked,
	pause,
	recheckWhenQuiet,
	requestRecheck,
	resume,
	stop,
} from './running.ts'
import { setLimit } from './token-bucket.ts'
import { readFailed } from './unreadable.ts'
import { noticeGap, woken } from './waking.ts'

export class Torrent {
	readonly core: Core
	readonly #turn: Turn

	/** A new torrent, or with `core` one that goes on from a copy. */
	constructor(options: CoreOptions, sha1: Sha1, core: Core = createCore(options)) {
		this.core = core
		this.#turn = { core, sha1, now: options.startedAt, effects: [], drops: [] }
	}

	/** The instant at which `Woken` is wanted; Infinity when time alone changes nothing. */
	get nextWakeAt(): number {
		return this.core.wakeAt
	}

	/** Takes what happened and returns what is to be done, in order. Throws a ProtocolError for a message that breaks a rule. */
	handle(input: Input, now: number): readonly Effect[] {
		const turn = this.#turn
		turn.now = now
		turn.effects = []
		noticeGap(turn)
		dispatch(turn, input)
		if (this.core.recheckIsDue) recheckWhenQuiet(turn)
		for (let leaving = turn.drops.shift(); leaving !== undefined; leaving = turn.drops.shift()) {
			closePeer(turn, leaving.peer, leaving.reason)
		}
		return turn.effects
	}

	/** Whether a block on its way in is to be kept; asked synchronously, before its payload is taken. */
	wantsBlock(peer: PeerNumber, fields: BlockFields): fields is Block {
		const { core } = this
		return (
			core.picker !== undefined &&
			isValidBlock(core.picker.geometry, fields) &&
			wantsBlock(core.picker, peer, fields)
		)
	}

	/** When the block was asked of the peer; undefined when it was not, or not any more. */
	askedAt(peer: PeerNumber, fields: BlockFields): number | undefined {
		if (this.core.content === undefined) return undefined
		return this.core.peers.get(peer)?.pipeline.requests.get(numberOfBlock(this.core, fields))?.sentAt
	}
}

function dispatch(turn: Turn, input: Input): void {
	const { core, now } = turn
	switch (input.type) {
		case 'BlockReceived':
			withPeer(turn, input.peer, peer => blockReceived(turn, peer, input.block))
			return
		case 'BlockWasted':
			withPeer(turn, input.peer, peer => blockWasted(turn, peer, input.fields.length))
			return
		case 'MessageReceived':
			withPeer(turn, input.peer, peer => messageReceived(turn, peer, input.message))
			return
		case 'BurstEnded':
			withPeer(turn, input.peer, peer => burstEnded(turn, peer))
			return
		case 'BlocksSent':
			withPeer(turn, input.peer, peer => blocksSent(turn, peer, input))
			return
		case 'SocketDrained':
			withPeer(turn, input.peer, peer => socketDrained(turn, peer))
			return
		case 'BlockReadFailed':
			withPeer(turn, input.peer, peer => readFailed(turn, peer, input))
			return
		case 'PieceHashed':
			hashed(turn, input.piece, input)
			return
		case 'PieceHashFailed':
			hashFailed(turn, input.piece, input.error)
			return
		case 'PieceWritten':
			written(turn, input.piece)
			return
		case 'PieceWriteFailed':
			writeFailed(turn, input.piece, input.error)
			return
		case 'PieceLost':
			sayDontHave(turn, input.piece)
			lost(turn, input.piece, input.error)
			return
		case 'FilesFinished':
			filesFinished(turn, input.error)
			return
		case 'DiskFailed':
			stopForDisk(turn, input.error)
			return
		case 'DiskRetryRequested':
			retryDisk(turn)
			return
		case 'HandshakeReceived':
			handshakeReceived(turn, input)
			return
		case 'DialFailed':
			dialEnded(turn, input.peer, { code: 'connection-failed', error: input.error })
			return
		case 'PeerClosed':
			connectionEnded(turn, input.peer, input.reason)
			return
		case 'AddressesFound':
			// BEP 27, whoever asked for them.
			if (core.content?.private === true && isHearsay(input.source)) return
			addCandidates(core.candidates, input.addresses, { source: input.source, now })
			touch(turn, 'summary')
			dialMore(turn)
			return
		case 'AnnounceSucceeded':
			announceAnswered(turn, input.tracker, input.response)
			return
		case 'AnnounceFailed':
			announceErred(turn, input.tracker, input.failure)
			return
		case 'ScrapeSucceeded':
			scraped(turn, input.tracker, input.counts)
			return
		case 'AnnounceRequested':
			announceNow(core.announcer, now)
			announceDue(turn)
			return
		case 'NetworkReturned':
			restoreLost(turn)
			announceDue(turn)
			dialMore(turn)
			return
		case 'DhtOpened':
			core.dhtPorts = input.ports
			return
		case 'Woken':
			woken(turn)
			return
		default:
			dispatchCommand(turn, input)
	}
}

type CommandInput = Extract<
	Input,
	{
		type:
			| 'CheckProgressed'
			| 'ContentKnown'
			| 'MetadataRejected'
			| 'DataChecked'
			| 'Started'
			| 'Paused'
			| 'Resumed'
			| 'Stopped'
			| 'RecheckRequested'
			| 'LimitsChanged'
			| 'PeerBanRequested'
			| 'PeerCloseRequested'
			| 'PeerSnubRequested'
	}
>

function dispatchCommand(turn: Turn, input: CommandInput): void {
	const { core } = turn
	switch (input.type) {
		case 'CheckProgressed':
			core.checkedFraction = input.fraction
			touch(turn, 'summary')
			return
		case 'ContentKnown':
			contentKnown(turn, input.content)
			return
		case 'MetadataRejected':
			metadataRejected(turn)
			return
		case 'DataChecked':
			dataChecked(turn, input.have)
			return
		case 'Started':
			begin(turn, input.listeningPort)
			return
		case 'Paused':
			pause(turn)
			return
		case 'Resumed':
			resume(turn)
			return
		case 'Stopped':
			stop(turn)
			return
		case 'RecheckRequested':
			requestRecheck(turn)
			return
		case 'LimitsChanged':
			setLimit(core.downBucket, input.maxDownBytesPerSecond, turn.now)
			setLimit(core.upBucket, input.maxUpBytesPerSecond, turn.now)
			touch(turn, 'summary')
			askAll(turn)
			wakeBy(turn, turn.now)
			return
		case 'PeerBanRequested':
			banByUser(turn, input.peer)
			return
		case 'PeerCloseRequested':
			closeByUser(turn, input.peer)
			return
		case 'PeerSnubRequested':
			withPeer(turn, input.peer, peer => {
				peer.snubbedByUser = input.snubbed
				touch(turn, 'peers')
				askAll(turn)
			})
			return
	}
}

function withPeer(turn: Turn, number: PeerNumber, action: (peer: Peer) => void): void {
	const peer = turn.core.peers.get(number)
	if (peer !== undefined) action(peer)
}
