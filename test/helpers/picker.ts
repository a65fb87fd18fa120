// A picker with peers to talk about in few words, and a recount of everything that the picker keeps counts of.
import { expect } from 'vitest'
import {
	type Bitfield,
	createBitfield,
	createFullBitfield,
	hasPiece,
	setPiece,
} from '../../source/protocol/bitfield.ts'
import { type Block, blockCount, createGeometry, pieceBytes } from '../../source/protocol/geometry.ts'
import { toPeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { copies } from '../../source/torrent/availability.ts'
import { countAskers, freeBlocks, isInFlight, isReceived } from '../../source/torrent/partial-piece.ts'
import { addBitfield } from '../../source/torrent/peer-pieces.ts'
import {
	blockAt,
	createPicker,
	type PickerOptions,
	type PickerState,
} from '../../source/torrent/picker-state.ts'
import type { PickerPeer } from '../../source/torrent/piece-choice.ts'
import { pickBlocks } from '../../source/torrent/piece-picker.ts'
import { createRandom } from '../../source/torrent/random.ts'
import { pieceStates } from '../../source/torrent/snapshot.ts'

export const random = createRandom(1)

/** A bitfield with these pieces of `size`. */
export function bits(size: number, pieces: Iterable<number> | 'all'): Bitfield {
	if (pieces === 'all') return createFullBitfield(size)
	const bitfield = createBitfield(size)
	for (const piece of pieces) setPiece(bitfield, piece)
	return bitfield
}

type Setting = Partial<Omit<PickerOptions, 'geometry' | 'have' | 'wanted'>> & {
	pieces: number
	/** Blocks a piece. The last piece has one block of one byte unless `evenEnd`. */
	blocks: number
	evenEnd?: boolean
	have?: Iterable<number> | 'all'
	unwanted?: Iterable<number>
}

/** A picker that lacks and wants everything, unless told otherwise, with room for all pieces. */
export function picker(setting: Setting): PickerState {
	const { pieces, blocks, have = [], unwanted = [], sequential = false, maxOpenPieces = pieces } = setting
	const pieceLength = blocks * blockBytes
	const totalBytes = setting.evenEnd === false ? (pieces - 1) * pieceLength + 1 : pieces * pieceLength
	const wanted = new Uint8Array(pieces).fill(1)
	for (const piece of unwanted) wanted[piece] = 0
	return createPicker({
		maxAskers: 3,
		maxDuplicates: 20,
		...setting,
		geometry: createGeometry(pieceLength, totalBytes),
		have: bits(pieces, have),
		wanted,
		sequential,
		maxOpenPieces,
	})
}

/** A picker peer; `number` names it, it has all `size` pieces and unchokes us unless told otherwise. */
export function peerOf(
	size: number,
	number: number,
	change: Partial<Omit<PickerPeer, 'peer' | 'have'>> & { has?: Iterable<number> | 'all' } = {},
): PickerPeer {
	const { has = 'all', ...rest } = change
	return {
		peer: toPeerNumber(number),
		have: bits(size, has),
		choked: false,
		allowedFast: new Set(),
		suggested: new Set(),
		onParole: false,
		parolePiece: undefined,
		slow: false,
		...rest,
	}
}

/** Peers join the swarm of the picker. */
export function join(state: PickerState, ...peers: PickerPeer[]): void {
	for (const peer of peers) addBitfield(state, peer.have)
}

/** Picks up to `count` blocks; their names. */
export function pick(state: PickerState, peer: PickerPeer, count: number): string[] {
	return pickBlocks(state, peer, { count, random }).map(({ block }) => nameOf(block))
}

/** A block of the torrent by its piece and its index there. */
export function blockOf(state: PickerState, piece: number, block: number): Block {
	return blockAt(state, pieceOf(state, piece), block)
}

/** The piece with this index. */
export function pieceOf(state: PickerState, index: number) {
	return toPieceIndex(index, state.geometry.pieceCount)
}

/** A block as `piece:index`. */
export function nameOf(block: Block): string {
	return `${block.piece}:${block.offset / blockBytes}`
}

/** Fails unless every count, list and file of the picker equals what a recount finds. O(everything). */
export function expectConsistent(state: PickerState, peers: readonly PickerPeer[]): void {
	const { geometry, order } = state
	for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
		const has = hasPiece(state.have, piece)
		const wanted = state.wanted[piece] === 1
		const code = state.states[piece]
		const isOpen = state.open.has(piece)
		if (isOpen) expect([pieceStates.open, pieceStates.hashing, pieceStates.writing]).toContain(code)
		else expect(code).toBe(has ? pieceStates.have : wanted ? pieceStates.missing : pieceStates.unwanted)
		expect(hasPiece(state.lacking, piece)).toBe(wanted && !has)
		expect(hasPiece(order.filed, piece)).toBe(code === pieceStates.missing)
		expect(copies(state.availability, piece)).toBe(peers.filter(peer => hasPiece(peer.have, piece)).length)
		if (hasPiece(order.filed, piece)) {
			const bucket = order.bucketOf[piece] ?? -1
			expect(bucket + state.availability.seeds).toBe(copies(state.availability, piece))
			expect(order.buckets[bucket]?.[order.positions[piece] ?? -1]).toBe(piece)
		}
	}
	expect(order.buckets.flat().length).toBe(order.filed.count)
	expectSums(state)
}

