// What was decided about one peer, in sentences: the page behind its row.
import { explain } from '../inspect/explain.ts'
import { formatAddress, formatBytes, formatClock, formatCount, formatSpan } from '../inspect/units.ts'
import type { PeerView } from '../torrent/snapshot.ts'
import { downloadWords, pickWords } from './peer-words.ts'

/** What it does for us and what we do for it, in one line each, and of its window as much as fits, at least that. */
export function peerOutline(peer: PeerView, at: number, width: number): string[] {
	const does = downloadWords(peer, at)
	const whole = `${formatAddress(peer.host, peer.port)}  ${does}`
	const said = whole.length <= width ? whole : `${peer.host}  ${does}`
	const window = windowWords(peer, at)
	const we = `we: ${explain(peer.upload.reason, at)}`
	if (window === '') return [said, we]
	const together = `${said}; ${window}`
	if (together.length <= width) return [together, we]
	const second = [`${we}; ${window}`, `${we}; window ${peer.window}`].find(line => line.length <= width)
	return [said, second ?? window]
}

/** All that is known of it, most telling first. */
export function peerDetails(peer: PeerView, at: number): string[] {
	const { host, port, client, downloadedBytes, uploadedBytes, wastedBytes, hashFailures } = peer
	const bad = hashFailures > 0 ? `, in ${formatCount(hashFailures, 'piece')} that failed` : ''
	return [
		`${formatAddress(host, port)}  ${client}  ${origin(peer)}, connected ${formatClock(at - peer.connectedAt)}`,
		`it: ${downloadWords(peer, at)}; decided ${formatSpan(at - peer.download.at)} ago`,
		`we: ${explain(peer.upload.reason, at)}; decided ${formatSpan(at - peer.upload.at)} ago`,
		...[windowWords(peer, at), pickedWords(peer, at)].filter(line => line !== ''),
		`got ${formatBytes(downloadedBytes)}, ${formatBytes(wastedBytes)} of it wasted${bad}; gave ${formatBytes(uploadedBytes)}`,
		...exchangeWords(peer),
		`${encryptionWords(peer)}: ${explain(peer.opening, at)}`,
		`${abilities(peer)}; last message ${formatSpan(at - peer.lastMessageAt)} ago`,
	]
}

function exchangeWords({ exchange }: PeerView): string[] {
	if (exchange === undefined) return []
	const { told, named, taken } = exchange
	return [
		`peer exchange: it named ${formatCount(named, 'peer')}, ${taken} of them new; it knows ${told} from us`,
	]
}

function windowWords({ window, windowReason }: PeerView, at: number): string {
	return windowReason === undefined ? '' : `window ${window}: ${explain(windowReason.reason, at)}`
}

function pickedWords(peer: PeerView, at: number): string {
	const words = pickWords(peer, at)
	return words === '' ? '' : `last asked for piece ${words}`
}

function origin({ incoming, source }: PeerView): string {
	if (incoming) return 'came in by itself'
	switch (source) {
		case 'tracker':
			return 'from a tracker'
		case 'user':
			return 'named by you'
		case 'magnet':
			return 'named by the magnet link'
		case 'incoming':
			return 'had come in before'
		case 'resume':
			return 'known from last time'
		case 'pex':
			return 'named by another peer (PEX)'
		case 'lsd':
			return 'found on the local net (LSD)'
		case 'dht':
			return 'found in the DHT'
	}
}

function encryptionWords({ encryption }: PeerView): string {
	switch (encryption) {
		case undefined:
			return 'not encrypted'
		case 'plain':
			return 'handshake encrypted, the rest plain'
		case 'rc4':
			return 'encrypted with RC4'
	}
}

function abilities({ fast, extended }: PeerView): string {
	const names = [fast ? 'fast' : '', extended ? 'extended' : ''].filter(name => name !== '')
	return names.length === 0 ? 'speaks the plain protocol' : `speaks ${names.join(', ')}`
}
