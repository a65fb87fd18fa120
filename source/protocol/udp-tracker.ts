// The packets of the UDP tracker protocol as a client writes and reads them: BEP 15, and the URL option of
// BEP 41. All numbers are big-endian. A datagram that is too short or of no known action reads as nothing:
// anyone can send us one, so it is no error. Connection ids stay bigint: they use all 64 bits.

import { parseHost } from './address.ts'
import type { AnnounceEvent, AnnounceRequest, AnnounceResponse, ScrapeCounts } from './announce.ts'
import { collectCompactPeers } from './announce-peers.ts'
import { concatBytes, utf8 } from './bytes.ts'
import type { InfoHash } from './ids.ts'
import { type SafeText, safeTextFromBytes } from './safe-text.ts'

/** Numbers of the actions on the wire (BEP 15). */
export const udpActions = { connect: 0, announce: 1, scrape: 2, error: 3 } as const
/** What a connect request opens with in place of a connection id. */
export const udpProtocolId = 0x417_2710_1980n
/** Numbers of the events; they are ordered otherwise than one expects, and `paused` has none. */
export const udpEvents: Record<AnnounceEvent, number> = {
	none: 0,
	completed: 1,
	started: 2,
	stopped: 3,
	paused: 0,
}
/** How many torrents fit one scrape (BEP 15). */
export const maxScrapeHashes = 74
/** Length of an announce request before its options (BEP 41). */
export const announceRequestBytes = 98

const maxMessageChars = 1024

/** Family of the socket that carries an exchange; it decides how long a peer is in the answer. */
export type AddressFamily = 4 | 6

/** What every request behind a connect carries. */
export type UdpRequestHead = { readonly connectionId: bigint; readonly transactionId: number }

export type UdpTrackerPacket =
	| { readonly type: 'connected'; readonly transactionId: number; readonly connectionId: bigint }
	| { readonly type: 'announced'; readonly transactionId: number; readonly response: AnnounceResponse }
	| {
			readonly type: 'scraped'
			readonly transactionId: number
			readonly swarms: readonly ScrapeCounts[]
	  }
	| { readonly type: 'error'; readonly transactionId: number; readonly message: SafeText }

/** 16 bytes that ask for a connection id. */
export function encodeConnectRequest(transactionId: number): Uint8Array<ArrayBuffer> {
	return encodeHead({ connectionId: udpProtocolId, transactionId }, udpActions.connect, 16)
}

/**
 * 98 bytes and the options of BEP 41. `urlData` is path and query of the tracker's URL as they stand in it,
 * empty to send no option.
 */
export function encodeAnnounceRequest(
	head: UdpRequestHead,
	request: AnnounceRequest,
	urlData = '',
): Uint8Array<ArrayBuffer> {
	const bytes = encodeHead(head, udpActions.announce, announceRequestBytes)
	const view = new DataView(bytes.buffer)
	bytes.set(request.infoHash, 16)
	bytes.set(request.peerId, 36)
	view.setBigUint64(56, BigInt(request.downloaded))
	view.setBigUint64(64, BigInt(request.left))
	view.setBigUint64(72, BigInt(request.uploaded))
	view.setUint32(80, udpEvents[request.event])
	const ip = request.ip === undefined ? undefined : parseHost(request.ip)
	if (ip?.length === 4) bytes.set(ip, 84)
	view.setUint32(88, request.key)
	view.setInt32(92, request.numwant)
	view.setUint16(96, request.port)
	return urlData === '' ? bytes : concatBytes([bytes, encodeUrlData(urlData)])
}

/** 16 bytes and 20 a torrent. Throws a RangeError beyond `maxScrapeHashes`. */
export function encodeScrapeRequest(
	head: UdpRequestHead,
	infoHashes: readonly InfoHash[],
): Uint8Array<ArrayBuffer> {
	if (infoHashes.length > maxScrapeHashes) {
		throw new RangeError(`expected at most ${maxScrapeHashes} info hashes, got ${infoHashes.length}`)
	}
	const bytes = encodeHead(head, udpActions.scrape, 16 + 20 * infoHashes.length)
	for (const [index, infoHash] of infoHashes.entries()) bytes.set(infoHash, 16 + 20 * index)
	return bytes
}

/** A tracker's packet, or undefined for anything that is none. Longer packets than known are fine (BEP 15). */
export function decodeUdpTrackerPacket(
	bytes: Uint8Array,
	family: AddressFamily,
): UdpTrackerPacket | undefined {
	if (bytes.length < 8) return undefined
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
	const transactionId = view.getUint32(4)
	switch (view.getUint32(0)) {
		case udpActions.connect:
			if (bytes.length < 16) return undefined
			return { type: 'connected', transactionId, connectionId: view.getBigUint64(8) }
		case udpActions.announce:
			if (bytes.length < 20) return undefined
			return { type: 'announced', transactionId, response: decodeAnnounce(bytes, view, family) }
		case udpActions.scrape:
			return { type: 'scraped', transactionId, swarms: decodeScrape(view) }
		case udpActions.error:
			return {
				type: 'error',
				transactionId,
				message: safeTextFromBytes(bytes.subarray(8), maxMessageChars),
			}
		default:
			return undefined
	}
}

function encodeHead(head: UdpRequestHead, action: number, length: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length)
	const view = new DataView(bytes.buffer)
	view.setBigUint64(0, head.connectionId)
	view.setUint32(8, action)
	view.setUint32(12, head.transactionId)
	return bytes
}

// Option 2, in as many pieces of at most 255 bytes as it takes; their data are joined again (BEP 41).
function encodeUrlData(urlData: string): Uint8Array<ArrayBuffer> {
	const data = utf8(urlData)
	const parts: Uint8Array[] = []
	for (let at = 0; at < data.length; at += 255) {
		const piece = data.subarray(at, at + 255)
		parts.push(Uint8Array.of(2, piece.length), piece)
	}
	return concatBytes(parts)
}

function decodeAnnounce(bytes: Uint8Array, view: DataView, family: AddressFamily): AnnounceResponse {
	const peers: AnnounceResponse['peers'][number][] = []
	collectCompactPeers(peers, bytes.subarray(20), family === 4 ? 6 : 18)
	return {
		type: 'announced',
		intervalS: view.getUint32(8),
		leechers: view.getUint32(12),
		seeders: view.getUint32(16),
		peers,
	}
}

function decodeScrape(view: DataView): ScrapeCounts[] {
	const swarms: ScrapeCounts[] = []
	for (let at = 8; at + 12 <= view.byteLength && swarms.length < maxScrapeHashes; at += 12) {
		swarms.push({
			seeders: view.getUint32(at),
			downloads: view.getUint32(at + 4),
			leechers: view.getUint32(at + 8),
		})
	}
	return swarms
}
