// Does what was typed or pressed, and says in one line what was done or why it was not.
import type { Engine } from '../../engine/api.ts'
import { formatAddress, formatRate } from '../../inspect/units.ts'
import type { PeerNumber } from '../../protocol/ids.ts'
import { type SafeText, safe, safeText } from '../../protocol/safe-text.ts'
import type { PeerView } from '../../torrent/snapshot.ts'
import type { EngineStore } from '../store.ts'
import type { Message } from '../view.ts'
import type { Copied, EngineCommand, PeerVerb } from './command.ts'

export type CommandParts = {
	readonly engine: Pick<Engine, 'send'>
	readonly store: Pick<EngineStore, 'get' | 'latest'>
	readonly selected: PeerNumber | undefined
	/** Position of the chosen tracker in the slice. */
	readonly selectedTracker: number
	/** Puts a text on the clipboard of the terminal; whether it was sent. */
	readonly copy: (text: SafeText) => boolean
}

/** Sends what the engine has to do. */
export function runCommand(command: EngineCommand, parts: CommandParts): Message {
	const { engine } = parts
	switch (command.type) {
		case 'announce':
			engine.send({ type: 'announce' })
			return done(safe`asked the trackers, as far as they allow`)
		case 'pause':
			engine.send({ type: 'pause' })
			return done(safe`paused`)
		case 'resume':
			engine.send({ type: 'resume' })
			return done(safe`going on`)
		case 'recheck':
			engine.send({ type: 'recheck' })
			return done(safe`hashing what is on disk`)
		case 'retry':
			engine.send({ type: 'retryDisk' })
			return done(safe`trying the disk again`)
		case 'limit':
			return limit(command, parts)
		case 'addPeer': {
			engine.send({ type: 'addPeer', address: command.address })
			return done(safe`connecting to ${safeText(formatAddress(command.address.host, command.address.port))}`)
		}
		case 'copy':
			return copyOut(command.what, parts)
		case 'ban':
		case 'disconnect':
		case 'snub':
		case 'unsnub':
			return onPeer(command.type, command.peer, parts)
	}
}

/** Does to a peer what a verb says. */
export function treatPeer(verb: PeerVerb, peer: PeerView, engine: Pick<Engine, 'send'>): Message {
	const address = addressOf(peer)
	switch (verb) {
		case 'ban':
			engine.send({ type: 'banPeer', peer: peer.peer })
			return done(safe`banned ${address}`)
		case 'disconnect':
			engine.send({ type: 'closePeer', peer: peer.peer })
			return done(safe`disconnected ${address}`)
		case 'snub':
		case 'unsnub':
			engine.send({ type: 'snubPeer', peer: peer.peer, snubbed: verb === 'snub' })
			return done(verb === 'snub' ? safe`snubbed ${address}` : safe`${address} is asked as before`)
	}
}

/** The selected peer as it was told last. */
export function findPeer(
	parts: Pick<CommandParts, 'store'>,
	peer: PeerNumber | undefined,
): PeerView | undefined {
	return parts.store.latest().slices.peers?.peers.find(candidate => candidate.peer === peer)
}

export function addressOf({ host, port }: Pick<PeerView, 'host' | 'port'>): SafeText {
	return safeText(formatAddress(host, port))
}

function onPeer(verb: PeerVerb, named: string | undefined, parts: CommandParts): Message {
	if (named === undefined) {
		const peer = findPeer(parts, parts.selected)
		return peer === undefined
			? failed(safe`expected a selected peer, got none`)
			: treatPeer(verb, peer, parts.engine)
	}
	const peers = parts.store.latest().slices.peers?.peers ?? []
	const exact = peers.filter(peer => addressOf(peer) === named)
	const found = exact.length > 0 ? exact : peers.filter(({ host }) => host === named)
	const [peer] = found
	if (found.length > 1)
		return failed(safe`expected one peer, got ${found.length} at ${safeText(named)}: name the port`)
	return peer === undefined
		? failed(safe`expected the address of a peer in the list, got ${safeText(named)}`)
		: treatPeer(verb, peer, parts.engine)
}

function limit(
	{ direction, bytesPerSecond }: Extract<EngineCommand, { type: 'limit' }>,
	{ engine, store }: CommandParts,
): Message {
	const { summary } = store.latest().slices
	const down = direction === 'down' ? bytesPerSecond : summary?.maxDownBytesPerSecond
	const up = direction === 'up' ? bytesPerSecond : summary?.maxUpBytesPerSecond
	engine.send({ type: 'setLimits', maxDownBytesPerSecond: down, maxUpBytesPerSecond: up })
	const which = direction === 'down' ? safe`download` : safe`upload`
	return done(
		bytesPerSecond === undefined
			? safe`${which} without a limit`
			: safe`${which} limited to ${safeText(formatRate(bytesPerSecond))}`,
	)
}

function copyOut(what: Copied, parts: CommandParts): Message {
	const text = textOf(what, parts)
	if (text === undefined)
		return failed(safe`expected a ${safeText(what === 'hash' ? 'torrent' : what)} to copy, got none`)
	return parts.copy(text)
		? done(safe`sent to the terminal's clipboard: ${text}`)
		: failed(safe`the terminal does not take anything now; try again`)
}

function textOf(what: Copied, parts: CommandParts): SafeText | undefined {
	const { slices } = parts.store.get()
	switch (what) {
		case 'hash':
			return slices.summary === undefined ? undefined : safeText(slices.summary.infoHash)
		case 'tracker':
			return slices.trackers?.trackers[parts.selectedTracker]?.url
		case 'peer': {
			const peer = findPeer(parts, parts.selected)
			return peer === undefined ? undefined : addressOf(peer)
		}
	}
}

function done(text: SafeText): Message {
	return { tone: 'good', text }
}

function failed(text: SafeText): Message {
	return { tone: 'bad', text }
}
