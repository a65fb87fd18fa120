// Why the metadata of a magnet link is not there yet, in words for explain.ts.
import type { MetadataReason } from '../torrent/reasons.ts'
import { formatAddress, formatBytes, formatClock, formatCount } from './units.ts'

/** A short sentence; `now` is the engine's clock. */
export function metadataWords(reason: MetadataReason, now: number): string {
	switch (reason.code) {
		case 'awaiting-peers':
			return reason.known === 0 ? 'nobody is known yet' : `nobody is connected, ${reason.known} known`
		case 'awaiting-offer':
			return `none of ${formatCount(reason.connected, 'peer')} offers it`
		case 'fetching-metadata':
			return `asked ${formatCount(reason.peers, 'peer')}, ${reason.inFlight} in flight`
		case 'awaiting-metadata-peers':
			return reason.untilAt === undefined
				? `${formatCount(reason.peers, 'peer')} gave what they can`
				: `${formatCount(reason.peers, 'peer')} refused, again ${formatClock(reason.untilAt - now)}`
		case 'metadata-refused-by':
			return `${formatAddress(reason.host, reason.port)} refused`
		case 'checking-metadata':
			return `checking ${formatBytes(reason.totalBytes)} from ${formatCount(reason.sources, 'peer')}`
		case 'metadata-hash-wrong':
			return `wrong hash, from ${formatCount(reason.sources, 'peer')}`
		case 'metadata-verified':
			return `verified, ${formatBytes(reason.totalBytes)} from ${formatCount(reason.sources, 'peer')}`
	}
}
