import { describe, expect, test } from 'vitest'
import { effectsOf, LoneTorrent, sentTo } from '../helpers/lone-torrent.ts'
import { toPieceIndex, toTrackerNumber } from '../../source/protocol/ids.ts'

const tracker = toTrackerNumber(0)
const noPeers = { type: 'announced' as const, intervalS: 1800, seeders: 1, leechers: 0, peers: [] }

/** A download of one piece of two blocks that is only to be hashed and written yet. */
function almostComplete() {
	const lone = new LoneTorrent({ pieces: 1 })
	const peer = lone.connect(1)
	const asked = sentTo(lone.say(peer, { type: 'haveAll' }, { type: 'unchoke' }), peer, 'request')
	for (const block of asked) lone.bring(peer, block)
	expect(effectsOf(lone.effects, 'VerifyPiece')).toHaveLength(1)
	const finish = () => {
		const piece = toPieceIndex(0, 1)
		lone.feed({ type: 'PieceHashed', piece, matches: true, digests: undefined })
		return lone.feed({ type: 'PieceWritten', piece })
	}
	return { lone, finish }
}

const completions = (lone: LoneTorrent) =>
	lone.events.filter(event => event.type === 'downloadCompleted').length

describe('pausing', () => {
	test('while the data is being checked counts once it is known', () => {
		const lone = new LoneTorrent({ running: false, tiers: [[tracker]] })
		lone.feed({ type: 'Paused' })
		lone.start()
		expect(lone.torrent.core.state).toBe('paused')
		expect(effectsOf(lone.effects, 'Announce')).toHaveLength(0)
		lone.feed({ type: 'Resumed' })
		expect(lone.torrent.core.state).toBe('downloading')
		expect(effectsOf(lone.effects, 'Announce')).toHaveLength(1)
	})

	test('and resuming while the data is being checked changes nothing', () => {
		const lone = new LoneTorrent({ running: false })
		lone.feed({ type: 'Paused' })
		lone.feed({ type: 'Resumed' })
		lone.start()
		expect(lone.torrent.core.state).toBe('downloading')
	})

	test('is no fault of the addresses that were being dialled', () => {
		const lone = new LoneTorrent()
		const address = { host: '10.9.9.9', port: 6881 }
		lone.feed({ type: 'AddressesFound', addresses: [address], source: 'tracker' })
		expect(effectsOf(lone.effects, 'Dial')).toHaveLength(1)
		lone.feed({ type: 'Paused' })
		const resumed = lone.feed({ type: 'Resumed' })
		expect(effectsOf(resumed, 'Dial')).toHaveLength(1)
	})
})

describe('a recheck', () => {
	test('is followed by announces, as every start is', () => {
		const lone = new LoneTorrent({ tiers: [[tracker]] })
		lone.feed({ type: 'AnnounceSucceeded', tracker, response: noPeers })
		lone.feed({ type: 'RecheckRequested' })
		lone.feed({ type: 'AnnounceSucceeded', tracker, response: noPeers })
		lone.effects.length = 0
		lone.start()
		expect(effectsOf(lone.effects, 'Announce').map(({ order }) => order.event)).toEqual(['started'])
	})

	test('of a paused torrent leaves it paused', () => {
		const lone = new LoneTorrent()
		lone.feed({ type: 'Paused' })
		lone.feed({ type: 'RecheckRequested' })
		expect(lone.torrent.core.state).toBe('checking')
		lone.start()
		expect(lone.torrent.core.state).toBe('paused')
	})

	test('that waits for the disk is not begun after the end', () => {
		const { lone, finish } = almostComplete()
		lone.feed({ type: 'RecheckRequested' })
		lone.feed({ type: 'Stopped' })
		finish()
		expect(effectsOf(lone.effects, 'CheckData')).toHaveLength(0)
	})
})

