import { beforeEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../source/engine/environment.ts'
import { WriteGatherer } from '../../source/engine/write-gatherer.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

const pieceLength = 262_144
const geometry = { pieceLength, pieceCount: 22 }
const fine: Outcome<undefined> = { ok: true, value: undefined }

describe('small pieces', () => {
	let clock: ManualClock
	let gatherer: WriteGatherer
	let writes: { readonly pieces: readonly number[]; readonly wanted: boolean }[]
	let outcome: Outcome<undefined>
	let ends: [number, boolean][]

	/** Each piece is full of its own number. */
	const bytesOf = (piece: number) => new Uint8Array(pieceLength).fill(piece)
	const open = (changes: Partial<typeof geometry> = {}) =>
		new WriteGatherer({
			clock,
			geometry: { ...geometry, ...changes },
			write: (piece, parts, wanted) => {
				for (const [at, { offset, bytes }] of parts.entries()) {
					if (parts.length > 1) expect(offset).toBe(at * pieceLength)
					expect(bytes[0]).toBe(piece + at)
				}
				writes.push({ pieces: parts.map(({ bytes }) => bytes[0] ?? -1), wanted })
				return Promise.resolve(outcome)
			},
		})
	const write = (piece: number, { more = true, wanted = false } = {}) =>
		void gatherer
			.write(piece, [{ offset: 0, bytes: bytesOf(piece) }], { more, wanted })
			.then(({ ok }) => ends.push([piece, ok]))
	const settled = () => new Promise<void>(resolve => void setImmediate(resolve))
	const piecesWritten = () => writes.map(({ pieces }) => pieces)

	beforeEach(() => {
		clock = new ManualClock()
		gatherer = open()
		writes = []
		outcome = fine
		ends = []
	})

	test('that fill their stretch are written at once, in order, in one go', async () => {
		for (const piece of [5, 7, 4]) write(piece)
		expect(writes).toEqual([])
		write(6)
		expect(writes).toEqual([{ pieces: [4, 5, 6, 7], wanted: false }])
		await settled()
		expect(ends).toHaveLength(4)
		expect(clock.waiting, 'the timer has nothing to write').toBe(1)
		clock.advance(1000)
		expect(writes).toHaveLength(1)
		expect(clock.waiting).toBe(0)
	})

	test('wait a moment for one another, and no longer', () => {
		write(4)
		clock.advance(19)
		write(5)
		expect(writes).toEqual([])
		clock.advance(1)
		expect(piecesWritten()).toEqual([[4, 5]])
		write(6)
		clock.advance(20)
		expect(piecesWritten()).toEqual([[4, 5], [6]])
	})

	test('beside which nothing more comes do not wait, nor do those that they were waited for by', () => {
		write(8, { more: false })
		write(4)
		write(5, { more: false })
		expect(piecesWritten()).toEqual([[8], [4, 5]])
	})

	test('that do not lie side by side are written apart', () => {
		for (const piece of [4, 6, 7]) write(piece)
		clock.advance(20)
		expect(piecesWritten()).toEqual([[4], [6, 7]])
	})

	test('of several stretches do not wait for those of others', () => {
		for (const piece of [0, 4, 1, 5, 2, 6, 3]) write(piece)
		expect(piecesWritten()).toEqual([[0, 1, 2, 3]])
		clock.advance(20)
		expect(piecesWritten()).toEqual([
			[0, 1, 2, 3],
			[4, 5, 6],
		])
	})

	test('at the end of the torrent fill a shorter stretch', () => {
		write(20)
		write(21)
		expect(piecesWritten()).toEqual([[20, 21]])
	})

	test('fail together', async () => {
		outcome = { ok: false, code: 'ENOSPC', message: 'full' }
		write(4)
		write(5, { more: false })
		await settled()
		expect(ends).toEqual([
			[4, false],
			[5, false],
		])
	})

	test('that are to stay in the page cache are written alone', () => {
		write(4, { wanted: true })
		expect(writes).toEqual([{ pieces: [4], wanted: true }])
	})

	test('wait for nothing once it has ended', () => {
		write(4)
		gatherer.end()
		write(5)
		expect(piecesWritten()).toEqual([[4], [5]])
		expect(clock.waiting).toBe(0)
	})

	test('of lengths that no direct write takes, and large ones, are written alone', () => {
		for (const length of [32_768, 100_000, 1 << 20, 4 << 20]) {
			gatherer = open({ pieceLength: length })
			const part = { offset: 0, bytes: new Uint8Array(length).fill(3) }
			void gatherer.write(3, [part], { more: true, wanted: false })
		}
		expect(piecesWritten()).toEqual([[3], [3], [3], [3]])
		expect(clock.waiting).toBe(0)
	})

	test('that are shorter than others are written alone', () => {
		const part = { offset: 0, bytes: new Uint8Array(pieceLength - 1).fill(21) }
		void gatherer.write(21, [part], { more: true, wanted: false })
		expect(piecesWritten()).toEqual([[21]])
	})
})
