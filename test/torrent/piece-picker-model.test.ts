// Any sequence of events leaves the picker consistent, every pick is allowed, and every download ends.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasPiece, isFull, setPiece } from '../../source/protocol/bitfield.ts'
import type { Block } from '../../source/protocol/geometry.ts'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import { blockBytes } from '../../source/protocol/message.ts'
import { inEndgame } from '../../source/torrent/endgame.ts'
import { countAskers, freeBlocks, isInFlight, isReceived } from '../../source/torrent/partial-piece.ts'
import { addBitfield, addPiece, removeBitfield } from '../../source/torrent/peer-pieces.ts'
import type { PickerState } from '../../source/torrent/picker-state.ts'
import { hasRefused, hasRoom, type PickerPeer } from '../../source/torrent/piece-choice.ts'
import {
	dropBlocksOf,
	makeRoom,
	pieceHashed,
	pieceLost,
	pieceWriteFailed,
	pieceWritten,
	setWanted,
} from '../../source/torrent/piece-lifecycle.ts'
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
import { pieceStates } from '../../source/torrent/snapshot.ts'
import { expectConsistent, peerOf, picker, pieceOf } from '../helpers/picker.ts'

const pieces = 9
const blocks = 3

type Swarm = {
	readonly state: PickerState
	readonly random: ReturnType<typeof createRandom>
	readonly peers: PickerPeer[]
	asks: { peer: PickerPeer['peer']; block: Block }[]
	/** Released, but on their way. */
	readonly late: { peer: PickerPeer['peer']; block: Block }[]
	nextPeer: number
}

const piece = fc.nat(pieces - 1)
const some = fc.nat(1_000)
const event = fc.oneof(
	{
		weight: 2,
		arbitrary: fc.record({
			type: fc.constant('join' as const),
			has: fc.oneof(fc.constant('all' as const), fc.uniqueArray(piece)),
			slow: fc.boolean(),
			onParole: fc.boolean(),
			parolePiece: fc.option(piece, { nil: undefined }),
			suggested: fc.uniqueArray(piece, { maxLength: 2 }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), peer: some }) },
	{
		weight: 1,
		arbitrary: fc.record({ type: fc.constant('choke' as const), peer: some, fast: fc.uniqueArray(piece) }),
	},
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('unchoke' as const), peer: some }) },
	{ weight: 2, arbitrary: fc.record({ type: fc.constant('have' as const), peer: some, piece }) },
	{
		weight: 8,
		arbitrary: fc.record({
			type: fc.constant('pick' as const),
			peer: some,
			count: fc.integer({ min: 1, max: 9 }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('late' as const), ask: some }) },
	{
		weight: 10,
		arbitrary: fc.record({ type: fc.constant('deliver' as const), ask: some, count: fc.nat(9) }),
	},
	{
		weight: 2,
		arbitrary: fc.record({ type: fc.constantFrom('release' as const, 'reject' as const), ask: some }),
	},
	{
		weight: 5,
		arbitrary: fc.record({
			type: fc.constant('finish' as const),
			piece: some,
			matches: fc.boolean(),
			written: fc.boolean(),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), piece }) },
	{
		weight: 1,
		arbitrary: fc.record({
			type: fc.constant('want' as const),
			wanted: fc.uint8Array({ minLength: pieces, maxLength: pieces, max: 1 }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('makeRoom' as const) }) },
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('distrust' as const), number: fc.nat(9) }) },
)
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

type Setting = { have: number[]; sequential: boolean; maxOpenPieces: number; maxAskers: number; seed: number }

function createSwarm({ seed, ...setting }: Setting): Swarm {
	const state = picker({ pieces, blocks, evenEnd: false, maxDuplicates: 3, ...setting })
	return { state, random: createRandom(seed), peers: [], asks: [], late: [], nextPeer: 2 }
}

