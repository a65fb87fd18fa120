import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addBytes, bytesPerSecond, createRateMeter, resetRate } from '../../source/torrent/rate.ts'

describe('a rate meter', () => {
	test('says 0 before anything came', () => {
		expect(bytesPerSecond(createRateMeter(), 123_456)).toBe(0)
	})

	test('finds a steady rate within half a second and keeps it without steps', () => {
		const meter = createRateMeter()
		for (let now = 10_000; now <= 30_000; now += 10) {
			addBytes(meter, 1000, now)
			if (now >= 10_500) {
				expect(bytesPerSecond(meter, now)).toBeGreaterThan(99_000)
				expect(bytesPerSecond(meter, now)).toBeLessThan(103_000)
			}
		}
	})

	test('falls to exactly 0 four seconds after the last byte, and steadily until then', () => {
		const meter = createRateMeter()
		for (let now = 0; now <= 8000; now += 100) addBytes(meter, 1234, now)
		let before = bytesPerSecond(meter, 8000)
		for (let now = 8000; now < 12_500; now += 50) {
			const rate = bytesPerSecond(meter, now)
			expect(rate).toBeLessThanOrEqual(before)
			before = rate
		}
		expect(before).toBe(0)
		expect(bytesPerSecond(meter, 1e9)).toBe(0)
	})

	test('takes a burst of two blocks for no more than a burst', () => {
		const meter = createRateMeter()
		addBytes(meter, 32_768, 1000)
		expect(bytesPerSecond(meter, 1000)).toBe(65_536)
	})

	test('does not read rare blocks as a fast peer', () => {
		const meter = createRateMeter()
		for (let now = 0; now < 80_000; now += 8000) addBytes(meter, 16_384, now)
		expect(bytesPerSecond(meter, 72_000)).toBe(4096)
	})

	test('starts anew after a suspension, and when it is reset', () => {
		const meter = createRateMeter()
		for (let now = 0; now <= 8000; now += 10) addBytes(meter, 1_000_000, now)
		addBytes(meter, 1000, 3_600_000)
		expect(bytesPerSecond(meter, 3_600_000)).toBe(2000)
		resetRate(meter)
		expect(bytesPerSecond(meter, 3_600_000)).toBe(0)
	})

	test('is plain data', () => {
		const meter = createRateMeter()
		addBytes(meter, 5000, 100)
		const copy = structuredClone(meter)
		addBytes(copy, 5000, 100)
		expect(bytesPerSecond(meter, 100)).toBe(10_000)
		expect(bytesPerSecond(copy, 100)).toBe(20_000)
	})

	test('is finite and not negative whatever the clock does', () => {
		const instants = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { maxLength: 50 })
		fc.assert(
			fc.property(instants, fc.integer({ min: 0, max: 1e9 }), (nows, bytes) => {
				const meter = createRateMeter()
				for (const now of nows) {
					addBytes(meter, bytes, now)
					const rate = bytesPerSecond(meter, now)
					expect(rate).toBeGreaterThanOrEqual(0)
					expect(rate).toBeLessThanOrEqual(bytes * nows.length * 2)
				}
			}),
		)
	})
})
