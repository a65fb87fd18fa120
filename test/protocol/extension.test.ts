import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromUtf8, utf8 } from '../../source/protocol/bytes.ts'
import { encodeBencode } from '../../source/protocol/bencode-encode.ts'
import {
	encodeExtensionHandshake,
	maxMetadataBytes,
	noExtensions,
	ourExtensionIds,
	ourExtensionName,
	parseExtensionHandshake,
} from '../../source/protocol/extension.ts'

const parse = (text: string, before = noExtensions) => parseExtensionHandshake(utf8(text), before)

describe('our handshake', () => {
	test('is a sorted dictionary of what we know', () => {
		const payload = encodeExtensionHandshake({
			extensions: ['ut_pex', 'ut_metadata'],
			client: 'swarmscope 0.1.0',
			requestQueue: 500,
			listeningPort: 6881,
			metadataBytes: 31_235,
			uploadOnly: true,
		})
		expect(fromUtf8(payload)).toBe(
			'd1:md11:ut_metadatai1e6:ut_pexi2ee13:metadata_sizei31235e1:pi6881e4:reqqi500e11:upload_onlyi1e' +
				'1:v16:swarmscope 0.1.0e',
		)
	})

	test('is understood by our parser', () => {
		const payload = encodeExtensionHandshake({
			extensions: ['ut_metadata'],
			client: 'a client',
			requestQueue: 1,
			theirHost: '2001:db8::1',
		})
		expect(parseExtensionHandshake(payload)).toEqual({
			...noExtensions,
			ids: new Map([['ut_metadata', ourExtensionIds.ut_metadata]]),
			client: 'a client',
			requestQueue: 1,
			ourHost: '2001:db8::1',
		})
	})
})

describe('their handshake', () => {
	test('may be unsorted, with keys that nobody knows and bytes behind it', () => {
		expect(parse('d1:v4:test1:q3:abc1:md6:ut_pexi7eeexx')).toEqual({
			...noExtensions,
			ids: new Map([['ut_pex', 7]]),
			client: 'test',
		})
	})

	test('must be a bencoded dictionary', () => {
		for (const text of ['', 'garbage', 'd1:md', 'le', 'i1e', '4:spam', 'l'.repeat(1000)]) {
			expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
		}
	})

	test('counts wrong types and numbers out of range as absent', () => {
		for (const text of [
			'd1:mlee',
			'd1:mi1ee',
			'd13:metadata_sizei-5e4:reqqi-1ee',
			'd13:metadata_sizei0e1:pi0e4:reqqi0ee',
			'd13:metadata_sizei1099511627776e1:pi70000ee',
			`d13:metadata_sizei${maxMetadataBytes + 1}ee`,
			'd13:metadata_sizei99999999999999999999e4:reqqi99999999999999999999ee',
			'd1:p4:68814:reqq3:2501:vi1e6:yourip3:abce',
			'd1:md11:ut_metadatai-1e6:ut_pexi256eee',
			'd1:md6:ut_pex1:1ee',
		]) {
			expect(parse(text)).toEqual(noExtensions)
		}
	})

	test('may name a huge queue, which is cut', () => {
		expect(parse('d4:reqqi1099511627776ee').requestQueue).toBe(65_535)
	})

	test('turns an extension off with id 0', () => {
		const first = parse('d1:md11:ut_metadatai3e6:ut_pexi1eee')
		expect([...first.ids]).toEqual([
			['ut_metadata', 3],
			['ut_pex', 1],
		])
		expect([...parse('d1:md6:ut_pexi0eee', first).ids]).toEqual([['ut_metadata', 3]])
		expect(parse('d1:md11:ut_metadatai0eee').ids.size).toBe(0)
	})

	test('adds to the ones before, the last word counts, of the metadata size the first', () => {
		const first = parse('d1:md6:ut_pexi1ee13:metadata_sizei100e1:pi1000e4:reqqi10e1:v1:ae')
		const second = parse('d1:md11:ut_metadatai2ee13:metadata_sizei200e1:pi2000e11:upload_onlyi1ee', first)
		expect(second).toEqual({
			...noExtensions,
			ids: new Map([
				['ut_pex', 1],
				['ut_metadata', 2],
			]),
			client: 'a',
			requestQueue: 10,
			listeningPort: 2000,
			metadataBytes: 100,
			uploadOnly: true,
		})
		expect(parse('d11:upload_onlyi0ee', second).uploadOnly).toBe(false)
	})

	test('cannot give one id to two names', () => {
		expect([...parse('d1:md11:ut_metadatai1e6:ut_pexi1eee').ids]).toEqual([['ut_metadata', 1]])
		const first = parse('d1:md11:ut_metadatai1eee')
		expect([...parse('d1:md6:ut_pexi1eee', first).ids]).toEqual([['ut_pex', 1]])
	})

	test('keeps a few unknown names, short and harmless, `__proto__` too', () => {
		const names = Array.from({ length: 500 }, (_, at) => `x${at}`.padEnd(90, '\u001b'))
		const m = new Map(['__proto__', 'constructor', ...names].map((name, at) => [name, (at % 250) + 1]))
		const { others, ids } = parseExtensionHandshake(encodeBencode(new Map([['m', m]])))
		expect(ids.size).toBe(0)
		expect(others.size).toBe(32)
		expect([...others].find(([name]) => name === '__proto__')?.[1]).toBeGreaterThan(0)
		for (const [name] of others) expect(name).toMatch(/^[ -~]{1,32}$/u)
		expect(Object.hasOwn(Object.prototype, 'x0')).toBe(false)
		expect(Object.getPrototypeOf({})).toBe(Object.prototype)
	})

	test('names its client in text that is safe and short', () => {
		const v = `\u001b]0;owned\u0007evil\u202e${'x'.repeat(2 ** 19)}`
		const { client } = parseExtensionHandshake(encodeBencode({ v }))
		expect(client).toMatch(/^evilx+…$/u)
		expect(client).toHaveLength(64)
	})

	test('of any bytes gives values or a ProtocolError', () => {
		const value = fc.letrec<{ value: unknown }>(tie => ({
			value: fc.oneof(
				fc.integer(),
				fc.uint8Array({ maxLength: 20 }),
				fc.array(tie('value'), { maxLength: 3 }),
				fc.dictionary(fc.constantFrom('m', 'v', 'p', 'reqq', 'ut_pex', 'yourip'), tie('value')),
			),
		})).value
		fc.assert(
			fc.property(fc.dictionary(fc.constantFrom('m', 'v', 'p', 'reqq', 'yourip'), value), dictionary => {
				const payload = encodeBencode(dictionary as Parameters<typeof encodeBencode>[0])
				expect(() => parseExtensionHandshake(payload)).not.toThrow()
			}),
		)
	})
})

test('every name of ours is found by its id, and no other', () => {
	for (const [name, id] of Object.entries(ourExtensionIds)) expect(ourExtensionName(id)).toBe(name)
	expect(ourExtensionName(0)).toBeUndefined()
	expect(ourExtensionName(99)).toBeUndefined()
	expect(new Set(Object.values(ourExtensionIds)).size).toBe(4)
})
