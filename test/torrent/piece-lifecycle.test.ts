import { describe, expect, test } from 'vitest'
import { removeBitfield } from '../../source/torrent/peer-pieces.ts'
import type { PickerState } from '../../source/torrent/picker-state.ts'
import {
	fillCopies,
	fillStates,
	openPieceViews,
	pickerProgress,
	pieceState,
} from '../../source/torrent/picker-views.ts'
import {
	dropBlocksOf,
	makeRoom,
	markHave,
	pieceHashed,
	pieceLost,
	pieceWriteFailed,
	pieceWritten,
	setWanted,
} from '../../source/torrent/piece-lifecycle.ts'
import { blockReceived, pickBlocks, releasePeer, wantsBlock } from '../../source/torrent/piece-picker.ts'
import { pieceStates } from '../../source/torrent/snapshot.ts'
import { blockOf, join, peerOf, pick, picker, pieceOf, random } from '../helpers/picker.ts'

const four = [0, 1, 2, 3]
const { missing, open, hashing, writing, have, unwanted } = pieceStates

function statesOf(state: PickerState): number[] {
	const target = new Uint8Array(state.geometry.pieceCount)
	fillStates(state, target)
	return [...target]
}

/** Piece 4 of five is full: its first block came from peer 2, its second from peer 4. */
function fullPiece() {
	const state = picker({ pieces: 5, blocks: 2, have: four })
	const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
	join(state, a, b)
	for (const [block, peer] of [a, b].entries()) {
		pick(state, peer, 1)
		blockReceived(state, peer.peer, blockOf(state, 4, block))
	}
	return { state, a, b, piece: pieceOf(state, 4) }
}

