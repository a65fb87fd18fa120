import { describe, expect, test } from 'vitest'
import { makeRoom } from '../../source/torrent/piece-lifecycle.ts'
import {
	blockReceived,
	blockRejected,
	pardonPeer,
	releaseBlock,
	releasePeer,
	wantsBlock,
} from '../../source/torrent/piece-picker.ts'
import { blockOf, blocksOf, join, peerOf, pick, picker } from '../helpers/picker.ts'

const four = [0, 1, 2, 3]

describe('requests that end', () => {
	const setUp = () => {
		const state = picker({ pieces: 5, blocks: 3, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		join(state, a, b)
		const blocks = blocksOf(state, 4)
		return { state, a, b, blocks }
	}

	test('a block is wanted from whom it was asked of, in its exact shape, once', () => {
		const { state, a, b, blocks } = setUp()
		pick(state, a, 1)
		const [block] = [blocks[0]!]
		expect(wantsBlock(state, a.peer, block)).toBe(true)
		expect(wantsBlock(state, b.peer, block)).toBe(false)
		expect(wantsBlock(state, a.peer, { ...block, length: block.length - 1 })).toBe(false)
		expect(wantsBlock(state, a.peer, { ...block, offset: 1 })).toBe(false)
		expect(wantsBlock(state, a.peer, blocks[1]!)).toBe(false)
		for (const number of [-1, 2 ** 32 - 1, Number.NaN, 0.5]) {
			expect(wantsBlock(state, a.peer, { piece: number, offset: 0, length: block.length })).toBe(false)
			expect(wantsBlock(state, a.peer, { piece: 4, offset: number, length: block.length })).toBe(false)
		}
		expect(blockReceived(state, a.peer, block)).toEqual({ accepted: true, cancel: [], pieceFull: false })
		expect(wantsBlock(state, a.peer, block)).toBe(false)
		expect(blockReceived(state, a.peer, block).accepted).toBe(false)
	})

	test('a block that timed out goes to somebody else, and is welcome late', () => {
		const { state, a, b, blocks } = setUp()
		expect(pick(state, a, 1)).toEqual(['4:0'])
		releaseBlock(state, a.peer, blocks[0]!)
		expect(pick(state, b, 1)).toEqual(['4:0'])
		expect(wantsBlock(state, a.peer, blocks[0]!)).toBe(true)
		expect(blockReceived(state, a.peer, blocks[0]!)).toMatchObject({ accepted: true, cancel: [b.peer] })
		expect(pick(state, b, 9)).toEqual(['4:1', '4:2'])
	})

	test('a choke frees every block of the peer, and only those', () => {
		const { state, a, b, blocks } = setUp()
		expect(pick(state, a, 1)).toEqual(['4:0'])
		expect(pick(state, b, 1)).toEqual(['4:1'])
		releasePeer(state, a.peer)
		expect(state.inFlight).toBe(1)
		expect(pick(state, a, 2)).toEqual(['4:0', '4:2'])
		expect(wantsBlock(state, b.peer, blocks[1]!)).toBe(true)
	})

	test('a choke leaves requests for allowed pieces in flight, but no piece to the peer alone that nothing is asked of', () => {
		const state = picker({ pieces: 7, blocks: 2, have: four, sequential: true })
		const [a, b] = [peerOf(7, 2, { onParole: true }), peerOf(7, 4)]
		join(state, a, b)
		expect(pick(state, a, 4)).toEqual(['4:0', '4:1', '5:0', '5:1'])
		expect(releasePeer(state, a.peer, new Set([5]))).toEqual([])
		expect(pick(state, b, 9)).toEqual(['4:0', '4:1', '6:0', '6:1'])
		expect(wantsBlock(state, a.peer, blockOf(state, 5, 0))).toBe(true)
		expect(state.inFlight).toBe(6)
	})

	test('a peer that rejects is not asked for that piece again before it delivers something or is pardoned', () => {
		const { state, a, b, blocks } = setUp()
		pick(state, a, 2)
		blockRejected(state, a.peer, blocks[0]!)
		expect(pick(state, a, 9)).toEqual([])
		expect(pick(state, b, 1)).toEqual(['4:0'])
		blockReceived(state, a.peer, blocks[1]!)
		expect(pick(state, a, 1)).toEqual(['4:2'])
		blockRejected(state, a.peer, blocks[2]!)
		expect(pick(state, a, 1)).toEqual([])
		pardonPeer(state, a.peer)
		expect(pick(state, a, 1)).toEqual(['4:2'])
	})

	test('a request that is released or rejected without having been made changes nothing', () => {
		const { state, a, b, blocks } = setUp()
		pick(state, a, 1)
		releaseBlock(state, b.peer, blocks[0]!)
		releaseBlock(state, b.peer, blocks[2]!)
		blockRejected(state, b.peer, blocks[0]!)
		expect(state.inFlight).toBe(1)
		expect(wantsBlock(state, a.peer, blocks[0]!)).toBe(true)
	})

	test('room is made for a peer that has none of the open pieces', () => {
		const state = picker({ pieces: 6, blocks: 3, have: four, maxOpenPieces: 1 })
		const [a, b] = [peerOf(6, 2, { has: [4] }), peerOf(6, 4, { has: [5] })]
		join(state, a, b)
		pick(state, a, 1)
		expect(pick(state, b, 1)).toEqual([])
		expect(makeRoom(state)).toBe(undefined)
		releasePeer(state, a.peer)
		expect(makeRoom(state)).toBe(4)
		expect(pick(state, b, 1)).toEqual(['5:0'])
	})
})
