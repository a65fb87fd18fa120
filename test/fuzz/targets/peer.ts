// The core of a torrent under everything that can happen in any order: no exception but a ProtocolError of the
// peer who caused it, counts that agree, memory in bounds; and after all of it one honest peer is enough to
// complete the download.
import { geometryOf } from '../../../source/torrent/content.ts'
import { pieceBytes } from '../../../source/protocol/geometry.ts'
import type { PeerNumber } from '../../../source/protocol/ids.ts'
import { isComplete } from '../../../source/torrent/core.ts'
import { concatBytes } from '../../../source/protocol/bytes.ts'
import { makeContent } from '../../helpers/make-torrent.ts'
import { wireBytes } from '../../helpers/arbitrary-message.ts'
import { Draw } from '../draw.ts'
import { check, type Target } from '../target.ts'
import { auditCore } from './peer-audit.ts'
import { endCheck, endFinish, happen } from './peer-events.ts'
import { blockMessage, blocksIn, PeerWorld } from './peer-world.ts'

const pieceLengths = [32_768, 16_384, 40_000, 65_536, 20_000, 5]

export const peerTarget: Target = {
	name: 'peer',
	mutation: 'bytes',
	seeds: () => Array.from({ length: 12 }, (_, seed) => makeContent(600, seed)),
	maxBytes: 3_000,
	run(input) {
		const draw = new Draw(input)
		const world = new PeerWorld({
			pieceLength: draw.pick(pieceLengths) ?? 16_384,
			pieceCount: 1 + draw.below(10),
			lastBytes: 1 + draw.below(40_000),
			maxPeers: 1 + draw.below(6),
			maxOpenPieces: 1 + draw.below(5),
			sequential: draw.flag(),
			seed: draw.byte(),
			have: draw.byte() & draw.byte(),
		})
		auditCore(world)
		while (!draw.isEmpty) {
			happen(world, draw)
			auditCore(world)
		}
		structuredClone(world.torrent.core)
		complete(world)
		return [...world.reached]
	},
}

// Whatever there was before, the download ends once somebody gives us every piece.
function complete(world: PeerWorld): void {
	const { core } = world.torrent
	finishDisk(world)
	world.feed({ type: 'Resumed' })
	world.feed({ type: 'LimitsChanged', maxDownBytesPerSecond: undefined, maxUpBytesPerSecond: undefined })
	world.feed({ type: 'DiskRetryRequested' })
	for (const link of [...world.links.values()]) world.close(link, { code: 'remote-closed' })
	let honest: PeerNumber | undefined
	for (let round = 0; round < 120 && !isComplete(core); round += 1) {
		if (honest === undefined || !world.links.has(honest)) {
			check(round < 100, 'an honest peer may stay')
			honest = admit(world, round)
		}
		if (honest !== undefined) answer(world, honest)
		finishDisk(world)
		world.advance(1_000)
		auditCore(world)
	}
	check(
		isComplete(core),
		`an honest peer is enough to complete (${core.state}, ${core.picker?.lacking.count} pieces lacking)`,
	)
}

function admit(world: PeerWorld, round: number): PeerNumber | undefined {
	const peer = world.nextIncoming()
	world.join(peer, {
		address: { host: '127.0.0.1', port: 20_000 + round },
		...{ incoming: true, peerId: 100 + round, fast: true, extended: false },
	})
	const link = world.links.get(peer)
	if (link === undefined) return undefined
	world.receive(link, concatBytes([wireBytes({ type: 'haveAll' }), wireBytes({ type: 'unchoke' })]))
	return peer
}

function answer(world: PeerWorld, number: PeerNumber): void {
	for (let left = 200; left > 0; left -= 1) {
		const link = world.links.get(number)
		const block = world.owed(number)[0]
		if (link === undefined || block === undefined) return
		world.receive(link, blockMessage(block))
	}
}

function finishDisk(world: PeerWorld): void {
	const geometry = geometryOf(world.torrent.core)
	for (const { piece, digests } of world.hashing.splice(0)) {
		const right = Array.from({ length: blocksIn(pieceBytes(geometry, piece)) }, () => 'right')
		world.feed({ type: 'PieceHashed', piece, matches: true, digests: digests ? right : undefined })
	}
	for (const piece of world.writing.splice(0)) {
		world.pool.delete(piece)
		world.feed({ type: 'PieceWritten', piece })
	}
	endFinish(world, new Draw(new Uint8Array()))
	endCheck(world, new Draw(new Uint8Array()))
}
