import { describe, expect, test } from 'vitest'
import { setPiece } from '../../source/protocol/bitfield.ts'
import { inEndgame } from '../../source/torrent/endgame.ts'
import {
	addBitfield,
	addPiece,
	countInteresting,
	isInteresting,
	isLacking,
} from '../../source/torrent/peer-pieces.ts'
import type { PickerState } from '../../source/torrent/picker-state.ts'
import type { PickerPeer } from '../../source/torrent/piece-choice.ts'
import { makeRoom, markHave, pieceHashed, pieceWritten } from '../../source/torrent/piece-lifecycle.ts'
import {
	blockReceived,
	blockRejected,
	pardonPeer,
	pickBlocks,
	releaseBlock,
	releasePeer,
	wantsBlock,
} from '../../source/torrent/piece-picker.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { blocksOf, nameOf, peerOf, picker, pieceOf, random } from '../helpers/picker.ts'

const pick = (state: PickerState, peer: PickerPeer, count: number) =>
	pickBlocks(state, peer, { count, random }).map(({ block }) => nameOf(block))
const reasons = (state: PickerState, peer: PickerPeer, count: number) =>
	pickBlocks(state, peer, { count, random }).map(({ reason }) => reason)

function swarm(state: PickerState, ...peers: PickerPeer[]): void {
	for (const peer of peers) addBitfield(state, peer.have)
}

/** All of the piece arrives from the peer, which was asked for it, matches and is written. */
function complete(state: PickerState, peer: PickerPeer, index: number): void {
	for (const block of blocksOf(state, index)) blockReceived(state, peer.peer, block)
	pieceHashed(state, pieceOf(state, index), true)
	pieceWritten(state, pieceOf(state, index))
}

const four = [0, 1, 2, 3]

