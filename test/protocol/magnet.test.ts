import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey } from '../../source/protocol/address.ts'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import { toInfoHash } from '../../source/protocol/ids.ts'
import { formatMagnet, looksLikeMagnet, type MagnetLink, parseMagnet } from '../../source/protocol/magnet.ts'

const hash = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const parse = (rest: string) => parseMagnet(`magnet:?xt=urn:btih:${hash}&${rest}`)

describe('the info hash', () => {
	test('is hexadecimal or base32, in a link or alone, with blanks around it', () => {
		const base32 = 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK'
		for (const text of [
			`magnet:?xt=urn:btih:${hash}`,
			`magnet:?xt=urn:btih:${hash.toUpperCase()}`,
			`magnet:?xt=urn:btih:${base32}`,
			hash,
			base32.toLowerCase(),
			`  ${hash}\n`,
		]) {
			expect(looksLikeMagnet(text)).toBe(true)
			expect(toHex(parseMagnet(text).infoHash!)).toBe(hash)
		}
	})

	test('is refused where it is none, missing, or where two differ', () => {
		const other = 'f'.repeat(40)
		for (const [text, code] of [
			['', 'magnet-scheme'],
			['http://localhost', 'magnet-scheme'],
			[hash.slice(1), 'magnet-scheme'],
			['magnet:?dn=a', 'magnet-no-info-hash'],
			['magnet:?xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0', 'magnet-no-info-hash'],
			[`magnet:?xt=urn:btih:${hash}0`, 'magnet-info-hash'],
			['magnet:?xt=urn:btih:', 'magnet-info-hash'],
			[`magnet:?xt=urn:btih:${hash}&xt=urn:btih:${other}`, 'magnet-info-hash'],
			[`magnet:?xt=urn:btih:${hash}&xt=urn:btmh:1220${hash}`, 'magnet-info-hash'],
			[`magnet:?xt=urn:btih:${hash}&dn=${'a'.repeat(70_000)}`, 'magnet-size'],
		] as const) {
			expect(() => parseMagnet(text)).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
		}
	})

	test('may be said twice', () => {
		expect(toHex(parse(`xt=urn:btih:${hash}`).infoHash!)).toBe(hash)
	})
})

describe('what else a link says', () => {
	test('is decoded once, so that no value holds a parameter', () => {
		const link = parse('dn=a%2526dn%3Db&tr=http%3A%2F%2Fh%2Fa%3Fb%3D1%26tr%3Dudp%3A%2F%2Fx%3A1')
		expect(link.name).toBe('a%26dn=b')
		expect(link.trackers).toEqual(['http://h/a?b=1&tr=udp://x:1'])
	})

	test('survives broken escapes and bytes that are no text', () => {
		expect(parse('dn=100%&tr=http://h/%zz').name).toBe('100%')
		expect(parse('dn=%ff%E0%A4%A').name).toBe('\ufffd\ufffd%A')
	})

	test('has a plus sign for a blank in names alone', () => {
		const link = parse('dn=a+b&tr=http%3A%2F%2Fh%2Fa%3Fc%2Bd&tr=http://h/e+f')
		expect(link.name).toBe('a b')
		expect(link.trackers).toEqual(['http://h/a?c+d', 'http://h/e+f'])
	})

	test('has no power over a terminal or a request', () => {
		const link = parse(
			'dn=%1b%5D0%3Bx%07a%0d%0ab&tr=http%3A%2F%2Fh%2Fa%0d%0aHost%3A+x&ws=http%3A%2F%2Fh%2F%00',
		)
		expect(link.name).toMatch(/^[ -~]+$/u)
		expect(link.trackers).toEqual([])
		expect(link.webSeeds).toEqual([])
	})

	test('is bounded', () => {
		const many = (make: (index: number) => string) =>
			Array.from({ length: 500 }, (_, at) => make(at)).join('&')
		expect(parse(many(at => `tr=http://t${at}`)).trackers).toHaveLength(100)
		expect(parse(many(at => `ws=http://t${at}`)).webSeeds).toHaveLength(100)
		expect(parse(many(at => `x.pe=h${at}:1`)).peers).toHaveLength(100)
		expect(parse(`tr=http://h/${'a'.repeat(3000)}`).trackers).toEqual([])
		expect(parse('so=0-999999,0-999999,5').selectOnly).toHaveLength(1_000_000)
		expect(parse('so=0-1000000,3').selectOnly).toEqual([3])
	})

	test('knows peers by address and by name, but not by what some resolvers read as an address', () => {
		const peers = (text: string) => parse(text).peers.map(addressKey)
		expect(peers('x.pe=1.2.3.4:5&x.pe=[2001:DB8::1]:6&x.pe=Peer.Example:7')).toEqual([
			'1.2.3.4:5',
			'[2001:db8::1]:6',
			'peer.example:7',
		])
		expect(peers('x.pe=[::ffff:1.2.3.4]:5&x.pe=1.2.3.4:5')).toEqual(['1.2.3.4:5'])
		for (const bad of [
			'127.1:80',
			'2130706433:80',
			'0x7f.1:80',
			'1.2.3.4:0',
			'1.2.3.4:65536',
			'h',
			'h:',
			'a/b:1',
		]) {
			expect(peers(`x.pe=${bad}`)).toEqual([])
		}
	})

	test('takes numbered parameters, and ampersands that were escaped for a page', () => {
		expect(parse('tr.1=udp://a:1&amp;tr.2=udp://b:1&amp;tr.x=udp://c:1').trackers).toEqual([
			'udp://a:1',
			'udp://b:1',
		])
	})

	test('reaches no prototype', () => {
		expect(parse('__proto__=1&constructor=2&toString=3')).toEqual(parse(''))
	})
})

test('a link that we write is the link that we read', () => {
	const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
	const port = fc.integer({ min: 1, max: 65_535 })
	const address = fc.record({ host: fc.constantFrom('1.2.3.4', '2001:db8::1', 'a.example'), port })
	fc.assert(
		fc.property(
			fc.record({
				infoHash: bytes(20).map(toInfoHash),
				infoHashV2: fc.option(bytes(32), { nil: undefined }),
				name: fc.option(fc.constantFrom('a b', 'ä&b=c%20', '100%', '+'), { nil: undefined }),
				trackers: fc.uniqueArray(fc.constantFrom('udp://a:1/x?y=1&z', 'http://[::1]/announce?k=%20+#f')),
				webSeeds: fc.uniqueArray(fc.constantFrom('http://a/b c'.replace(' ', '%20'))),
				peers: fc.uniqueArray(address, { selector: addressKey }),
				nodes: fc.uniqueArray(address, { selector: addressKey }),
				selectOnly: fc.uniqueArray(fc.nat({ max: 40 })).map(list => list.sort((a, b) => a - b)),
			}),
			link => {
				expect(parseMagnet(formatMagnet(link))).toEqual(link satisfies Omit<MagnetLink, 'name'>)
			},
		),
	)
})

test('a version 2 hash comes as a multihash', () => {
	const sha256 = 'ab'.repeat(32)
	const link = parseMagnet(`magnet:?xt=urn:btmh:1220${sha256}`)
	expect(link.infoHash).toBeUndefined()
	expect(toHex(link.infoHashV2!)).toBe(sha256)
	expect(formatMagnet({ infoHashV2: fromHex(sha256) })).toBe(`magnet:?xt=urn:btmh:1220${sha256}`)
})