describe('the end', () => {
	test('is final: a check that ends after it starts nothing', () => {
		const lone = new LoneTorrent({ running: false })
		lone.feed({ type: 'Stopped' })
		lone.start()
		expect(lone.torrent.core.state).toBe('stopped')
	})

	test('is said to trackers once', () => {
		const lone = new LoneTorrent({ tiers: [[tracker]] })
		lone.feed({ type: 'AnnounceSucceeded', tracker, response: noPeers })
		const first = lone.feed({ type: 'Stopped' })
		expect(effectsOf(first, 'Announce').map(({ order }) => order.event)).toEqual(['stopped'])
		expect(lone.feed({ type: 'Stopped' })).toEqual([])
	})
})

describe('the last piece', () => {
	test('completes a download whose disk had failed before', () => {
		const { lone, finish } = almostComplete()
		lone.feed({ type: 'DiskFailed', error: 'ENOSPC' })
		finish()
		expect(lone.torrent.core.state).toBe('seeding')
		expect(lone.torrent.core.problem).toBeUndefined()
		expect(completions(lone)).toBe(1)
	})

	test('written while paused completes the download when it is resumed', () => {
		const { lone, finish } = almostComplete()
		lone.feed({ type: 'Paused' })
		finish()
		expect(lone.torrent.core.state).toBe('paused')
		expect(effectsOf(lone.feed({ type: 'Resumed' }), 'FinishFiles')).toHaveLength(1)
		expect(lone.torrent.core.state).toBe('seeding')
		expect(completions(lone)).toBe(1)
	})

	test('is no news before the files were looked at once more', () => {
		const { lone, finish } = almostComplete()
		lone.finishes = false
		expect(effectsOf(finish(), 'FinishFiles')).toHaveLength(1)
		expect(lone.torrent.core.state).toBe('downloading')
		expect(completions(lone)).toBe(0)
		lone.feed({ type: 'FilesFinished', error: undefined })
		expect(lone.torrent.core.state).toBe('seeding')
		expect(completions(lone)).toBe(1)
	})

	test('completes what is paused while the files are looked at, once it is resumed', () => {
		const { lone, finish } = almostComplete()
		lone.finishes = false
		finish()
		lone.feed({ type: 'Paused' })
		lone.feed({ type: 'FilesFinished', error: undefined })
		expect(lone.torrent.core.state).toBe('paused')
		expect(completions(lone)).toBe(0)
		expect(effectsOf(lone.feed({ type: 'Resumed' }), 'FinishFiles')).toHaveLength(1)
		lone.feed({ type: 'FilesFinished', error: undefined })
		expect(lone.torrent.core.state).toBe('seeding')
		expect(completions(lone)).toBe(1)
	})

	test('completes nothing when files are not as they were written', () => {
		const { lone, finish } = almostComplete()
		lone.finishes = false
		finish()
		lone.feed({ type: 'PieceLost', piece: toPieceIndex(0, 1) })
		lone.feed({ type: 'FilesFinished', error: 'ESTALE' })
		expect(lone.torrent.core.state).toBe('diskStopped')
		expect(lone.torrent.core.problem).toContain('taken away or replaced (ESTALE)')
		expect(completions(lone)).toBe(0)
	})

	test('completes nothing twice', () => {
		const { lone, finish } = almostComplete()
		finish()
		lone.feed({ type: 'Paused' })
		lone.feed({ type: 'Resumed' })
		expect(completions(lone)).toBe(1)
	})
})

