// Shows the tap what is said to trackers and what they answer, whatever protocol carries it.
import type { Tap } from '../inspect/tap.ts'
import type { TrackerTraffic } from './tracker-context.ts'

/** Nothing happens while nobody watches. */
export function tapTracker(tap: Tap | undefined, traffic: TrackerTraffic): void {
	if (tap === undefined) return
	const { direction, transport, address, bytes, latencyMs } = traffic
	const exchange = { address, bytes, now: traffic.at, latencyMs }
	if (transport === 'udp') tap.datagram(direction, 'tracker', exchange)
	else tap.http(direction, exchange)
}
