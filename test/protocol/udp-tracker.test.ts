import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnnounceRequest } from '../../source/protocol/announce.ts'
import { concatBytes, fromHex, toHex, utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import {
	decodeUdpTrackerPacket,
	encodeAnnounceRequest,
	encodeConnectRequest,
	encodeScrapeRequest,
} from '../../source/protocol/udp-tracker.ts'

const infoHash = toInfoHash(new Uint8Array(20).fill(0xaa))
const request: AnnounceRequest = {
	infoHash,
	peerId: toPeerId(utf8('-SS0100-abcdefghijkl')),
	port: 6881,
	uploaded: 3,
	downloaded: 1,
	left: 2 ** 40 + 5,
	event: 'started',
	numwant: -1,
	key: 0xfedc_ba98,
}
const head = { connectionId: 0xffff_0000_0000_0001n, transactionId: 0x8000_0001 }

describe('requests', () => {
	test('a connect request is the magic number, action 0 and the transaction id', () => {
		expect(toHex(encodeConnectRequest(0xdeadbeef))).toBe('000004172710198000000000deadbeef')
	})

	test('an announce request holds its fields at the offsets of BEP 15', () => {
		const bytes = encodeAnnounceRequest(head, request)
		const view = new DataView(bytes.buffer)
		expect(bytes.length).toBe(98)
		expect(view.getBigUint64(0)).toBe(0xffff_0000_0000_0001n)
		expect([view.getUint32(8), view.getUint32(12)]).toEqual([1, 0x8000_0001])
		expect(bytes.subarray(16, 36)).toEqual(new Uint8Array(infoHash))
		expect(bytes.subarray(36, 56)).toEqual(utf8('-SS0100-abcdefghijkl'))
		expect([56, 64, 72].map(at => view.getBigUint64(at))).toEqual([1n, 2n ** 40n + 5n, 3n])
		expect([80, 84, 88].map(at => view.getUint32(at))).toEqual([2, 0, 0xfedc_ba98])
		expect([view.getInt32(92), view.getUint16(96)]).toEqual([-1, 6881])
	})

	test.each([
		['none', 0],
		['completed', 1],
		['started', 2],
		['stopped', 3],
		['paused', 0],
	] as const)('event %s is written as %i', (event, code) => {
		const bytes = encodeAnnounceRequest(head, { ...request, event })
		expect(new DataView(bytes.buffer).getUint32(80)).toBe(code)
	})

	test('path and query of the URL follow as option 2 (example of BEP 41)', () => {
		const bytes = encodeAnnounceRequest(head, request, '/dir?a=b&c=d')
		expect(bytes.subarray(98)).toEqual(concatBytes([Uint8Array.of(2, 12), utf8('/dir?a=b&c=d')]))
	})

	test('a long URL is cut into options of at most 255 bytes that join to the whole', () => {
		const urlData = `/${'x'.repeat(599)}`
		const options = encodeAnnounceRequest(head, request, urlData).subarray(98)
		const lengths: number[] = []
		let joined = ''
		for (let at = 0; at < options.length; ) {
			expect(options[at]).toBe(2)
			const length = options[at + 1] ?? 0
			lengths.push(length)
			joined += String.fromCharCode(...options.subarray(at + 2, at + 2 + length))
			at += 2 + length
		}
		expect(lengths).toEqual([255, 255, 90])
		expect(joined).toBe(urlData)
	})

	test('a scrape request lists its info hashes and refuses more than 74', () => {
		expect(toHex(encodeScrapeRequest(head, [infoHash]))).toBe(
			`ffff0000000000010000000280000001${'aa'.repeat(20)}`,
		)
		expect(() =>
			encodeScrapeRequest(
				head,
				Array.from({ length: 75 }, () => infoHash),
			),
		).toThrow(RangeError)
	})
})

describe('answers', () => {
	test('a connection id keeps all its 64 bits', () => {
		expect(decodeUdpTrackerPacket(fromHex('00000000deadbeeffedcba9876543210'), 4)).toEqual({
			type: 'connected',
			transactionId: 0xdeadbeef,
			connectionId: 0xfedc_ba98_7654_3210n,
		})
	})

	test('the stride of peers follows the family of the socket', () => {
		const peer = '20010db80000000000000000000000011ae1'
		const bytes = fromHex(`00000001deadbeef000007080000000300000004${peer}`)
		expect(decodeUdpTrackerPacket(bytes, 6)).toMatchObject({
			response: {
				intervalS: 1800,
				leechers: 3,
				seeders: 4,
				peers: [{ host: '2001:db8::1', port: 6881 }],
			},
		})
		expect(decodeUdpTrackerPacket(bytes, 4)).toMatchObject({
			response: { peers: [] },
		})
	})

	test('a scrape row is seeders, completed, leechers', () => {
		const bytes = fromHex('00000002deadbeef000000010000000300000002')
		expect(decodeUdpTrackerPacket(bytes, 4)).toMatchObject({
			swarms: [{ seeders: 1, downloads: 3, leechers: 2 }],
		})
	})

	test('an error is text without control over a terminal, of at most 1024 characters', () => {
		const bytes = concatBytes([
			fromHex('00000003deadbeef'),
			utf8('\u001b]0;owned\u0007no' + '!'.repeat(5000) + '\0'),
		])
		const packet = decodeUdpTrackerPacket(bytes, 4)
		expect(packet?.type === 'error' ? packet.message : '').toMatch(/^no!{1021}…$/u)
	})

	test.each(['', '00000001deadbe', '00000000deadbeef01234567', '00000009deadbeef', '00000001deadbeef000007'])(
		'%j is nothing',
		hex => {
			expect(decodeUdpTrackerPacket(fromHex(hex), 4)).toBeUndefined()
		},
	)

	test('no datagram throws, and none yields more than 200 peers or a peer with port 0', () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ maxLength: 2000 }),
				fc.integer({ min: 0, max: 4 }),
				fc.constantFrom(4 as const, 6 as const),
				(bytes, action, family) => {
					if (bytes.length > 3) bytes.set([0, 0, 0, action])
					const packet = decodeUdpTrackerPacket(bytes, family)
					if (packet?.type !== 'announced') return
					expect(packet.response.peers.length).toBeLessThanOrEqual(200)
					for (const peer of packet.response.peers) expect(peer.port).toBeGreaterThan(0)
				},
			),
		)
	})
})
