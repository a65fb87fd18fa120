import { describe, expect, it } from 'vitest'
import type { Message } from '../../source/protocol/message.ts'
import { TestNetwork, type TestNode } from '../helpers/core-pair.ts'
import { effectsOf, LoneTorrent } from '../helpers/lone-torrent.ts'

const pieceLength = 64 * 1024
const network = (pieces = 20) => new TestNetwork(pieceLength, pieces * pieceLength - 5000)

function sent(node: TestNode, type: Message['type']): Message[] {
	return node.effects.flatMap(effect =>
		effect.type === 'SendMessages' ? effect.messages.filter(message => message.type === type) : [],
	)
}

describe('a torrent', () => {
	it('downloads everything from a seed and says so once', () => {
		const swarm = network()
		const seed = swarm.add({ have: 'all' })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(30_000)
		expect(leech.isComplete).toBe(true)
		expect(leech.events.filter(event => event.type === 'downloadCompleted')).toHaveLength(1)
		expect(leech.torrent.core.downloadedBytes).toBe(swarm.geometry.totalBytes)
		expect(leech.torrent.core.wastedBytes).toBe(0)
		expect(seed.torrent.core.uploadedBytes).toBe(swarm.geometry.totalBytes)
	})

	it('lets both go once both have everything', () => {
		const swarm = network()
		const seed = swarm.add({ have: 'all' })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(30_000)
		expect(leech.torrent.core.peers.size).toBe(0)
		expect(seed.torrent.core.peers.size).toBe(0)
	})

	it('trades: two halves become two wholes', () => {
		const swarm = network()
		const even = swarm.add({ have: Array.from({ length: 10 }, (_, index) => index * 2) })
		const odd = swarm.add({ have: Array.from({ length: 10 }, (_, index) => index * 2 + 1) })
		odd.dial(even)
		swarm.advance(60_000)
		expect(even.isComplete).toBe(true)
		expect(odd.isComplete).toBe(true)
	})

	it('asks for every block, and bounds what the endgame wastes', () => {
		const swarm = network(400)
		const seeds = [swarm.add({ have: 'all' }), swarm.add({ have: 'all' }), swarm.add({ have: 'all' })]
		const leech = swarm.add()
		for (const seed of seeds) leech.dial(seed)
		swarm.advance(60_000)
		expect(leech.isComplete).toBe(true)
		const asked = leech.effects.flatMap(effect =>
			effect.type === 'SendMessages'
				? effect.messages.flatMap(message =>
						message.type === 'request' ? [`${message.piece}:${message.offset}`] : [],
					)
				: [],
		)
		const blocks = Math.ceil(swarm.geometry.totalBytes / 16_384)
		expect(new Set(asked).size).toBe(blocks)
		expect(leech.torrent.core.wastedBytes).toBeLessThan(swarm.geometry.totalBytes / 15)
	})

	it('goes on with another peer when one vanishes in mid-piece', () => {
		const swarm = network(40)
		const first = swarm.add({ have: 'all', maxUpBytesPerSecond: 100_000 })
		const second = swarm.add({ have: 'all' })
		const leech = swarm.add()
		leech.dial(first)
		swarm.advance(3000)
		expect(leech.isComplete).toBe(false)
		leech.cut(first)
		leech.dial(second)
		swarm.advance(60_000)
		expect(leech.isComplete).toBe(true)
	})

	it('bans a peer whose pieces are wrong and ends without it', () => {
		const swarm = network()
		const liar = swarm.add({ have: 'all', lies: true })
		const leech = swarm.add()
		leech.dial(liar)
		swarm.advance(30_000)
		expect(leech.events.some(event => event.type === 'peerBanned')).toBe(true)
		expect(leech.torrent.core.peers.size).toBe(0)
		const seed = swarm.add({ have: 'all' })
		leech.dial(seed)
		swarm.advance(60_000)
		expect(leech.isComplete).toBe(true)
	})

	it('finds the one liar among five honest peers, and bans nobody else', () => {
		for (let seed = 1; seed <= 10; seed += 1) {
			const swarm = network(60)
			const liar = swarm.add({ have: 'all', lies: true, maxUpBytesPerSecond: 200_000 })
			const honest = Array.from({ length: 5 }, () => swarm.add({ have: 'all', maxUpBytesPerSecond: 200_000 }))
			const leech = swarm.add({ randomSeed: seed })
			for (const peer of [liar, ...honest]) leech.dial(peer)
			swarm.advance(120_000)
			expect(leech.isComplete, `seed ${seed}`).toBe(true)
			const banned = leech.events.flatMap(event => (event.type === 'peerBanned' ? [event.host] : []))
			expect(new Set(banned), `seed ${seed}`).toEqual(new Set([liar.address.host]))
		}
	})

	it('keeps to its limit for downloads', () => {
		const swarm = network(40)
		const seed = swarm.add({ have: 'all' })
		const leech = swarm.add({ maxDownBytesPerSecond: 100_000 })
		leech.dial(seed)
		swarm.advance(10_000)
		const received = leech.torrent.core.downloadedBytes
		expect(received).toBeGreaterThan(800_000)
		expect(received).toBeLessThan(1_250_000)
	})

	it('keeps to its limit for uploads, whoever asks', () => {
		const swarm = network(40)
		const seed = swarm.add({ have: 'all', maxUpBytesPerSecond: 100_000 })
		const leeches = [swarm.add(), swarm.add()]
		for (const leech of leeches) leech.dial(seed)
		swarm.advance(10_000)
		const given = seed.torrent.core.uploadedBytes
		expect(given).toBeGreaterThan(800_000)
		expect(given).toBeLessThan(1_250_000)
	})

	it('fetches the wanted pieces and no others', () => {
		const swarm = network(20)
		const seed = swarm.add({ have: 'all' })
		const wanted = new Uint8Array(20)
		wanted.fill(1, 5, 8)
		const leech = swarm.add({ content: { wanted } })
		leech.dial(seed)
		swarm.advance(30_000)
		expect(leech.isComplete).toBe(true)
		expect(leech.torrent.core.picker?.have.count).toBe(3)
	})

	it('asks for nothing while choked, and hears choke and interest both ways', () => {
		const swarm = network(30)
		const seed = swarm.add({ have: 'all' })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(30_000)
		expect(sent(leech, 'interested')).toHaveLength(1)
		expect(sent(seed, 'unchoke')).toHaveLength(1)
		expect(sent(leech, 'notInterested').length).toBeLessThanOrEqual(1)
	})

	it('stops asking when the disk is full, and goes on when there is room again', () => {
		const swarm = network(40)
		const seed = swarm.add({ have: 'all', maxUpBytesPerSecond: 300_000 })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(1000)
		leech.feed({ type: 'DiskFailed', error: 'ENOSPC' })
		swarm.advance(5000)
		const before = leech.torrent.core.downloadedBytes
		expect(leech.torrent.core.state).toBe('diskStopped')
		expect(leech.torrent.core.problem).toContain('disk full')
		swarm.advance(30_000)
		expect(leech.torrent.core.downloadedBytes).toBe(before)
		leech.feed({ type: 'DiskRetryRequested' })
		swarm.advance(60_000)
		expect(leech.isComplete).toBe(true)
	})

	it('tries to finish its files again when the disk failed it at the end', () => {
		const lone = new LoneTorrent({ have: 'all' })
		lone.feed({ type: 'DiskFailed', error: 'ENOSPC' })
		expect(lone.torrent.core.problem).toContain('disk full')
		lone.effects.length = 0
		lone.advance(599_000)
		expect(effectsOf(lone.effects, 'FinishFiles')).toEqual([])
		lone.advance(2000)
		expect(effectsOf(lone.effects, 'FinishFiles')).toHaveLength(1)
		expect(lone.torrent.core.problem).toBe(undefined)
	})

	it('never talks to itself', () => {
		const swarm = network()
		const seed = swarm.add({ have: 'all' })
		seed.dial(seed)
		swarm.advance(120_000)
		expect(seed.torrent.core.peers.size).toBe(0)
		expect(seed.effects.filter(effect => effect.type === 'Dial')).toHaveLength(1)
	})

	it('keeps exactly one connection when both ends dial at once', () => {
		const swarm = network(40)
		const one = swarm.add({ have: [0, 1, 2], maxUpBytesPerSecond: 20_000 })
		const other = swarm.add({ have: [7, 8, 9], maxUpBytesPerSecond: 20_000 })
		one.dial(other)
		other.dial(one)
		swarm.advance(5000)
		expect(one.torrent.core.peers.size).toBe(1)
		expect(other.torrent.core.peers.size).toBe(1)
	})

	it('lets go of everybody when paused and comes back when resumed', () => {
		const swarm = network(40)
		const seed = swarm.add({ have: 'all', maxUpBytesPerSecond: 300_000 })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(1000)
		leech.feed({ type: 'Paused' })
		swarm.advance(10_000)
		expect(leech.torrent.core.peers.size).toBe(0)
		leech.feed({ type: 'Resumed' })
		swarm.advance(120_000)
		expect(leech.isComplete).toBe(true)
	})

	it('is plain data: a copy goes on where the original stood', () => {
		const swarm = network()
		const seed = swarm.add({ have: 'all' })
		const leech = swarm.add()
		leech.dial(seed)
		swarm.advance(100)
		expect(() => structuredClone(leech.torrent.core)).not.toThrow()
	})
})
