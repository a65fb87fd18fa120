import { describe, expect, it } from 'vitest'
import { toPeerNumber } from '../../source/protocol/ids.ts'
import type { PeersSlice } from '../../source/torrent/snapshot.ts'
import { peerListing, plainList } from '../../source/tui/listing.ts'
import {
	noOrder,
	orderPeers as order,
	type PeerListing,
	type PeerOrder,
} from '../../source/tui/peer-order.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const byDown = peerListing(plainList)
const unsorted = noOrder(byDown)
const orderPeers = (before: PeerOrder, peers: PeersSlice, listing: PeerListing = byDown) =>
	order(before, peers, { listing, pieceCount: 2636 })
const { peers: slice } = createFakeEngine({ peers: 12 }).slices()
const at = (ms: number, peers = slice.peers): PeersSlice => ({ ...slice, at: ms, peers })
const first = slice.peers[0]
if (first === undefined) throw new Error('expected peers')

describe('peer order', () => {
	it('puts the fastest connected peer first', () => {
		const order = orderPeers(unsorted, at(0))
		const connected = slice.peers.filter(({ phase }) => phase === 'connected')
		const fastest = connected.toSorted((one, other) => other.downBytesPerSecond - one.downBytesPerSecond)[0]
		expect(order.peers[0]).toBe(fastest?.peer)
	})

	it('stands still for two seconds however the rates move', () => {
		const order = orderPeers(unsorted, at(0))
		const upsideDown = slice.peers.map(peer => ({
			...peer,
			downBytesPerSecond: 1e6 - peer.downBytesPerSecond,
		}))
		expect(orderPeers(order, at(1999, upsideDown))).toBe(order)
		expect(orderPeers(order, at(2000, upsideDown)).peers).not.toEqual(order.peers)
	})

	it('drops who left and lists newcomers last until it sorts again', () => {
		const order = orderPeers(unsorted, at(0, slice.peers.slice(0, 11)))
		const changed = orderPeers(order, at(100, slice.peers.slice(1)))
		expect(changed.peers).not.toContain(first.peer)
		expect(changed.peers.at(-1)).toBe(slice.peers[11]?.peer)
	})

	it('sorts at once when another column is chosen', () => {
		const before = orderPeers(unsorted, at(0))
		const { peers } = orderPeers(before, at(100), peerListing({ ...plainList, sort: 'have' }))
		const have = (number: number | undefined) => slice.peers.find(({ peer }) => peer === number)?.piecesHave
		const connected = slice.peers.filter(({ phase }) => phase === 'connected')
		expect(have(peers[0])).toBe(Math.max(...connected.map(({ piecesHave }) => piecesHave)))
	})

	it('lists who a filter asks for, whoever comes later too, and stands still while they change', () => {
		const expression = { type: 'has', field: 'choked' } as const
		const choked = peerListing({ ...plainList, filter: { text: 'choked', expression } })
		const listed = orderPeers(unsorted, at(0), choked)
		const wanted = slice.peers.filter(({ peerChoking }) => peerChoking).map(({ peer }) => peer)
		expect(listed.peers.toSorted()).toEqual(wanted.toSorted())
		const unchoked = slice.peers.map(peer => ({ ...peer, peerChoking: false }))
		expect(orderPeers(listed, at(1000, unchoked), choked)).toBe(listed)
		expect(orderPeers(listed, at(2000, unchoked), choked).peers).toEqual([])
		const come = [
			{ ...first, peer: toPeerNumber(900), peerChoking: true },
			{ ...first, peer: toPeerNumber(901), peerChoking: false },
		]
		expect(orderPeers(listed, at(1000, [...slice.peers, ...come]), choked).peers).toEqual([
			...listed.peers,
			900,
		])
	})
})