describe('piece lifecycle', () => {
	test('a piece is missing, open, hashing, writing and then there', () => {
		const state = picker({ pieces: 5, blocks: 1, have: four })
		const peer = peerOf(5, 2)
		const piece = pieceOf(state, 4)
		join(state, peer)
		const seen = [pieceState(state, piece)]
		pick(state, peer, 1)
		seen.push(pieceState(state, piece))
		blockReceived(state, peer.peer, blockOf(state, 4, 0))
		seen.push(pieceState(state, piece))
		pieceHashed(state, piece, true)
		seen.push(pieceState(state, piece))
		pieceWritten(state, piece)
		seen.push(pieceState(state, piece))
		expect(seen).toEqual([missing, open, hashing, writing, have])
		expect(pickerProgress(state)).toMatchObject({ have: 5, lacking: 0, openPieces: 0, endgame: false })
	})

	test('who delivered which block is told when the piece was hashed, right or wrong', () => {
		for (const matches of [true, false]) {
			const { state, piece } = fullPiece()
			expect(pieceHashed(state, piece, matches)).toEqual([2, 4])
		}
	})

	test('a piece that failed is fetched again from the first block', () => {
		const { state, a, piece } = fullPiece()
		pieceHashed(state, piece, false)
		expect(pieceState(state, piece)).toBe(missing)
		expect(wantsBlock(state, a.peer, blockOf(state, 4, 0))).toBe(false)
		expect(pick(state, a, 9)).toEqual(['4:0', '4:1'])
	})

	test('a piece that could not be written is missing again', () => {
		const { state, b, piece } = fullPiece()
		pieceHashed(state, piece, true)
		pieceWriteFailed(state, piece)
		expect(pick(state, b, 9)).toEqual(['4:0', '4:1'])
	})

	test('the result of a hash that nobody waits for changes nothing', () => {
		const { state, piece } = fullPiece()
		pieceHashed(state, piece, true)
		expect(pieceHashed(state, piece, false)).toEqual([])
		expect(pieceState(state, piece)).toBe(writing)
		expect(pieceHashed(state, pieceOf(state, 0), false)).toEqual([])
		expect(pieceState(state, 0)).toBe(have)
	})

	test('failures are forgotten when the piece matches', () => {
		const { state, a, b, piece } = fullPiece()
		for (const matches of [false, false, true]) {
			pieceHashed(state, piece, matches)
			if (matches) break
			pick(state, a, 1)
			pick(state, state.failures.get(piece) === 2 ? a : b, 1)
			for (const block of [0, 1]) {
				blockReceived(state, a.peer, blockOf(state, 4, block))
				blockReceived(state, b.peer, blockOf(state, 4, block))
			}
		}
		pieceWritten(state, piece)
		pieceLost(state, piece)
		expect([pick(state, a, 1), pick(state, b, 1)]).toEqual([['4:0'], ['4:1']])
	})

	test('room is made by the piece that costs least: empty, out of reach, nearly empty', () => {
		const state = picker({ pieces: 8, blocks: 4, have: four, maxOpenPieces: 4, sequential: true })
		const all = peerOf(8, 2)
		const some = peerOf(8, 4, { has: [4, 5, 7] })
		join(state, all, some)
		pick(state, all, 16)
		const receive = (index: number, count: number) => {
			for (let block = 0; block < count; block += 1)
				blockReceived(state, all.peer, blockOf(state, index, block))
		}
		receive(4, 2)
		receive(5, 1)
		receive(6, 3)
		expect(makeRoom(state)).toBe(undefined)
		releasePeer(state, all.peer)
		removeBitfield(state, all.have)
		expect([makeRoom(state), makeRoom(state), makeRoom(state), makeRoom(state)]).toEqual([7, 6, 5, 4])
		expect(makeRoom(state)).toBe(undefined)
	})

	test('a piece that is lost is fetched again, if it is wanted', () => {
		const state = picker({ pieces: 5, blocks: 1, have: 'all', unwanted: [1] })
		const peer = peerOf(5, 2)
		join(state, peer)
		pieceLost(state, pieceOf(state, 0))
		pieceLost(state, pieceOf(state, 1))
		expect(statesOf(state)).toEqual([missing, unwanted, have, have, have])
		expect(pickerProgress(state)).toMatchObject({ have: 3, lacking: 1 })
		expect(pick(state, peer, 9)).toEqual(['0:0'])
	})

	test('a piece that turns up by itself is not asked for any more', () => {
		const { state, a } = fullPiece()
		markHave(state, pieceOf(state, 4))
		markHave(state, pieceOf(state, 4))
		expect(pickerProgress(state)).toMatchObject({ have: 5, lacking: 0, completedWantedBytes: 5 * 32_768 })
		expect(pick(state, a, 9)).toEqual([])
	})

	test('what a convicted peer delivered of open pieces is fetched again from others', () => {
		const state = picker({ pieces: 5, blocks: 3, have: four })
		const [liar, other] = [peerOf(5, 2), peerOf(5, 4)]
		join(state, liar, other)
		pick(state, liar, 2)
		pick(state, other, 1)
		for (const block of [0, 1]) blockReceived(state, liar.peer, blockOf(state, 4, block))
		blockReceived(state, other.peer, blockOf(state, 4, 2))
		expect(dropBlocksOf(state, liar.peer)).toBe(0)
		const early = picker({ pieces: 5, blocks: 4, have: four })
		join(early, liar, other)
		pick(early, liar, 2)
		pick(early, other, 1)
		for (const block of [0, 1]) blockReceived(early, liar.peer, blockOf(early, 4, block))
		blockReceived(early, other.peer, blockOf(early, 4, 2))
		expect(dropBlocksOf(early, liar.peer)).toBe(2)
		expect(pick(early, other, 9).toSorted()).toEqual(['4:0', '4:1', '4:3'])
	})

	test('pieces of files that are chosen become missing, and bytes to fetch grow', () => {
		const state = picker({ pieces: 4, blocks: 1, have: [0], unwanted: [0, 1, 2] })
		expect(statesOf(state)).toEqual([have, unwanted, unwanted, missing])
		expect(pickerProgress(state)).toMatchObject({ lacking: 1, wantedBytes: 16_384, completedWantedBytes: 0 })
		expect(setWanted(state, Uint8Array.of(1, 1, 0, 1))).toEqual({ cancel: [], discard: [] })
		expect(statesOf(state)).toEqual([have, missing, unwanted, missing])
		expect(pickerProgress(state)).toMatchObject({
			lacking: 2,
			wantedBytes: 3 * 16_384,
			completedWantedBytes: 16_384,
		})
	})

	test('open pieces that nobody wants any more are given up, full ones are not', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four, sequential: true })
		const peer = peerOf(6, 2)
		join(state, peer)
		pick(state, peer, 4)
		for (const block of [0, 1]) blockReceived(state, peer.peer, blockOf(state, 4, block))
		blockReceived(state, peer.peer, blockOf(state, 5, 1))
		expect(setWanted(state, new Uint8Array(6))).toEqual({
			cancel: [{ peer: 2, block: blockOf(state, 5, 0) }],
			discard: [5],
		})
		expect(statesOf(state).slice(4)).toEqual([hashing, unwanted])
		expect(pickerProgress(state)).toMatchObject({ inFlight: 0, lacking: 0, wantedBytes: 0 })
		pieceHashed(state, pieceOf(state, 4), true)
		pieceWritten(state, pieceOf(state, 4))
		expect(statesOf(state)[4]).toBe(have)
	})
})

describe('picker views', () => {
	test('tell what is open and why', () => {
		const state = picker({ pieces: 5, blocks: 3, have: four })
		const peer = peerOf(5, 2)
		join(state, peer)
		pickBlocks(state, peer, { count: 2, random })
		blockReceived(state, peer.peer, blockOf(state, 4, 0))
		expect(openPieceViews(state)).toEqual([
			{ piece: 4, blockCount: 3, received: 1, requested: 1, reason: { code: 'picked-rarest', copies: 1 } },
		])
	})

	test('tell how many peers have each piece, seeds among them', () => {
		const state = picker({ pieces: 3, blocks: 1 })
		join(state, peerOf(3, 2), peerOf(3, 4, { has: [0, 1] }))
		const target = new Uint16Array(3)
		fillCopies(state, target)
		expect([...target]).toEqual([2, 2, 1])
		expect(pickerProgress(state).copies).toBeCloseTo(1 + 2 / 3)
	})
})