function apply(swarm: Swarm, event: Event): void {
	const { state, peers } = swarm
	switch (event.type) {
		case 'join': {
			const { parolePiece, suggested, ...rest } = event
			const peer = peerOf(pieces, swarm.nextPeer, {
				...rest,
				suggested: new Set(suggested),
				parolePiece: event.onParole && parolePiece !== undefined ? pieceOf(state, parolePiece) : undefined,
			})
			swarm.nextPeer += 1
			peers.push(peer)
			addBitfield(state, peer.have)
			return
		}
		case 'distrust':
			dropBlocksOf(state, toPeerNumber(event.number))
			return
		case 'makeRoom':
			makeRoom(state)
			return
		case 'want': {
			const { cancel } = setWanted(state, event.wanted)
			for (const { peer, block } of cancel) expect(dropAsk(swarm, peer, block)).toBe(true)
			return
		}
		case 'lose':
			if (hasPiece(state.have, event.piece)) pieceLost(state, pieceOf(state, event.piece))
			return
		case 'finish':
			finish(swarm, event)
			return
		case 'deliver':
			for (let turn = 0; turn <= event.count; turn += 1) deliver(swarm, event.ask)
			return
		case 'late': {
			const late = swarm.late.splice(event.ask % swarm.late.length, 1)[0]
			if (late !== undefined) receive(swarm, late)
			return
		}
		case 'release':
		case 'reject': {
			const ask = swarm.asks.splice(event.ask % swarm.asks.length, 1)[0]
			if (ask === undefined) return
			swarm.late.push(ask)
			if (event.type === 'reject') blockRejected(state, ask.peer, ask.block)
			else releaseBlock(state, ask.peer, ask.block)
			return
		}
		default:
			applyToPeer(swarm, event)
	}
}

function applyToPeer(swarm: Swarm, event: Extract<Event, { peer: number }>): void {
	const { state, peers } = swarm
	const index = event.peer % peers.length
	const peer = peers[index]
	if (peer === undefined) return
	switch (event.type) {
		case 'pick':
			pick(swarm, peer, event.count)
			return
		case 'have':
			if (setPiece(peer.have, event.piece)) addPiece(state, peer.have, pieceOf(state, event.piece))
			return
		case 'unchoke':
			peers[index] = { ...peer, choked: false }
			return
		case 'choke':
		case 'leave': {
			const kept = new Set(event.type === 'choke' ? event.fast : [])
			releasePeer(state, peer.peer, kept)
			swarm.asks = swarm.asks.filter(ask => ask.peer !== peer.peer || kept.has(ask.block.piece))
			if (event.type === 'choke') peers[index] = { ...peer, choked: true, allowedFast: new Set(event.fast) }
			else {
				peers.splice(index, 1)
				removeBitfield(state, peer.have)
			}
		}
	}
}

function pick(swarm: Swarm, peer: PickerPeer, count: number): number {
	const { state, random } = swarm
	const before = new Set(swarm.asks.filter(ask => ask.peer === peer.peer).map(ask => key(ask.block)))
	const wasAsked = new Set(swarm.asks.map(ask => key(ask.block)))
	const wasReceived = new Set<string>()
	for (const partial of state.open.values()) {
		for (let block = 0; block < partial.blockCount; block += 1) {
			if (isReceived(partial, block)) wasReceived.add(`${partial.piece}:${block * blockBytes}`)
		}
	}
	const picked = pickBlocks(state, peer, { count, random })
	expect(picked.length).toBeLessThanOrEqual(count)
	for (const { block, reason } of picked) {
		expect(hasPiece(peer.have, block.piece), 'the peer has it').toBe(true)
		expect(hasPiece(state.lacking, block.piece), 'we want it and lack it').toBe(true)
		expect(before.has(key(block)), 'this peer is not asked for it already').toBe(false)
		expect(wasReceived.has(key(block)), 'it was received').toBe(false)
		if (reason.code !== 'picked-endgame') expect(wasAsked.has(key(block)), 'somebody is asked').toBe(false)
		if (peer.choked) expect(peer.allowedFast.has(block.piece)).toBe(true)
		if (peer.slow) expect(reason.code).not.toMatch(/endgame|rarest|suggested/)
		before.add(key(block))
		swarm.asks.push({ peer: peer.peer, block })
	}
	if (picked.some(({ reason }) => reason.code === 'picked-endgame')) expect(inEndgame(state)).toBe(true)
	expect(state.open.size).toBeLessThanOrEqual(state.maxOpenPieces)
	if (picked.length < count) expect(findOverlooked(state, peer)).toBe(undefined)
	return picked.length
}

/** What a search of everything finds for a peer that got less than it asked for. */
function findOverlooked(state: PickerState, peer: PickerPeer): string | undefined {
	const mayAsk = (piece: number) =>
		hasPiece(peer.have, piece) && (!peer.choked || peer.allowedFast.has(piece))
	for (let piece = 0; piece < pieces && hasRoom(state); piece += 1) {
		if (state.states[piece] === pieceStates.missing && mayAsk(piece)) return `missing piece ${piece}`
	}
	const record = state.peers.get(peer.peer)
	const mayDouble =
		inEndgame(state) && !peer.slow && !peer.choked && !peer.onParole && (record?.duplicates ?? 0) < 3
	for (const partial of state.open.values()) {
		const { piece, owner } = partial
		if (state.states[piece] !== pieceStates.open || !mayAsk(piece)) continue
		if (hasRefused(state, peer.peer, partial) || (owner !== undefined && owner !== peer.peer)) continue
		if (freeBlocks(partial) > 0) return `free block of piece ${piece}`
		for (let block = 0; block < partial.blockCount && mayDouble && owner === undefined; block += 1) {
			if (isReceived(partial, block) || isInFlight(partial, block, peer.peer)) continue
			if (countAskers(partial, block) < partial.maxAskers) return `duplicate of ${piece}:${block}`
		}
	}
	return undefined
}

