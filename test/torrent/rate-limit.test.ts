import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../source/protocol/message.ts'
import { effectsOf, LoneTorrent, seedPeer, sentTo } from '../helpers/lone-torrent.ts'

const generous = 100e6
const scarce = 20 * blockBytes

describe('a limit', () => {
	test('far above what is asked for lets requests leave at once', () => {
		const lone = new LoneTorrent({ pieces: 400, maxDownBytesPerSecond: generous })
		const peer = seedPeer(lone, 1)
		lone.say(peer, { type: 'unchoke' })
		const first = sentTo(lone.effects, peer, 'request')
		expect(first.length).toBeGreaterThan(0)
		const [block] = first
		if (block === undefined) throw new Error('expected a request')
		// No wake in between: the next requests follow the block.
		for (const request of first) lone.bring(peer, request)
		expect(sentTo(lone.effects, peer, 'request').length).toBeGreaterThan(first.length)
	})

	test('far above what is asked for lets blocks leave at once', () => {
		const lone = new LoneTorrent({ have: 'all', maxUpBytesPerSecond: generous })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		const effects = lone.say(peer, { type: 'request', piece: 0, offset: 0, length: blockBytes })
		expect(effectsOf(effects, 'ServeBlocks')).toHaveLength(1)
	})

	test('that is used up makes everybody wait for a share', () => {
		const lone = new LoneTorrent({ have: 'all', pieces: 20, maxUpBytesPerSecond: scarce })
		const peers = [1, 3].map(number => lone.connect(number))
		for (const peer of peers) {
			lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
			const requests = Array.from({ length: 20 }, (_, piece) => piece)
			lone.say(
				peer,
				...requests.map(piece => ({ type: 'request', piece, offset: 0, length: blockBytes }) as const),
			)
		}
		const served = () =>
			effectsOf(lone.effects, 'ServeBlocks').reduce((sum, { blocks }) => sum + blocks.length, 0)
		const atOnce = served()
		expect(atOnce).toBeLessThanOrEqual(5)
		lone.advance(500)
		for (const { peer, blocks } of effectsOf(lone.effects, 'ServeBlocks').splice(0))
			lone.feed({ type: 'BlocksSent', peer, blocks: blocks.length, bytes: blocks.length * blockBytes })
		lone.advance(500)
		expect(served()).toBeGreaterThan(atOnce)
		expect(served() * blockBytes).toBeLessThanOrEqual(scarce * 1.25)
	})
})
