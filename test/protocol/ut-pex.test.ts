import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import { fromUtf8, utf8 } from '../../source/protocol/bytes.ts'
import { encodeCompactAddress } from '../../source/protocol/compact-address.ts'
import { decodePex, encodePex, maxPexBytes, maxPexPeers, pexFlags } from '../../source/protocol/ut-pex.ts'

const compact = (...addresses: { host: string; port: number }[]) =>
	Uint8Array.from(addresses.flatMap(address => [...(encodeCompactAddress(address) ?? [])]))
const one = { host: '203.0.113.1', port: 6881 }
const two = { host: '203.0.113.2', port: 6882 }
const six = { host: '2001:db8::6', port: 6886 }

describe('a message', () => {
	test('names peers of both families with their flags, and those that left', () => {
		const payload = encodeBencode({
			added: compact(one, two),
			'added.f': Uint8Array.of(pexFlags.seed, pexFlags.reachable),
			added6: compact(six),
			'added6.f': Uint8Array.of(pexFlags.prefersEncryption),
			dropped: compact({ host: '203.0.113.9', port: 1 }),
			dropped6: compact({ host: '2001:db8::9', port: 2 }),
		})
		expect(decodePex(payload)).toEqual({
			added: [
				{ address: one, flags: 2 },
				{ address: two, flags: 16 },
				{ address: six, flags: 1 },
			],
			dropped: [
				{ host: '203.0.113.9', port: 1 },
				{ host: '2001:db8::9', port: 2 },
			],
		})
	})

	test('may say nothing at all', () => {
		expect(decodePex(utf8('de'))).toEqual({ added: [], dropped: [] })
	})

	test('without flags, with too few or too many of them names its peers all the same', () => {
		const added = compact(one, two)
		const flagsOf = (payload: Uint8Array) => decodePex(payload).added.map(({ flags }) => flags)
		expect(flagsOf(encodeBencode({ added }))).toEqual([0, 0])
		expect(flagsOf(encodeBencode({ added, 'added.f': Uint8Array.of(2) }))).toEqual([2, 0])
		expect(flagsOf(encodeBencode({ added, 'added.f': Uint8Array.of(2, 1, 16) }))).toEqual([2, 1])
		expect(flagsOf(encodeBencode({ added, 'added.f': 7 }))).toEqual([0, 0])
	})

	test('cut in the middle of a peer names those before it', () => {
		expect(decodePex(encodeBencode({ added: compact(one, two).subarray(0, 11) })).added).toEqual([
			{ address: one, flags: 0 },
		])
		expect(decodePex(encodeBencode({ dropped6: compact(six).subarray(0, 17) })).dropped).toEqual([])
	})

	test.each([
		['a list', ['x']],
		['a number', 5],
		['a dictionary', { a: 1 }],
	])('whose peers are %s names none', (_, added) => {
		expect(decodePex(encodeBencode({ added, added6: added, dropped: added, dropped6: added }))).toEqual({
			added: [],
			dropped: [],
		})
	})

	test('names nobody twice, nobody as come and gone, and nobody where no peer can be', () => {
		const payload = encodeBencode({
			added: compact(one, one, { host: '203.0.113.3', port: 0 }, { host: '0.0.0.0', port: 5 }, two),
			added6: compact({ host: 'ff02::1', port: 6881 }),
			dropped: compact(one, { host: '203.0.113.4', port: 4 }, { host: '203.0.113.4', port: 4 }),
		})
		const { added, dropped } = decodePex(payload)
		expect(added.map(({ address }) => address)).toEqual([one, two])
		expect(dropped).toEqual([{ host: '203.0.113.4', port: 4 }])
	})

	test('keeps the flags of each peer when another one before it is left out', () => {
		const added = compact({ host: '203.0.113.3', port: 0 }, two)
		expect(decodePex(encodeBencode({ added, 'added.f': Uint8Array.of(1, 2) })).added).toEqual([
			{ address: two, flags: 2 },
		])
	})

	test('with thousands of peers names fifty, of both families together', () => {
		const many = (family: (n: number) => string) =>
			compact(...Array.from({ length: 1500 }, (_, n) => ({ host: family(n), port: 6881 })))
		const payload = encodeBencode({
			added: many(n => `203.0.${n >> 8}.${n & 255}`),
			added6: many(n => `2001:db8::${(n + 1).toString(16)}`),
			dropped: many(n => `198.51.${n >> 8}.${n & 255}`),
		})
		const { added, dropped } = decodePex(payload)
		expect(added).toHaveLength(maxPexPeers)
		expect(dropped).toHaveLength(maxPexPeers)
		expect(decodePex(payload, 2000).added).toHaveLength(2000)
	})
})

describe('what is no message', () => {
	test.each([
		['nothing', ''],
		['no bencode', 'hello'],
		['a number', 'i5e'],
		['a list', 'le'],
		['cut short', 'd5:added12:'],
		['one key twice', 'd5:added0:5:added0:e'],
		['followed by something', 'dexx'],
		['a bomb of lists', 'd5:added' + 'l'.repeat(1000)],
	])('is refused: %s', (_, text) => {
		expect(() => decodePex(utf8(text))).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
	})

	test('is refused when it is longer than 64 KiB, whatever it says', () => {
		const payload = encodeBencode({ added: new Uint8Array(maxPexBytes) })
		expect(() => decodePex(payload)).toThrow(expect.objectContaining({ code: 'pex-length' }))
	})
})

describe('our message', () => {
	test('has every list, keys in order', () => {
		const payload = encodePex({
			added: [
				{ address: { host: '1.2.3.4', port: 0x3132 }, flags: 0x12 },
				{ address: six, flags: 2 },
			],
			dropped: [],
		})
		expect(fromUtf8(payload.slice(0, 36))).toBe(
			'd5:added6:\u0001\u0002\u0003\u0004127:added.f1:\u00126:added6',
		)
		expect(fromUtf8(payload)).toMatch(/8:added6\.f1:\u00027:dropped0:8:dropped60:e$/u)
	})

	test('is read as it was meant', () => {
		const host = fc.oneof(
			fc
				.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255))
				.map(([a, d]) => `${a === 127 ? 1 : a}.1.2.${d}`),
			fc.integer({ min: 1, max: 0xffff }).map(n => `2001:db8::${n.toString(16)}`),
		)
		const address = fc.record({ host, port: fc.integer({ min: 1, max: 0xffff }) })
		const distinct = fc.uniqueArray(address, {
			maxLength: 40,
			selector: ({ host: name, port }) => `${name} ${port}`,
		})
		fc.assert(
			fc.property(distinct, fc.nat(40), fc.nat(255), (all, cut, flags) => {
				const is4 = ({ host: name }: { host: string }) => !name.includes(':')
				const sorted = (list: typeof all) => [...list.filter(is4), ...list.filter(one => !is4(one))]
				const added = sorted(all.slice(0, cut)).map(each => ({ address: each, flags }))
				const dropped = sorted(all.slice(cut))
				expect(decodePex(encodePex({ added, dropped }))).toEqual({ added, dropped })
			}),
		)
	})
})

test('any bytes at all are a message or a ProtocolError', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
			try {
				expect(decodePex(bytes).added.length).toBeLessThanOrEqual(maxPexPeers)
			} catch (error) {
				expect(error).toMatchObject({ name: 'ProtocolError' })
			}
		}),
	)
})
