import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasPiece, isFull, setPiece } from '../../source/protocol/bitfield.ts'
import {
	addBitfield,
	addPiece,
	copies,
	createAvailability,
	distributedCopies,
	removeBitfield,
} from '../../source/torrent/availability.ts'
import { bits } from '../helpers/picker.ts'

describe('availability', () => {
	test('counts seeds apart, so a seed leaves the counts alone', () => {
		const availability = createAvailability(3)
		addBitfield(availability, bits(3, 'all'))
		expect([...availability.counts]).toEqual([0, 0, 0])
		expect(copies(availability, 2)).toBe(1)
		removeBitfield(availability, bits(3, 'all'))
		expect(copies(availability, 2)).toBe(0)
	})

	test('takes a peer for a seed as soon as it has its last piece, and loses it as one', () => {
		const availability = createAvailability(3)
		const have = bits(3, [0, 1])
		addBitfield(availability, have)
		setPiece(have, 2)
		addPiece(availability, have, 2)
		expect(availability.seeds).toBe(1)
		expect([...availability.counts]).toEqual([0, 0, 0])
		removeBitfield(availability, have)
		expect([0, 1, 2].map(piece => copies(availability, piece))).toEqual([0, 0, 0])
	})

	test.each([
		{ peers: [], expected: 0 },
		{ peers: [[0, 1]], expected: 0.5 },
		{ peers: [[0, 1], [2]], expected: 0.75 },
		{ peers: ['all' as const, [0]], expected: 1.25 },
		{ peers: ['all' as const, 'all' as const], expected: 2 },
		{ peers: [[0, 1, 2], [3], [0]], expected: 1.25 },
	])('counts $expected copies among $peers', ({ peers, expected }) => {
		const availability = createAvailability(4)
		for (const pieces of peers) addBitfield(availability, bits(4, pieces))
		expect(distributedCopies(availability)).toBe(expected)
	})

	test('has no copies of a torrent without pieces', () => {
		expect(distributedCopies(createAvailability(0))).toBe(0)
	})

	test('equals the sum of the bitfields whatever peers join, tell and leave', () => {
		const size = 12
		const step = fc.oneof(
			fc.record({ type: fc.constant('join' as const), pieces: fc.uniqueArray(fc.nat(size - 1)) }),
			fc.record({ type: fc.constant('have' as const), peer: fc.nat(), piece: fc.nat(size - 1) }),
			fc.record({ type: fc.constant('leave' as const), peer: fc.nat() }),
		)
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
				const availability = createAvailability(size)
				const peers: ReturnType<typeof bits>[] = []
				for (const step of steps) {
					if (step.type === 'join') {
						const have = bits(size, step.pieces)
						addBitfield(availability, have)
						peers.push(have)
						continue
					}
					const have = peers[step.peer % peers.length]
					if (have === undefined) continue
					if (step.type === 'leave') {
						removeBitfield(availability, have)
						peers.splice(peers.indexOf(have), 1)
					} else if (setPiece(have, step.piece)) addPiece(availability, have, step.piece)
				}
				const sums = Array.from(
					{ length: size },
					(_, piece) => peers.filter(have => hasPiece(have, piece)).length,
				)
				expect(sums.map((_, piece) => copies(availability, piece))).toEqual(sums)
				expect(availability.seeds).toBe(peers.filter(isFull).length)
				const rarest = Math.min(...sums)
				const more = sums.filter(sum => sum > rarest).length
				expect(distributedCopies(availability)).toBeCloseTo(rarest + more / size, 9)
			}),
		)
	})
})
