import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	formatAddress,
	formatBytes,
	formatClock,
	formatLength,
	formatPercent,
	formatRate,
	formatShortRate,
	formatSpan,
} from '../../source/inspect/units.ts'

const amount = fc.double({ min: 0, max: 1e17, noNaN: true })

describe('units', () => {
	it('keeps sizes within 7 and rates within 9 characters, short rates within 8', () => {
		fc.assert(
			fc.property(amount, value => {
				expect(formatBytes(value).length).toBeLessThanOrEqual(7)
				expect(formatRate(value).length).toBeLessThanOrEqual(9)
				expect(formatShortRate(value).length).toBeLessThanOrEqual(8)
			}),
			{ numRuns: 2000 },
		)
	})

	it('rounds up into the next unit instead of showing a thousand', () => {
		expect(formatBytes(999)).toBe('999 B')
		expect(formatBytes(999_949)).toBe('1.0 MB')
		expect(formatBytes(11_400_000)).toBe('11.4 MB')
		expect(formatShortRate(99_960)).toBe('100 kB/s')
		expect(formatShortRate(11_400_000)).toBe('11 MB/s')
		expect(formatRate(0)).toBe('0')
	})

	it('shows times as clocks and spans as people say them', () => {
		expect(formatClock(41_000)).toBe('0:41')
		expect(formatClock(27 * 60_000 + 12_000)).toBe('27:12')
		expect(formatClock(3 * 3_600_000 + 5 * 60_000 + 20_000)).toBe('3:05:20')
		expect(formatClock(99 * 3_600_000)).toBe('4 d 3 h')
		expect(formatSpan(0.44)).toBe('0.4 ms')
		expect(formatSpan(412)).toBe('412 ms')
		expect(formatSpan(1240)).toBe('1.2 s')
		expect(formatSpan(48_000)).toBe('48 s')
		expect(formatSpan(185_000)).toBe('3:05')
	})

	it('shows block lengths exactly', () => {
		expect(formatLength(16_384)).toBe('16 KiB')
		expect(formatLength(16_383)).toBe('16383 B')
		expect(formatLength(1 << 20)).toBe('1 MiB')
	})

	it('says 100% only when it is all', () => {
		expect(formatPercent(0.99999)).toBe('99.9%')
		expect(formatPercent(1)).toBe('100%')
	})

	it('puts an IPv6 address in brackets', () => {
		expect(formatAddress('1.2.3.4', 5)).toBe('1.2.3.4:5')
		expect(formatAddress('::1', 5)).toBe('[::1]:5')
	})
})
