import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnnounceRequest } from '../../source/protocol/announce.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { concatBytes, fromHex, utf8 } from '../../source/protocol/bytes.ts'
import { ProtocolError } from '../../source/protocol/errors.ts'
import { decodeAnnounceBody, decodeScrapeBody } from '../../source/protocol/http-tracker.ts'
import { announceRequestUrl, scrapeRequestUrl, scrapeUrl } from '../../source/protocol/http-tracker-url.ts'
import { toInfoHash, toPeerId } from '../../source/protocol/ids.ts'

// The example of BEP 3: every byte that is not unreserved is escaped.
const infoHash = toInfoHash(fromHex('123456789abcdef123456789abcdef123456789a'))
const request: AnnounceRequest = {
	infoHash,
	peerId: toPeerId(utf8('-SS0100- +&%/.~_ABCD')),
	port: 6881,
	uploaded: 1,
	downloaded: 2,
	left: 3,
	event: 'started',
	numwant: 200,
	key: 0xab,
}

describe('URLs', () => {
	test('raw bytes are escaped one by one', () => {
		expect(announceRequestUrl('http://tracker.example/announce', request)).toBe(
			'http://tracker.example/announce' +
				'?info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A' +
				'&peer_id=-SS0100-%20%2B%26%25%2F.~_ABCD' +
				'&port=6881&uploaded=1&downloaded=2&left=3&compact=1&no_peer_id=1&numwant=200&key=000000ab' +
				'&event=started',
		)
	})

	test.each([
		['http://t/announce?passkey=secret', 'http://t/announce?passkey=secret&info_hash='],
		['http://t/announce?', 'http://t/announce?info_hash='],
		['http://t/announce?a=1&', 'http://t/announce?a=1&info_hash='],
		['http://t/announce#fragment', 'http://t/announce?info_hash='],
	])('%s keeps its query', (url, start) => {
		expect(announceRequestUrl(url, request).startsWith(start)).toBe(true)
	})

	test('a tracker id is echoed byte for byte, and no event is sent where there is none', () => {
		const url = announceRequestUrl('http://t/announce', {
			...request,
			event: 'none',
			trackerId: Uint8Array.of(0x61, 0, 0xff, 0x20),
		})
		expect(url).toMatch(/&trackerid=a%00%FF%20$/u)
		expect(url).not.toContain('event=')
	})

	test('scrape stands in for announce behind the last slash only', () => {
		expect(scrapeUrl('http://t/x/announce.php?a=1')).toBe('http://t/x/scrape.php?a=1')
		expect(scrapeUrl('http://t/announce/a')).toBeUndefined()
		expect(scrapeUrl('announce')).toBeUndefined()
		expect(scrapeRequestUrl('http://t/announce?p=1', [infoHash, infoHash])).toBe(
			`http://t/scrape?p=1${'&info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A'.repeat(2)}`,
		)
	})
})

