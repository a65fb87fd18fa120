// The metadata of a magnet link from peers that do anything in any order: what is held agrees with its sum and
// stays in bounds, only liars are convicted, and in the end one honest peer is enough.
import { toPeerNumber } from '../../../source/protocol/ids.ts'
import {
	countMetadataPieces,
	metadataPieceBytes,
	metadataPieceLength,
} from '../../../source/protocol/ut-metadata.ts'
import {
	metadataOffered,
	metadataOverdue,
	metadataPeerLost,
	metadataPieceCame,
	metadataRefused,
	metadataRight,
	metadataWrong,
	nextMetadataDeadline,
	takeAsked,
	takeWhole,
} from '../../../source/torrent/metadata.ts'
import { nextMetadataRequests } from '../../../source/torrent/metadata-choice.ts'
import {
	assemble,
	createMetadata,
	maxCopies,
	maxHeldBytes,
	type MetadataPeer,
	type MetadataState,
} from '../../../source/torrent/metadata-state.ts'
import { makeContent } from '../../helpers/make-torrent.ts'
import { Draw } from '../draw.ts'
import { check, type Target } from '../target.ts'

const info = Uint8Array.from({ length: 2 * metadataPieceLength + 77 }, (_, at) => (at * 31) & 0xff)
const sizes = [info.length, info.length - 1, 5, metadataPieceLength, metadataPieceLength + 1, 30_000_000]

type World = {
	readonly state: MetadataState
	readonly draw: Draw
	readonly reached: Set<string>
	/** Who may send what is not so; everybody else does not. */
	readonly liars: Set<number>
	now: number
	next: number
}

export const metadataTarget: Target = {
	name: 'metadata',
	mutation: 'bytes',
	seeds: () => Array.from({ length: 8 }, (_, seed) => makeContent(300, seed)),
	maxBytes: 2_000,
	run(input) {
		const world: World = {
			...{ state: createMetadata(), draw: new Draw(input), reached: new Set(), liars: new Set() },
			...{ now: 1000, next: 1 },
		}
		let isKnown = false
		while (!world.draw.isEmpty && !isKnown) {
			happen(world)
			ask(world)
			isKnown = judge(world)
			audit(world)
		}
		structuredClone(world.state)
		for (let round = 0; !isKnown; round += 1) {
			check(round < 400, 'an honest peer is enough')
			if (round === 0) offer(world, { size: info.length, isLiar: false })
			ask(world)
			for (const peer of [...world.state.peers.values()]) answerAll(world, peer)
			isKnown = judge(world)
			audit(world)
			world.now += 10_000
		}
		return [...world.reached]
	},
}

function happen(world: World): void {
	const { state, draw } = world
	const peers = [...state.peers.values()]
	const peer = draw.pick(peers)
	const kind = draw.below(12)
	if (kind < 3 || peer === undefined) {
		const isLiar = draw.flag()
		const size = isLiar ? draw.pick([...sizes, undefined]) : draw.pick([info.length, undefined])
		offer(world, { size, isLiar })
	} else if (kind < 7) answer(world, peer)
	else if (kind === 7) answerAll(world, peer)
	else if (kind === 8) metadataPeerLost(state, peer.number)
	else if (kind === 9) {
		const [piece] = peer.asked.keys()
		if (piece !== undefined && takeAsked(peer, piece)) metadataRefused(peer, world.now)
	} else if (kind === 10) {
		world.now += draw.pick([1, 2100, 21_000, 61_000, 700_000]) ?? 1
		metadataOverdue(state, world.now)
	} else unasked(world, peer)
}

function offer(world: World, { size, isLiar }: { size: number | undefined; isLiar: boolean }): void {
	const number = toPeerNumber(world.next)
	world.next += 1
	if (isLiar) world.liars.add(number)
	const address = { host: '192.0.2.1', port: number }
	metadataOffered(world.state, { number, address, totalBytes: size, oneAtATime: false }, world.now)
}

function ask(world: World): void {
	for (const { peer, piece } of nextMetadataRequests(world.state, world.now)) {
		const offered = world.state.peers.get(peer)
		check(offered?.asked.has(piece) === true, 'what is to be asked is noted')
		const { totalBytes } = offered
		check(piece === 0 || metadataPieceBytes(totalBytes ?? 0, piece) > 0, `piece ${piece} of ${totalBytes}`)
		check(offered.asked.size <= offered.window, 'no more than the window')
	}
	check(nextMetadataDeadline(world.state, world.now) > world.now - 21_000, 'a deadline that can be met')
}

function answerAll(world: World, peer: MetadataPeer): void {
	for (let left = 64; left > 0 && peer.asked.size > 0; left -= 1) answer(world, peer)
}

function answer(world: World, peer: MetadataPeer): void {
	const [piece] = peer.asked.keys()
	if (piece === undefined) return
	const isLiar = world.liars.has(peer.number)
	const totalBytes = isLiar ? (peer.totalBytes ?? world.draw.pick(sizes) ?? 5) : info.length
	const length = metadataPieceBytes(totalBytes, piece)
	if (length === 0) return
	const start = piece * metadataPieceLength
	const bytes = isLiar ? new Uint8Array(length) : info.slice(start, start + length)
	const receipt = metadataPieceCame(world.state, peer, { piece, totalBytes, bytes, now: world.now })
	world.reached.add(receipt)
	check(receipt !== 'unasked', 'it was asked')
}

function unasked(world: World, peer: MetadataPeer): void {
	const piece = 40 + world.draw.byte()
	const held = world.state.heldBytes
	const data = { piece, totalBytes: 30_000_000, bytes: new Uint8Array(metadataPieceLength), now: world.now }
	if (!peer.asked.has(piece) && !peer.overdue.has(piece))
		check(metadataPieceCame(world.state, peer, data) === 'unasked', 'nobody asked for it')
	check(world.state.heldBytes === held || peer.asked.has(piece), 'what nobody asked for is not kept')
}

function judge(world: World): boolean {
	for (let whole = takeWhole(world.state); whole !== undefined; whole = takeWhole(world.state)) {
		const bytes = assemble(whole)
		check(bytes.length === whole.totalBytes, 'all of it')
		const isRight = Buffer.compare(bytes, info) === 0
		const { liars } = isRight ? metadataRight(world.state, bytes) : metadataWrong(world.state)
		world.reached.add(`${isRight ? 'right' : 'wrong'} ${Math.min(liars.length, 3)}`)
		for (const { peer } of liars) check(world.liars.has(peer), `peer ${peer} told nothing wrong`)
		if (isRight) return true
	}
	return false
}

function audit({ state, reached }: World): void {
	let held = 0
	const copies = state.checking === undefined ? state.copies : [...state.copies, state.checking]
	for (const { totalBytes, pieces } of copies) {
		check(pieces.size <= countMetadataPieces(totalBytes), 'no more pieces than there are')
		for (const [index, { bytes }] of pieces) {
			held += bytes.length
			check(bytes.length === metadataPieceBytes(totalBytes, index), 'each of its length')
		}
	}
	check(held === state.heldBytes, `${held} bytes held, ${state.heldBytes} counted`)
	check(held <= maxHeldBytes, 'memory in bounds')
	check(state.copies.length <= maxCopies + state.peers.size, `${state.copies.length} copies`)
	reached.add(`copies ${Math.min(4, state.copies.length)} distrusted ${Math.min(2, state.distrusted.size)}`)
}
