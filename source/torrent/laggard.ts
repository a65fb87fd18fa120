// When the end of a download is worth asking for twice: only while somebody will take much longer over what it
// was asked for than another peer would. Peers that finish together need no help, and every double is waste.
import type { PeerNumber } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import type { Core } from './core.ts'
import type { Peer } from './peer.ts'
import type { Help } from './piece-choice.ts'
import { silentMs } from './pipeline.ts'
import { bytesPerSecond } from './rate.ts'

/** Nobody notices a download that ends so much later. */
const patienceMs = 250
/** How long a peer takes over a block that has not sent one yet. */
const unknownMs = 1000
const idleMs = 500
const doublesOnTrial = 2

/** Nothing is to be asked for twice. */
export const noHelp: Help = { peers: new Set(), most: 0, beside: 0 }

/** The peers whose blocks would come much sooner from this one. O(peers). */
export function helpFrom(core: Core, peer: Peer, now: number): Help {
	const { requests, leastRoundTripMs = unknownMs } = peer.pipeline
	// What an idle peer took when it was busy says little of what it takes now.
	const ownMs = requests.size > 0 ? remainingMs(peer, now) : Math.min(leastRoundTripMs, idleMs)
	const slower = new Set<PeerNumber>()
	let longestMs = 0
	let comingBlocks = 0
	for (const other of core.peers.values()) {
		if (silentMs(other.pipeline, now) < unknownMs) comingBlocks += other.pipeline.requests.size
		if (other === peer) continue
		const otherMs = remainingMs(other, now)
		longestMs = Math.max(longestMs, otherMs)
		if (otherMs > 2 * ownMs + patienceMs) slower.add(other.number)
	}
	if (slower.size === 0) return noHelp
	// Somebody who never sent a block must not keep those away that do.
	if (peer.pipeline.lastBlockAt === undefined) return { peers: slower, most: doublesOnTrial, beside: 1 }
	// When all that is coming takes as long together, the line to us may be what is slow: a few doubles tell.
	const rate = bytesPerSecond(core.downMeter, now)
	const comingMs = rate > 0 ? (comingBlocks * blockBytes * 1000) / rate : 0
	const isLineFree = longestMs > 2 * comingMs + patienceMs
	const most = isLineFree ? Number.POSITIVE_INFINITY : doublesOnTrial
	return { peers: slower, most, beside: Number.POSITIVE_INFINITY }
}

/** How long a peer still needs for what is in flight, as far as its rate and its silence tell. */
function remainingMs({ pipeline }: Peer, now: number): number {
	if (pipeline.requests.size === 0) return 0
	if (pipeline.snubbed) return Number.POSITIVE_INFINITY
	const rate = bytesPerSecond(pipeline.rate, now)
	const neededMs = rate > 0 ? (pipeline.requests.size * blockBytes * 1000) / rate : unknownMs
	return Math.max(neededMs, silentMs(pipeline, now))
}
