import { describe, expect, it } from 'vitest'
import type { PeersSlice } from '../../source/torrent/snapshot.ts'
import { orderPeers, type PeerOrder } from '../../source/tui/peer-order.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const unsorted: PeerOrder = { by: 'down', at: Number.NEGATIVE_INFINITY, peers: [] }
const { peers: slice } = createFakeEngine({ peers: 12 }).slices()
const at = (ms: number, peers = slice.peers): PeersSlice => ({ ...slice, at: ms, peers })
const first = slice.peers[0]
if (first === undefined) throw new Error('expected peers')

describe('peer order', () => {
	it('puts the fastest connected peer first', () => {
		const order = orderPeers(unsorted, at(0), 'down')
		const connected = slice.peers.filter(({ phase }) => phase === 'connected')
		const fastest = connected.toSorted((one, other) => other.downBytesPerSecond - one.downBytesPerSecond)[0]
		expect(order.peers[0]).toBe(fastest?.peer)
	})

	it('stands still for two seconds however the rates move', () => {
		const order = orderPeers(unsorted, at(0), 'down')
		const upsideDown = slice.peers.map(peer => ({
			...peer,
			downBytesPerSecond: 1e6 - peer.downBytesPerSecond,
		}))
		expect(orderPeers(order, at(1999, upsideDown), 'down')).toBe(order)
		expect(orderPeers(order, at(2000, upsideDown), 'down').peers).not.toEqual(order.peers)
	})

	it('drops who left and lists newcomers last until it sorts again', () => {
		const order = orderPeers(unsorted, at(0, slice.peers.slice(0, 11)), 'down')
		const changed = orderPeers(order, at(100, slice.peers.slice(1)), 'down')
		expect(changed.peers).not.toContain(first.peer)
		expect(changed.peers.at(-1)).toBe(slice.peers[11]?.peer)
	})

	it('sorts at once when another column is chosen', () => {
		const order = orderPeers(unsorted, at(0), 'down')
		expect(orderPeers(order, at(100), 'progress').by).toBe('progress')
	})
})
