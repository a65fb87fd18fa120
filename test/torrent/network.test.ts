// A network that was away: whom it cost us is tried again soon, and nobody else.
import { describe, expect, test } from 'vitest'
import { toPeerId, toPeerNumber, toTrackerNumber } from '../../source/protocol/ids.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { missesNetwork } from '../../source/torrent/network.ts'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'

const second = 1000
const hour = 3_600_000
const [first, other] = [toTrackerNumber(0), toTrackerNumber(1)]
const unreachable = { type: 'failed', code: 'unreachable', message: safeText('no way') } as const
const answer = { type: 'announced', intervalS: 1800, seeders: 1, leechers: 0, peers: [] } as const
const addresses = Array.from({ length: 20 }, (_, at) => ({ host: `10.1.0.${at}`, port: 6881 }))

/** A torrent whose trackers and dials all fail with these codes, until they are left alone for long. */
function cutOff(dialError = 'ENETUNREACH', trackers = [[first], [other]]) {
	const lone = new LoneTorrent({ tiers: trackers })
	lone.feed({ type: 'AddressesFound', addresses, source: 'tracker' })
	const failAll = () => {
		const effects = lone.effects.splice(0)
		for (const { peer } of effectsOf(effects, 'Dial'))
			lone.feed({ type: 'DialFailed', peer, error: dialError })
		for (const { order } of effectsOf(effects, 'Announce'))
			lone.feed({ type: 'AnnounceFailed', tracker: order.tracker, failure: unreachable })
	}
	for (let round = 0; round < 400; round += 1) {
		failAll()
		lone.advance(30 * second)
	}
	failAll()
	lone.effects.length = 0
	const tried = () => ({
		dials: effectsOf(lone.effects, 'Dial').length,
		announces: effectsOf(lone.effects, 'Announce').length,
	})
	return { lone, tried }
}

describe('a network that came back', () => {
	test('brings every tracker and every address again within ten seconds, not all at once', () => {
		const { lone, tried } = cutOff()
		lone.feed({ type: 'NetworkReturned' })
		expect(tried().dials).toBeLessThan(10)
		lone.advance(10 * second)
		expect(tried()).toEqual({ dials: 20, announces: 2 })
	})

	test('brings nobody back who had refused', () => {
		const { lone, tried } = cutOff('ECONNREFUSED')
		lone.feed({ type: 'NetworkReturned' })
		lone.advance(10 * second)
		expect(tried().dials).toBe(0)
	})

	test('does not wait for an announce that was lost on its way', () => {
		const lone = new LoneTorrent({ tiers: [[first]] })
		lone.advance(5 * second)
		lone.effects.length = 0
		lone.feed({ type: 'NetworkReturned' })
		lone.advance(10 * second)
		expect(effectsOf(lone.effects, 'Announce').map(({ order }) => order.event)).toEqual(['started'])
	})

	test('lets an announce go on that was made just now', () => {
		const lone = new LoneTorrent({ tiers: [[first]] })
		lone.advance(second)
		lone.effects.length = 0
		lone.feed({ type: 'NetworkReturned' })
		lone.advance(10 * second)
		expect(effectsOf(lone.effects, 'Announce')).toEqual([])
	})

	test('shows itself by the first answer of a tracker after nothing but failures', () => {
		const { lone, tried } = cutOff()
		lone.feed({ type: 'AnnounceRequested' })
		lone.advance(15 * second)
		lone.effects.length = 0
		lone.feed({ type: 'AnnounceFailed', tracker: other, failure: unreachable })
		lone.feed({ type: 'AnnounceSucceeded', tracker: first, response: answer })
		lone.advance(10 * second)
		expect(tried()).toEqual({ dials: 20, announces: 1 })
	})

	test('shows itself by the first peer that finds us', () => {
		const { lone, tried } = cutOff()
		lone.connect(1)
		lone.advance(10 * second)
		expect(tried()).toEqual({ dials: 20, announces: 2 })
	})

	test('is not believed of every peer that comes and goes', () => {
		const { lone, tried } = cutOff()
		let failed = 0
		for (let round = 0; round < 60; round += 1) {
			const peer = lone.connect(2 * round + 1, { host: '10.0.0.1' })
			lone.feed({ type: 'PeerClosed', peer, reason: { code: 'remote-closed' } })
			lone.advance(second)
			const announces = effectsOf(lone.effects, 'Announce').slice(failed)
			for (const { order } of announces)
				lone.feed({ type: 'AnnounceFailed', tracker: order.tracker, failure: unreachable })
			failed += announces.length
		}
		// Each of the two at once, and again after the pause that follows a first and a second failure.
		expect(tried().announces).toBeLessThanOrEqual(6)
	})

	test('shows itself by a clock that stood still: the machine slept', () => {
		const { lone, tried } = cutOff()
		const peer = lone.connect(1)
		lone.advance(10 * second)
		lone.effects.length = 0
		lone.now += hour
		lone.say(peer, { type: 'keepAlive' })
		lone.advance(10 * second)
		expect(tried().announces).toBeGreaterThan(0)
	})
})

