import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
	available,
	createBucket,
	giveBack,
	nextAvailableAt,
	setLimit,
	take,
} from '../../source/torrent/token-bucket.ts'

const block = 16_384

describe('a bucket', () => {
	test('without a limit lets everything pass', () => {
		const bucket = createBucket(undefined)
		expect(take(bucket, 1e12, 0)).toBe(true)
		expect(available(bucket, 0)).toBe(Infinity)
		expect(nextAvailableAt(bucket, 1e12, 5)).toBe(5)
	})

	test('with a limit of 0 lets nothing pass, ever', () => {
		const bucket = createBucket(0)
		expect(take(bucket, 1, 1e9)).toBe(false)
		expect(available(bucket, 1e9)).toBe(0)
		expect(nextAvailableAt(bucket, 1, 0)).toBeUndefined()
	})

	test('lets a quarter of a second’s worth pass at once and then what the rate brings', () => {
		const bucket = createBucket(40 * block)
		for (let at = 0; at < 10; at += 1) expect(take(bucket, block, 0)).toBe(true)
		expect(take(bucket, block, 0)).toBe(false)
		expect(nextAvailableAt(bucket, block, 0)).toBe(25)
		expect(take(bucket, block, 24)).toBe(false)
		expect(take(bucket, block, 25)).toBe(true)
		expect(available(bucket, 150)).toBe(5 * block)
	})

	test('lets a block pass even under a limit of 100 bytes a second', () => {
		const bucket = createBucket(100)
		expect(take(bucket, block, 0)).toBe(true)
		expect(take(bucket, block, 0)).toBe(true)
		const at = nextAvailableAt(bucket, block, 0)
		expect(at).toBe(163_840)
		expect(take(bucket, block, at ?? 0)).toBe(true)
	})

	test('lets what is larger than a burst pass when it is full, and makes up for it', () => {
		const bucket = createBucket(400_000)
		expect(take(bucket, 250_000, 0)).toBe(true)
		expect(available(bucket, 250)).toBe(0)
		expect(nextAvailableAt(bucket, 1000, 250)).toBe(378)
	})

	test('takes back what was not used, but never saves up more than a burst', () => {
		const bucket = createBucket(400_000)
		take(bucket, 60_000, 0)
		giveBack(bucket, 10_000)
		expect(available(bucket, 0)).toBe(50_000)
		giveBack(bucket, 1e9)
		expect(available(bucket, 0)).toBe(100_000)
	})

	test('follows a new limit at once', () => {
		const bucket = createBucket(4_000_000)
		setLimit(bucket, 400_000, 0)
		expect(available(bucket, 0)).toBe(100_000)
		setLimit(bucket, undefined, 0)
		expect(available(bucket, 0)).toBe(Infinity)
		setLimit(bucket, 200_000, 0)
		expect(available(bucket, 0)).toBe(50_000)
		take(bucket, 50_000, 0)
		setLimit(bucket, 1_000_000, 0)
		expect(available(bucket, 0)).toBe(0)
	})

	test('holds its limit over any span, but for one burst, and wakes whoever waits in time', () => {
		const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 40_000 }), waitMs: fc.nat(3000) }))
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 1e6 }), steps, (limit, all) => {
				const bucket = createBucket(limit)
				let now = 0
				let passed = 0
				for (const { bytes, waitMs } of all) {
					now += waitMs
					if (take(bucket, bytes, now)) passed += bytes
					else {
						now = nextAvailableAt(bucket, bytes, now) ?? now
						expect(take(bucket, bytes, now)).toBe(true)
						passed += bytes
					}
					const burst = Math.max(limit / 4, 2 * block)
					expect(passed).toBeLessThanOrEqual(burst + (limit * now) / 1000 + 40_000)
				}
			}),
		)
	})

	test('is not fooled by a clock that jumps', () => {
		const bucket = createBucket(400_000)
		take(bucket, 100_000, 1e9)
		expect(available(bucket, 0)).toBe(0)
		expect(available(bucket, 1e12)).toBe(100_000)
	})
})
