import { describe, expect, test } from 'vitest'
import { countInteresting, isInteresting, isLacking } from '../../source/torrent/peer-pieces.ts'
import { type PickerState } from '../../source/torrent/picker-state.ts'
import { type PickerPeer } from '../../source/torrent/piece-choice.ts'
import { markHave, pieceHashed, pieceWritten } from '../../source/torrent/piece-lifecycle.ts'
import { blockReceived } from '../../source/torrent/piece-picker.ts'
import { blocksOf, join, peerOf, pick, picker, pieceOf } from '../helpers/picker.ts'

/** All of the piece arrives from the peer, which was asked for it, matches and is written. */
function complete(state: PickerState, peer: PickerPeer, index: number): void {
	for (const block of blocksOf(state, index)) blockReceived(state, peer.peer, block)
	pieceHashed(state, pieceOf(state, index), true)
	pieceWritten(state, pieceOf(state, index))
}

describe('interest', () => {
	test('is in peers with a wanted piece that we lack', () => {
		const state = picker({ pieces: 20, blocks: 1, have: [0, 9], unwanted: [1, 19] })
		expect(isInteresting(state, peerOf(20, 2, { has: [0, 1, 19] }).have)).toBe(false)
		expect(isInteresting(state, peerOf(20, 2, { has: [0, 18] }).have)).toBe(true)
		expect(countInteresting(state, peerOf(20, 2, { has: [0, 1, 2, 17, 18, 19] }).have)).toBe(3)
		expect(countInteresting(state, peerOf(20, 2).have)).toBe(16)
		expect([0, 1, 2, 99].map(piece => isLacking(state, piece))).toEqual([false, false, true, false])
		markHave(state, pieceOf(state, 18))
		expect(isInteresting(state, peerOf(20, 2, { has: [0, 18] }).have)).toBe(false)
	})

	test('ends when everything wanted is there', () => {
		const state = picker({ pieces: 2, blocks: 1 })
		const peer = peerOf(2, 2)
		join(state, peer)
		pick(state, peer, 2)
		complete(state, peer, 0)
		expect(isInteresting(state, peer.have)).toBe(true)
		complete(state, peer, 1)
		expect(isInteresting(state, peer.have)).toBe(false)
	})
})
