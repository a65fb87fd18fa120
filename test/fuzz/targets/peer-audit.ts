// A recount of what the core keeps counts of, and the bounds of everything that strangers can make grow.
import { geometryOf } from '../../../source/torrent/content.ts'
import { hasPiece } from '../../../source/protocol/bitfield.ts'
import { copies } from '../../../source/torrent/availability.ts'
import type { Core } from '../../../source/torrent/core.ts'
import type { Peer } from '../../../source/torrent/peer.ts'
import { countInteresting } from '../../../source/torrent/peer-pieces.ts'
import type { PickerState } from '../../../source/torrent/picker-state.ts'
import { pieceStates } from '../../../source/torrent/snapshot.ts'
import { check } from '../target.ts'
import type { PeerWorld } from './peer-world.ts'

/** Throws unless the core agrees with itself and with its world. */
export function auditCore(world: PeerWorld): void {
	const { core } = world.torrent
	const { picker } = core
	check(!Number.isNaN(core.wakeAt), 'the next wake is an instant')
	checkBounds(core)
	for (const peer of core.peers.values()) {
		check(world.links.has(peer.number), `peer ${peer.number} has a connection`)
		checkPeer(core, peer)
	}
	for (const number of world.links.keys()) check(core.peers.has(number), `connection ${number} has a peer`)
	for (const number of world.dials.keys()) check(core.dialling.has(number), `dial ${number} is known`)
	check(world.dials.size === core.dialling.size, 'every dial is under way')
	if (picker === undefined) return
	checkPicker(core, picker)
	for (const piece of world.pool) check(picker.open.has(piece), `memory of piece ${piece}, which is not open`)
}

function checkBounds(core: Core): void {
	const { options, candidates } = core
	check(core.peers.size <= options.maxPeers, `${core.peers.size} peers`)
	check(candidates.known.size <= candidates.limit, `${candidates.known.size} candidates`)
	check(candidates.selves.size <= 64, `${candidates.selves.size} selves`)
	check(core.dropped.length <= 50, `${core.dropped.length} dropped peers are kept`)
	check(core.suspectAddresses.size <= 256, `${core.suspectAddresses.size} suspects`)
	check(core.havesToSend.length <= geometryOf(core).pieceCount, `${core.havesToSend.length} haves wait`)
	check(core.hashing >= 0 && core.writing >= 0, `${core.hashing} pieces hashing, ${core.writing} writing`)
}

function checkPeer(core: Core, peer: Peer): void {
	const { session, pipeline } = peer
	check(!peer.isLeaving, 'who leaves is gone at the end of the turn')
	check(peer.uploadQueue.size <= 500, `${peer.uploadQueue.size} requests of a peer wait`)
	check(peer.serving >= 0 && peer.serving <= 64, `${peer.serving} blocks of a peer are served`)
	check(peer.upload.length <= 64 && peer.download.length <= 64, 'histories are bounded')
	check(session.allowedFast.size <= 128 && session.suggested.size <= 32, 'advice is bounded')
	const { picker } = core
	if (picker === undefined || session.peerHave === undefined) return
	const interesting = countInteresting(picker, session.peerHave)
	check(peer.interesting === interesting, `${peer.interesting} of ${interesting} pieces are interesting`)
	check(session.amInterested === interesting > 0, 'interested exactly in who has something for us')
	const inFlight = picker.peers.get(peer.number)?.inFlight ?? 0
	check(
		pipeline.requests.size === inFlight,
		`${pipeline.requests.size} requests, the picker knows ${inFlight}`,
	)
}

function checkPicker(core: Core, picker: PickerState): void {
	const { peers } = core
	check(picker.open.size <= picker.maxOpenPieces, `${picker.open.size} open pieces`)
	let inFlight = 0
	for (const [number, record] of picker.peers) {
		check(peers.has(number), `the picker knows peer ${number}, who is gone`)
		inFlight += record.inFlight
	}
	check(picker.inFlight === inFlight, `${picker.inFlight} in flight, recounted ${inFlight}`)
	const states = [...picker.open.keys()].map(piece => picker.states[piece])
	const hashing = states.filter(state => state === pieceStates.hashing).length
	const writing = states.filter(state => state === pieceStates.writing).length
	check(core.hashing >= hashing, `${core.hashing} pieces hashing, recounted ${hashing}`)
	check(core.writing >= writing, `${core.writing} pieces writing, recounted ${writing}`)
	for (let piece = 0; piece < geometryOf(core).pieceCount; piece += 1) {
		let having = 0
		for (const { session } of peers.values())
			if (session.peerHave !== undefined && hasPiece(session.peerHave, piece)) having += 1
		const known = copies(picker.availability, piece)
		check(known === having, `${known} copies of piece ${piece}, recounted ${having}`)
	}
}
