import { expect, test } from 'vitest'
import type { PieceIndex } from '../../source/protocol/ids.ts'
import { effectsOf, LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

/** A torrent with a seed and so many peers who lack everything; `bring` gets some pieces of it. */
function crowd(peers: number) {
	const lone = new LoneTorrent({ pieces: 16, blocksPerPiece: 1, maxPeers: 400 })
	const seed = seedPeer(lone, 2)
	const others = Array.from({ length: peers }, (_, index) =>
		lone.connect(4 + index, { host: `10.0.${index}.1` }),
	)
	for (const peer of others) lone.say(peer, { type: 'haveNone' })
	lone.say(seed, { type: 'unchoke' })
	const bring = (count: number): PieceIndex[] => {
		const asked = sentTo(lone.effects, seed, 'request').slice(0, count)
		const verifies = asked.flatMap(block => effectsOf(lone.bring(seed, block), 'VerifyPiece'))
		for (const { piece } of verifies) {
			lone.feed({ type: 'PieceHashed', piece, matches: true, digests: undefined })
			lone.feed({ type: 'PieceWritten', piece })
		}
		return verifies.map(({ piece }) => piece)
	}
	const heardAfter = (ms: number) => {
		lone.effects.length = 0
		lone.advance(ms)
		return others.map(peer => sentTo(lone.effects, peer, 'have').map(({ piece }) => piece))
	}
	return { bring, heardAfter }
}

test('a few peers hear of pieces that came in within 50 ms, in one write', () => {
	const { bring, heardAfter } = crowd(3)
	const pieces = bring(3)
	expect(pieces).toHaveLength(3)
	expect(heardAfter(49).flat()).toEqual([])
	expect(heardAfter(1)).toEqual([pieces, pieces, pieces])
})

test.each([
	[39, 200],
	[79, 400],
	[199, 500],
])(
	'%i peers and a seed hear of them within %i ms: 200 packets a second, or half a second',
	(peers, delayMs) => {
		const { bring, heardAfter } = crowd(peers)
		const pieces = bring(2)
		expect(heardAfter(delayMs - 1).flat()).toEqual([])
		expect(new Set(heardAfter(1).map(String))).toEqual(new Set([String(pieces)]))
	},
)
