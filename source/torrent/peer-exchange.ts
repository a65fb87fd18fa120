// Peer exchange (BEP 11): whom we tell of whom, and what we believe of what peers tell. Only peers that are
// connected and can be dialled are named, one message a minute, fifty of a kind; who is named to us is a candidate
// like any other, judged by where the namer is. Never for a private torrent (BEP 27).
import { type Address, addressKey, classifyHost, isDialable } from '../protocol/address.ts'
import { isSeed } from '../protocol/peer-session.ts'
import { decodePex, encodePex, maxPexPeers, type PexPeer, pexFlags } from '../protocol/ut-pex.ts'
import { hostKey } from './ban-list.ts'
import { addCandidates } from './candidates.ts'
import { type Core, drop, send, touch, type Turn, wakeBy } from './core.ts'
import { dialMore } from './dialling.ts'
import { roomOf } from './namers.ts'
import type { Peer } from './peer.ts'
import { judgePexMessage, pexIntervalMs } from './pex-state.ts'

/** Whether peers are told of peers, and heard about them. While the content is unknown nobody can tell whether it is private. */
export function exchangesPeers({ options, content }: Core): boolean {
	return options.peerExchange && content?.private !== true
}

/** Somebody came, left, or told of itself: others are to hear of it when their time comes. */
export function noteSwarmChange(turn: Turn): void {
	const { core } = turn
	if (!exchangesPeers(core)) return
	core.swarmVersion += 1
	for (const peer of core.peers.values()) if (isListening(peer)) wakeBy(turn, peer.exchange.sendAt)
}

/** Tells whoever is due what changed since it was last told. */
export function exchangeDue(turn: Turn): void {
	const { core, now } = turn
	if (!exchangesPeers(core)) return
	let contacts: ReadonlyMap<string, PexPeer> | undefined
	for (const peer of core.peers.values()) {
		const { exchange } = peer
		if (!isListening(peer) || exchange.toldVersion === core.swarmVersion) continue
		if (now >= exchange.sendAt) {
			contacts ??= contactsOf(core)
			tell(turn, peer, contacts)
		}
		if (exchange.toldVersion !== core.swarmVersion) wakeBy(turn, exchange.sendAt)
	}
}

/** The peer names others. Throws a ProtocolError as decodePex() does. */
export function pexReceived(turn: Turn, peer: Peer, payload: Uint8Array): void {
	const { core, now } = turn
	// What was never offered is passed over.
	if (!exchangesPeers(core)) return
	const judgement = judgePexMessage(peer.exchange, now)
	if (judgement === 'too-often') drop(turn, peer, { code: 'pex-too-often', messages: peer.exchange.early })
	if (judgement !== 'heard') return
	const { added } = decodePex(payload)
	const named = believable(core, peer, added)
	const by = namerOf(peer.address)
	const fresh = named.slice(0, roomOf(core.candidates.namers, by))
	peer.exchange.named += added.length
	peer.exchange.taken += addCandidates(
		core.candidates,
		fresh.map(({ address }) => address),
		{ source: 'pex', now, by, seeds: fresh.map(({ flags }) => (flags & pexFlags.seed) !== 0) },
	)
	touch(turn, 'summary', 'peers')
	dialMore(turn)
}

function isListening(peer: Peer): boolean {
	return !peer.isLeaving && peer.session.peerExtensions.ids.has('ut_pex')
}

function tell(turn: Turn, peer: Peer, contacts: ReadonlyMap<string, PexPeer>): void {
	const { core, now } = turn
	const { exchange } = peer
	const id = peer.session.peerExtensions.ids.get('ut_pex')
	if (id === undefined) return
	const reached = classifyHost(peer.address.host)
	const added: PexPeer[] = []
	let isAll = true
	for (const [key, contact] of contacts) {
		if (exchange.told.has(key) || key === endpointOf(peer)) continue
		// It could not dial that address, or would be a fool to do it on our word.
		if (!isDialable(contact.address, reached)) continue
		if (added.length === maxPexPeers) {
			isAll = false
			break
		}
		added.push(contact)
	}
	const dropped: Address[] = []
	for (const [key, address] of exchange.told) {
		if (contacts.has(key)) continue
		if (dropped.length === maxPexPeers) {
			isAll = false
			break
		}
		dropped.push(address)
	}
	if (isAll) exchange.toldVersion = core.swarmVersion
	if (added.length === 0 && dropped.length === 0) return
	for (const { address } of added) exchange.told.set(addressKey(address), address)
	for (const address of dropped) exchange.told.delete(addressKey(address))
	exchange.sendAt = now + pexIntervalMs
	send(turn, peer, [{ type: 'extended', id, payload: encodePex({ added, dropped }) }], {
		code: 'pex-due',
		added: added.length,
		dropped: dropped.length,
	})
	touch(turn, 'peers')
}

/** Everybody who is connected and where others can reach them, by endpoint. */
function contactsOf(core: Core): Map<string, PexPeer> {
	const contacts = new Map<string, PexPeer>()
	for (const peer of core.peers.values()) {
		const address = listeningAddress(peer)
		if (address === undefined || peer.isLeaving) continue
		const key = addressKey(address)
		if (!contacts.has(key)) contacts.set(key, { address, flags: flagsOf(peer) })
	}
	return contacts
}

/** Where the peer takes connections: where we dialled it, or at the port that it told (BEP 10). */
function listeningAddress({ incoming, address, session }: Peer): Address | undefined {
	if (!incoming) return address
	const port = session.peerExtensions.listeningPort
	return port === undefined ? undefined : { host: address.host, port }
}

function endpointOf(peer: Peer): string | undefined {
	const address = listeningAddress(peer)
	return address === undefined ? undefined : addressKey(address)
}

function flagsOf({ incoming, session, encryption }: Peer): number {
	const { uploadOnly, prefersEncryption } = session.peerExtensions
	return (
		(prefersEncryption || encryption !== undefined ? pexFlags.prefersEncryption : 0) |
		(uploadOnly || isSeed(session) ? pexFlags.seed : 0) |
		(incoming ? 0 : pexFlags.reachable)
	)
}

// One address a host (BEP 11: the same host with other ports is to be ignored), nobody whom this peer must not
// point us at, and not ourselves.
function believable(core: Core, peer: Peer, added: readonly PexPeer[]): PexPeer[] {
	const from = classifyHost(peer.address.host)
	const { ownAddress } = core.candidates
	const hosts = new Set<string>()
	return added.filter(({ address }) => {
		if (!isDialable(address, from)) return false
		if (ownAddress !== undefined && addressKey(ownAddress) === addressKey(address)) return false
		if (classifyHost(address.host) === 'loopback') return true
		const host = hostKey(address.host)
		if (hosts.has(host)) return false
		hosts.add(host)
		return true
	})
}

function namerOf(address: Address): string {
	return classifyHost(address.host) === 'loopback' ? addressKey(address) : hostKey(address.host)
}
