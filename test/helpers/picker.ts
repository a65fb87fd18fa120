// A picker with peers to talk about in few words, and a recount of everything that the picker keeps counts of.
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

const everybody = {
	peers: new Set(Array.from({ length: 64 }, (_, index) => toPeerNumber(index))),
	most: Number.POSITIVE_INFINITY,
	beside: Number.POSITIVE_INFINITY,
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
		helps: everybody,
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

/** Throws unless every count, list and file of the picker equals what a recount finds. O(everything). */
export function expectConsistent(state: PickerState, peers: readonly PickerPeer[]): void {
	const { geometry, order } = state
	for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
		const has = hasPiece(state.have, piece)
		const wanted = state.wanted[piece] === 1
		const code = state.states[piece]
		const closed = has ? pieceStates.have : wanted ? pieceStates.missing : pieceStates.unwanted
		if (!state.open.has(piece)) same(code, closed, `state of piece ${piece}`)
		else if (code === pieceStates.missing || code === pieceStates.unwanted)
			throw new Error(`${piece} is open`)
		same(hasPiece(state.lacking, piece), wanted && !has, `lack of piece ${piece}`)
		const filed = hasPiece(order.filed, piece)
		same(filed, code === pieceStates.missing, `piece ${piece} filed`)
		const having = peers.filter(peer => hasPiece(peer.have, piece)).length
		same(copies(state.availability, piece), having, `copies of piece ${piece}`)
		const bucket = order.bucketOf[piece] ?? -1
		if (filed) same(bucket + state.availability.seeds, having, `bucket of piece ${piece}`)
		if (filed) same(order.buckets[bucket]?.[order.positions[piece] ?? -1], piece, `place of piece ${piece}`)
	}
	same(order.buckets.flat().length, order.filed.count, 'filed pieces')
	recountOpenPieces(state)
	recountPeers(state)
	recountBytes(state)
}

function recountOpenPieces(state: PickerState): void {
	const joinable = new Set<number>()
	let freeInAll = 0
	for (const partial of state.open.values()) {
		const { piece } = partial
		let received = 0
		let asked = 0
		let spare = 0
		for (let block = 0; block < partial.blockCount; block += 1) {
			const askers = countAskers(partial, block)
			asked += Number(askers > 0)
			spare += Number(askers > 0 && askers < partial.maxAskers)
			if (askers > partial.maxAskers) throw new Error(`${piece}:${block} is asked of ${askers}`)
			if (!isReceived(partial, block)) continue
			received += 1
			same(askers, 0, `askers of ${piece}:${block}, which was received`)
			if (partial.owner !== undefined)
				same(partial.sources[block], partial.owner + 1, `source of ${piece}:${block}`)
		}
		same(partial.received, received, `received blocks of piece ${piece}`)
		same(partial.asked, asked, `asked blocks of piece ${piece}`)
		same(partial.spare, spare, `spare blocks of piece ${piece}`)
		same(partial.blockCount, blockCount(state.geometry, piece), `blocks of piece ${piece}`)
		const isOpen = state.states[piece] === pieceStates.open
		same(isOpen, received < partial.blockCount, `piece ${piece} open`)
		if (!isOpen || partial.owner !== undefined || freeBlocks(partial) === 0) continue
		joinable.add(piece)
		if (copies(state.availability, piece) > 0) freeInAll += freeBlocks(partial)
	}
	same(state.joinable.length, joinable.size, 'joinable pieces')
	same(
		state.joinable.every(piece => joinable.has(piece)),
		true,
		'joinable pieces are those that should be',
	)
	same(state.freeBlocks, freeInAll, 'free blocks')
}

function recountPeers(state: PickerState): void {
	let inFlightInAll = 0
	for (const [peer, record] of state.peers) {
		let inFlight = 0
		let owned = 0
		for (const partial of state.open.values()) {
			owned += Number(partial.owner === peer)
			for (let block = 0; block < partial.blockCount; block += 1) {
				inFlight += Number(isInFlight(partial, block, peer))
			}
		}
		same(record.inFlight, inFlight, `requests in flight to peer ${peer}`)
		same(record.owned, owned, `pieces of peer ${peer} alone`)
		const most = Math.min(inFlight, state.maxDuplicates)
		if (record.duplicates < 0 || record.duplicates > most) throw new Error(`${record.duplicates} duplicates`)
		inFlightInAll += inFlight
	}
	same(state.inFlight, inFlightInAll, 'requests in flight')
	for (const partial of state.open.values()) {
		if (partial.owner !== undefined) same(state.peers.has(partial.owner), true, `record of ${partial.owner}`)
	}
}

function recountBytes(state: PickerState): void {
	let wantedBytes = 0
	let completedWantedBytes = 0
	for (const [piece, wanted] of state.wanted.entries()) {
		const bytes = wanted === 1 ? pieceBytes(state.geometry, piece) : 0
		wantedBytes += bytes
		if (hasPiece(state.have, piece)) completedWantedBytes += bytes
	}
	same(state.wantedBytes, wantedBytes, 'wanted bytes')
	same(state.completedWantedBytes, completedWantedBytes, 'completed wanted bytes')
}

// One `expect` a fact would take most of the time of thousands of recounts.
function same(actual: unknown, recounted: unknown, what: string): void {
	if (!Object.is(actual, recounted)) {
		throw new Error(`${what}: the picker has ${String(actual)}, a recount ${String(recounted)}`)
	}
}

/** All blocks of a piece. */
export function blocksOf(state: PickerState, index: number): Block[] {
	const piece = pieceOf(state, index)
	return Array.from({ length: blockCount(state.geometry, piece) }, (_, block) => blockAt(state, piece, block))
}
