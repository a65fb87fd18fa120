import { expect, test } from 'vitest'
import { concatBytes } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import {
	decodeUdpTrackerPacket,
	encodeAnnounceRequest,
	encodeConnectRequest,
	encodeScrapeRequest,
} from '../../source/protocol/udp-tracker.ts'
import {
	decodeUdpRequest,
	encodeAnnounced,
	encodeConnected,
	encodeError,
	encodeScraped,
} from '../../source/practice/tracker-udp-codec.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(1))
const head = { connectionId: 0xfedc_ba98_7654_3210n, transactionId: 77 }

test('what a client writes, the tracker reads', () => {
	const request = {
		infoHash,
		peerId: toPeerId(new Uint8Array(20).fill(2)),
		port: 6881,
		uploaded: 1,
		downloaded: 2,
		left: 2 ** 40,
		event: 'completed',
		numwant: -1,
		key: 9,
	} as const
	const urlData = `/announce?${'k'.repeat(300)}`
	const bytes = encodeAnnounceRequest(head, request, urlData)
	expect(decodeUdpRequest(concatBytes([bytes, Uint8Array.of(1, 9, 0, 0, 2, 9)]), '192.0.2.7')).toMatchObject({
		...head,
		type: 'announce',
		urlData,
		announce: {
			infoHash,
			left: 2 ** 40,
			event: 'completed',
			numwant: -1,
			address: { host: '192.0.2.7', port: 6881 },
		},
	})
	expect(decodeUdpRequest(encodeConnectRequest(5), 'x')).toMatchObject({ type: 'connect', transactionId: 5 })
	expect(decodeUdpRequest(encodeScrapeRequest(head, [infoHash]), 'x')).toMatchObject({
		infoHashes: [infoHash],
	})
	expect(decodeUdpRequest(bytes.subarray(0, 97), 'x')).toBeUndefined()
})

test('what the tracker writes, a client reads', () => {
	const counts = { seeders: 1, leechers: 2, downloads: 3 }
	const peers = [
		{ host: '192.0.2.1', port: 1 },
		{ host: '2001:db8::1', port: 2 },
	]
	expect(decodeUdpTrackerPacket(encodeConnected(7, head.connectionId), 4)).toMatchObject({
		connectionId: head.connectionId,
	})
	for (const [family, peer] of [
		[4, peers[0]],
		[6, peers[1]],
	] as const) {
		const answer = encodeAnnounced(7, { intervalS: 60, counts, peers }, family)
		expect(decodeUdpTrackerPacket(answer, family)).toMatchObject({
			response: { intervalS: 60, seeders: 1, leechers: 2, peers: [peer] },
		})
	}
	expect(decodeUdpTrackerPacket(encodeScraped(7, [counts]), 4)).toMatchObject({ swarms: [counts] })
	expect(decodeUdpTrackerPacket(encodeError(7, 'no'), 4)).toMatchObject({ message: 'no', transactionId: 7 })
})
