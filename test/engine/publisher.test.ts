import { describe, expect, test } from 'vitest'
import { Publisher, type SliceSource } from '../../source/engine/publisher.ts'
import type { SliceName } from '../../source/torrent/snapshot.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const noWire = { rows: 0, peer: undefined }

function setUp({ rate = 4, watched = ['summary', 'peers'] as readonly SliceName[] } = {}) {
	const clock = new ManualClock()
	const versions = new Map<SliceName, number>()
	const built: SliceName[] = []
	const source: SliceSource = {
		version: name => versions.get(name) ?? 1,
		build: name => {
			built.push(name)
			return { at: clock.now() } as never
		},
	}
	const posts: SliceName[][] = []
	const publisher = new Publisher({
		clock,
		source,
		post: slices => posts.push(Object.keys(slices) as SliceName[]),
	})
	publisher.setRate(rate)
	publisher.watch(watched, noWire)
	const move = (...names: SliceName[]) => {
		for (const name of names) versions.set(name, source.version(name) + 1)
		publisher.poke()
	}
	return { clock, publisher, posts, built, move }
}

describe('snapshots', () => {
	test('hold what is watched at first, and then what moved', () => {
		const { clock, publisher, posts, move } = setUp()
		publisher.acknowledge()
		clock.advance(250)
		move('peers', 'files')
		expect(posts).toEqual([['summary', 'peers'], ['peers']])
	})

	test('come at most at the rate, with everything that moved meanwhile', () => {
		const { clock, publisher, posts, move } = setUp()
		publisher.acknowledge()
		for (let count = 0; count < 100; count += 1) move('peers')
		move('summary')
		expect(posts).toHaveLength(1)
		expect(clock.waiting).toBe(1)
		clock.advance(250)
		expect(posts).toEqual([
			['summary', 'peers'],
			['summary', 'peers'],
		])
	})

	test('wait for the screen: nothing is built and no timer runs before the last one was drawn', () => {
		const { clock, publisher, posts, built, move } = setUp()
		const before = built.length
		for (let count = 0; count < 100; count += 1) {
			move('peers')
			clock.advance(100)
		}
		expect(posts).toHaveLength(1)
		expect(built).toHaveLength(before)
		expect(clock.waiting).toBe(0)
		publisher.acknowledge()
		expect(posts).toHaveLength(2)
	})

	test('stop while nothing moves', () => {
		const { clock, publisher, posts } = setUp()
		publisher.acknowledge()
		publisher.poke()
		clock.advance(60_000)
		expect(posts).toHaveLength(1)
		expect(clock.waiting).toBe(0)
	})

	test('stop at a rate of zero and go on at another', () => {
		const { clock, publisher, posts, move } = setUp()
		publisher.acknowledge()
		publisher.setRate(0)
		move('peers')
		clock.advance(60_000)
		expect(posts).toHaveLength(1)
		publisher.setRate(10)
		expect(posts).toHaveLength(2)
	})

	test('bring a slice that is watched anew, and the wire when another part of it is looked at', () => {
		const { clock, publisher, posts } = setUp({ watched: ['summary'] })
		for (const [slices, rows] of [
			[['summary', 'wire'], 10],
			[['summary', 'wire'], 20],
			[['summary'], 20],
			[['summary', 'wire'], 20],
		] as const) {
			publisher.acknowledge()
			clock.advance(250)
			publisher.watch(slices, { rows, peer: undefined })
		}
		expect(posts).toEqual([['summary'], ['wire'], ['wire'], ['wire']])
	})
})

describe('the last word', () => {
	test('is said whatever rate and screen are doing, and nothing after it', () => {
		const { clock, publisher, posts, move } = setUp()
		move('peers')
		publisher.flush()
		expect(posts).toEqual([['summary', 'peers'], ['peers']])
		publisher.dispose()
		publisher.acknowledge()
		move('peers')
		clock.advance(60_000)
		expect(posts).toHaveLength(2)
		expect(clock.waiting).toBe(0)
	})
})
