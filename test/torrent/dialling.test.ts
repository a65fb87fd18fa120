import { describe, expect, test } from 'vitest'
import type { Address } from '../../source/protocol/address.ts'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import type { PeerSource } from '../../source/torrent/snapshot.ts'
import { effectsOf, LoneTorrent } from '../helpers/lone-torrent.ts'

const minute = 60_000
const address: Address = { host: '10.9.9.9', port: 6881 }

/** A torrent that dials one address, named by `source`. */
function dialOne(source: PeerSource = 'user') {
	const lone = new LoneTorrent()
	lone.feed({ type: 'AddressesFound', addresses: [address], source })
	const dials = () => effectsOf(lone.effects, 'Dial').map(({ peer }) => peer)
	const lastDial = (): PeerNumber => {
		const peer = dials().at(-1)
		if (peer === undefined) throw new Error('expected a dial')
		return peer
	}
	/** The dial under way fails, and the next one begins. */
	const fail = (error: string) => {
		lone.feed({ type: 'DialFailed', peer: lastDial(), error })
		const before = dials().length
		lone.advance(minute)
		expect(dials()).toHaveLength(before + 1)
	}
	const failures = () => lone.events.flatMap(event => (event.type === 'dialFailed' ? [event] : []))
	const reasons = () => failures().map(({ reason }) => ('error' in reason ? reason.error : reason.code))
	return { lone, dials, lastDial, fail, failures, reasons }
}

describe('a dial that fails', () => {
	test('is told to the user who named the address, with the reason', () => {
		const { lastDial, fail, failures } = dialOne()
		const peer = lastDial()
		fail('ECONNREFUSED')
		expect(failures()).toEqual([
			{ type: 'dialFailed', peer, ...address, reason: { code: 'connection-failed', error: 'ECONNREFUSED' } },
		])
	})

	test('is told once until the reason is another one', () => {
		const { fail, reasons } = dialOne()
		for (const error of ['ECONNREFUSED', 'ECONNREFUSED', 'ETIMEDOUT', 'ETIMEDOUT', 'ECONNREFUSED'])
			fail(error)
		expect(reasons()).toEqual(['ECONNREFUSED', 'ETIMEDOUT', 'ECONNREFUSED'])
	})

	test('is news again after the peer was there, or was named again', () => {
		const { lone, lastDial, fail, reasons } = dialOne()
		fail('ECONNREFUSED')
		const peer = lone.connect(lastDial(), { host: address.host })
		lone.feed({ type: 'PeerClosed', peer, reason: { code: 'remote-closed' } })
		lone.advance(minute)
		fail('ECONNREFUSED')
		lone.feed({ type: 'AddressesFound', addresses: [address], source: 'user' })
		fail('ECONNREFUSED')
		expect(reasons()).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED'])
	})

	test('is told as well when somebody answered who says nothing, or hangs up', () => {
		const { lone, lastDial, reasons } = dialOne()
		lone.feed({ type: 'PeerClosed', peer: lastDial(), reason: { code: 'handshake-timeout' } })
		lone.advance(minute)
		lone.feed({ type: 'PeerClosed', peer: lastDial(), reason: { code: 'remote-closed' } })
		expect(reasons()).toEqual(['handshake-timeout', 'remote-closed'])
	})

	test('is no news when a tracker named the address, or when we hang up ourselves', () => {
		const named = dialOne('tracker')
		named.fail('ECONNREFUSED')
		expect(named.failures()).toEqual([])
		const paused = dialOne()
		paused.lone.feed({ type: 'Paused' })
		expect(paused.failures()).toEqual([])
	})
})

describe('the user', () => {
	test('ends a dial by closing its row, and it is not tried again', () => {
		const { lone, dials, lastDial, failures } = dialOne()
		const peer = lastDial()
		const effects = lone.feed({ type: 'PeerCloseRequested', peer })
		expect(effectsOf(effects, 'ClosePeer')).toMatchObject([{ peer, reason: { code: 'by-user' } }])
		expect(lone.torrent.core.dialling.size).toBe(0)
		lone.advance(10 * minute)
		expect(dials()).toEqual([peer])
		expect(failures()).toEqual([])
	})

	test('bans who is being dialled: neither dialled again nor let in', () => {
		const { lone, dials, lastDial } = dialOne('tracker')
		const peer = lastDial()
		const effects = lone.feed({ type: 'PeerBanRequested', peer })
		expect(effectsOf(effects, 'ClosePeer')).toMatchObject([{ peer }])
		expect(lone.events).toContainEqual({ type: 'peerBanned', peer, ...address, piece: undefined })
		lone.feed({ type: 'AddressesFound', addresses: [address], source: 'tracker' })
		lone.advance(10 * minute)
		expect(dials()).toEqual([peer])
		lone.connect(1, { host: address.host })
		expect(lone.torrent.core.peers.size).toBe(0)
	})
})
