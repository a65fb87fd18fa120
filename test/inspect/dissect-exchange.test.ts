import { describe, expect, it, test } from 'vitest'
import { dissect } from '../../source/inspect/dissect.ts'
import { dissectRow } from '../../source/inspect/dissect-row.ts'
import type { Specimen } from '../../source/inspect/specimen.ts'
import { concatBytes, fromHex, utf8 } from '../../source/protocol/bytes.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'
import { safe } from '../../source/protocol/safe-text.ts'
import {
	encodeAnnounceRequest,
	encodeConnectRequest,
	encodeScrapeRequest,
} from '../../source/protocol/udp-tracker.ts'
import { outline } from '../helpers/field-outline.ts'
import { wireRow } from '../helpers/wire-rows.ts'

const infoHash = toInfoHash(fromHex('0123456789abcdef0123456789abcdef01234567'))

function fields(type: Specimen['type'], bytes: Uint8Array, facts: Partial<Specimen> = {}): string[] {
	return outline(dissect({ type, direction: 'in', bytes, totalBytes: bytes.length, ...facts }))
}

const latin = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

describe('KRPC', () => {
	// The first of BEP 42's examples: 124.31.75.21 with a last byte of 1.
	const fitting = fromHex('5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401')
	const target = '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee4ff'

	it('names what is asked, and whether the id fits the address it came from', () => {
		const bytes = concatBytes([
			utf8('d1:ad2:id20:'),
			fitting,
			utf8('9:info_hash20:'),
			infoHash,
			utf8('e1:q9:get_peers1:t2:aa1:v4:LT\u0002\u00001:y1:qe'),
		])
		const lines = fields('krpc', bytes, { host: '124.31.75.21' })
		expect(lines[0]).toBe('KRPC message 0-104 5 keys')
		expect(lines.filter(line => /^ {2,4}(?:id|info_hash|q|t|v|y) /u.test(line))).toEqual([
			'    id 5-32 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401  fits the address',
			'    info_hash 32-66 0123456789abcdef0123456789abcdef01234567',
			'  q 67-81 "get_peers"',
			'  t 81-88 6161',
			'  v 88-97 "LT" version 2.0',
			'  y 97-103 q, query',
		])
	})

	it('takes compact nodes apart, and tells how far each is from what was asked about', () => {
		const node = concatBytes([fitting, fromHex('7c1f4b151ae1')])
		const stranger = concatBytes([fromHex('ff'.repeat(20)), fromHex('7c1f4b151ae1')])
		const bytes = concatBytes([
			utf8('d1:rd2:id20:'),
			fitting,
			utf8('5:nodes52:'),
			node,
			stranger,
			utf8('e1:t2:aa1:y1:re'),
		])
		const lines = fields('krpc', bytes, { host: '10.0.0.1', target, answers: safe`find_node` })
		expect(lines[0]).toMatch(/^KRPC answer to find_node /u)
		expect(lines.filter(line => line.includes('alike'))).toEqual([
			'    id 5-32 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401  local address  152 bits alike, xor 00000000...',
			'        1 42-68 124.31.75.21:6881  152 bits alike, xor 00000000...',
			'        2 68-94 124.31.75.21:6881  0 bits alike, xor a040400e...',
		])
		expect(lines).toContain('          id 42-62 5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401  fits the address')
		expect(lines).toContain(
			'          id 68-88 ffffffffffffffffffffffffffffffffffffffff  does not fit the address',
		)
		expect(lines).toContain('          address 62-66 124.31.75.21')
		expect(lines).toContain('          port 66-68 6881')
	})

	it('tells peers, tokens and the address that it is seen under', () => {
		const bytes = concatBytes([
			utf8('d2:ip6:'),
			fromHex('c63364071ae1'),
			utf8('1:rd2:id20:'),
			fitting,
			utf8('5:token4:abcd6:valuesl6:'),
			fromHex('c63364091ae1'),
			utf8('ee1:t2:aa1:y1:re'),
		])
		const lines = fields('krpc', bytes)
		expect(lines.some(line => /^ {2}ip .* 198\.51\.100\.7:6881$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {4}values .* 1 peer$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {6}1 .* 198\.51\.100\.9:6881$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {4}token .* 61626364$/u.test(line))).toBe(true)
	})

	it('tells errors in words, and what is wrong with nodes that are cut off', () => {
		const lines = fields('krpc', latin('d1:eli203e9:bad tokene1:t2:aa1:y1:ee'))
		expect(lines).toContain('    1 5-10 203, protocol')
		expect(lines).toContain('    2 10-21 "bad token"')
		const cut = fields('krpc', latin(`d1:rd5:nodes27:${'n'.repeat(27)}e1:t1:a1:y1:re`))
		expect(cut).toContain('        2 41-42 cut off ! expected 26 bytes, got 1')
		expect(fields('krpc', latin('hello'))[0]).toMatch(/^KRPC message 0-5 no bencode, 5 B ! /u)
	})
})