describe('whom we have over a connection of its own making', () => {
	const home = { host: '10.2.0.1', port: 6881 }
	/** Both ends dial; the peer's connection is the one that both keep, whichever stood first. */
	const dialledBoth = (first: 'ours' | 'theirs') => {
		const lone = new LoneTorrent()
		lone.feed({ type: 'AddressesFound', addresses: [home], source: 'tracker' })
		const [dial] = effectsOf(lone.effects, 'Dial')
		if (dial === undefined) throw new Error('expected a dial')
		const ours = { peer: dial.peer, address: home, incoming: false }
		const theirs = { peer: toPeerNumber(77), address: { ...home, port: 40_000 }, incoming: true }
		for (const one of first === 'ours' ? [ours, theirs] : [theirs, ours]) {
			lone.feed({
				type: 'HandshakeReceived',
				...one,
				peerId: toPeerId(new Uint8Array(20).fill(0xff)),
				flags: { extended: false, fast: true, dht: false, v2: false },
			})
		}
		expect([...lone.torrent.core.peers.keys()]).toEqual([theirs.peer])
		lone.effects.length = 0
		return {
			lone,
			peer: theirs.peer,
			dials: () => effectsOf(lone.effects, 'Dial').map(({ address }) => address),
		}
	}

	test.each(['ours', 'theirs'] as const)(
		'is dialled when it ends, and not before (%s stood first)',
		first => {
			const { lone, peer, dials } = dialledBoth(first)
			lone.advance(100 * second)
			expect(dials()).toEqual([])
			lone.feed({ type: 'PeerClosed', peer, reason: { code: 'remote-closed' } })
			lone.advance(15 * second)
			expect(dials()).toEqual([home])
		},
	)

	test('is dialled at once when it was lost to the network', () => {
		const { lone, peer, dials } = dialledBoth('theirs')
		lone.advance(20 * second)
		lone.feed({ type: 'PeerClosed', peer, reason: { code: 'connection-failed', error: 'EADDRNOTAVAIL' } })
		lone.feed({ type: 'NetworkReturned' })
		lone.advance(5 * second)
		expect(dials()).toEqual([home])
	})

	test('is left alone when the user closed it or it was banned', () => {
		for (const reason of [{ code: 'by-user' }, { code: 'banned', piece: 3 }] as const) {
			const { lone, peer, dials } = dialledBoth('theirs')
			lone.feed({ type: 'PeerClosed', peer, reason })
			lone.advance(2 * hour)
			expect(dials()).toEqual([])
		}
	})
})

