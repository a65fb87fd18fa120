// Picker and liar finder together among peers of whom some send wrong blocks (threats.md: P4 and G6 in small).
import { describe, expect, test } from 'vitest'
import type { Block } from '../../source/protocol/geometry.ts'
import type { PeerNumber, PieceIndex } from '../../source/protocol/ids.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import {
	createLiars,
	isOnParole,
	parolePieceFor,
	pieceFailed,
	pieceMatched,
} from '../../source/torrent/liar.ts'
import { addBitfield, removeBitfield } from '../../source/torrent/peer-pieces.ts'
import { dropBlocksOf, makeRoom, pieceHashed, pieceWritten } from '../../source/torrent/piece-lifecycle.ts'
import { blockReceived, pickBlocks, releasePeer } from '../../source/torrent/piece-picker.ts'
import { createRandom, nextRandom, randomBelow } from '../../source/torrent/random.ts'
import { peerOf, picker } from '../helpers/picker.ts'

type Setting = {
	seed: number
	honest: number
	liars: number
	lieRate: number
	pieces: number
	blocks: number
}

/** Runs a download to its end, peers of uneven speed; returns who was banned and what it took. */
function download({ seed, honest, liars: liarCount, lieRate, pieces, blocks }: Setting) {
	const random = createRandom(seed)
	const liars = createLiars()
	const state = picker({ pieces, blocks, maxOpenPieces: 24 })
	const crowd = Array.from({ length: honest + liarCount }, (_, index) => ({
		peer: peerOf(pieces, 2 * index),
		lies: index >= honest,
		speed: 1 + randomBelow(random, 6),
		asks: [] as Block[],
	}))
	for (const { peer } of crowd) addBitfield(state, peer.have)
	const banned = new Set<PeerNumber>()
	const failedWith = new Map<PeerNumber, number>()
	const sent = new Map<PieceIndex, string[]>()
	const lied = new Set<PeerNumber>()

	const ban = (convicted: readonly { peer: PeerNumber }[]) => {
		for (const { peer: number } of convicted) {
			const one = crowd.find(({ peer }) => peer.peer === number)
			if (one === undefined || banned.has(number)) continue
			banned.add(number)
			releasePeer(state, number)
			dropBlocksOf(state, number)
			removeBitfield(state, one.peer.have)
			one.asks = []
		}
	}
	const hash = (piece: PieceIndex) => {
		const digests = sent.get(piece) ?? []
		sent.delete(piece)
		const matches = digests.every(digest => digest === 'right')
		const sources = pieceHashed(state, piece, matches)
		if (matches) {
			pieceWritten(state, piece)
			ban(pieceMatched(liars, piece, digests))
			return
		}
		for (const peer of new Set(sources)) failedWith.set(peer, (failedWith.get(peer) ?? 0) + 1)
		ban(pieceFailed(liars, piece, { sources, digests }).convicted)
	}
	const receive = (one: (typeof crowd)[number], block: Block) => {
		const number = one.peer.peer
		const receipt = blockReceived(state, number, block)
		if (!receipt.accepted) return
		const isWrong = one.lies && nextRandom(random) < lieRate
		if (isWrong) lied.add(number)
		const digests = sent.get(block.piece) ?? []
		digests[block.offset / blockBytes] = isWrong ? `lie ${nextRandom(random)}` : 'right'
		sent.set(block.piece, digests)
		for (const other of receipt.cancel) {
			const asked = crowd.find(({ peer }) => peer.peer === other)
			if (asked)
				asked.asks = asked.asks.filter(ask => ask.piece !== block.piece || ask.offset !== block.offset)
		}
		if (receipt.pieceFull) hash(block.piece)
	}

	let rounds = 0
	for (; state.lacking.count > 0 && rounds < 20_000; rounds += 1) {
		let moved = 0
		for (const one of crowd) {
			const number = one.peer.peer
			if (banned.has(number)) continue
			const peer = {
				...one.peer,
				onParole: isOnParole(liars, number),
				parolePiece: parolePieceFor(liars, number),
			}
			const picked = pickBlocks(state, peer, { count: 2 * one.speed - one.asks.length, random })
			one.asks.push(...picked.map(({ block }) => block))
			for (let turn = 0; turn < one.speed; turn += 1) {
				const block = one.asks.shift()
				if (block === undefined) break
				moved += 1
				receive(one, block)
			}
		}
		if (moved === 0) makeRoom(state)
	}
	const isHonest = (number: number) => number / 2 < honest
	return {
		complete: state.lacking.count === 0,
		honestBanned: [...banned].filter(isHonest),
		liarsFree: [...lied].filter(number => !banned.has(number)),
		failures: [...lied].map(number => failedWith.get(number) ?? 0),
		rounds,
	}
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed + 1)

describe('a swarm with liars', () => {
	test('one liar among five honest peers is found, and no honest peer is taken for it', () => {
		for (const seed of seeds(60)) {
			const setting = { seed, honest: 5, liars: 1, lieRate: 0.3, pieces: 40, blocks: 8 }
			const result = download(setting)
			expect({ seed, ...result }).toMatchObject({ complete: true, honestBanned: [], liarsFree: [] })
		}
	})

	test('one liar among ten honest peers spoils few pieces before it is found', () => {
		const failures = seeds(60).flatMap(
			seed => download({ seed, honest: 10, liars: 1, lieRate: 1, pieces: 60, blocks: 8 }).failures,
		)
		expect(failures.reduce((sum, count) => sum + count, 0) / failures.length).toBeLessThan(2.5)
		expect(Math.max(...failures)).toBeLessThanOrEqual(4)
	})

	test('fifty liars among five honest peers do not stop the download', () => {
		for (const seed of seeds(10)) {
			const setting = { seed, honest: 5, liars: 50, lieRate: 0.5, pieces: 40, blocks: 8 }
			const result = download(setting)
			expect({ seed, ...result }).toMatchObject({ complete: true, honestBanned: [], liarsFree: [] })
		}
	})
})
