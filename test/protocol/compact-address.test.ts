import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex } from '../../source/protocol/bytes.ts'
import {
	decodeCompactAddresses,
	decodeWholeAddresses,
	encodeCompactAddress,
} from '../../source/protocol/compact-address.ts'

test('one endpoint is its address and its port, big-endian', () => {
	expect(decodeCompactAddresses(fromHex('7f0000011ae1'), 6)).toEqual([{ host: '127.0.0.1', port: 6881 }])
	expect(decodeCompactAddresses(fromHex('20010db80000000000000000000000011ae1'), 18)).toEqual([
		{ host: '2001:db8::1', port: 6881 },
	])
	expect(encodeCompactAddress({ host: '127.0.0.1', port: 6881 })).toEqual(fromHex('7f0000011ae1'))
})

test('an IPv4-mapped IPv6 endpoint comes out as IPv4', () => {
	expect(decodeCompactAddresses(fromHex('00000000000000000000ffff0102030404d2'), 18)).toEqual([
		{ host: '1.2.3.4', port: 1234 },
	])
})

test('endpoints survive the way there and back', () => {
	const address = fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) })
	fc.assert(
		fc.property(address, given => {
			const bytes = encodeCompactAddress(given)
			expect(bytes).toBeDefined()
			if (bytes === undefined) return
			const [decoded] = decodeCompactAddresses(bytes, bytes.length === 6 ? 6 : 18)
			expect(decoded?.port).toBe(given.port)
			expect(decoded && encodeCompactAddress(decoded)).toEqual(bytes)
		}),
	)
})

test('a length that is no multiple of the stride is an error, or gives the whole ones to whoever is lenient', () => {
	const seven = fromHex('01020304050607')
	expect(() => decodeCompactAddresses(seven, 6)).toThrow(expect.objectContaining({ code: 'compact-length' }))
	expect(decodeWholeAddresses(seven, 6)).toEqual([{ host: '1.2.3.4', port: 1286 }])
})

test('no more endpoints come out than asked for', () => {
	expect(decodeCompactAddresses(new Uint8Array(6 * 1000), 6, 200)).toHaveLength(200)
})

test('a name and an impossible port have no compact form', () => {
	expect(encodeCompactAddress({ host: 'example.org', port: 1 })).toBeUndefined()
	for (const port of [-1, 65_536, 1.5, Number.NaN]) {
		expect(encodeCompactAddress({ host: '1.2.3.4', port })).toBeUndefined()
	}
})