function deliver(swarm: Swarm, at: number): void {
	const ask = swarm.asks.splice(at % swarm.asks.length, 1)[0]
	if (ask !== undefined) receive(swarm, ask)
}

function receive(swarm: Swarm, ask: Swarm['asks'][number]): void {
	const { state } = swarm
	const partial = state.open.get(ask.block.piece)
	const index = ask.block.offset / blockBytes
	const others =
		partial === undefined
			? []
			: swarm.peers
					.filter(({ peer }) => peer !== ask.peer && isInFlight(partial, index, peer))
					.map(({ peer }) => peer)
	const wanted = wantsBlock(state, ask.peer, ask.block)
	const receipt = blockReceived(state, ask.peer, ask.block)
	expect(receipt.accepted).toBe(wanted)
	expect(receipt.cancel.toSorted((a, b) => a - b)).toEqual(wanted ? others.toSorted((a, b) => a - b) : [])
	if (wanted) dropAsk(swarm, ask.peer, ask.block)
	if (wanted) expect(partial === undefined ? 0 : countAskers(partial, index)).toBe(0)
	for (const other of receipt.cancel) expect(dropAsk(swarm, other, ask.block)).toBe(true)
	expect(receipt.pieceFull).toBe(wanted && state.states[ask.block.piece] === pieceStates.hashing)
}

function finish(swarm: Swarm, event: { piece: number; matches: boolean; written: boolean }): void {
	const { state } = swarm
	const full = [...state.open.keys()].filter(piece => state.states[piece] !== pieceStates.open)
	const index = full[event.piece % full.length]
	if (index === undefined) return
	const piece = pieceOf(state, index)
	if (state.states[index] === pieceStates.hashing) pieceHashed(state, piece, event.matches)
	else if (event.written) pieceWritten(state, piece)
	else pieceWriteFailed(state, piece)
}

function dropAsk(swarm: Swarm, peer: PickerPeer['peer'], block: Block): boolean {
	const at = swarm.asks.findIndex(ask => ask.peer === peer && key(ask.block) === key(block))
	if (at !== -1) swarm.asks.splice(at, 1)
	return at !== -1
}

function key(block: Block): string {
	return `${block.piece}:${block.offset}`
}

/** Goes on as a patient core would, until nothing is lacking that an unchoked peer has. */
function complete(swarm: Swarm): void {
	const { state } = swarm
	for (let round = 0; round < 60 && state.lacking.count > 0; round += 1) {
		let picked = 0
		for (const peer of swarm.peers) {
			pardonPeer(state, peer.peer)
			picked += pick(swarm, peer, 4)
		}
		while (swarm.asks.length > 0) deliver(swarm, 0)
		for (let turn = 0; turn < 2 * pieces; turn += 1) finish(swarm, { piece: 0, matches: true, written: true })
		if (picked === 0) makeRoom(state)
	}
	expect(state.lacking.count).toBe(0)
}

const runs = fc.record({
	sequential: fc.boolean(),
	maxOpenPieces: fc.integer({ min: 1, max: pieces }),
	have: fc.uniqueArray(piece, { maxLength: pieces, size: 'max' }),
	maxAskers: fc.integer({ min: 1, max: 3 }),
	seed: fc.nat(),
	events: fc.array(event, { maxLength: 100, size: 'max' }),
})

describe('piece picker', () => {
	test('keeps its counts and its promises through any events', () => {
		fc.assert(
			fc.property(runs, ({ events, ...setting }) => {
				const swarm = createSwarm(setting)
				for (const event of events) {
					apply(swarm, event)
					expectConsistent(swarm.state, swarm.peers)
				}
			}),
			{ numRuns: 200 },
		)
	})

	test('ends every download once a seed is there', () => {
		fc.assert(
			fc.property(runs, fc.boolean(), ({ events, ...setting }, slow) => {
				const swarm = createSwarm(setting)
				for (const event of events) apply(swarm, event)
				const seeder = peerOf(pieces, swarm.nextPeer, { slow })
				swarm.peers.push(seeder)
				addBitfield(swarm.state, seeder.have)
				complete(swarm)
				expectConsistent(swarm.state, swarm.peers)
				expect(isFull(swarm.state.have) || swarm.state.wanted.includes(0)).toBe(true)
			}),
			{ numRuns: 300 },
		)
	})
})