function expectSums(state: PickerState): void {
	const inFlight = new Map([...state.peers.keys()].map(peer => [peer, 0]))
	const joinable: number[] = []
	let freeInAll = 0
	for (const partial of state.open.values()) {
		let received = 0
		let asked = 0
		let spare = 0
		for (let block = 0; block < partial.blockCount; block += 1) {
			const askers = countAskers(partial, block)
			received += Number(isReceived(partial, block))
			asked += Number(askers > 0)
			spare += Number(askers > 0 && askers < partial.maxAskers)
			expect(askers).toBeLessThanOrEqual(partial.maxAskers)
			if (isReceived(partial, block)) expect(askers).toBe(0)
			if (isReceived(partial, block) && partial.owner !== undefined) {
				expect(partial.sources[block]).toBe(partial.owner + 1)
			}
			for (const [peer, count] of inFlight) {
				if (isInFlight(partial, block, peer)) inFlight.set(peer, count + 1)
			}
		}
		expect({ received, asked, spare }).toEqual({
			received: partial.received,
			asked: partial.asked,
			spare: partial.spare,
		})
		expect(partial.blockCount).toBe(blockCount(state.geometry, partial.piece))
		const isJoinable =
			state.states[partial.piece] === pieceStates.open &&
			freeBlocks(partial) > 0 &&
			partial.owner === undefined
		if (isJoinable) joinable.push(partial.piece)
		if (isJoinable && copies(state.availability, partial.piece) > 0) freeInAll += freeBlocks(partial)
		if (partial.owner !== undefined) expect(state.peers.has(partial.owner)).toBe(true)
	}
	expect(state.joinable.toSorted((a, b) => a - b)).toEqual(joinable.toSorted((a, b) => a - b))
	expect(state.freeBlocks).toBe(freeInAll)
	expect(new Map([...state.peers].map(([peer, record]) => [peer, record.inFlight]))).toEqual(inFlight)
	expect(state.inFlight).toBe([...inFlight.values()].reduce((sum, count) => sum + count, 0))
	for (const [peer, record] of state.peers) {
		const owned = [...state.open.values()].filter(partial => partial.owner === peer).length
		expect(record.owned).toBe(owned)
		expect(record.duplicates).toBeLessThanOrEqual(Math.min(record.inFlight, state.maxDuplicates))
	}
	const bytes = (of: (piece: number) => boolean) =>
		Array.from(state.wanted.keys())
			.filter(of)
			.reduce((sum, piece) => sum + pieceBytes(state.geometry, piece), 0)
	expect(state.wantedBytes).toBe(bytes(piece => state.wanted[piece] === 1))
	expect(state.completedWantedBytes).toBe(
		bytes(piece => state.wanted[piece] === 1 && hasPiece(state.have, piece)),
	)
}

/** All blocks of a piece. */
export function blocksOf(state: PickerState, index: number): Block[] {
	const piece = pieceOf(state, index)
	return Array.from({ length: blockCount(state.geometry, piece) }, (_, block) => blockAt(state, piece, block))
}
