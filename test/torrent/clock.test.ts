// What time alone does to a torrent: it comes to rest, and a clock that stood still is nobody's fault.
import { describe, expect, test } from 'vitest'
import { type SliceName } from '../../source/torrent/snapshot.ts'
import { samplesOf } from '../../source/torrent/rate-history.ts'
import { effectsOf, LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

const block = 16_384
const versions = (lone: LoneTorrent): Record<SliceName, number> => ({ ...lone.torrent.core.versions })

describe('an idle torrent', () => {
	test('without peers wakes for nothing', () => {
		for (const have of ['all', []] as const) {
			const lone = new LoneTorrent({ have })
			lone.advance(60_000)
			expect(lone.advance(3_600_000)).toBe(0)
		}
	})

	test('with a peer wakes for the choker alone, and shows nothing new', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' })
		lone.advance(20_000)
		const before = versions(lone)
		expect(lone.advance(60_000)).toBeLessThanOrEqual(12)
		expect(versions(lone)).toEqual(before)
	})

	test('sends a keep-alive, and lets go of who sends none', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' })
		lone.effects.length = 0
		lone.advance(110_000)
		expect(sentTo(lone.effects, peer, 'keepAlive')).toHaveLength(1)
		lone.advance(40_000)
		expect(lone.torrent.core.peers.size).toBe(0)
	})
})

describe('a clock that stood still', () => {
	const sleep = (lone: LoneTorrent) => {
		lone.now += 3_600_000
	}

	test('drops nobody: the silence was ours', () => {
		const lone = new LoneTorrent()
		for (const number of [1, 3]) lone.say(lone.connect(number), { type: 'haveAll' })
		lone.advance(10_000)
		sleep(lone)
		lone.feed({ type: 'Woken' })
		lone.advance(60_000)
		expect(lone.torrent.core.peers.size).toBe(2)
		lone.advance(100_000)
		expect(lone.torrent.core.peers.size).toBe(0)
	})

	test('drops nobody either when a message is the first thing that is heard', () => {
		const lone = new LoneTorrent()
		const [one, other] = [lone.connect(1), lone.connect(3)]
		for (const peer of [one, other]) lone.say(peer, { type: 'haveAll' })
		lone.advance(10_000)
		sleep(lone)
		lone.say(one, { type: 'keepAlive' })
		lone.feed({ type: 'Woken' })
		expect(lone.torrent.core.peers.size).toBe(2)
	})

	test('is why peers gave us up: they are dialled again at once', () => {
		const lone = new LoneTorrent()
		lone.feed({ type: 'AddressesFound', addresses: [{ host: '10.0.0.2', port: 6881 }], source: 'tracker' })
		const peer = lone.connect(2)
		lone.say(peer, { type: 'haveAll' })
		lone.advance(10_000)
		sleep(lone)
		lone.feed({ type: 'PeerClosed', peer, reason: { code: 'remote-closed' } })
		lone.effects.length = 0
		lone.advance(10_000)
		expect(effectsOf(lone.effects, 'Dial')).toHaveLength(1)
	})

	test('is not what a first peer after a long rest makes of it', () => {
		const lone = new LoneTorrent()
		lone.advance(10 * 60_000)
		const peer = lone.connect(1)
		lone.feed({ type: 'BurstEnded', peer })
		expect(lone.peer(peer).lastReceivedAt).toBe(lone.now)
		expect(lone.torrent.nextWakeAt).toBeGreaterThanOrEqual(lone.now)
	})

	test('is no snub: what was in flight has its time again', () => {
		const lone = new LoneTorrent()
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveAll' }, { type: 'unchoke' })
		lone.advance(1000)
		sleep(lone)
		lone.feed({ type: 'Woken' })
		lone.advance(5000)
		expect(lone.peer(peer).pipeline.snubbed).toBe(false)
		expect(lone.peer(peer).pipeline.requests.size).toBeGreaterThan(0)
	})

	test('does not count against who is reading what we send', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		lone.say(peer, { type: 'request', piece: 0, offset: 0, length: block })
		lone.advance(1000)
		sleep(lone)
		lone.feed({ type: 'Woken' })
		expect(lone.torrent.core.peers.size).toBe(1)
	})
})

describe('the curve of the rate', () => {
	test('begins within a second of the first block and ends at zero', () => {
		const lone = new LoneTorrent({ pieces: 40 })
		const peer = lone.connect(1)
		lone.advance(2000)
		lone.say(peer, { type: 'haveAll' }, { type: 'unchoke' })
		const asked = sentTo(lone.effects, peer, 'request')
		for (const request of asked.slice(0, 4)) lone.bring(peer, request)
		lone.advance(1100)
		expect(samplesOf(lone.torrent.core.downHistory).some(rate => rate > 0)).toBe(true)
		lone.say(peer, { type: 'choke' })
		lone.advance(4500)
		expect(samplesOf(lone.torrent.core.downHistory).at(-1)).toBe(0)
		const still = versions(lone)
		lone.advance(60_000)
		expect(versions(lone)).toEqual(still)
	})

	test('is drawn once more when the rate has come to zero, whenever the torrent wakes', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		lone.say(peer, { type: 'request', piece: 0, offset: 0, length: block })
		lone.feed({ type: 'BlocksSent', peer, blocks: 1, bytes: block })
		lone.advance(3900)
		const before = lone.torrent.core.versions.summary
		// Something else wakes it between two samples, when the rate has just become zero.
		lone.now += 350
		lone.feed({ type: 'Woken' })
		lone.advance(2000)
		expect(lone.torrent.core.versions.summary).toBeGreaterThan(before)
		expect(samplesOf(lone.torrent.core.upHistory).at(-1)).toBe(0)
		expect(effectsOf(lone.effects, 'ClosePeer')).toHaveLength(0)
	})
})

test('whatever fractions instants have, what is due at a wake is done at that wake', () => {
	for (let draw = 0; draw < 40; draw += 1) {
		const lone = new LoneTorrent()
		lone.now += 1e6 + (draw * 1000) / 7 + 1 / 3
		const [seed, idle] = [seedPeer(lone, 1), lone.connect(3)]
		lone.now += draw / 9
		lone.say(seed, { type: 'unchoke' })
		lone.say(idle, { type: 'haveNone' })
		// Snubbed, timed out, kept alive, and let go of after a silence: none of them wakes for ever.
		expect(lone.advance(200_000)).toBeLessThan(1000)
		expect(lone.torrent.core.peers.size).toBe(0)
	}
})