describe('announce bodies', () => {
	test('the example of BEP 7 yields a peer of each family', () => {
		expect(
			decodeAnnounceBody(utf8('d8:intervali1800e5:peers6:iiiipp6:peers618:iiiiiiiiiiiiiiiippe')),
		).toEqual({
			type: 'announced',
			intervalS: 1800,
			peers: [
				{ host: '105.105.105.105', port: 28784 },
				{ host: '6969:6969:6969:6969:6969:6969:6969:6969', port: 28784 },
			],
		})
	})

	test('bad entries between good ones cost nothing but themselves', () => {
		const body = encodeBencode({
			peers: [
				{ ip: '192.0.2.1', port: 1 },
				7,
				{ ip: 'localhost', port: 6881 },
				{ ip: '192.0.2.2', port: 65_536 },
				{ ip: '192.0.2.3', port: 0 },
				{ ip: '127.1', port: 6881 },
				{ ip: '::ffff:192.0.2.4', port: 2 },
			],
		})
		expect(decodeAnnounceBody(body)).toMatchObject({
			peers: [
				{ host: '192.0.2.1', port: 1 },
				{ host: '192.0.2.4', port: 2 },
			],
		})
	})

	test('a hundred thousand peers are two hundred, and both families get room', () => {
		const many = new Uint8Array(600_000).fill(1)
		const body = (fields: Record<string, Uint8Array>) => decodeAnnounceBody(encodeBencode(fields))
		expect(body({ peers: many })).toMatchObject({ peers: { length: 200 } })
		const both = body({ peers: many, peers6: new Uint8Array(18_000).fill(0x20) })
		if (both.type !== 'announced') throw new Error('expected peers')
		expect(both.peers.filter(peer => peer.host.includes(':')).length).toBe(100)
		expect(both.peers.length).toBe(200)
	})

	test.each([
		['negative', -5],
		['text', '1800'],
		['beyond 2⁵³', 'i99999999999999999999e'],
	])('an interval that is %s counts as absent', (_, interval) => {
		const body =
			interval === 'i99999999999999999999e'
				? utf8(`d8:interval${interval}e`)
				: encodeBencode({ interval, peers: '' })
		expect(decodeAnnounceBody(body)).toEqual({ type: 'announced', peers: [] })
	})

	test('a failure reason wins over a whole answer and has no power over the terminal', () => {
		const body = encodeBencode({
			'failure reason': `\u001b[31mno\u001b]52;c;AAAA\u0007 way${'!'.repeat(9000)}`,
			interval: 900,
			peers: new Uint8Array(6).fill(1),
			'retry in': 'never',
		})
		const result = decodeAnnounceBody(body)
		expect(result).toMatchObject({
			type: 'failed',
			code: 'refused',
			retry: { type: 'never' },
			intervalS: 900,
		})
		if (result.type !== 'failed') return
		expect(result.message).toMatch(/^no way!+…$/u)
		expect(result.message.length).toBe(1024)
	})

	test('retry in minutes becomes ms; a negative one is no advice', () => {
		const retry = (minutes: number) =>
			decodeAnnounceBody(encodeBencode({ 'failure reason': 'x', 'retry in': minutes }))
		expect(retry(15)).toMatchObject({ retry: { type: 'later', retryIn: 900_000 } })
		expect(retry(-1)).not.toHaveProperty('retry')
	})

	test('keys such as __proto__ are keys like any other', () => {
		expect(decodeAnnounceBody(utf8('d9:__proto__d5:peers6:iiiippee'))).toEqual({
			type: 'announced',
			peers: [],
		})
	})

	test.each(['', 'le', 'i5e', '<html>', 'd5:peers600000000:xe', 'de junk'])('%j is no answer', text => {
		expect(() => decodeAnnounceBody(utf8(text))).toThrow(ProtocolError)
	})

	test('any body is an answer, a failure or a ProtocolError', () => {
		const fields = fc.constantFrom('peers', 'peers6', 'interval', 'failure reason', 'retry in', 'external ip')
		const value = fc.oneof(
			fc.integer(),
			fc.uint8Array({ maxLength: 40 }),
			fc.constant([{ ip: 1, port: 'x' }]),
		)
		fc.assert(
			fc.property(fc.dictionary(fields, value), fc.nat(60), fc.nat(255), (dictionary, at, byte) => {
				const body = encodeBencode(dictionary)
				body.set([byte], Math.min(at, body.length - 1))
				try {
					decodeAnnounceBody(body)
				} catch (error) {
					expect(error).toBeInstanceOf(ProtocolError)
				}
			}),
		)
	})
})

describe('scrape bodies', () => {
	const swarm = utf8('d8:completei1e10:downloadedi3e10:incompletei2e11:downloadersi6ee')
	const files = (key: Uint8Array) =>
		concatBytes([utf8('d5:filesd'), utf8(`${key.length}:`), key, swarm, utf8('ee')])

	test('counts are found under the raw bytes of the info hash', () => {
		expect(decodeScrapeBody(files(infoHash), [infoHash])).toEqual({
			type: 'scraped',
			swarms: [{ seeders: 1, downloads: 3, leechers: 2, downloaders: 6 }],
		})
	})

	test('a torrent that the tracker left out is unknown, another one is ignored', () => {
		expect(decodeScrapeBody(files(new Uint8Array(20)), [infoHash])).toEqual({
			type: 'scraped',
			swarms: [undefined],
		})
	})

	test('a refusal is a failure, anything else is malformed', () => {
		expect(decodeScrapeBody(utf8('d14:failure reason2:noe'), [infoHash])).toMatchObject({ message: 'no' })
		expect(() => decodeScrapeBody(utf8('de'), [infoHash])).toThrow(ProtocolError)
	})
})
