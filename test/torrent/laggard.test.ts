import { describe, expect, it } from 'vitest'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import { slowerPeers } from '../../source/torrent/laggard.ts'
import { LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

/** Three seeds, the first asked for all of the torrent. */
function askedOfOne() {
	const lone = new LoneTorrent({ pieces: 2, blocksPerPiece: 8 })
	const [asked, quick, idle] = [seedPeer(lone, 1), seedPeer(lone, 3), seedPeer(lone, 5)]
	lone.say(asked, { type: 'unchoke' })
	const slowerThan = (number: PeerNumber) => [...slowerPeers(lone.torrent.core, lone.peer(number), lone.now)]
	return { lone, asked, quick, idle, slowerThan }
}

describe('at the end of a download', () => {
	it('nobody needs help who was asked a moment ago', () => {
		const { lone, quick, slowerThan } = askedOfOne()
		lone.now += 500
		expect(slowerThan(quick)).toEqual([])
	})

	it('somebody silent needs help', () => {
		const { lone, asked, quick, slowerThan } = askedOfOne()
		lone.now += 2300
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

	it('who is busy itself helps only those that need more than twice as long', () => {
		const { lone, asked, slowerThan } = askedOfOne()
		lone.now += 2300
		expect(slowerThan(asked)).toEqual([])
	})
})
