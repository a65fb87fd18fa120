import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatHost } from '../../source/protocol/address.ts'
import { crc32c } from '../../source/protocol/crc32c.ts'
import { peerPriority } from '../../source/torrent/peer-priority.ts'

const at = (host: string, port = 6881) => ({ host, port })
const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../gu) ?? [], pair => Number.parseInt(pair, 16))

describe('the priority of a pair', () => {
	test.each([
		['123.213.32.10', '98.76.54.32', 0xec2d7224],
		['123.213.32.10', '123.213.32.234', 0x99568189],
	])('of %s and %s is what BEP 40 prints', (ours, theirs, priority) => {
		expect(peerPriority(at(ours), at(theirs))).toBe(priority)
	})

	test.each([
		['123.213.32.10', '123.213.99.234', '7bd520007bd56340'],
		[
			'2001:db8:1:2:3:4:5:6',
			'2001:db9:1:2:3:4:5:6',
			'20010db800010000000100040005000420010db9000100000001000400050004',
		],
		[
			'2001:db8:1:aaff:ffff::',
			'2001:db8:1:bbff:ffff::',
			'20010db80001aa55555500000000000020010db80001bb555555000000000000',
		],
		[
			'2001:db8:1:aaff:ffff::',
			'2001:db8:1:aa00:ffff::',
			'20010db80001aa00555500000000000020010db80001aaff5555000000000000',
		],
		[
			'2001:db8:1:aaff:ffff::',
			'2001:db8:1:aaff:00ff::',
			'20010db80001aaff005500000000000020010db80001aaffff55000000000000',
		],
	])('of %s and %s is over addresses masked as near as they are', (ours, theirs, hex) => {
		expect(peerPriority(at(ours), at(theirs))).toBe(crc32c(bytesOf(hex)))
	})

	test('of one address is over the ports', () => {
		expect(peerPriority(at('1.2.3.4', 6881), at('1.2.3.4', 51413))).toBe(crc32c(bytesOf('1ae1c8d5')))
	})

	test('is the same for both ends', () => {
		const host = fc.oneof(
			...[4, 16].map(length => fc.uint8Array({ minLength: length, maxLength: length }).map(formatHost)),
		)
		const address = fc.record({ host, port: fc.nat(65_535) })
		fc.assert(
			fc.property(address, address, (one, other) => {
				expect(peerPriority(one, other)).toBe(peerPriority(other, one))
			}),
		)
	})

	test('is unknown across families and for names', () => {
		expect(peerPriority(at('1.2.3.4'), at('2001:db8::1'))).toBeUndefined()
		expect(peerPriority(at('example.org'), at('1.2.3.4'))).toBeUndefined()
	})
})

test('CRC-32C of the digits 1 to 9 is the check value of the polynomial', () => {
	expect(crc32c(bytesOf('313233343536373839'))).toBe(0xe3069283)
	expect(crc32c(new Uint8Array())).toBe(0)
})
