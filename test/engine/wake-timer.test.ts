import { expect, test } from 'vitest'
import { WakeTimer } from '../../source/engine/wake-timer.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

function setUp() {
	const clock = new ManualClock()
	const woken: number[] = []
	const wanted = { at: Number.POSITIVE_INFINITY }
	const timer: WakeTimer = new WakeTimer({
		clock,
		nextAt: () => wanted.at,
		wake: () => {
			woken.push(clock.now())
			wanted.at = Number.POSITIVE_INFINITY
			timer.arm()
		},
	})
	const want = (at: number) => {
		wanted.at = at
		timer.arm()
	}
	return { clock, woken, timer, want }
}

test('it wakes at the instant that was wanted, with one timer however often that changes', () => {
	const { clock, woken, want } = setUp()
	for (const at of [500, 300, 400, 100, 200]) want(at)
	expect(clock.waiting).toBe(1)
	clock.advance(1000)
	expect(woken).toEqual([200])
	expect(clock.waiting).toBe(0)
})

test('an instant that has passed is now, and none is never', () => {
	const { clock, woken, want } = setUp()
	want(Number.POSITIVE_INFINITY)
	expect(clock.waiting).toBe(0)
	clock.advance(50)
	want(10)
	clock.advance(0)
	expect(woken).toEqual([50])
})

test('after its end it wakes nobody', () => {
	const { clock, woken, timer, want } = setUp()
	want(100)
	timer.end()
	want(50)
	clock.advance(1000)
	expect(woken).toEqual([])
	expect(clock.waiting).toBe(0)
})
