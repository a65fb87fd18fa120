import { describe, expect, test } from 'vitest'
import { bitfieldToWire, createBitfield, setPiece } from '../../source/protocol/bitfield.ts'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'

const magnet = { content: undefined, running: false } as const

function awaiting(): LoneTorrent {
	const lone = new LoneTorrent(magnet)
	lone.feed({ type: 'Started', listeningPort: 6881 })
	return lone
}

/** The metadata came, and nothing of it is on disk. */
function arrive(lone: LoneTorrent): void {
	lone.feed({ type: 'ContentKnown', content: lone.content })
	lone.start()
}

describe('a torrent without its info dictionary', () => {
	test('runs: it dials, and takes connections in', () => {
		const lone = awaiting()
		expect(lone.torrent.core.state).toBe('awaitingMetadata')
		const found = lone.feed({
			type: 'AddressesFound',
			addresses: [{ host: '10.0.0.9', port: 6881 }],
			source: 'user',
		})
		expect(effectsOf(found, 'Dial')).toHaveLength(1)
		const peer = lone.connect(1)
		expect(sentTo(lone.effects, peer, 'haveNone')).toHaveLength(1)
	})

	test('asks those who told what they have before the metadata came', () => {
		const lone = awaiting()
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveAll' }, { type: 'unchoke' })
		expect(lone.peer(peer).session.peerHave).toBeUndefined()
		arrive(lone)
		expect(lone.torrent.core.state).toBe('downloading')
		expect(sentTo(lone.effects, peer, 'interested')).toHaveLength(1)
		expect(sentTo(lone.effects, peer, 'request').length).toBeGreaterThan(0)
		expect(lone.torrent.core.picker?.availability.seeds).toBe(1)
	})

	test('counts single haves', () => {
		const lone = awaiting()
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'have', piece: 3 })
		arrive(lone)
		expect(lone.peer(peer).interesting).toBe(1)
	})

	test('lets only the peer go that has pieces which do not exist', () => {
		const lone = awaiting()
		const liar = lone.connect(1)
		const honest = lone.connect(3)
		lone.say(liar, { type: 'haveNone' }, { type: 'have', piece: 99 })
		lone.say(honest, { type: 'haveAll' })
		arrive(lone)
		expect([...lone.torrent.core.peers.keys()]).toEqual([honest])
	})

	test('tells those who are connected what was on disk already', () => {
		const lone = awaiting()
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' })
		lone.feed({ type: 'ContentKnown', content: lone.content })
		const have = createBitfield(8)
		setPiece(have, 5)
		lone.feed({ type: 'DataChecked', have: bitfieldToWire(have) })
		lone.feed({ type: 'Started', listeningPort: 6881 })
		expect(sentTo(lone.effects, peer, 'have').map(message => message.piece)).toEqual([5])
	})

	test('minds no block messages that nobody can ask for yet', () => {
		const lone = awaiting()
		const peer = lone.connect(1)
		const block = { piece: 0, offset: 0, length: 16384 }
		lone.say(peer, { type: 'haveNone' }, { type: 'cancel', ...block }, { type: 'request', ...block })
		expect(sentTo(lone.effects, peer, 'reject')).toHaveLength(1)
		expect(lone.torrent.askedAt(peer, block)).toBeUndefined()
	})

	test('rests when it was paused before the metadata came', () => {
		const lone = awaiting()
		lone.feed({ type: 'Paused' })
		arrive(lone)
		expect(lone.torrent.core.state).toBe('paused')
		lone.feed({ type: 'Resumed' })
		expect(lone.torrent.core.state).toBe('downloading')
	})
})
