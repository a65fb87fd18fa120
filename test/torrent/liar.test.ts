import { describe, expect, test } from 'vitest'
import { toPeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import {
	createLiars,
	isOnParole,
	needsDigests,
	parolePieceFor,
	pieceFailed,
	pieceMatched,
} from '../../source/torrent/liar.ts'

const peers = (...numbers: number[]) => numbers.map(toPeerNumber)
const piece = (index: number) => toPieceIndex(index, 1_000)

describe('liar', () => {
	test('who sent all of a piece that failed is convicted at once', () => {
		const liars = createLiars()
		const { convicted, suspects } = pieceFailed(liars, piece(7), {
			sources: peers(2, 2),
			digests: undefined,
		})
		expect(convicted).toEqual([{ peer: 2, wrongBlocks: 1 }])
		expect(suspects).toEqual([])
		expect(needsDigests(liars, piece(7))).toBe(false)
	})

	test('of several sources nobody is convicted before the piece matches; all are on parole', () => {
		const liars = createLiars()
		const result = pieceFailed(liars, piece(7), { sources: peers(2, 4, 2), digests: ['a', 'wrong', 'c'] })
		expect(result).toEqual({ convicted: [], suspects: [2, 4] })
		expect(needsDigests(liars, piece(7))).toBe(true)
		expect(peers(2, 4, 6).map(peer => isOnParole(liars, peer))).toEqual([true, true, false])
		expect(parolePieceFor(liars, toPeerNumber(4))).toBe(7)
	})

	test('when the piece matches, whose blocks differ is convicted and the others are free', () => {
		const liars = createLiars()
		pieceFailed(liars, piece(7), { sources: peers(2, 4, 4), digests: ['a', 'wrong', 'bad'] })
		pieceFailed(liars, piece(7), { sources: peers(2, 6, 8), digests: ['a', 'b', 'lie'] })
		expect(pieceMatched(liars, piece(7), ['a', 'b', 'c'])).toEqual([
			{ peer: 4, wrongBlocks: 2 },
			{ peer: 8, wrongBlocks: 1 },
		])
		expect(peers(2, 4, 6, 8).some(peer => isOnParole(liars, peer))).toBe(false)
		expect(liars).toEqual(createLiars())
	})

	test('who sends two versions of a block is convicted without waiting for the right one', () => {
		const liars = createLiars()
		pieceFailed(liars, piece(7), { sources: peers(2, 4), digests: ['a', 'b'] })
		expect(pieceFailed(liars, piece(7), { sources: peers(6, 4), digests: ['x', 'c'] })).toEqual({
			convicted: [{ peer: 4, wrongBlocks: 1 }],
			suspects: [6],
		})
	})

	test('parole for one piece outlasts the end of parole for another', () => {
		const liars = createLiars()
		pieceFailed(liars, piece(7), { sources: peers(2, 4), digests: ['a', 'b'] })
		pieceFailed(liars, piece(8), { sources: peers(2, 6), digests: ['a', 'b'] })
		pieceMatched(liars, piece(7), ['a', 'c'])
		expect(parolePieceFor(liars, toPeerNumber(2))).toBe(8)
		expect(isOnParole(liars, toPeerNumber(4))).toBe(false)
	})

	test('without digests nobody is convicted and nobody suspected for ever', () => {
		const liars = createLiars()
		expect(pieceFailed(liars, piece(7), { sources: peers(2, 4), digests: undefined })).toEqual({
			convicted: [],
			suspects: [],
		})
		pieceFailed(liars, piece(7), { sources: peers(2, 4), digests: ['a', 'b'] })
		expect(pieceMatched(liars, piece(7), undefined)).toEqual([])
		expect(isOnParole(liars, toPeerNumber(2))).toBe(false)
	})

	test('remembers the latest 64 pieces, and four attempts at each', () => {
		const liars = createLiars()
		for (let index = 0; index < 100; index += 1) {
			pieceFailed(liars, piece(index), { sources: peers(2 * index, 2 * index + 1), digests: ['a', 'b'] })
		}
		expect(liars.failed.size).toBe(64)
		expect(liars.suspects.size).toBe(128)
		expect(isOnParole(liars, toPeerNumber(2 * 35))).toBe(false)
		expect(isOnParole(liars, toPeerNumber(2 * 36))).toBe(true)
		for (let attempt = 0; attempt < 9; attempt += 1) {
			pieceFailed(liars, piece(99), { sources: peers(1_000 + attempt, 2_000), digests: ['a', 'b'] })
		}
		expect(liars.failed.get(piece(99))).toHaveLength(4)
		expect(liars.blocks).toBe(63 * 2 + 4 * 2)
		expect(isOnParole(liars, toPeerNumber(1_000))).toBe(false)
		expect(isOnParole(liars, toPeerNumber(2_000))).toBe(true)
	})

	test('a peer is on parole as long as one of the attempts that are remembered had it', () => {
		const liars = createLiars()
		const digests = ['a', 'b']
		for (const source of [2, 4, 2, 6, 8])
			pieceFailed(liars, piece(7), { sources: peers(source, 10), digests })
		expect(peers(2, 4).map(peer => isOnParole(liars, peer))).toEqual([true, true])
		pieceFailed(liars, piece(7), { sources: peers(12, 10), digests })
		expect(peers(2, 4).map(peer => isOnParole(liars, peer))).toEqual([true, false])
	})

	test('remembers a piece of any size, and no older ones beside a huge one', () => {
		const liars = createLiars()
		pieceFailed(liars, piece(1), { sources: peers(2, 4), digests: ['a', 'b'] })
		const blocks = 70_000
		const sources = Array.from({ length: blocks }, (_, block) => toPeerNumber(block % 3))
		pieceFailed(liars, piece(2), { sources, digests: sources.map(() => 'same') })
		expect([...liars.failed.keys()]).toEqual([2])
		const right = sources.map((_, block) => (block === 4 ? 'other' : 'same'))
		expect(pieceMatched(liars, piece(2), right)).toEqual([{ peer: 1, wrongBlocks: 1 }])
		expect(liars.blocks).toBe(0)
	})
})
