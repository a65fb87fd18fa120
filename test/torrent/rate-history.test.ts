import { expect, test } from 'vitest'
import { addSample, createRateHistory, nextSampleAt, samplesOf } from '../../source/torrent/rate-history.ts'

test('a history takes one sample a second, newest last', () => {
	const history = createRateHistory()
	expect(nextSampleAt(history)).toBeUndefined()
	addSample(history, 1, 500)
	addSample(history, 2, 1499)
	addSample(history, 3, 1510)
	expect(samplesOf(history)).toEqual([1, 3])
	expect(nextSampleAt(history)).toBe(2500)
})

test('a history takes its sample at the very instant at which it is due, whatever rounding does', () => {
	const history = createRateHistory()
	let now = 1 / 3
	for (let taken = 0; taken < 2000; taken += 1) {
		addSample(history, 1, now)
		const next = nextSampleAt(history) ?? 0
		expect(next).toBeGreaterThan(now)
		now = next + (taken % 7) / 13
	}
})

test('a history fills seconds that nobody sampled with what it is told then', () => {
	const history = createRateHistory()
	addSample(history, 1, 0)
	addSample(history, 4, 3000)
	expect(samplesOf(history)).toEqual([1, 4, 4, 4])
})

test('a history counts the seconds of a suspension as 0', () => {
	const history = createRateHistory()
	addSample(history, 9, 0)
	addSample(history, 7, 40_000)
	expect(samplesOf(history)).toEqual([9, ...Array.from({ length: 39 }, () => 0), 7])
})

test('a history forgets all but the last 300 and survives a clock that jumps', () => {
	const history = createRateHistory()
	for (let second = 0; second < 1000; second += 1) addSample(history, second, second * 1000)
	expect(samplesOf(history)).toEqual(Array.from({ length: 300 }, (_, at) => 700 + at))
	addSample(history, 5, 1e12)
	expect(samplesOf(history)).toHaveLength(300)
	addSample(history, 6, 0)
	addSample(history, 8, 1000)
	expect(samplesOf(history).slice(-3)).toEqual([5, 6, 8])
})
