import { describe, expect, test } from 'vitest'
import {
	createWindow,
	setReqq,
	shutWindow,
	startSlowly,
	windowReason,
} from '../../source/torrent/request-window.ts'
import { createLink, productBlocks, run } from '../helpers/link.ts'

const megabit = 125_000
const figures = [10, 100, 1000].flatMap(megabits =>
	[0.2, 20, 100, 300].map(roundTripMs => [megabits, roundTripMs] as const),
)

describe('a request window', () => {
	test.each(figures)('fills %d Mbit/s over %d ms within six seconds', (megabits, roundTripMs) => {
		const link = createLink(
			{ bytesPerSecond: megabits * megabit, roundTripMs },
			{ reqq: 4000, maxWindow: 4000 },
		)
		run(link, 6000)
		expect(run(link, 1000)).toBeGreaterThan(0.97 * megabits * megabit)
	})

	test.each(figures)(
		'at %d Mbit/s over %d ms settles between the link’s product and thrice that',
		(megabits, roundTripMs) => {
			const link = createLink(
				{ bytesPerSecond: megabits * megabit, roundTripMs },
				{ reqq: 8000, maxWindow: 8000 },
			)
			run(link, 20_000)
			const product = productBlocks(link)
			expect(link.pipeline.window).toBeGreaterThanOrEqual(product)
			// Below 256 blocks a longer queue costs the peer nothing and covers its pauses.
			expect(link.pipeline.window).toBeLessThanOrEqual(Math.max(256, 3 * product))
			expect(link.largestWindow).toBeLessThanOrEqual(Math.max(256, 3.3 * product))
		},
	)

	test('on loopback grows to 256 within fifty milliseconds and no further', () => {
		const link = createLink({ bytesPerSecond: 700e6, roundTripMs: 0.2 }, { reqq: 2000 })
		run(link, 50)
		expect(link.pipeline.window).toBe(256)
		run(link, 5000)
		expect(link.largestWindow).toBe(256)
	})

	test('keeps three seconds of the rate with a slow peer, and never less than two requests', () => {
		const slow = createLink({ bytesPerSecond: 163_840, roundTripMs: 50 }, { reqq: 2000 })
		run(slow, 30_000)
		expect(slow.pipeline.window).toBeGreaterThanOrEqual(28)
		expect(slow.pipeline.window).toBeLessThanOrEqual(32)
		const slowest = createLink({ bytesPerSecond: 2000, roundTripMs: 50 }, { reqq: 2000 })
		run(slowest, 400_000)
		expect(slowest.pipeline.window).toBe(2)
	})

	test('follows a link that becomes ten times faster, and one that becomes ten times slower', () => {
		const link = createLink({ bytesPerSecond: 10 * megabit, roundTripMs: 100 }, { reqq: 2000 })
		run(link, 10_000)
		link.bytesPerSecond = 100 * megabit
		run(link, 15_000)
		expect(run(link, 1000)).toBeGreaterThan(0.97 * 100 * megabit)
		link.bytesPerSecond = megabit
		run(link, 60_000)
		expect(link.pipeline.window).toBeLessThanOrEqual(25)
		expect(run(link, 10_000)).toBeGreaterThan(0.97 * 10 * megabit)
	})

	test('keeps what slow start found while the sliding rate catches up', () => {
		const link = createLink({ bytesPerSecond: 100 * megabit, roundTripMs: 300 }, { reqq: 2000 })
		run(link, 3000)
		expect(link.pipeline.windowBy).toBe('by-rate')
		expect(link.pipeline.window).toBeGreaterThan(1.5 * productBlocks(link))
	})

	test('loses nothing of what it found when slow start took as long as that of TCP', () => {
		const link = createLink({ bytesPerSecond: 1_500_000, roundTripMs: 300 }, { reqq: 2000 })
		for (; link.bytesPerSecond < 1000 * megabit; link.bytesPerSecond *= 2) run(link, 300)
		link.bytesPerSecond = 1000 * megabit
		run(link, 1500)
		const found = link.pipeline.window
		for (let step = 0; step < 20; step += 1) {
			run(link, 250)
			expect(link.pipeline.window).toBeGreaterThanOrEqual(found)
		}
		expect(found).toBe(2000)
	})

	test('sends requests in batches of a quarter of the window', () => {
		const link = createLink({ bytesPerSecond: 1000 * megabit, roundTripMs: 0.2 }, { reqq: 2000 })
		run(link, 1000)
		link.refills.length = 0
		run(link, 1000)
		expect(Math.min(...link.refills)).toBeGreaterThanOrEqual(64)
	})

	test('never exceeds what the peer lets wait', () => {
		const link = createLink({ bytesPerSecond: 1000 * megabit, roundTripMs: 100 }, { reqq: 250 })
		run(link, 20_000)
		expect(link.largestWindow).toBe(250)
		expect(windowReason(link.pipeline)).toEqual({ code: 'by-reqq', reqq: 250 })
	})

	test('grows when the peer turns out to let more wait, and shrinks when it lets less', () => {
		const link = createLink({ bytesPerSecond: 1000 * megabit, roundTripMs: 100 }, { reqq: 250 })
		run(link, 5000)
		setReqq(link.pipeline, 2000)
		run(link, 20_000)
		expect(link.pipeline.window).toBeGreaterThan(productBlocks(link))
		setReqq(link.pipeline, 50)
		expect(link.pipeline.window).toBe(50)
		setReqq(link.pipeline, 0)
		expect(link.pipeline.window).toBe(1)
	})

	test('says that it is in slow start, then what rate and round trip it goes by', () => {
		const link = createLink({ bytesPerSecond: 10 * megabit, roundTripMs: 100 }, { reqq: 500 })
		expect(windowReason(link.pipeline)).toEqual({ code: 'slow-start' })
		run(link, 20_000)
		const reason = windowReason(link.pipeline)
		expect(reason.code).toBe('by-rate')
		if (reason.code !== 'by-rate') return
		expect(reason.bytesPerSecond / megabit).toBeCloseTo(10, 0)
		expect(reason.roundTripMs).toBeGreaterThan(100)
	})

	test('starts with no more than reqq, maximum or start allow', () => {
		expect(createWindow({ reqq: 5 }).window).toBe(5)
		expect(createWindow({ reqq: 0 }).window).toBe(1)
		expect(createWindow({ reqq: 250, startWindow: 4 }).window).toBe(4)
		expect(createWindow({ reqq: 250, maxWindow: 8 }).window).toBe(8)
	})

	test('is shut to one request and opens again in slow start', () => {
		const window = createWindow({ reqq: 250 })
		shutWindow(window)
		expect(window.window).toBe(1)
		expect(windowReason(window)).toEqual({ code: 'snubbed-window' })
		startSlowly(window, 2)
		expect(window.window).toBe(2)
		expect(windowReason(window)).toEqual({ code: 'slow-start' })
	})
})
