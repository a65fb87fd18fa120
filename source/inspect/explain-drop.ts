// Why a connection ended, in words.
import type { DropReason } from '../torrent/reasons.ts'
import { formatCount, formatSpan, formatBytes } from './units.ts'

/** One short clause; what peers and the system say in it is not cleaned yet. */
export function dropWords(reason: DropReason): string {
	switch (reason.code) {
		case 'remote-closed':
			return 'closed by the peer'
		case 'connection-failed':
			return connectionWords(reason.error)
		case 'protocol-error':
			return `broke the protocol: ${reason.detail === '' ? reason.error : reason.detail}`
		case 'handshake-timeout':
			return 'no handshake in time'
		case 'idle-timeout':
			return `silent for ${formatSpan(reason.silentMs)}`
		case 'no-mutual-interest':
			return `neither wants anything for ${formatSpan(reason.forMs)}`
		case 'both-complete':
			return 'both have everything'
		case 'banned':
			return `banned, sent wrong data in piece ${reason.piece}`
		case 'is-ourselves':
			return 'that is us'
		case 'duplicate-connection':
			return 'connected twice'
		case 'too-many-connections':
			return `over the limit of ${formatCount(reason.limit, 'peer')}`
		case 'wrong-metadata':
			return 'banned, sent wrong metadata'
		case 'too-many-rejects':
			return `rejected ${formatCount(reason.rejects, 'request')}`
		case 'too-much-waste':
			return `sent ${formatBytes(reason.wastedBytes)} that nobody asked for`
		case 'slow-reader':
			return `does not read, ${formatBytes(reason.queuedBytes)} queued`
		case 'pex-too-often':
			return `told of peers ${formatCount(reason.messages, 'time')} too often`
		case 'private-torrent':
			return 'not from a tracker, and the torrent is private'
		case 'replaced-by-better':
			return 'made room for a better peer'
		case 'unreadable':
			return `our disk does not give what it asked for (${reason.error})`
		case 'by-user':
			return 'closed by you'
		case 'tracker-switched':
			return 'known by another tracker, as private torrents want'
		case 'paused':
			return 'paused'
		case 'stopped':
			return 'we stopped'
	}
}

function connectionWords(code: string): string {
	const known: Readonly<Record<string, string>> = {
		ECONNREFUSED: 'connection refused',
		ECONNRESET: 'connection reset',
		EHOSTUNREACH: 'no way to that host',
		ENETUNREACH: 'no way to that network',
		ETIMEDOUT: 'no answer in time',
	}
	const words = known[code]
	return words === undefined ? `connection failed: ${code}` : `${words} (${code})`
}
