// The tracker's side of HTTP announces and scrapes: BEP 3, 7, 23, 24 and 48.
import { type Address, parseHost } from '../protocol/address.ts'
import type { AnnounceEvent, ScrapeCounts } from '../protocol/announce.ts'
import { type Bencodable, encodeBencode } from '../protocol/bencode-encode.ts'
import { compareBytes, concatBytes, utf8 } from '../protocol/bytes.ts'
import { encodeCompactAddress } from '../protocol/compact-address.ts'
import { type InfoHash, toInfoHash, toPeerId } from '../protocol/ids.ts'
import type { ReceivedAnnounce } from './tracker-swarms.ts'

const events: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused']

/** The answer to an announce, before it is encoded. */
export type AnnounceAnswer = {
	readonly intervalS: number
	readonly minIntervalS: number
	readonly counts: ScrapeCounts
	readonly peers: readonly Address[]
	readonly warning?: string | undefined
	/** Address of the asking peer as the tracker sees it (BEP 24). */
	readonly externalHost?: string
}

/** Reads the query of an announce that came from `host`; undefined where a field is missing or makes no sense. */
export function parseAnnounceQuery(query: string, host: string): ReceivedAnnounce | undefined {
	const fields = parseQuery(query)
	const text = (name: string) => String.fromCharCode(...(fields.get(name)?.[0] ?? []))
	const count = (name: string) => (/^\d{1,15}$/u.test(text(name)) ? Number(text(name)) : undefined)
	const infoHash = fields.get('info_hash')?.[0]
	const peerId = fields.get('peer_id')?.[0]
	const port = count('port')
	if (infoHash?.length !== 20 || peerId?.length !== 20 || port === undefined || port > 0xffff)
		return undefined
	return {
		infoHash: toInfoHash(infoHash),
		peerId: toPeerId(peerId),
		address: { host, port },
		uploaded: count('uploaded') ?? 0,
		downloaded: count('downloaded') ?? 0,
		left: count('left') ?? 0,
		event: events.find(event => event === text('event')) ?? 'none',
		numwant: count('numwant') ?? -1,
	}
}

/** The info hashes of a scrape. */
export function parseScrapeQuery(query: string): InfoHash[] {
	const values = parseQuery(query).get('info_hash') ?? []
	return values.filter(value => value.length === 20).map(toInfoHash)
}

/** A compact answer, with `peers6` where there are peers of that family. */
export function encodeAnnounceBody(answer: AnnounceAnswer): Uint8Array<ArrayBuffer> {
	const compact = answer.peers.map(encodeCompactAddress).filter(bytes => bytes !== undefined)
	const peers6 = compact.filter(bytes => bytes.length === 18)
	const { counts, warning } = answer
	const externalIp = answer.externalHost === undefined ? undefined : parseHost(answer.externalHost)
	const body: Record<string, Bencodable> = {
		interval: answer.intervalS,
		'min interval': answer.minIntervalS,
		complete: counts.seeders ?? 0,
		incomplete: counts.leechers ?? 0,
		downloaded: counts.downloads ?? 0,
		peers: concatBytes(compact.filter(bytes => bytes.length === 6)),
		...(peers6.length === 0 ? {} : { peers6: concatBytes(peers6) }),
		...(warning === undefined ? {} : { 'warning message': warning }),
		...(externalIp === undefined ? {} : { 'external ip': externalIp }),
	}
	return encodeBencode(body)
}

/** A refusal. */
export function encodeFailureBody(reason: string): Uint8Array<ArrayBuffer> {
	return encodeBencode({ 'failure reason': reason })
}

/** Counts under raw info hashes, which text cannot hold: put together by hand, in the order of the bytes. */
export function encodeScrapeBody(
	swarms: readonly (readonly [InfoHash, ScrapeCounts])[],
): Uint8Array<ArrayBuffer> {
	const sorted = swarms.toSorted(([a], [b]) => compareBytes(a, b))
	const parts = sorted.flatMap(([infoHash, counts]) => [
		utf8('20:'),
		infoHash,
		encodeBencode({
			complete: counts.seeders ?? 0,
			downloaded: counts.downloads ?? 0,
			incomplete: counts.leechers ?? 0,
			downloaders: counts.downloaders ?? 0,
		}),
	])
	return concatBytes([utf8('d5:filesd'), ...parts, utf8('ee')])
}

function parseQuery(query: string): Map<string, Uint8Array[]> {
	const fields = new Map<string, Uint8Array[]>()
	for (const pair of query.split('&')) {
		const at = pair.indexOf('=')
		if (at < 0) continue
		const name = pair.slice(0, at)
		fields.set(name, [...(fields.get(name) ?? []), unescapeBytes(pair.slice(at + 1))])
	}
	return fields
}

function unescapeBytes(text: string): Uint8Array {
	const bytes: number[] = []
	for (let at = 0; at < text.length; at += 1) {
		const escaped = /^%([0-9a-f]{2})/iu.exec(text.slice(at, at + 3))?.[1]
		if (escaped === undefined) {
			bytes.push(text.charCodeAt(at) & 0xff)
		} else {
			bytes.push(Number.parseInt(escaped, 16))
			at += 2
		}
	}
	return Uint8Array.from(bytes)
}