describe('what is picked', () => {
	test('blocks of one piece in a row come from one peer', () => {
		const state = picker({ pieces: 8, blocks: 4, have: four, sequential: true })
		const [a, b] = [peerOf(8, 2), peerOf(8, 4)]
		swarm(state, a, b)
		expect(pick(state, a, 2)).toEqual(['4:0', '4:1'])
		expect(pick(state, b, 2)).toEqual(['5:0', '5:1'])
		expect(pick(state, a, 3)).toEqual(['4:2', '4:3', '6:0'])
	})

	test('the last block of the torrent is as short as it is', () => {
		const state = picker({ pieces: 2, blocks: 2, evenEnd: false, have: [0] })
		const peer = peerOf(2, 2)
		swarm(state, peer)
		expect(pickBlocks(state, peer, { count: 9, random }).map(({ block }) => block)).toEqual([
			{ piece: 1, offset: 0, length: 1 },
		])
	})

	test('the rarest piece that the peer has comes first, with its copies as the reason', () => {
		const state = picker({ pieces: 8, blocks: 1, have: four })
		const peer = peerOf(8, 2, { has: [4, 5, 6] })
		swarm(state, peer, peerOf(8, 4), peerOf(8, 6, { has: [4, 6, 7] }), peerOf(8, 8, { has: [4] }))
		expect(pick(state, peer, 1)).toEqual(['5:0'])
		expect(reasons(state, peer, 1)).toEqual([{ code: 'picked-rarest', copies: 3 }])
		expect(pick(state, peer, 5)).toEqual(['4:0'])
	})

	test('equally rare pieces are picked by lot', () => {
		const first = new Set<string>()
		for (let seed = 0; seed < 40; seed += 1) {
			const state = picker({ pieces: 8, blocks: 1, have: four })
			const peer = peerOf(8, 2)
			swarm(state, peer)
			for (const { block } of pickBlocks(state, peer, { count: 1, random: createRandom(seed) })) {
				first.add(nameOf(block))
			}
		}
		expect([...first].toSorted()).toEqual(['4:0', '5:0', '6:0', '7:0'])
	})

	test('the first four pieces are picked by lot, however rare others are', () => {
		const first = new Set<string>()
		for (let seed = 0; seed < 40; seed += 1) {
			const state = picker({ pieces: 4, blocks: 1 })
			const peer = peerOf(4, 2)
			swarm(state, peer, peerOf(4, 4, { has: [1, 2, 3] }))
			const [picked] = pickBlocks(state, peer, { count: 1, random: createRandom(seed) })
			expect(picked?.reason.code).toBe('picked-random-first')
			first.add(picked === undefined ? 'nothing' : nameOf(picked.block))
		}
		expect(first.size).toBe(4)
	})

	test('until four pieces are complete peers work at one piece together, later each at one of its own', () => {
		const early = picker({ pieces: 9, blocks: 4, sequential: true, have: [0, 1, 2] })
		const late = picker({ pieces: 9, blocks: 4, sequential: true, have: four })
		const [a, b] = [peerOf(9, 2), peerOf(9, 4)]
		swarm(early, a, b)
		swarm(late, a, b)
		expect([pick(early, a, 1), pick(early, b, 1)]).toEqual([['3:0'], ['3:1']])
		expect([pick(late, a, 1), pick(late, b, 1)]).toEqual([['4:0'], ['5:0']])
	})

	test('an open piece that nobody works at comes before a new one', () => {
		const state = picker({ pieces: 8, blocks: 4, have: four })
		const [a, b] = [peerOf(8, 2), peerOf(8, 4)]
		swarm(state, a, b)
		const [first] = pickBlocks(state, a, { count: 1, random })
		if (first === undefined) throw new Error('nothing picked')
		blockReceived(state, a.peer, first.block)
		releasePeer(state, a.peer)
		const [second] = pickBlocks(state, b, { count: 1, random })
		expect(second?.block.piece).toBe(first.block.piece)
		expect(second?.reason).toEqual({ code: 'picked-partial', receivedBlocks: 1, blockCount: 4 })
	})

	test('with no room for another piece open ones are joined, those of peers of like speed first', () => {
		const state = picker({ pieces: 9, blocks: 4, have: four, maxOpenPieces: 2, sequential: true })
		const [slow, fast, other] = [peerOf(9, 2, { slow: true }), peerOf(9, 4), peerOf(9, 6)]
		swarm(state, slow, fast, other)
		expect(pick(state, slow, 1)).toEqual(['4:0'])
		expect(pick(state, fast, 1)).toEqual(['5:0'])
		expect(pick(state, other, 4)).toEqual(['5:1', '5:2', '5:3', '4:1'])
	})

	test('pieces that are hashed or written take room until they are done', () => {
		const state = picker({ pieces: 9, blocks: 1, have: four, maxOpenPieces: 1, sequential: true })
		const peer = peerOf(9, 2)
		swarm(state, peer)
		expect(pick(state, peer, 2)).toEqual(['4:0'])
		expect(blockReceived(state, peer.peer, blocksOf(state, 4)[0]!).pieceFull).toBe(true)
		expect(pick(state, peer, 1)).toEqual([])
		pieceHashed(state, pieceOf(state, 4), true)
		expect(pick(state, peer, 1)).toEqual([])
		pieceWritten(state, pieceOf(state, 4))
		expect(pick(state, peer, 1)).toEqual(['5:0'])
	})

	test('a slow peer opens the most common piece', () => {
		const state = picker({ pieces: 7, blocks: 1, have: four })
		const peer = peerOf(7, 2, { slow: true })
		swarm(state, peer, peerOf(7, 4, { has: [5] }))
		const [picked] = pickBlocks(state, peer, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 5 }, reason: { code: 'picked-common', copies: 2 } })
	})

	test('a suggested piece comes before the rarest, if the peer has it and we want it', () => {
		const state = picker({ pieces: 9, blocks: 1, have: four, unwanted: [8] })
		const peer = peerOf(9, 2, { has: [4, 5, 6, 8], suggested: new Set([0, 7, 8, 99, 6]) })
		swarm(state, peer, peerOf(9, 4))
		const [picked] = pickBlocks(state, peer, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 6 }, reason: { code: 'picked-suggested' } })
	})

	test('a choked peer is asked for pieces that it allowed and has, and nothing else', () => {
		const state = picker({ pieces: 9, blocks: 2, have: four })
		const peer = peerOf(9, 2, { choked: true, has: [0, 4, 5], allowedFast: new Set([0, 5, 6, 99]) })
		swarm(state, peer, peerOf(9, 4))
		const picked = pickBlocks(state, peer, { count: 9, random })
		expect(picked.map(({ block }) => nameOf(block))).toEqual(['5:0', '5:1'])
		expect(picked[0]?.reason).toEqual({ code: 'picked-allowed-fast' })
	})

	test('unwanted pieces and pieces that we have are never picked', () => {
		const state = picker({ pieces: 7, blocks: 1, have: four, unwanted: [5] })
		const peer = peerOf(7, 2)
		swarm(state, peer)
		expect(pick(state, peer, 9).toSorted()).toEqual(['4:0', '6:0'])
	})
})

