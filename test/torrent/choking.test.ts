// By what the choker ranks: what peers were asked for and gave.
import { describe, expect, test } from 'vitest'
import type { PeerNumber } from '../../source/protocol/ids.ts'
import type { BlockFields } from '../../source/protocol/message.ts'
import { peersSlice } from '../../source/torrent/views.ts'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'

const second = 1000
const block = { piece: 0, offset: 0, length: 16_384 }

/** Whatever is whole is right, and on disk at once. */
function writeAll(lone: LoneTorrent): void {
	for (const { piece } of effectsOf(lone.effects, 'VerifyPiece')) {
		const effects = lone.feed({ type: 'PieceHashed', piece, matches: true, digests: undefined })
		for (const write of effectsOf(effects, 'WritePiece'))
			lone.feed({ type: 'PieceWritten', piece: write.piece })
	}
}

describe('what nobody asked for', () => {
	test('earns no upload slot, however much it is', () => {
		const lone = new LoneTorrent({ pieces: 800, have: [0, 1, 2] })
		const connect = (number: number) => {
			const peer = lone.connect(number)
			lone.say(peer, { type: 'bitfield', bits: new Uint8Array(100).fill(0x0f) }, { type: 'interested' })
			return peer
		}
		const honest = Array.from({ length: 10 }, (_, at) => connect(2 * at + 1))
		const liars = Array.from({ length: 8 }, (_, at) => connect(2 * at + 101))
		for (const peer of honest) lone.say(peer, { type: 'unchoke' })
		const owed = new Map<PeerNumber, BlockFields[]>(honest.map(peer => [peer, []]))
		for (let round = 0; round < 100; round += 1) {
			lone.advance(second)
			writeAll(lone)
			for (const peer of honest) owed.get(peer)?.push(...sentTo(lone.effects, peer, 'request'))
			lone.effects.length = 0
			for (const peer of honest) {
				const next = owed.get(peer)?.shift()
				if (next !== undefined && lone.torrent.wantsBlock(peer, next)) lone.bring(peer, next)
			}
			for (const peer of liars) {
				for (let times = 0; times < 3; times += 1) lone.feed({ type: 'BlockWasted', peer, fields: block })
			}
		}
		const unchoked = (peers: PeerNumber[]) => peers.filter(peer => !lone.peer(peer).session.amChoking)
		expect(unchoked(honest).length).toBeGreaterThanOrEqual(8)
		expect(unchoked(liars).length).toBeLessThanOrEqual(1)
	})

	test('is counted as waste and as traffic, not in the rate of who sent it', () => {
		const lone = new LoneTorrent()
		const peer = lone.connect(1)
		lone.feed({ type: 'BlockWasted', peer, fields: block })
		expect(peersSlice(lone.torrent.core, lone.now).peers[0]).toMatchObject({
			downBytesPerSecond: 0,
			downloadedBytes: block.length,
			wastedBytes: block.length,
		})
		expect(lone.torrent.core.downloadedBytes).toBe(block.length)
	})
})

test('a block that was asked for earns its sender as much when another was a moment faster', () => {
	const lone = new LoneTorrent({ pieces: 1, blocksPerPiece: 2 })
	const [slow, quick] = [lone.connect(1), lone.connect(3)]
	for (const peer of [slow, quick]) lone.say(peer, { type: 'haveAll' })
	lone.say(slow, { type: 'unchoke' })
	lone.now += 5000
	lone.say(quick, { type: 'unchoke' })
	const [double] = sentTo(lone.effects, quick, 'request')
	if (double === undefined || !lone.torrent.wantsBlock(slow, double)) throw new Error('expected a double')
	lone.bring(quick, double)
	lone.feed({ type: 'BlockReceived', peer: slow, block: double })
	expect(lone.peer(slow).wastedBytes).toBe(double.length)
	expect(lone.peer(slow).downMeter).toEqual(lone.peer(quick).downMeter)
})
