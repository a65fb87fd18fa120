import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasPiece } from '../../source/protocol/bitfield.ts'
import type { Block } from '../../source/protocol/geometry.ts'
import type { PickerPeer } from '../../source/torrent/piece-choice.ts'
import { makeRoom, pieceHashed, pieceWritten } from '../../source/torrent/piece-lifecycle.ts'
import {
	createPieceOrder,
	filePiece,
	findCommonest,
	findFirst,
	findRandom,
	findRarest,
	refilePiece,
	unfilePiece,
} from '../../source/torrent/piece-order.ts'
import { blockReceived, pickBlocks } from '../../source/torrent/piece-picker.ts'
import { createRandom, randomBelow } from '../../source/torrent/random.ts'
import { bits, join, peerOf, picker } from '../helpers/picker.ts'

describe('piece order', () => {
	test('finds the same as a list that is searched whole, after any changes', () => {
		const size = 30
		const change = fc.tuple(fc.nat(size - 1), fc.option(fc.nat(4), { nil: undefined }))
		fc.assert(
			fc.property(
				fc.array(change, { maxLength: 100, size: 'max' }),
				fc.uniqueArray(fc.nat(size - 1)),
				fc.nat(),
				(changes, pieces, seed) => {
					const order = createPieceOrder(size)
					const model = new Map<number, number>()
					const search = {
						have: bits(size, pieces),
						random: createRandom(seed),
						position: { scanByte: seed % 4 },
					}
					for (const [piece, copies] of changes) {
						findRarest(order, search)
						findFirst(order, search.have)
						if (copies === undefined) {
							if (model.delete(piece)) unfilePiece(order, piece)
						} else {
							if (model.has(piece)) refilePiece(order, piece, copies)
							else filePiece(order, piece, copies)
							model.set(piece, copies)
						}
					}
					const { have } = search
					const fits = [...model].filter(([piece]) => hasPiece(have, piece))
					const copiesOf = (piece: number | undefined) => (piece === undefined ? undefined : model.get(piece))
					const all = fits.map(([, copies]) => copies)
					const least = fits.length === 0 ? undefined : Math.min(...all)
					const most = fits.length === 0 ? undefined : Math.max(...all)
					const first = fits.length === 0 ? undefined : Math.min(...fits.map(([piece]) => piece))
					expect(copiesOf(findRarest(order, search))).toBe(least)
					expect(copiesOf(findCommonest(order, search))).toBe(most)
					expect(findFirst(order, have)).toBe(first)
					const any = findRandom(order, search)
					if (any === undefined) expect(fits).toEqual([])
					else expect(fits.map(([piece]) => piece)).toContain(any)
				},
			),
		)
	})

	test('finds the one piece of a peer among a hundred thousand that it lacks', () => {
		const size = 100_000
		const order = createPieceOrder(size)
		for (let piece = 0; piece < size; piece += 1) filePiece(order, piece, 1)
		const search = { have: bits(size, [77_777]), random: createRandom(1), position: { scanByte: 0 } }
		expect(findRarest(order, search)).toBe(77_777)
		expect(findCommonest(order, search)).toBe(77_777)
		expect(findRandom(order, search)).toBe(77_777)
		expect(findFirst(order, search.have)).toBe(77_777)
	})
})

describe('a search', () => {
	test('looks at a bounded number of pieces, however many there are of each rarity', () => {
		const size = 8_000
		const order = createPieceOrder(size)
		for (let piece = 0; piece < size; piece += 1) filePiece(order, piece, piece % 80)
		const search = { have: bits(size, [7_999]), random: createRandom(1), position: { scanByte: 7_999 >>> 3 } }
		for (const find of [findRarest, findCommonest, findRandom]) {
			search.position.scanByte = 7_999 >>> 3
			const before = order.visits
			expect(find(order, search)).toBe(7_999)
			expect(order.visits - before).toBeLessThanOrEqual(find === findRandom ? 1_032 : 160 + 64)
		}
	})
})

/** Fetches up to 20,000 blocks from the peers in turn; returns pieces and blocks looked at, a block. */
function visitsPerBlock(pieces: number, peers: readonly PickerPeer[]): number {
	const state = picker({ pieces, blocks: 16, maxOpenPieces: 256 })
	const random = createRandom(1)
	join(state, ...peers)
	const asks: Block[][] = peers.map(() => [])
	let received = 0
	while (received < Math.min(20_000, pieces * 16)) {
		const before = received
		for (const [index, { peer }] of peers.entries()) {
			const queue = asks[index]!
			queue.push(
				...pickBlocks(state, peers[index]!, { count: 64 - queue.length, random }).map(({ block }) => block),
			)
			for (const block of queue.splice(0, 16)) {
				const receipt = blockReceived(state, peer, block)
				received += Number(receipt.accepted)
				if (!receipt.pieceFull) continue
				pieceHashed(state, block.piece, true)
				pieceWritten(state, block.piece)
			}
		}
		if (received === before) makeRoom(state)
	}
	return state.order.visits / received
}

const everyPiece = (pieces: number) => Array.from({ length: pieces }, (_, piece) => piece)
const crowd = (size: number, has: (peer: number) => 'all' | number[]) =>
	Array.from({ length: 50 }, (_, index) => peerOf(size, 2 * index, { has: has(index) }))

describe('the cost of a pick', () => {
	const swarms: Record<string, (pieces: number) => PickerPeer[]> = {
		'one seed': pieces => [peerOf(pieces, 2)],
		'fifty seeds': pieces => crowd(pieces, () => 'all'),
		'fifty peers with half of the pieces': pieces => {
			const chance = createRandom(7)
			return crowd(pieces, () => everyPiece(pieces).filter(() => randomBelow(chance, 2) === 1))
		},
		'a seed and peers that all have the same common half': pieces =>
			crowd(pieces, peer => (peer === 0 ? 'all' : everyPiece(pieces >> 1))),
	}
	test.each(Object.keys(swarms))('is the same with 1,000 and 100,000 pieces: %s', name => {
		expect(visitsPerBlock(1_000, swarms[name]!(1_000))).toBeLessThan(4)
		expect(visitsPerBlock(100_000, swarms[name]!(100_000))).toBeLessThan(4)
	})

	test('is for a peer with few pieces one walk through the bitfields in all, not one a pick', () => {
		const size = 100_000
		const chance = createRandom(7)
		const peers = crowd(size, peer =>
			peer === 0 ? 'all' : Array.from({ length: 12 }, () => randomBelow(chance, size)),
		)
		const walks = (visitsPerBlock(size, peers) * 20_000) / (50 * (size / 8))
		expect(walks).toBeLessThan(2.2)
	})

	test('is nothing for a peer that has nothing for us and asks again and again', () => {
		const size = 100_000
		const state = picker({ pieces: size, blocks: 16, have: [0, 1, 2, 3] })
		const [seed, idle] = [peerOf(size, 2), peerOf(size, 4, { has: [0, 1] })]
		join(state, seed, idle)
		const random = createRandom(1)
		pickBlocks(state, idle, { count: 1, random })
		const before = state.order.visits
		for (let turn = 0; turn < 100; turn += 1) {
			pickBlocks(state, seed, { count: 1, random })
			pickBlocks(state, idle, { count: 1, random })
		}
		expect(state.order.visits - before).toBeLessThan(500)
	})
})