describe('trouble with the disk', () => {
	test('while seeding is shown until the next try, and speaks of no download', () => {
		const lone = new LoneTorrent({ have: 'all' })
		lone.feed({ type: 'DiskFailed', error: 'EIO' })
		expect(lone.torrent.core.problem).toBe('disk error (EIO)')
		expect(lone.torrent.core.state).toBe('seeding')
		lone.advance(601_000)
		expect(lone.torrent.core.problem).toBeUndefined()
	})

	test('is tried again when the user resumes', () => {
		const lone = new LoneTorrent()
		lone.feed({ type: 'DiskFailed', error: 'ENOSPC' })
		lone.feed({ type: 'Paused' })
		lone.feed({ type: 'Resumed' })
		expect(lone.torrent.core.state).toBe('downloading')
		expect(lone.torrent.core.problem).toBeUndefined()
	})

	test('that took a piece from a seed makes it look for peers at once', () => {
		const lone = new LoneTorrent({ have: 'all' })
		lone.advance(3_600_000)
		lone.feed({ type: 'PieceLost', piece: toPieceIndex(3, 8) })
		expect(lone.torrent.core.state).toBe('downloading')
		expect(lone.torrent.nextWakeAt).toBeLessThanOrEqual(lone.now)
	})

	test('that took a piece for a reason stops before anybody is asked for it, and is told once', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(2)
		lone.say(peer, { type: 'haveNone' }, ...[3, 5].map(piece => ({ type: 'have', piece }) as const), {
			type: 'unchoke',
		})
		const effects = [3, 5].flatMap(piece =>
			lone.feed({ type: 'PieceLost', piece: toPieceIndex(piece, 8), error: 'ESTALE' }),
		)
		expect(lone.torrent.core.state).toBe('diskStopped')
		expect(lone.torrent.core.problem).toContain('(ESTALE)')
		expect(sentTo(effects, peer, 'request')).toEqual([])
		const without = lone.feed({ type: 'DiskRetryRequested' })
		expect(sentTo(without, peer, 'request').map(({ piece }) => piece)).toContain(3)
		const stops = effectsOf(effects, 'Report').filter(({ event }) => event.type === 'diskStopped')
		expect(stops).toMatchObject([{ event: { error: 'ESTALE' } }])
	})

	test('because files are not ours any more is not tried again unasked: only a check helps', () => {
		const lone = new LoneTorrent({ have: 'all' })
		lone.feed({ type: 'PieceLost', piece: toPieceIndex(3, 8), error: 'ESTALE' })
		lone.advance(3_600_000)
		expect(lone.torrent.core.state).toBe('diskStopped')
		expect(lone.torrent.core.problem).toMatch(/recheck to use what is there: downloading stopped$/u)
		lone.feed({ type: 'DiskRetryRequested' })
		expect(lone.torrent.core.state).toBe('downloading')
	})

	test('that took a piece leaves nobody unanswered who asks for others', () => {
		const lone = new LoneTorrent({ have: 'all' })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		lone.feed({ type: 'PieceLost', piece: toPieceIndex(3, 8), error: 'ESTALE' })
		const ask = (piece: number) => lone.say(peer, { type: 'request', piece, offset: 0, length: 16_384 })
		expect(sentTo(ask(3), peer, 'reject')).toHaveLength(1)
		expect(effectsOf(ask(2), 'ServeBlocks')).toMatchObject([{ peer, blocks: [{ piece: 2 }] }])
	})

	test('that took a piece answers who had asked for it', () => {
		const lone = new LoneTorrent({ have: 'all', blocksPerPiece: 4, maxUpBytesPerSecond: 1 })
		const peer = lone.connect(1)
		lone.say(peer, { type: 'haveNone' }, { type: 'interested' })
		const requests = Array.from({ length: 4 }, (_, index) => ({
			type: 'request' as const,
			piece: 3,
			offset: index * 16_384,
			length: 16_384,
		}))
		lone.say(peer, ...requests)
		const waiting = lone.peer(peer).uploadQueue.size
		expect(waiting).toBeGreaterThan(0)
		const rejects = sentTo(lone.feed({ type: 'PieceLost', piece: toPieceIndex(3, 8) }), peer, 'reject')
		expect(rejects).toHaveLength(waiting)
		expect(lone.peer(peer).uploadQueue.size).toBe(0)
	})
})
