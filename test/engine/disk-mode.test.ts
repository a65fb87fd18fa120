import { describe, expect, it } from 'vitest'
import { DiskMode } from '../../source/engine/disk-mode.ts'
import { DiskQueue } from '../../source/engine/disk-queue.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

/** A disk whose operations take what they are told, and the ways that they were run. */
function createDisk(mostHoldMs?: number) {
	const clock = new ManualClock()
	const mode = new DiskMode(clock, mostHoldMs)
	const ways: string[] = []
	const work = (way: string, ms: number) => () => {
		ways.push(way)
		clock.advance(ms)
	}
	const run = async (...durations: readonly number[]): Promise<void> => {
		for (const ms of durations) {
			await mode.run(work('sync', ms), () => {
				work('async', ms)()
				return Promise.resolve()
			})
		}
	}
	return { clock, mode, ways, run }
}
const fast = (count: number): number[] => new Array<number>(count).fill(1)

describe('DiskMode', () => {
	it('begins asynchronous and goes synchronous after 16 operations that were not slow', async () => {
		const { mode, run, ways } = createDisk()
		await run(...fast(15))
		expect(mode.synchronous).toBe(false)
		await run(20, 1)
		expect(ways).toEqual([...new Array<string>(16).fill('async'), 'sync'])
	})

	it('counts anew after a slow one', async () => {
		const { mode, run } = createDisk()
		await run(...fast(15), 21, ...fast(15))
		expect(mode.synchronous).toBe(false)
		await run(1)
		expect(mode.synchronous).toBe(true)
	})

	it('goes back at once after one slow operation, and asks for twice the proof each time', async () => {
		const { mode, run } = createDisk()
		await run(...fast(16), 21, ...fast(31))
		expect(mode.synchronous).toBe(false)
		await run(1, 21, ...fast(63))
		expect(mode.synchronous).toBe(false)
		await run(1)
		expect(mode.synchronous).toBe(true)
	})

	it('may hold up the loop for less long than a proof may take, where it is told so', async () => {
		const { mode, run } = createDisk(2)
		await run(...fast(15), 20)
		expect(mode.synchronous).toBe(true)
		await run(2)
		expect(mode.synchronous).toBe(true)
		await run(3)
		expect(mode.synchronous).toBe(false)
	})

	it('forgives a slow operation that is rare', async () => {
		const { mode, run } = createDisk()
		await run(...fast(16), 21, ...fast(32), ...fast(64), 21, ...fast(16))
		expect(mode.synchronous).toBe(true)
	})

	it('never asks for more proof than 1024 operations', async () => {
		const { mode, run } = createDisk()
		for (let times = 0; times < 12; times += 1) await run(...fast(1024), 21)
		await run(...fast(1024))
		expect(mode.synchronous).toBe(true)
	})

	it('holds up no loop any more once a write had to wait for a sync, and learns nothing from it', async () => {
		const { mode, run, ways } = createDisk()
		await run(...fast(16))
		await mode.during(() => run(1, 500, 1, 500))
		await run(1)
		expect(ways.slice(16)).toEqual(['sync', 'sync', 'async', 'async', 'sync'])
	})

	it('learns nothing from an operation during which a sync began', async () => {
		const { clock, mode, run } = createDisk()
		await run(...fast(15))
		let end: () => void = () => undefined
		const write = mode.run(
			() => undefined,
			() => new Promise<undefined>(resolve => (end = () => resolve(undefined))),
		)
		await mode.during(async () => {
			clock.advance(500)
			end()
			await write
		})
		await run(1)
		expect(mode.synchronous).toBe(true)
	})

	it('learns from an operation that fails as well', async () => {
		const { clock, mode, run } = createDisk()
		await run(...fast(16))
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
