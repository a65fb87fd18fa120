// When the end of a download is worth asking for twice: only while somebody will take much longer over what it
// was asked for than another peer would. Peers that finish together need no help, and every double is waste.
import type { PeerNumber } from '../protocol/ids.ts'
import { blockBytes } from '../protocol/message.ts'
import type { Core } from './core.ts'
import type { Peer } from './peer.ts'
import { silentMs } from './pipeline.ts'
import { bytesPerSecond } from './rate.ts'

/** Nobody notices a download that ends so much later. */
const patienceMs = 250
/** How long a peer takes over a block that has not sent one yet. */
const unknownMs = 1000

export const nobody: ReadonlySet<PeerNumber> = new Set()

/** The peers whose blocks would come much sooner from this one. O(peers). */
export function slowerPeers(core: Core, peer: Peer, now: number): ReadonlySet<PeerNumber> {
	const { requests, leastRoundTripMs = unknownMs } = peer.pipeline
	const ownMs = requests.size > 0 ? remainingMs(peer, now) : leastRoundTripMs
	let slower: Set<PeerNumber> | undefined
	for (const other of core.peers.values()) {
		if (other === peer || remainingMs(other, now) <= 2 * ownMs + patienceMs) continue
		slower ??= new Set()
		slower.add(other.number)
	}
	return slower ?? nobody
}

/** How long a peer still needs for what is in flight, as far as its rate and its silence tell. */
function remainingMs({ pipeline }: Peer, now: number): number {
	if (pipeline.requests.size === 0) return 0
	if (pipeline.snubbed) return Number.POSITIVE_INFINITY
	const rate = bytesPerSecond(pipeline.rate, now)
	const neededMs = rate > 0 ? (pipeline.requests.size * blockBytes * 1000) / rate : unknownMs
	return Math.max(neededMs, silentMs(pipeline, now))
}
