// The URLs by which an HTTP tracker is asked: BEP 3 (announce), BEP 7 (key), BEP 21, BEP 23 (compact) and
// BEP 48 (scrape). Byte strings go in as they are, escaped byte by byte; a detour over text would break them.

import type { AnnounceRequest } from './announce.ts'
import { utf8 } from './bytes.ts'
import type { InfoHash } from './ids.ts'

/** Names of the query arguments that we set; a tracker's URL must not bring any of them along. */
export const ownQueryArguments: ReadonlySet<string> = new Set([
	'info_hash',
	'peer_id',
	'port',
	'uploaded',
	'downloaded',
	'left',
	'compact',
	'no_peer_id',
	'numwant',
	'key',
	'event',
	'trackerid',
	'ip',
])

/** The tracker's URL with the request behind it; a query that it already has stays, as passkeys live there. */
export function announceRequestUrl(announceUrl: string, request: AnnounceRequest): string {
	const pairs = [
		`info_hash=${percentEncode(request.infoHash)}`,
		`peer_id=${percentEncode(request.peerId)}`,
		`port=${request.port}`,
		`uploaded=${request.uploaded}`,
		`downloaded=${request.downloaded}`,
		`left=${request.left}`,
		'compact=1',
		'no_peer_id=1',
		`numwant=${request.numwant}`,
		`key=${request.key.toString(16).padStart(8, '0')}`,
	]
	if (request.event !== 'none') pairs.push(`event=${request.event}`)
	if (request.trackerId !== undefined) pairs.push(`trackerid=${percentEncode(request.trackerId)}`)
	if (request.ip !== undefined) pairs.push(`ip=${percentEncode(utf8(request.ip))}`)
	return withQuery(announceUrl, pairs)
}

/** The URL that scrapes these torrents, or undefined where the tracker's URL names no scrape (see scrapeUrl). */
export function scrapeRequestUrl(announceUrl: string, infoHashes: readonly InfoHash[]): string | undefined {
	const url = scrapeUrl(announceUrl)
	if (url === undefined) return undefined
	return withQuery(
		url,
		infoHashes.map(infoHash => `info_hash=${percentEncode(infoHash)}`),
	)
}

/**
 * The scrape URL that belongs to an announce URL: `announce` right behind the last slash becomes `scrape`.
 * Undefined where something else stands there; then the tracker cannot be scraped (BEP 48).
 */
export function scrapeUrl(announceUrl: string): string | undefined {
	const at = announceUrl.lastIndexOf('/') + 1
	if (at === 0 || !announceUrl.startsWith('announce', at)) return undefined
	return `${announceUrl.slice(0, at)}scrape${announceUrl.slice(at + 'announce'.length)}`
}

/** Every byte but the unreserved ones of RFC 3986 as `%XX`. */
export function percentEncode(bytes: Uint8Array): string {
	let text = ''
	for (const byte of bytes) {
		const character = String.fromCharCode(byte)
		text += /[\w.~-]/u.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
	}
	return text
}

function withQuery(url: string, pairs: readonly string[]): string {
	const [base = ''] = url.split('#', 1)
	const joint = !base.includes('?') ? '?' : /[?&]$/u.test(base) ? '' : '&'
	return `${base}${joint}${pairs.join('&')}`
}
