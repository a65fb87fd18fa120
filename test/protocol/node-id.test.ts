import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../source/protocol/bytes.ts'
import {
	commonBits,
	compareDistance,
	distanceOf,
	secureNodeId,
	standingOf,
} from '../../source/protocol/node-id.ts'

const place = fc.uint8Array({ minLength: 20, maxLength: 20 })
const numberOf = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes)}`)

describe('the XOR metric', () => {
	it('orders as the numbers do', () => {
		fc.assert(
			fc.property(place, place, place, (target, one, other) => {
				const difference = numberOf(distanceOf(target, one)) - numberOf(distanceOf(target, other))
				expect(Math.sign(compareDistance(target, one, other))).toBe(
					difference > 0n ? 1 : difference < 0n ? -1 : 0,
				)
			}),
		)
	})

	it('counts the leading bits in common', () => {
		const zero = new Uint8Array(20)
		expect(commonBits(zero, zero)).toBe(160)
		for (const bit of [0, 1, 7, 8, 20, 159]) {
			const other = zero.slice()
			other[bit >> 3] = 0x80 >> (bit & 7)
			expect(commonBits(zero, other)).toBe(bit)
		}
	})
})

describe('ids that follow from addresses (BEP 42)', () => {
	it('are those of the examples in the text', () => {
		const chance = fromHex('0000010c5d6a4ec8a88e4c6ab4c28b95eee40100').fill(1, 19)
		expect(toHex(secureNodeId('124.31.75.21', chance)).slice(0, 5)).toBe('5fbfb')
		expect(standingOf(fromHex('5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'), '124.31.75.21')).toBe('verified')
		expect(standingOf(fromHex('5fbfb7f10c5d6a4ec8a88e4c6ab4c28b95eee401'), '124.31.75.21')).toBe('unverified')
	})

	it.each(['203.0.113.77', '255.1.2.3', '2001:db8::1', '2001:470:1f04:47b::2'])('fit %s', host => {
		fc.assert(
			fc.property(place, chance => {
				expect(standingOf(secureNodeId(host, chance), host)).toBe('verified')
				expect(toHex(secureNodeId(host, chance)).slice(6)).toBe(toHex(chance).slice(6))
			}),
		)
	})

	it.each(['10.1.2.3', '127.0.0.1', '169.254.3.4', '192.168.1.1', 'fe80::1', '::1'])(
		'are of no concern at %s',
		host => {
			expect(standingOf(new Uint8Array(20), host)).toBe('exempt')
		},
	)
})
