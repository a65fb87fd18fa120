import { describe, expect, test } from 'vitest'
import { setPiece } from '../../source/protocol/bitfield.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import { inEndgame } from '../../source/torrent/endgame.ts'
import { addPiece } from '../../source/torrent/peer-pieces.ts'
import type { PickerState } from '../../source/torrent/picker-state.ts'
import type { PickerPeer } from '../../source/torrent/piece-choice.ts'
import { dropBlocksOf, pieceHashed } from '../../source/torrent/piece-lifecycle.ts'
import { blockReceived, pickBlocks, releaseBlock, releasePeer } from '../../source/torrent/piece-picker.ts'
import { blockOf, join, peerOf, pick, picker, pieceOf, random } from '../helpers/picker.ts'

const four = [0, 1, 2, 3]

describe('endgame', () => {
	test('begins when every missing block is in flight, and not before', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four })
		const [a, b] = [peerOf(6, 2), peerOf(6, 4)]
		join(state, a, b)
		pick(state, a, 3)
		expect(inEndgame(state)).toBe(false)
		pick(state, a, 1)
		expect(inEndgame(state)).toBe(true)
		expect(pick(state, b, 9)).toHaveLength(4)
	})

	test('is not held up by pieces that nobody has', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four })
		const [a, b] = [peerOf(6, 2, { has: [5] }), peerOf(6, 4, { has: [5] })]
		join(state, a, b)
		pick(state, a, 2)
		expect(pick(state, b, 9)).toEqual(['5:0', '5:1'])
		setPiece(b.have, 4)
		addPiece(state, b.have, pieceOf(state, 4))
		expect(inEndgame(state)).toBe(false)
	})

	test('asks for the block that has waited longest first, of three peers at most, never twice of one', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four, sequential: true })
		const [a, b, c, d] = [peerOf(6, 2), peerOf(6, 4), peerOf(6, 6), peerOf(6, 8)]
		join(state, a, b, c, d)
		pick(state, a, 4)
		expect(pick(state, a, 1)).toEqual([])
		expect(pick(state, b, 1)).toEqual(['4:0'])
		expect(pickBlocks(state, c, { count: 1, random })).toEqual([
			{ block: blockOf(state, 4, 0), reason: { code: 'picked-endgame', askedOf: 2 } },
		])
		expect(pick(state, d, 1)).toEqual(['4:1'])
		expect(pick(state, b, 9)).toEqual(['4:1', '5:0', '5:1'])
	})

	test('cancels everywhere when one of them delivers', () => {
		const state = picker({ pieces: 5, blocks: 1, have: four })
		const [a, b, c] = [peerOf(5, 2), peerOf(5, 4), peerOf(5, 6)]
		join(state, a, b, c)
		for (const peer of [a, b, c]) pick(state, peer, 1)
		expect(blockReceived(state, b.peer, blockOf(state, 4, 0))).toEqual({
			accepted: true,
			cancel: [a.peer, c.peer],
			pieceFull: true,
		})
		expect(state.inFlight).toBe(0)
	})

	test('doubles at most so many requests a peer', () => {
		const state = picker({ pieces: 6, blocks: 9, have: four, maxDuplicates: 5, sequential: true })
		const [a, b] = [peerOf(6, 2), peerOf(6, 4)]
		join(state, a, b)
		pick(state, a, 18)
		expect(pick(state, b, 9)).toHaveLength(5)
		expect(pick(state, b, 9)).toEqual([])
		blockReceived(state, a.peer, blockOf(state, 4, 0))
		expect(pick(state, b, 9)).toEqual(['4:5'])
	})

	test('asks again only for what peers in need of help were asked for, and looks again when others come to need it', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four, sequential: true })
		const [a, b] = [peerOf(6, 2), peerOf(6, 4)]
		const quick = (...slow: PickerPeer[]) =>
			peerOf(6, 6, { helps: { peers: new Set(slow.map(({ peer }) => peer)), most: 3, beside: 2 } })
		join(state, a, b, quick())
		pick(state, a, 2)
		pick(state, b, 2)
		expect(pick(state, quick(), 9)).toEqual([])
		expect(pick(state, quick(b), 9)).toEqual(['5:0', '5:1'])
		expect(pick(state, quick(b), 9)).toEqual([])
		expect(pick(state, quick(a, b), 9)).toEqual(['4:0'])
		expect(pick(state, quick(a, b), 9)).toEqual([])
	})

	test('is nothing for slow peers and peers on parole', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, slow, suspect] = [peerOf(5, 2), peerOf(5, 4, { slow: true }), peerOf(5, 6, { onParole: true })]
		join(state, a, slow, suspect)
		pick(state, a, 2)
		expect(pick(state, slow, 9)).toEqual([])
		expect(pick(state, suspect, 9)).toEqual([])
	})

	test('one block that is free again ends it, until somebody is asked for it', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		join(state, a, b)
		pick(state, a, 2)
		releaseBlock(state, a.peer, blockOf(state, 4, 1))
		expect(inEndgame(state)).toBe(false)
		expect(pick(state, b, 1)).toEqual(['4:1'])
		expect(inEndgame(state)).toBe(true)
	})

	test('offers a block again as soon as one of those who were asked gives up', () => {
		for (const giveUp of [
			(state: PickerState, peer: PickerPeer) => releaseBlock(state, peer.peer, blockOf(state, 4, 0)),
			(state: PickerState, peer: PickerPeer) => releasePeer(state, peer.peer),
		]) {
			const state = picker({ pieces: 5, blocks: 1, have: four })
			const peers = [2, 4, 6, 8].map(number => peerOf(5, number))
			const [, second, , last] = peers
			if (second === undefined || last === undefined) throw new Error('four peers')
			join(state, ...peers)
			expect(peers.map(peer => pick(state, peer, 1))).toEqual([['4:0'], ['4:0'], ['4:0'], []])
			giveUp(state, second)
			expect(pick(state, last, 1)).toEqual(['4:0'])
		}
	})

	test('offers blocks that were asked for anew to peers that had found nothing', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, b, c] = [peerOf(5, 2), peerOf(5, 4), peerOf(5, 6)]
		join(state, a, b, c)
		pick(state, a, 2)
		blockReceived(state, a.peer, blockOf(state, 4, 0))
		expect(pick(state, b, 9)).toEqual(['4:1'])
		dropBlocksOf(state, a.peer)
		expect(pick(state, c, 1)).toEqual(['4:0'])
		expect(pick(state, b, 9)).toEqual(['4:0'])
		for (const block of [0, 1]) blockReceived(state, b.peer, blockOf(state, 4, block))
		pieceHashed(state, pieceOf(state, 4), false)
		expect(pick(state, c, 2)).toEqual(['4:0', '4:1'])
		expect(pick(state, b, 9)).toEqual(['4:0', '4:1'])
	})

	test('forgets somebody late, never a request in flight, when more were asked than are remembered', () => {
		const state = picker({ pieces: 5, blocks: 1, have: four })
		const peers = [2, 4, 6, 8, 10].map(number => peerOf(5, number))
		const block = blockOf(state, 4, 0)
		join(state, ...peers)
		for (const [turn, peer] of peers.entries()) {
			expect(pick(state, peer, 1)).toEqual(['4:0'])
			if (turn === 2) releaseBlock(state, toPeerNumber(2), block)
			if (turn === 3) releaseBlock(state, toPeerNumber(4), block)
		}
		expect(blockReceived(state, toPeerNumber(6), block).cancel).toEqual([10, 8])
	})
})
