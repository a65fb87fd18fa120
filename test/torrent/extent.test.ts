import { describe, expect, test } from 'vitest'
import { extentOf, findBeside, isFetchedBeside } from '../../source/torrent/extent.ts'
import { pieceHashed } from '../../source/torrent/piece-lifecycle.ts'
import { blockReceived, pickBlocks } from '../../source/torrent/piece-picker.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { blockOf, join, peerOf, pick, picker, pieceOf, random } from '../helpers/picker.ts'

/** Four pieces an extent. */
const blocks = 16
const four = [0, 1, 2, 3]

describe('pieces beside one another', () => {
	test.each([
		[262_144, 5, { first: 4, end: 8 }],
		[262_144, 9, { first: 8, end: 10 }],
		[1 << 20, 5, { first: 5, end: 6 }],
		[4 << 20, 5, { first: 5, end: 6 }],
		[786_432, 5, { first: 5, end: 6 }],
		[16_384, 9, { first: 8, end: 10 }],
		[1, 9, { first: 8, end: 10 }],
	])('lie within 1 MiB, pieces of %i bytes: %i', (pieceLength, piece, extent) => {
		expect(extentOf({ pieceLength, pieceCount: 10 }, piece)).toEqual(extent)
	})

	test('are no more than four', () => {
		expect(extentOf({ pieceLength: 16_384, pieceCount: 1000 }, 40)).toEqual({ first: 40, end: 44 })
	})

	test('are gone through upwards and then from the start', () => {
		const state = picker({ pieces: 8, blocks, have: [...four, 7] })
		const { have } = peerOf(8, 2)
		const besides = (piece: number) => findBeside(state.order, state.geometry, { piece, have, mostCopies: 0 })
		expect([4, 5, 6, 7].map(besides)).toEqual([5, 6, 4, 4])
		expect([0, -1].map(besides)).toEqual([undefined, undefined])
	})
})

describe('the next piece of a peer', () => {
	test('lies beside its last one, with the reason', () => {
		const state = picker({ pieces: 400, blocks, have: four })
		const peer = peerOf(400, 2)
		join(state, peer)
		const picked = pickBlocks(state, peer, { count: 4 * blocks, random })
		const pieces = [...new Set(picked.map(({ block }) => block.piece))]
		const start = Math.min(...pieces)
		expect(start % 4).toBe(0)
		expect(pieces.toSorted((one, other) => one - other)).toEqual([start, start + 1, start + 2, start + 3])
		expect(picked[0]?.reason).toEqual({ code: 'picked-rarest', copies: 1 })
		expect(picked[blocks]?.reason).toEqual({ code: 'picked-beside', copies: 1, other: pieces[0] })
	})

	test('begins another stretch by lot when one is full', () => {
		const next = new Set<number>()
		for (let seed = 0; seed < 40; seed += 1) {
			const state = picker({ pieces: 400, blocks, have: four })
			const peer = peerOf(400, 2)
			join(state, peer)
			const picked = pickBlocks(state, peer, { count: 4 * blocks + 1, random: createRandom(seed) })
			next.add(picked.at(-1)?.block.piece ?? -1)
		}
		expect(next.size).toBeGreaterThan(20)
	})

	test('is a rarer one elsewhere all the same', () => {
		const state = picker({ pieces: 12, blocks: 16, have: four })
		const peer = peerOf(12, 2)
		// Of 8 and 9 there is one copy less.
		join(state, peer, peerOf(12, 4, { has: [4, 5, 6, 7, 10, 11] }))
		const pieces = () => [...new Set(pick(state, peer, 16).map(name => Number(name.split(':')[0])))]
		const rare = [...pieces(), ...pieces()]
		expect(rare.toSorted()).toEqual([8, 9])
	})

	test('is not one that the peer lacks or that somebody else is at', () => {
		const state = picker({ pieces: 8, blocks, have: four })
		const [a, b] = [peerOf(8, 2, { has: [4, 6] }), peerOf(8, 4)]
		join(state, a, b)
		const first = pick(state, a, 1)[0]?.split(':')[0]
		const others = ['4', '5', '6', '7'].filter(piece => piece !== first)
		expect(others).toContain(pick(state, b, 1)[0]?.split(':')[0])
		expect(pick(state, a, blocks).every(name => name.startsWith('4:') || name.startsWith('6:'))).toBe(true)
	})
})

describe('more to be written beside a piece', () => {
	const state = picker({ pieces: 12, blocks: 16, have: [], sequential: true })
	const peer = peerOf(12, 2)
	join(state, peer)

	test('is on its way while another piece of the stretch is fetched or hashed, and not when it is written', () => {
		pick(state, peer, 32)
		expect([0, 1, 2, 4].map(piece => isFetchedBeside(state, piece))).toEqual([true, true, true, false])
		for (let block = 0; block < 16; block += 1) blockReceived(state, peer.peer, blockOf(state, 0, block))
		expect(isFetchedBeside(state, 1)).toBe(true)
		pieceHashed(state, pieceOf(state, 0), true)
		expect(isFetchedBeside(state, 1)).toBe(false)
		expect(isFetchedBeside(state, 0)).toBe(true)
	})
})