describe('parole', () => {
	test('a peer on parole gets the piece that is to clear it, and nobody else does', () => {
		const state = picker({ pieces: 8, blocks: 2, have: four, maxOpenPieces: 1 })
		const [suspect, other] = [
			peerOf(8, 2, { onParole: true, parolePiece: pieceOf(picker({ pieces: 8, blocks: 2 }), 6) }),
			peerOf(8, 4),
		]
		swarm(state, suspect, other)
		const [picked] = pickBlocks(state, suspect, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 6 }, reason: { code: 'picked-on-parole' } })
		expect(pick(state, other, 1)).toEqual([])
		expect(wantsBlock(state, other.peer, blocksOf(state, 6)[1]!)).toBe(false)
	})

	test('a peer on parole opens pieces of its own rather than join those of others', () => {
		const state = picker({ pieces: 8, blocks: 2, have: four, sequential: true })
		const [other, suspect] = [peerOf(8, 2), peerOf(8, 4, { onParole: true })]
		swarm(state, suspect, other)
		expect(pick(state, other, 1)).toEqual(['4:0'])
		releasePeer(state, other.peer)
		expect(pick(state, suspect, 1)).toEqual(['5:0'])
		expect(pick(state, other, 3)).toEqual(['4:0', '4:1', '6:0'])
	})

	test('when a peer on parole leaves, others go on with what it delivered', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [suspect, other] = [peerOf(5, 2, { onParole: true }), peerOf(5, 4)]
		swarm(state, suspect, other)
		expect(pick(state, suspect, 2)).toEqual(['4:0', '4:1'])
		blockReceived(state, suspect.peer, blocksOf(state, 4)[0]!)
		expect(releasePeer(state, suspect.peer)).toEqual([])
		expect(pick(state, other, 2)).toEqual(['4:1'])
	})

	test('a piece that failed twice comes from one peer alone, and anew when that peer leaves', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		swarm(state, a, b)
		for (let attempt = 0; attempt < 2; attempt += 1) {
			pick(state, a, 1)
			pick(state, b, 1)
			for (const block of blocksOf(state, 4)) {
				blockReceived(state, a.peer, block)
				blockReceived(state, b.peer, block)
			}
			expect(pieceHashed(state, pieceOf(state, 4), false).toSorted()).toEqual([a.peer, b.peer])
		}
		expect(pick(state, a, 1)).toEqual(['4:0'])
		expect(pick(state, b, 1)).toEqual([])
		blockReceived(state, a.peer, blocksOf(state, 4)[0]!)
		pick(state, a, 1)
		expect(releasePeer(state, a.peer)).toEqual([4])
		expect(pick(state, b, 9)).toEqual(['4:0', '4:1'])
	})
})

