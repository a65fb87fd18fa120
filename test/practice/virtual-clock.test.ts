import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../source/practice/virtual-clock.ts'

test('timers are called in the order of their times, and of their start where these are equal', () => {
	fc.assert(
		fc.property(fc.array(fc.nat(20)), delays => {
			const clock = new VirtualClock()
			const called: number[] = []
			for (const [index, delay] of delays.entries()) clock.after(delay, () => called.push(index))
			while (clock.step());
			const expected = [...delays.entries()].sort((one, other) => one[1] - other[1]).map(([index]) => index)
			expect(called).toEqual(expected)
		}),
	)
})

test('a timer that was cancelled is never called', () => {
	const clock = new VirtualClock()
	let called = false
	const cancel = clock.after(5, () => (called = true))
	cancel()
	expect(clock.step()).toBe(false)
	expect(called).toBe(false)
})

test('time stands still for promises and goes on for timers', async () => {
	const clock = new VirtualClock()
	const seen: number[] = []
	const sleep = (ms: number) => new Promise<void>(resolve => void clock.after(ms, resolve))
	void (async () => {
		for (let step = 0; step < 3; step += 1) {
			await sleep(1000)
			await Promise.resolve()
			seen.push(clock.now())
		}
	})()
	expect(await clock.runUntil(() => seen.length === 3, 10_000)).toBe(true)
	expect(seen).toEqual([1000, 2000, 3000])
})

test('what does not happen in time is given up', async () => {
	const clock = new VirtualClock()
	const tick = () => void clock.after(10, tick)
	tick()
	expect(await clock.runUntil(() => false, 1000)).toBe(false)
	expect(clock.now()).toBe(1000)
})
