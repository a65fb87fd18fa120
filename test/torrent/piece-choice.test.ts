import { describe, expect, test } from 'vitest'
import { pieceHashed, pieceWritten } from '../../source/torrent/piece-lifecycle.ts'
import {
	blockReceived,
	pickBlocks,
	releaseBlock,
	releasePeer,
	wantsBlock,
} from '../../source/torrent/piece-picker.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { blockOf, blocksOf, join, nameOf, peerOf, pick, picker, pieceOf, random } from '../helpers/picker.ts'

const four = [0, 1, 2, 3]

describe('what is picked', () => {
	test('blocks of one piece in a row come from one peer', () => {
		const state = picker({ pieces: 8, blocks: 4, have: four, sequential: true })
		const [a, b] = [peerOf(8, 2), peerOf(8, 4)]
		join(state, a, b)
		expect(pick(state, a, 2)).toEqual(['4:0', '4:1'])
		expect(pick(state, b, 2)).toEqual(['5:0', '5:1'])
		expect(pick(state, a, 3)).toEqual(['4:2', '4:3', '6:0'])
	})

	test('the last block of the torrent is as short as it is', () => {
		const state = picker({ pieces: 2, blocks: 2, evenEnd: false, have: [0] })
		const peer = peerOf(2, 2)
		join(state, peer)
		expect(pickBlocks(state, peer, { count: 9, random }).map(({ block }) => block)).toEqual([
			{ piece: 1, offset: 0, length: 1 },
		])
	})

	test('the rarest piece that the peer has comes first, with its copies as the reason', () => {
		const state = picker({ pieces: 8, blocks: 1, have: four })
		const peer = peerOf(8, 2, { has: [4, 5, 6] })
		join(state, peer, peerOf(8, 4), peerOf(8, 6, { has: [4, 6, 7] }), peerOf(8, 8, { has: [4] }))
		expect(pick(state, peer, 1)).toEqual(['5:0'])
		expect(pickBlocks(state, peer, { count: 1, random })[0]?.reason).toEqual({
			code: 'picked-rarest',
			copies: 3,
		})
		expect(pick(state, peer, 5)).toEqual(['4:0'])
	})

	test('equally rare pieces are picked by lot', () => {
		const first = new Set<string>()
		for (let seed = 0; seed < 40; seed += 1) {
			const state = picker({ pieces: 8, blocks: 1, have: four })
			const peer = peerOf(8, 2)
			join(state, peer)
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
			join(state, peer, peerOf(4, 4, { has: [1, 2, 3] }))
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
		join(early, a, b)
		join(late, a, b)
		expect([pick(early, a, 1), pick(early, b, 1)]).toEqual([['3:0'], ['3:1']])
		expect([pick(late, a, 1), pick(late, b, 1)]).toEqual([['4:0'], ['5:0']])
	})

	test('an open piece that nobody works at comes before a new one', () => {
		const state = picker({ pieces: 8, blocks: 4, have: four })
		const [a, b] = [peerOf(8, 2), peerOf(8, 4)]
		join(state, a, b)
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
		join(state, slow, fast, other)
		expect(pick(state, slow, 1)).toEqual(['4:0'])
		expect(pick(state, fast, 1)).toEqual(['5:0'])
		expect(pick(state, other, 4)).toEqual(['5:1', '5:2', '5:3', '4:1'])
	})

	test('one open piece that the peer has is found among many that it lacks', () => {
		const state = picker({ pieces: 100, blocks: 2, sequential: true, have: four })
		const [first, peer] = [peerOf(100, 2), peerOf(100, 4, { has: [90] })]
		join(state, first, peer)
		pick(state, first, 2 * 96)
		releasePeer(state, first.peer)
		expect(state.joinable.length).toBeGreaterThan(64)
		expect(pick(state, peer, 2).toSorted()).toEqual(['90:0', '90:1'])
	})

	test('pieces that are hashed or written take room until they are done', () => {
		const state = picker({ pieces: 9, blocks: 1, have: four, maxOpenPieces: 1, sequential: true })
		const peer = peerOf(9, 2)
		join(state, peer)
		expect(pick(state, peer, 2)).toEqual(['4:0'])
		expect(blockReceived(state, peer.peer, blockOf(state, 4, 0)).pieceFull).toBe(true)
		expect(pick(state, peer, 1)).toEqual([])
		pieceHashed(state, pieceOf(state, 4), true)
		expect(pick(state, peer, 1)).toEqual([])
		pieceWritten(state, pieceOf(state, 4))
		expect(pick(state, peer, 1)).toEqual(['5:0'])
	})

	test('a slow peer opens the most common piece', () => {
		const state = picker({ pieces: 7, blocks: 1, have: four })
		const peer = peerOf(7, 2, { slow: true })
		join(state, peer, peerOf(7, 4, { has: [5] }))
		const [picked] = pickBlocks(state, peer, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 5 }, reason: { code: 'picked-common', copies: 2 } })
	})

	test('a suggested piece comes before the rarest, if the peer has it and we want it', () => {
		const state = picker({ pieces: 9, blocks: 1, have: four, unwanted: [8] })
		const peer = peerOf(9, 2, { has: [4, 5, 6, 8], suggested: new Set([0, 7, 8, 99, 6]) })
		join(state, peer, peerOf(9, 4))
		const [picked] = pickBlocks(state, peer, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 6 }, reason: { code: 'picked-suggested' } })
	})

	test('a choked peer is asked for pieces that it allowed and has, and nothing else', () => {
		const state = picker({ pieces: 9, blocks: 2, have: four })
		const peer = peerOf(9, 2, { choked: true, has: [0, 4, 5], allowedFast: new Set([0, 5, 6, 99]) })
		join(state, peer, peerOf(9, 4))
		const picked = pickBlocks(state, peer, { count: 9, random })
		expect(picked.map(({ block }) => nameOf(block))).toEqual(['5:0', '5:1'])
		expect(picked[0]?.reason).toEqual({ code: 'picked-allowed-fast' })
	})

	test('unwanted pieces and pieces that we have are never picked', () => {
		const state = picker({ pieces: 7, blocks: 1, have: four, unwanted: [5] })
		const peer = peerOf(7, 2)
		join(state, peer)
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
		join(state, suspect, other)
		const [picked] = pickBlocks(state, suspect, { count: 1, random })
		expect(picked).toMatchObject({ block: { piece: 6 }, reason: { code: 'picked-on-parole' } })
		expect(pick(state, other, 1)).toEqual([])
		expect(wantsBlock(state, other.peer, blockOf(state, 6, 1))).toBe(false)
	})

	test('a late block of another peer does not get into a piece that a peer on parole answers for', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const late = peerOf(5, 2)
		const suspect = peerOf(5, 4, { onParole: true, parolePiece: pieceOf(state, 4) })
		join(state, late, suspect)
		pick(state, late, 1)
		releaseBlock(state, late.peer, blockOf(state, 4, 0))
		expect(wantsBlock(state, late.peer, blockOf(state, 4, 0))).toBe(true)
		expect(pick(state, suspect, 1)).toEqual(['4:0'])
		expect(wantsBlock(state, late.peer, blockOf(state, 4, 0))).toBe(false)
		expect(blockReceived(state, late.peer, blockOf(state, 4, 0)).accepted).toBe(false)
	})

	test('a peer on parole opens pieces of its own rather than join those of others', () => {
		const state = picker({ pieces: 8, blocks: 2, have: four, sequential: true })
		const [other, suspect] = [peerOf(8, 2), peerOf(8, 4, { onParole: true })]
		join(state, suspect, other)
		expect(pick(state, other, 1)).toEqual(['4:0'])
		releasePeer(state, other.peer)
		expect(pick(state, suspect, 1)).toEqual(['5:0'])
		expect(pick(state, other, 3)).toEqual(['4:0', '4:1', '6:0'])
	})

	test('when a peer on parole leaves, others go on with what it delivered', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [suspect, other] = [peerOf(5, 2, { onParole: true }), peerOf(5, 4)]
		join(state, suspect, other)
		expect(pick(state, suspect, 2)).toEqual(['4:0', '4:1'])
		blockReceived(state, suspect.peer, blockOf(state, 4, 0))
		expect(releasePeer(state, suspect.peer)).toEqual([])
		expect(pick(state, other, 2)).toEqual(['4:1'])
	})

	test('a piece that failed twice comes from one peer alone, and anew when that peer leaves', () => {
		const state = picker({ pieces: 5, blocks: 2, have: four })
		const [a, b] = [peerOf(5, 2), peerOf(5, 4)]
		join(state, a, b)
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
		blockReceived(state, a.peer, blockOf(state, 4, 0))
		pick(state, a, 1)
		expect(releasePeer(state, a.peer)).toEqual([4])
		expect(pick(state, b, 9)).toEqual(['4:0', '4:1'])
	})
})