describe('requests that end', () => {
	const setUp = () => {
		const state = picker({ pieces: 5, blocks: 3, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		swarm(state, a, b)
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
		swarm(state, a, b)
		pick(state, a, 1)
		expect(pick(state, b, 1)).toEqual([])
		expect(makeRoom(state)).toBe(undefined)
		releasePeer(state, a.peer)
		expect(makeRoom(state)).toBe(4)
		expect(pick(state, b, 1)).toEqual(['5:0'])
	})
})

describe('endgame', () => {
	test('begins when every missing block is in flight, and not before', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four })
		const [a, b] = [peerOf(6, 2), peerOf(6, 4)]
		swarm(state, a, b)
		pick(state, a, 3)
		expect(inEndgame(state)).toBe(false)
		pick(state, a, 1)
		expect(inEndgame(state)).toBe(true)
		expect(pick(state, b, 9)).toHaveLength(4)
	})

	test('is not held up by pieces that nobody has', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four })
		const [a, b] = [peerOf(6, 2, { has: [5] }), peerOf(6, 4, { has: [5] })]
		swarm(state, a, b)
		pick(state, a, 2)
		expect(pick(state, b, 9)).toEqual(['5:0', '5:1'])
		setPiece(b.have, 4)
		addPiece(state, b.have, pieceOf(state, 4))
		expect(inEndgame(state)).toBe(false)
	})

	test('asks for the block that has waited longest first, of three peers at most, never twice of one', () => {
		const state = picker({ pieces: 6, blocks: 2, have: four, sequential: true })
		const [a, b, c, d] = [peerOf(6, 2), peerOf(6, 4), peerOf(6, 6), peerOf(6, 8)]
		swarm(state, a, b, c, d)
		pick(state, a, 4)
		expect(pick(state, a, 1)).toEqual([])
		expect(pick(state, b, 1)).toEqual(['4:0'])
		expect(pickBlocks(state, c, { count: 1, random })).toEqual([
			{ block: blocksOf(state, 4)[0], reason: { code: 'picked-endgame', askedOf: 2 } },
		])
		expect(pick(state, d, 1)).toEqual(['4:1'])
		expect(pick(state, b, 9)).toEqual(['4:1', '5:0', '5:1'])
	})

	test('cancels everywhere when one of them delivers', () => {
		const state = picker({ pieces: 5, blocks: 1, have: four })
		const [a, b, c] = [peerOf(5, 2), peerOf(5, 4), peerOf(5, 6)]
		swarm(state, a, b, c)
		for (const peer of [a, b, c]) pick(state, peer, 1)
		expect(blockReceived(state, b.peer, blocksOf(state, 4)[0]!)).toEqual({
			accepted: true,
			cancel: [a.peer, c.peer],
			pieceFull: true,
		})
		expect(state.inFlight).toBe(0)
	})

	test('doubles at most so many requests a peer', () => {
		const state = picker({ pieces: 6, blocks: 9, have: four, maxDuplicates: 5, sequential: true })
		const [a, b] = [peerOf(6, 2), peerOf(6, 4)]
		swarm(state, a, b)
		pick(state, a, 18)
		expect(pick(state, b, 9)).toHaveLength(5)
		expect(pick(state, b, 9)).toEqual([])
		blockReceived(state, a.peer, blocksOf(state, 4)[0]!)
		expect(pick(state, b, 9)).toEqual(['4:5'])
	})

	test('is nothing for slow peers and peers on parole', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, slow, suspect] = [peerOf(5, 2), peerOf(5, 4, { slow: true }), peerOf(5, 6, { onParole: true })]
		swarm(state, a, slow, suspect)
		pick(state, a, 2)
		expect(pick(state, slow, 9)).toEqual([])
		expect(pick(state, suspect, 9)).toEqual([])
	})

	test('one block that is free again ends it, until somebody is asked for it', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		swarm(state, a, b)
		pick(state, a, 2)
		releaseBlock(state, a.peer, blocksOf(state, 4)[1]!)
		expect(inEndgame(state)).toBe(false)
		expect(pick(state, b, 1)).toEqual(['4:1'])
		expect(inEndgame(state)).toBe(true)
	})
})

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
		swarm(state, peer)
		pick(state, peer, 2)
		complete(state, peer, 0)
		expect(isInteresting(state, peer.have)).toBe(true)
		complete(state, peer, 1)
		expect(isInteresting(state, peer.have)).toBe(false)
	})
})
