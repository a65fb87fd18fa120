import { describe, expect, it } from 'vitest'
import { DiskMode } from '../../source/engine/disk-mode.ts'
import { DiskQueue } from '../../source/engine/disk-queue.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

function modeAfter(...durations: readonly number[]): DiskMode {
	const mode = new DiskMode(new ManualClock())
	for (const duration of durations) mode.learn(duration)
	return mode
}
const fast = (count: number): number[] => new Array<number>(count).fill(1)

describe('DiskMode', () => {
	it('begins asynchronous and goes synchronous after 64 fast operations', () => {
		expect(modeAfter(...fast(63)).synchronous).toBe(false)
		expect(modeAfter(...fast(64)).synchronous).toBe(true)
	})

	it('goes back at once after one slow operation', () => {
		expect(modeAfter(...fast(64), 21).synchronous).toBe(false)
		expect(modeAfter(...fast(64), 21, ...fast(63)).synchronous).toBe(false)
		expect(modeAfter(...fast(64), 21, ...fast(64)).synchronous).toBe(true)
	})

	it('starts to count again after one that was not fast, and bears it once synchronous', () => {
		expect(modeAfter(...fast(63), 4, 1).synchronous).toBe(false)
		expect(modeAfter(...fast(64), 4).synchronous).toBe(true)
	})

	it('runs each operation one way and learns from how long it took', async () => {
		const clock = new ManualClock()
		const mode = new DiskMode(clock)
		const ways: string[] = []
		const run = (ms: number): Promise<void> => {
			const work = (way: string) => () => {
				ways.push(way)
				clock.advance(ms)
			}
			return mode.run(work('sync'), () => {
				work('async')()
				return Promise.resolve()
			})
		}
		for (let operation = 0; operation < 64; operation += 1) await run(1)
		await run(30)
		await run(1)
		expect(ways).toEqual([...new Array<string>(64).fill('async'), 'sync', 'async'])
	})

	it('learns from an operation that fails as well', async () => {
		const clock = new ManualClock()
		const mode = new DiskMode(clock)
		for (const duration of fast(64)) mode.learn(duration)
		const slowFailure = (): never => {
			clock.advance(25)
			throw new Error('EIO')
		}
		await expect(mode.run(slowFailure, () => Promise.resolve())).rejects.toThrow('EIO')
		expect(mode.synchronous).toBe(false)
	})
})

describe('DiskQueue', () => {
	it('runs so many jobs at once, the others in their order, a failure among them', async () => {
		const queue = new DiskQueue(2)
		const started: number[] = []
		const ends: (() => void)[] = []
		const jobs = [0, 1, 2, 3].map(job =>
			queue.run(async () => {
				started.push(job)
				await new Promise<void>(resolve => ends.push(resolve))
				if (job === 0) throw new Error('job 0')
				return job
			}),
		)
		const settled = Promise.allSettled(jobs)
		expect(started).toEqual([0, 1])
		for (const expected of [
			[0, 1, 2],
			[0, 1, 2, 3],
		]) {
			ends.shift()?.()
			await Promise.race(jobs).catch(() => undefined)
			await Promise.resolve()
			await Promise.resolve()
			expect(started).toEqual(expected)
		}
		for (const end of ends) end()
		expect((await settled).map(({ status }) => status)).toEqual([
			'rejected',
			'fulfilled',
			'fulfilled',
			'fulfilled',
		])
	})
})
