// The tracker's side of the UDP tracker protocol: requests read, answers written (BEP 15, 41).
import type { Address } from '../protocol/address.ts'
import type { AnnounceEvent, ScrapeCounts } from '../protocol/announce.ts'
import { concatBytes, fromUtf8, utf8 } from '../protocol/bytes.ts'
import { encodeCompactAddress } from '../protocol/compact-address.ts'
import { type InfoHash, toInfoHash, toPeerId } from '../protocol/ids.ts'
import {
	type AddressFamily,
	announceRequestBytes,
	udpActions,
	udpEvents,
	udpProtocolId,
} from '../protocol/udp-tracker.ts'
import type { ReceivedAnnounce } from './tracker-swarms.ts'

export type UdpRequest = { readonly connectionId: bigint; readonly transactionId: number } & (
	| { readonly type: 'connect' }
	| { readonly type: 'announce'; readonly announce: ReceivedAnnounce; readonly urlData: string }
	| { readonly type: 'scrape'; readonly infoHashes: readonly InfoHash[] }
)

/** Reads a datagram that came from `host`; undefined where it is no request. */
export function decodeUdpRequest(bytes: Uint8Array, host: string): UdpRequest | undefined {
	if (bytes.length < 16) return undefined
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
	const head = { connectionId: view.getBigUint64(0), transactionId: view.getUint32(12) }
	switch (view.getUint32(8)) {
		case udpActions.connect:
			return head.connectionId === udpProtocolId ? { ...head, type: 'connect' } : undefined
		case udpActions.announce:
			if (bytes.length < announceRequestBytes) return undefined
			return {
				...head,
				type: 'announce',
				announce: readAnnounce(bytes, view, host),
				urlData: decodeUrlData(bytes.subarray(announceRequestBytes)),
			}
		case udpActions.scrape: {
			const infoHashes: InfoHash[] = []
			for (let at = 16; at + 20 <= bytes.length; at += 20) {
				infoHashes.push(toInfoHash(bytes.slice(at, at + 20)))
			}
			return { ...head, type: 'scrape', infoHashes }
		}
		default:
			return undefined
	}
}

/** 16 bytes with a connection id. */
export function encodeConnected(transactionId: number, connectionId: bigint): Uint8Array<ArrayBuffer> {
	const bytes = answerHead(udpActions.connect, transactionId, 16)
	new DataView(bytes.buffer).setBigUint64(8, connectionId)
	return bytes
}

/** Interval, counts and the peers of one family. */
export function encodeAnnounced(
	transactionId: number,
	answer: { readonly intervalS: number; readonly counts: ScrapeCounts; readonly peers: readonly Address[] },
	family: AddressFamily,
): Uint8Array<ArrayBuffer> {
	const bytes = answerHead(udpActions.announce, transactionId, 20)
	const view = new DataView(bytes.buffer)
	view.setUint32(8, answer.intervalS)
	view.setUint32(12, answer.counts.leechers ?? 0)
	view.setUint32(16, answer.counts.seeders ?? 0)
	const stride = family === 4 ? 6 : 18
	const peers = answer.peers.map(encodeCompactAddress).filter(peer => peer?.length === stride)
	return concatBytes([bytes, ...peers.filter(peer => peer !== undefined)])
}

/** A row of seeders, completed and leechers for each torrent. */
export function encodeScraped(transactionId: number, rows: readonly ScrapeCounts[]): Uint8Array<ArrayBuffer> {
	const bytes = answerHead(udpActions.scrape, transactionId, 8 + 12 * rows.length)
	const view = new DataView(bytes.buffer)
	for (const [index, counts] of rows.entries()) {
		view.setUint32(8 + 12 * index, counts.seeders ?? 0)
		view.setUint32(12 + 12 * index, counts.downloads ?? 0)
		view.setUint32(16 + 12 * index, counts.leechers ?? 0)
	}
	return bytes
}

/** A refusal. */
export function encodeError(transactionId: number, message: string): Uint8Array<ArrayBuffer> {
	return concatBytes([answerHead(udpActions.error, transactionId, 8), utf8(message)])
}

/** Path and query out of the options behind an announce; options 0 and 1 have no length (BEP 41). */
function decodeUrlData(options: Uint8Array): string {
	const parts: Uint8Array[] = []
	for (let at = 0; at < options.length && options[at] !== 0; ) {
		if (options[at] === 1) {
			at += 1
			continue
		}
		const length = options[at + 1] ?? 0
		if (options[at] === 2) parts.push(options.subarray(at + 2, at + 2 + length))
		at += 2 + length
	}
	return fromUtf8(concatBytes(parts))
}

function readAnnounce(bytes: Uint8Array, view: DataView, host: string): ReceivedAnnounce {
	const code = view.getUint32(80)
	const events: readonly AnnounceEvent[] = ['none', 'completed', 'started', 'stopped']
	return {
		infoHash: toInfoHash(bytes.slice(16, 36)),
		peerId: toPeerId(bytes.slice(36, 56)),
		downloaded: Number(view.getBigUint64(56)),
		left: Number(view.getBigUint64(64)),
		uploaded: Number(view.getBigUint64(72)),
		event: events.find(event => udpEvents[event] === code) ?? 'none',
		numwant: view.getInt32(92),
		address: { host, port: view.getUint16(96) },
	}
}

function answerHead(action: number, transactionId: number, length: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length)
	const view = new DataView(bytes.buffer)
	view.setUint32(0, action)
	view.setUint32(4, transactionId)
	return bytes
}
