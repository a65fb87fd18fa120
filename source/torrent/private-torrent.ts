// A torrent that proves to be private (BEP 27), as one that came by a magnet link may: whoever we heard of from
// outside its trackers goes, and nobody is told of anybody any more.
import { addressKey } from '../protocol/address.ts'
import { encodeExtensionHandshake, extensionHandshakeId } from '../protocol/extension.ts'
import { forgetHearsay, isHearsay } from './candidates.ts'
import { type Core, drop, isRunning, send, touch, type Turn } from './core.ts'
import { answeredDialRefused } from './leaving.ts'
import type { Peer } from './peer.ts'
import { uploadQueueLimit } from './serving.ts'

/** Where whoever finds us outside the trackers may connect; undefined while nobody must find us so (BEP 27). */
export function portForStrangers(core: Core): number | undefined {
	return isRunning(core) && core.content?.private !== true ? core.listeningPort : undefined
}

/** The content is known, and private: to be called once, before anybody is told anything more. */
export function turnAwayStrangers(turn: Turn): void {
	const { core } = turn
	const reason = { code: 'private-torrent' } as const
	for (const peer of core.peers.values()) {
		if (!peer.incoming && isHearsay(sourceOf(turn, peer))) drop(turn, peer, reason)
		else withdrawExchange(turn, peer)
	}
	for (const [number, { address, source }] of [...core.dialling]) {
		if (!isHearsay(source)) continue
		turn.effects.push({ type: 'ClosePeer', peer: number, reason })
		answeredDialRefused(turn, { peer: number, address }, reason)
	}
	forgetHearsay(core.candidates)
	touch(turn, 'peers', 'summary')
}

// A tracker may have named it since we dialled it.
function sourceOf({ core }: Turn, { address, source }: Peer): Peer['source'] {
	return core.candidates.known.get(addressKey(address))?.source ?? source
}

function withdrawExchange(turn: Turn, peer: Peer): void {
	if (!peer.session.common.extended || !turn.core.options.peerExchange) return
	const payload = encodeExtensionHandshake({
		extensions: [],
		withdrawn: ['ut_pex'],
		client: turn.core.options.client,
		requestQueue: uploadQueueLimit,
	})
	send(turn, peer, [{ type: 'extended', id: extensionHandshakeId, payload }])
}
