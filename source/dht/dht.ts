// A node of the DHT (BEP 5, 32, 42, 43): a function of (key, options, inputs, times). This trunk only dispatches;
// every rule lives in a file of its own. Whoever drives it hands in one input, performs the effects in order, and
// comes back at `nextWakeAt`.
import type { Address } from '../protocol/address.ts'
import { bootstrapEnded, nodesNamed, rejoin, routersResolved, startBootstrap } from './bootstrapping.ts'
import type { DhtEffect, DhtInput, Heard } from './boundary.ts'
import type { Sha1 } from './entropy.ts'
import { familyOf } from './host-key.ts'
import { datagramReceived } from './receiving.ts'
import { startLookup } from './searching.ts'
import {
	createDhtState,
	createFamily,
	type DhtOptions,
	type DhtState,
	nothingHeard,
	type Turn,
} from './state.ts'
import { sendQuery } from './transactions.ts'
import { nextWake, startUpkeep, woken } from './upkeep.ts'
import { interestServed, lookForPeers, torrentLeft, torrentWanted } from './wanting.ts'

export class Dht {
	readonly state: DhtState
	readonly #turn: Turn

	/** A new node, or with `state` one that goes on from a copy. */
	constructor(options: DhtOptions, sha1: Sha1, state: DhtState = createDhtState(options, sha1)) {
		this.state = state
		this.#turn = { state, sha1, now: options.startedAt, effects: [], ended: [], heard: nothingHeard }
	}

	/** The instant at which `Woken` is wanted; Infinity when time alone changes nothing. */
	get nextWakeAt(): number {
		return this.state.wakeAt
	}

	/** What the last datagram that was handed in proved to be. */
	get heard(): Heard {
		return this.#turn.heard
	}

	/** Takes what happened and returns what is to be done, in order. Throws nothing that comes from outside. */
	handle(input: DhtInput, now: number): readonly DhtEffect[] {
		const turn = this.#turn
		turn.now = now
		turn.effects = []
		const moved = dispatch(turn, input)
		if (!moved) return turn.effects
		settle(turn)
		this.state.wakeAt = nextWake(turn)
		return turn.effects
	}
}

/** Whether anything came of it: a datagram that is dropped leaves everything as it was. */
function dispatch(turn: Turn, input: DhtInput): boolean {
	switch (input.type) {
		case 'DatagramReceived':
			return datagramReceived(turn, input)
		case 'SocketOpened': {
			const family = createFamily(turn, input.family, input)
			family.bootstrap.saved.push(...input.saved)
			turn.state.families[input.family] = family
			startUpkeep(turn)
			startBootstrap(turn, family)
			break
		}
		case 'RoutersResolved':
			routersResolved(turn, input.addresses)
			break
		case 'NodesNamed':
			nodesNamed(turn, input.addresses)
			break
		case 'TorrentWanted':
			torrentWanted(turn, input.infoHash, input.announcePort)
			break
		case 'TorrentLeft':
			torrentLeft(turn, input.infoHash)
			break
		case 'LookupRequested': {
			const family = turn.state.families[input.family]
			if (family !== undefined) startLookup(turn, { ...input, family })
			break
		}
		case 'PingRequested':
			ping(turn, input.request, input.address)
			break
		case 'NetworkReturned':
			rejoin(turn)
			break
		case 'Woken':
			woken(turn)
	}
	turn.state.version += 1
	return true
}

// Whatever ended is told to whom it was for; that may start and end others.
function settle(turn: Turn): void {
	for (let lookup = turn.ended.shift(); lookup !== undefined; lookup = turn.ended.shift()) {
		interestServed(turn, lookup)
		if (lookup.purpose !== 'bootstrap') continue
		bootstrapEnded(turn, lookup)
		lookForPeers(turn)
	}
}

function ping(turn: Turn, request: number, to: Address): void {
	const kind = familyOf(to)
	const family = kind === undefined ? undefined : turn.state.families[kind]
	const isSent =
		family !== undefined &&
		sendQuery(turn, family, {
			to,
			ask: { method: 'ping' },
			purpose: { type: 'user', request },
			why: { code: 'dht-by-user' },
		})
	if (!isSent) turn.effects.push({ type: 'PingEnded', request, outcome: { type: 'unreachable' } })
}