describe('an honest address where a dial finds the name of somebody whom we have', () => {
	const home = { host: '10.2.0.1', port: 6881 }
	const honest = 'honest'
	const peerId = toPeerId(Uint8Array.from({ length: 20 }, (_, at) => honest.charCodeAt(at) || 1))
	const flags = { extended: false, fast: true, dht: false, v2: false }

	/** We dial the address, and its client says who it is: the first of two of that name, or the second. */
	const dialHome = (lone: LoneTorrent) => {
		lone.feed({ type: 'AddressesFound', addresses: [home], source: 'tracker' })
		const [dial] = effectsOf(lone.effects, 'Dial')
		if (dial === undefined) throw new Error('expected a dial')
		lone.feed({ type: 'HandshakeReceived', peer: dial.peer, address: home, incoming: false, peerId, flags })
		return dial.peer
	}
	const dialsWithin = (lone: LoneTorrent, ms: number) => {
		lone.effects.length = 0
		lone.advance(ms)
		return effectsOf(lone.effects, 'Dial').map(({ address }) => address)
	}

	test.each([{ code: 'by-user' }, { code: 'banned', piece: 3 }, { code: 'remote-closed' }] as const)(
		'of another host is dialled again when that one ends ($code)',
		reason => {
			const lone = new LoneTorrent()
			const liar = lone.connect(1, { host: '10.66.6.6', client: honest })
			lone.advance(20 * second)
			dialHome(lone)
			expect([...lone.torrent.core.peers.keys()]).toEqual([liar])
			lone.feed({ type: 'PeerClosed', peer: liar, reason })
			expect(dialsWithin(lone, hour)).toEqual([home])
		},
	)

	test.each([{ code: 'by-user' }, { code: 'banned', piece: 3 }] as const)(
		'of another host is dialled again when one ends that took its place in the first moment ($code)',
		reason => {
			const lone = new LoneTorrent({ peerId: toPeerId(new Uint8Array(20)) })
			dialHome(lone)
			const liar = lone.connect(1, { host: '10.66.6.6', client: honest })
			expect([...lone.torrent.core.peers.keys()]).toEqual([liar])
			lone.feed({ type: 'PeerClosed', peer: liar, reason })
			expect(dialsWithin(lone, hour)).toEqual([home])
		},
	)

	test('is not forgotten over another one of that host', () => {
		const lone = new LoneTorrent()
		const peer = lone.connect(1, { host: home.host, client: honest })
		lone.advance(20 * second)
		const { candidates } = lone.torrent.core
		for (const port of [home.port, 7000]) {
			const address = { ...home, port }
			lone.feed({ type: 'AddressesFound', addresses: [address], source: 'user' })
			const dial = effectsOf(lone.effects.splice(0), 'Dial').find(one => one.address.port === port)
			if (dial === undefined) throw new Error('expected a dial')
			lone.feed({ type: 'HandshakeReceived', peer: dial.peer, address, incoming: false, peerId, flags })
		}
		expect(candidates.otherWays.get(peer)).toEqual(home)
	})
})

describe('who comes from another address with the name of somebody whom we have', () => {
	const client = '-SS0001-who-may-move'
	const comesAgain = (lone: LoneTorrent) => {
		lone.connect(5, { host: '10.7.7.7', client })
		return [...lone.torrent.core.peers.keys()]
	}

	test('takes nothing from a connection on which blocks leave slowly', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1, { client })
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		lone.advance(20 * second)
		lone.say(peer, { type: 'request', piece: 0, offset: 0, length: 16_384 })
		expect(effectsOf(lone.effects, 'ServeBlocks')).toHaveLength(1)
		lone.advance(60 * second)
		expect(comesAgain(lone)).toEqual([peer])
	})

	test('takes nothing from a connection whose blocks come slowly', () => {
		const lone = new LoneTorrent({ blocksPerPiece: 16 })
		const peer = lone.connect(1, { client })
		lone.say(peer, { type: 'haveAll' })
		lone.advance(20 * second)
		lone.say(peer, { type: 'unchoke' })
		const [block] = sentTo(lone.effects, peer, 'request')
		if (block === undefined) throw new Error('expected a request')
		lone.advance(6 * second)
		lone.bring(peer, block)
		lone.advance(6 * second)
		expect(comesAgain(lone)).toEqual([peer])
	})
})

describe('a look at the network', () => {
	test('is worth its cost while nobody speaks or a tracker is lost, and at no other time', () => {
		const lone = new LoneTorrent({ tiers: [[first]] })
		const misses = () => missesNetwork(lone.torrent.core, lone.now)
		expect(misses()).toBe(true)
		const peer = lone.connect(1)
		expect(misses()).toBe(false)
		lone.advance(9 * second)
		expect(misses()).toBe(true)
		lone.say(peer, { type: 'keepAlive' })
		expect(misses()).toBe(false)
		lone.feed({ type: 'AnnounceFailed', tracker: first, failure: unreachable })
		expect(misses()).toBe(true)
		lone.feed({ type: 'Paused' })
		expect(misses()).toBe(false)
		const seed = new LoneTorrent({ have: 'all' })
		expect(missesNetwork(seed.torrent.core, seed.now)).toBe(false)
	})
})
