// What a peer does for us and we for it, in words: short ones that stand in the place of an empty gauge, and whole
// sentences where there is room. The reasons are those recorded when it was decided.
import { explain } from '../inspect/explain.ts'
import { formatSpan } from '../inspect/units.ts'
import type { PeerView } from '../torrent/snapshot.ts'

/** Why nothing is in flight, in at most 14 characters. */
export function idleWords({ phase, connectedAt, download }: PeerView, at: number): string {
	if (phase === 'dialling') return `dialling ${clock(at - connectedAt)}`
	const { reason } = download
	switch (reason.code) {
		case 'not-interested':
			return 'nothing new'
		case 'choked-by-peer':
			return `chokes us ${clock(at - reason.sinceAt)}`
		case 'window-full':
		case 'asking':
			return 'asking'
		case 'snubbed':
			return `snubbed ${clock(reason.silentMs)}`
		case 'nothing-to-ask':
			return 'all is asked'
		case 'memory-full':
			return 'memory full'
		case 'rate-limited':
			return 'limited'
		case 'paused':
			return 'paused'
		case 'disk-stopped':
			return 'disk stopped'
		case 'complete':
			return ''
		case 'on-parole':
			return `parole #${reason.piece}`
		case 'metadata-asked':
			return `metadata ×${reason.inFlight}`
		case 'metadata-not-offered':
			return 'no metadata'
		case 'metadata-all-asked':
			return 'all is asked'
		case 'metadata-refused':
			return `refused ${clock(reason.untilAt - at)}`
		case 'metadata-silent':
			return `silent ${clock(reason.untilAt - at)}`
		case 'metadata-malformed':
		case 'metadata-other-size':
			return 'odd metadata'
	}
}

/** What the peer does for us and why. */
export function downloadWords(peer: PeerView, at: number): string {
	if (peer.phase === 'dialling') return `connecting for ${formatSpan(at - peer.connectedAt)}`
	const { reason } = peer.download
	// How many are in flight stands in the gauge beside; the piece tells more.
	if (reason.code === 'asking' && peer.lastPick !== undefined) return `sends ${pickWords(peer, at)}`
	return explain(reason, at)
}

/** What we do for the peer and why. */
export function uploadWords(peer: PeerView, at: number): string {
	return peer.phase === 'dialling' ? '' : explain(peer.upload.reason, at)
}

/** `#812: rarest, 2 copies`; empty before anything was picked. */
export function pickWords({ lastPick }: PeerView, at: number): string {
	return lastPick === undefined ? '' : `#${lastPick.piece}: ${explain(lastPick.reason, at)}`
}

/** Where the address came from, in at most 8 characters. */
export function sourceWord({ incoming, source }: PeerView): string {
	if (incoming) return 'came in'
	switch (source) {
		case 'tracker':
			return 'tracker'
		case 'user':
			return 'you'
		case 'magnet':
			return 'link'
		case 'incoming':
			return 'came in'
		case 'resume':
			return 'before'
		case 'pex':
		case 'lsd':
		case 'dht':
			return source
	}
}

/** Whole seconds, and never wider than 4 cells. */
function clock(ms: number): string {
	return ms < 99_500
		? `${Math.max(0, Math.round(ms / 1000))}s`
		: ms < 3_600_000
			? `${Math.round(ms / 60_000)}m`
			: `${Math.min(999, Math.round(ms / 3_600_000))}h`
}