describe('local discovery', () => {
	it('is told line by line', () => {
		const hash = '0123456789abcdef0123456789abcdef01234567'
		const text = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${hash}\r\ncookie: me\r\n\r\n\r\n`
		expect(fields('lsd', latin(text)).filter(line => /^ {0,2}\S/u.test(line))).toEqual(
			[
				`local announce 0-${text.length} ${text.length} B`,
				'  request line 0-22 "BT-SEARCH * HTTP/1.1"',
				'  Host 22-50 239.192.152.143:6771',
				'  Port 50-62 port 6881',
				`  Infohash 62-114 ${hash}`,
				'  cookie 114-126 me',
				'  empty line 126-128 ends the headers',
				'  empty line 128-130 ends the datagram',
			].map(line => line.replace('0-136 136 B', `0-${text.length} ${text.length} B`)),
		)
	})

	it('says what is no search and no header', () => {
		const lines = fields('lsd', latin('NOTIFY * HTTP/1.1\r\nwhat\r\n\r\nmore'))
		expect(lines).toContain('  request line 0-19 "NOTIFY * HTTP/1.1" ! expected a search of BitTorrent')
		expect(lines).toContain('  line 19-25 "what" ! expected a name and a colon')
		expect(lines.at(-1)).toBe('  surplus 27-31 6d6f7265 ! expected the end')
	})
})

describe('UDP trackers', () => {
	const head = { connectionId: 0x1122334455667788n, transactionId: 0xaabbccdd }

	it('connect', () => {
		expect(fields('udpTracker', encodeConnectRequest(0xaabbccdd), { direction: 'out' })).toEqual([
			'connect request 0-16 16 B',
			'  protocol id 0-8 0000041727101980',
			'  action 8-12 connect',
			'  transaction id 12-16 aabbccdd',
		])
		expect(fields('udpTracker', fromHex('00000000aabbccdd1122334455667788'))).toEqual([
			'connect response 0-16 16 B',
			'  action 0-4 connect',
			'  transaction id 4-8 aabbccdd',
			'  connection id 8-16 1122334455667788',
		])
	})

	it('announces with the path of the URL behind it', () => {
		const bytes = encodeAnnounceRequest(
			head,
			{
				infoHash,
				peerId: toPeerId(utf8('-SS0100-abcdefghijkl')),
				port: 6881,
				uploaded: 0,
				downloaded: 5_000_000_000,
				left: 12,
				event: 'started',
				numwant: 50,
				key: 7,
			},
			'/announce?passkey=secret',
		)
		expect(fields('udpTracker', bytes, { direction: 'out' })).toEqual([
			'announce request 0-124 124 B',
			'  connection id 0-8 1122334455667788',
			'  action 8-12 announce',
			'  transaction id 12-16 aabbccdd',
			'  info hash 16-36 0123456789abcdef0123456789abcdef01234567',
			'  peer id 36-56 "-SS0100-abcdefghijkl"',
			'  downloaded 56-64 5000000000 B, 5.0 GB',
			'  left 64-72 12 B',
			'  uploaded 72-80 0 B',
			'  event 80-84 started',
			"  address 84-88 the sender's",
			'  key 88-92 00000007',
			'  peers wanted 92-96 50',
			'  port 96-98 6881',
			'  options 98-124 26 B',
			'    path of the URL 98-124 "/announce?passkey=secret"',
			'      type 98-99 2',
			'      length 99-100 24 B',
			'      data 100-124 "/announce?passkey=secret"',
		])
	})

	it('brings peers whose length the family decides', () => {
		const answer = '00000001aabbccdd000007080000000300000009'
		expect(fields('udpTracker', fromHex(`${answer}c63364071ae1c63364`), { host: '192.0.2.1' })).toEqual([
			'announce response 0-29 29 B',
			'  action 0-4 announce',
			'  transaction id 4-8 aabbccdd',
			'  interval 8-12 1800 s',
			'  leechers 12-16 3',
			'  seeders 16-20 9',
			'  peers 20-29 1 peer',
			'    1 20-26 198.51.100.7:6881',
			'      address 20-24 198.51.100.7',
			'      port 24-26 6881',
			'    2 26-29 cut off ! expected 6 bytes, got 3',
		])
		const six = fields('udpTracker', fromHex(`${answer}20010db80000000000000000000000011ae1`), {
			host: '2001:db8::9',
		})
		expect(six).toContain('    1 20-38 [2001:db8::1]:6881')
	})

	it('scrapes and errors', () => {
		expect(
			fields('udpTracker', encodeScrapeRequest(head, [infoHash]), { direction: 'out' }).slice(-2),
		).toEqual(['  torrents 16-36 1 torrent', '    1 16-36 0123456789abcdef0123456789abcdef01234567'])
		const counts = fields('udpTracker', fromHex('00000002aabbccdd000000090000000800000007'))
		expect(counts.slice(-4)).toEqual([
			'    1 8-20 seeders 9, downloads 8, leechers 7',
			'      seeders 8-12 9',
			'      downloads 12-16 8',
			'      leechers 16-20 7',
		])
		const error = concatBytes([fromHex('00000003aabbccdd'), utf8('gone')])
		expect(fields('udpTracker', error).at(-1)).toBe('  message 8-12 "gone"')
	})
})

describe('HTTP trackers', () => {
	it('are asked with arguments that are read one by one', () => {
		const request =
			'GET /announce/***?info_hash=%01%23Eg%89%ab%cd%ef%01%23Eg%89%ab%cd%ef%01%23Eg&left=5000000&event=started&key=*** HTTP/1.1\r\nhost: tracker.example\r\n\r\n'
		const lines = fields('http', latin(request), { direction: 'out' })
		expect(lines.filter(line => /^ {0,6}\S/u.test(line) && !/name|as sent|line end/u.test(line))).toEqual([
			expect.stringMatching(/^HTTP request 0-/u),
			expect.stringMatching(/^ {2}request line 0-122 "GET /u),
			'    method 0-3 GET',
			expect.stringMatching(/^ {4}target 3-/u),
			'      path 3-17 /announce/***',
			'      info_hash 17-76 0123456789abcdef0123456789abcdef01234567',
			'      left 76-89 5000000, 5.0 MB',
			'      event 89-103 started',
			'      key 103-111 masked',
			expect.stringMatching(/^ {4}version /u),
			expect.stringMatching(/^ {2}host .* tracker\.example$/u),
			expect.stringMatching(/^ {4}value .* tracker\.example$/u),
			expect.stringMatching(/^ {2}empty line .* ends the headers$/u),
		])
	})

	it('answer with peers, down to each port', () => {
		const answer = concatBytes([
			utf8('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nd8:completei9e8:intervali1800e5:peers6:'),
			fromHex('c63364071ae1'),
			utf8('e'),
		])
		const lines = fields('http', answer)
		expect(lines.some(line => /^ {4}status 8-12 200$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {4}complete .* 9 seeds$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {4}interval .* 1800 s$/u.test(line))).toBe(true)
		expect(lines.some(line => /^ {4}peers .* 1 peer$/u.test(line))).toBe(true)
		expect(lines.some(line => / address .* 198\.51\.100\.7$/u.test(line))).toBe(true)
		expect(lines.some(line => / port .* 6881$/u.test(line))).toBe(true)
	})
})

describe('the encrypted handshake', () => {
	test('a key and its pad', () => {
		const lines = fields('encryption', new Uint8Array(100), { step: 'key' })
		expect(lines[1]).toMatch(/^ {2}public key 0-96 /u)
		expect(lines[2]).toBe('  pad 96-100 4 B')
	})

	test('a request, behind the pad whose length nobody knew', () => {
		const bytes = concatBytes([
			new Uint8Array(7),
			new Uint8Array(20).fill(1),
			new Uint8Array(20).fill(2),
			new Uint8Array(8),
			fromHex('00000003 0002 0000 0004 13426974'.replaceAll(' ', '')),
		])
		const lines = fields('encryption', bytes, { step: 'request', padBytes: 7 })
		expect(lines.filter(line => /^ {2}\S/u.test(line))).toEqual([
			'  pad of the key 0-7 7 B',
			`  hash of the secret 7-27 ${'01'.repeat(20)}`,
			`  hash of the torrent 27-47 ${'02'.repeat(20)}`,
			'  constant 47-55 0000000000000000',
			'  offered 55-59 plain text, RC4',
			'  length of pad 59-61 2 B',
			'  pad 61-63 2 B',
			'  length of first data 63-65 4 B',
			'  first data 65-69 13426974',
		])
		expect(lines).toContain('      RC4 58-59&2 .... ..1.  yes')
	})

	test('an answer that cannot be deciphered shows by its constant', () => {
		const lines = fields('encryption', fromHex('0100000000000000000000020000'), { step: 'answer' })
		expect(lines.slice(1, 3)).toEqual([
			'  constant 0-8 0100000000000000 ! expected eight zeros',
			'  chosen 8-12 RC4',
		])
	})
})

test('a row of the log says how its bytes are to be read', () => {
	const bytes = latin('d1:eli203e3:nope1:t2:aa1:y1:ee')
	const message = {
		type: 'dhtError',
		method: safe`get_peers`,
		errorCode: 203,
		text: safe`no`,
		bytes: bytes.length,
	} as const
	const row = { ...wireRow({ type: 'choke' }), channel: 'dht', peer: undefined, message } as const
	expect(dissectRow(row, bytes, undefined).name).toBe('KRPC answer to get_peers')
	const unreadable = { ...row, channel: 'tracker', message: { type: 'datagram', bytes: 3 } } as const
	expect(dissectRow(unreadable, Uint8Array.of(1, 2, 3), undefined).name).toBe('unknown response')
})
