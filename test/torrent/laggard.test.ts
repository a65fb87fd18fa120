import { describe, expect, it } from 'vitest'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import { helpFrom } from '../../source/torrent/laggard.ts'
import { addBytes } from '../../source/torrent/rate.ts'
import { LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

/** Two seeds, the first asked for all of the torrent. */
function askedOfOne() {
	const lone = new LoneTorrent({ pieces: 2, blocksPerPiece: 8 })
	const [asked, quick] = [seedPeer(lone, 1), seedPeer(lone, 3)]
	lone.say(asked, { type: 'unchoke' })
	const helpOf = (number: PeerNumber) => helpFrom(lone.torrent.core, lone.peer(number), lone.now)
	const slowerThan = (number: PeerNumber) => [...helpOf(number).peers]
	return { lone, asked, quick, helpOf, slowerThan }
}

describe('at the end of a download', () => {
	it('nobody needs help who was asked a moment ago', () => {
		const { lone, quick, slowerThan } = askedOfOne()
		lone.now += 500
		expect(slowerThan(quick)).toEqual([])
	})

	it('somebody silent needs help', () => {
		const { lone, asked, quick, slowerThan } = askedOfOne()
		lone.now += 1300
		expect(slowerThan(quick)).toEqual([asked])
	})

	it('somebody whose rate leaves much to come needs help, until little is left', () => {
		const { lone, asked, quick, slowerThan } = askedOfOne()
		const slowerWith = new Map<number, readonly number[]>()
		for (const request of sentTo(lone.effects, asked, 'request')) {
			lone.now += 500
			lone.bring(asked, request)
			slowerWith.set(lone.peer(asked).pipeline.requests.size, slowerThan(quick))
		}
		expect([slowerWith.get(8), slowerWith.get(2)]).toEqual([[asked], []])
	})

	it('help goes by the couple while all that is coming takes as long: the line to us may be what is slow', () => {
		const { lone, asked, quick, helpOf } = askedOfOne()
		const [request] = sentTo(lone.effects, asked, 'request')
		if (request === undefined) throw new Error('expected a request')
		lone.now += 500
		lone.bring(asked, request)
		lone.peer(quick).pipeline.lastBlockAt = 0
		expect(helpOf(quick)).toEqual({ peers: new Set([asked]), most: 2, beside: Number.POSITIVE_INFINITY })
		// Much more comes in from others.
		addBytes(lone.torrent.core.downMeter, 500_000, lone.now)
		expect(helpOf(quick).most).toBe(Number.POSITIVE_INFINITY)
	})

	it('who has been silent does not count as coming', () => {
		const { lone, quick, helpOf } = askedOfOne()
		lone.peer(quick).pipeline.lastBlockAt = 0
		addBytes(lone.torrent.core.downMeter, 50_000, lone.now)
		lone.now += 2300
		expect(helpOf(quick).most).toBe(Number.POSITIVE_INFINITY)
	})

	it('who never sent anything helps with a couple of blocks, and leaves room for a third', () => {
		const { lone, asked, quick, helpOf } = askedOfOne()
		lone.now += 2300
		expect(helpOf(quick)).toEqual({ peers: new Set([asked]), most: 2, beside: 1 })
	})

	it('who is busy itself helps only those that need more than twice as long', () => {
		const { lone, asked, slowerThan } = askedOfOne()
		lone.now += 1300
		expect(slowerThan(asked)).toEqual([])
	})
})
