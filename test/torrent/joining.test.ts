// Who gets a place when all are taken, and at whose cost.
import { describe, expect, test } from 'vitest'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import { effectsOf, LoneTorrent } from '../helpers/lone-torrent.ts'

const second = 1000
const maxPeers = 50
const blockLength = 16_384

/** All places of a seed are taken by strangers who say that they want something. */
function fullSeed(): { readonly lone: LoneTorrent; readonly crowd: readonly PeerNumber[] } {
	const lone = new LoneTorrent({ have: 'all', pieces: 400, maxPeers })
	const crowd = Array.from({ length: maxPeers }, (_, at) => lone.connect(2 * at + 1))
	for (const peer of crowd) lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
	return { lone, crowd }
}

/** What came of a newcomer: whose place it has, or that it was turned away. */
function newcomer(lone: LoneTorrent, number = 201): readonly string[] {
	lone.effects.length = 0
	lone.connect(number, { host: `10.1.${number >> 8}.${number & 255}`, client: `newcomer ${number}` })
	return effectsOf(lone.effects, 'ClosePeer').map(({ reason }) => reason.code)
}

describe('a seed without a place left', () => {
	test('gives one of those who want something and never ask to whoever comes', () => {
		const { lone, crowd } = fullSeed()
		expect(newcomer(lone)).toEqual(['too-many-connections'])
		for (let round = 0; round < 9; round += 1) {
			lone.advance(10 * second)
			for (const peer of crowd) lone.say(peer, { type: 'keepAlive' })
		}
		expect(newcomer(lone, 203)).toEqual(['replaced-by-better'])
		expect(lone.torrent.core.peers.size).toBe(maxPeers)
	})

	test('keeps who had no turn yet, and no turn of an hour in which the machine slept counts', () => {
		const lone = new LoneTorrent({ have: 'all', maxPeers: 24 })
		const crowd = Array.from({ length: 24 }, (_, at) => lone.connect(2 * at + 1))
		for (const peer of crowd) lone.say(peer, { type: 'haveNone' })
		for (let round = 0; round < 5; round += 1) {
			lone.advance(60 * second)
			for (const peer of crowd) lone.say(peer, { type: 'keepAlive' })
		}
		for (const peer of crowd) lone.say(peer, { type: 'interested' })
		lone.advance(5 * second)
		lone.now += 3_600_000
		expect(newcomer(lone)).toEqual(['too-many-connections'])
		lone.advance(70 * second)
		const waiting = crowd.filter(peer => lone.peer(peer).unchokedAt === undefined)
		for (let number = 301; number < 340; number += 2) newcomer(lone, number)
		expect(waiting.length).toBeGreaterThan(0)
		expect(waiting.every(peer => lone.torrent.core.peers.has(peer))).toBe(true)
	})

	test('keeps everybody who takes something in its turn, however slowly', () => {
		const { lone, crowd } = fullSeed()
		let next = 0
		for (let seconds = 0; seconds < 1200; seconds += 1) {
			lone.advance(second)
			for (const peer of crowd) {
				const { session, serving, uploadQueue } = lone.peer(peer)
				if (seconds % 25 === 0) lone.say(peer, { type: 'keepAlive' })
				// Half a minute for a block, and as long until the next one is asked for.
				if (seconds % 30 !== 0) continue
				if (serving > 0) lone.feed({ type: 'BlocksSent', peer, blocks: serving, bytes: blockLength })
				else if (!session.amChoking && uploadQueue.size === 0) {
					next = (next + 1) % 800
					const [piece, offset] = [next >> 1, (next & 1) * blockLength]
					lone.say(peer, { type: 'request', piece, offset, length: blockLength })
				}
			}
			if (seconds % 10 === 0) expect(newcomer(lone, 1001 + 2 * seconds)).toEqual(['too-many-connections'])
		}
		expect([...lone.torrent.core.peers.keys()]).toEqual(crowd)
		expect(lone.torrent.core.uploadedBytes).toBeGreaterThan(100 * blockLength)
	})
})

test('who has what we lack keeps its place, mute or not', () => {
	const lone = new LoneTorrent({ pieces: 8, have: [0], maxPeers: 4 })
	const crowd = [1, 3, 5].map(number => lone.connect(number))
	for (const peer of crowd)
		lone.say(peer, { type: 'bitfield', bits: Uint8Array.of(0x7f) }, { type: 'interested' })
	lone.advance(130 * second)
	expect(newcomer(lone)).toEqual(['too-many-connections'])
})

describe('whoever has a whole IPv6 /64', () => {
	const join = (lone: LoneTorrent, number: number, host: string) =>
		lone.torrent.core.peers.has(lone.connect(number, { host }))

	test('has four places, one an address, and keeps nobody else out', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const hosts = Array.from({ length: 20 }, (_, at) => `2001:db8:1:2::${(at + 1).toString(16)}`)
		expect(hosts.filter((host, at) => join(lone, 2 * at + 1, host))).toEqual(hosts.slice(0, 4))
		expect(join(lone, 101, '2001:db8:1:3::1')).toBe(true)
		expect(join(lone, 103, '2001:db8:1:3::1')).toBe(false)
		for (const number of [105, 107, 109, 111, 113]) expect(join(lone, number, `fe80::${number}`)).toBe(true)
		const [first] = lone.torrent.core.peers.keys()
		if (first === undefined) throw new Error('expected a peer')
		lone.feed({ type: 'PeerClosed', peer: first, reason: { code: 'remote-closed' } })
		expect(join(lone, 115, '2001:db8:1:2::99')).toBe(true)
		expect(join(lone, 117, '2001:db8:1:2::9a')).toBe(false)
	})

	test('is dialled at four of its addresses', () => {
		const lone = new LoneTorrent()
		const addresses = Array.from({ length: 9 }, (_, at) => ({ host: `2001:db8:1:2::${at + 1}`, port: 6881 }))
		lone.feed({ type: 'AddressesFound', addresses, source: 'tracker' })
		lone.advance(5 * second)
		expect(effectsOf(lone.effects, 'Dial')).toHaveLength(4)
	})
})
