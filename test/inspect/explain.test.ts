import { describe, expect, it } from 'vitest'
import { explain } from '../../source/inspect/explain.ts'
import type { Reason } from '../../source/torrent/reasons.ts'

const now = 100_000
const cases: [Reason, string][] = [
	[{ code: 'unchoked-by-rank', rank: 2, slots: 8 }, 'unchoked, rank 2 of 8 slots'],
	[{ code: 'unchoked-optimistically', waitedMs: 34_000 }, 'unchoked by chance after 34 s'],
	[{ code: 'choked-by-rank', rank: 9, slots: 1 }, 'choked, rank 9 of 1 slot'],
	[{ code: 'choked-by-peer', sinceAt: 88_000 }, 'chokes us for 12 s'],
	[{ code: 'window-full', inFlight: 48, window: 48 }, 'window full, 48 of 48'],
	[{ code: 'snubbed', silentMs: 34_000 }, 'snubbed, silent for 34 s'],
	[{ code: 'picked-rarest', copies: 1 }, 'rarest, 1 copy'],
	[{ code: 'picked-rarest', copies: 2 }, 'rarest, 2 copies'],
	[{ code: 'picked-beside', copies: 1, other: 7 }, 'beside 7, 1 copy'],
	[{ code: 'picked-partial', receivedBlocks: 3, blockCount: 16 }, 'begun, 3 of 16'],
	[{ code: 'picked-endgame', askedOf: 1 }, 'endgame, 1 asked'],
	[{ code: 'by-rate', bytesPerSecond: 2_400_000, roundTripMs: 38 }, '2.4 MB/s, 38 ms/block'],
	[{ code: 'back-off', failures: 2, untilAt: 130_000 }, 'try 3 in 0:30'],
	[{ code: 'interval', untilAt: now + 1_632_000 }, 'next 27:12'],
	[{ code: 'announcing', event: '' }, 'announcing'],
	[{ code: 'hash-failed', sources: 3 }, 'hash failed, from 3 peers'],
	[{ code: 'idle-timeout', silentMs: 120_000 }, 'silent for 2:00'],
	[{ code: 'protocol-error', error: 'bad-length', detail: '' }, 'broke the protocol: bad-length'],
	[{ code: 'connection-failed', error: 'ETIMEDOUT' }, 'no answer in time (ETIMEDOUT)'],
	[{ code: 'connection-failed', error: 'ENOBUFS' }, 'connection failed: ENOBUFS'],
	[{ code: 'pex-due', added: 3, dropped: 1 }, 'since it was last told: 3 came, 1 left'],
	[{ code: 'pex-due', added: 0, dropped: 2 }, 'since it was last told: 2 left'],
	[{ code: 'piece-lost', piece: 7 }, 'piece 7 is gone from our disk'],
	[{ code: 'pex-too-often', messages: 6 }, 'told of peers 6 times too often'],
	[{ code: 'private-torrent' }, 'not from a tracker, and the torrent is private'],
	[{ code: 'paused' }, 'paused'],
	[{ code: 'stopped' }, 'we stopped'],
]

describe('explain', () => {
	it.each(cases)('says %j as a sentence', (reason, sentence) => {
		expect(explain(reason, now)).toBe(sentence)
	})

	it('cleans what came from the system or a peer', () => {
		const sentence = explain({ code: 'connection-failed', error: 'ECONN\u001b]52;c;QQ==\u0007REFUSED' }, now)
		expect(sentence).toBe('connection failed: ECONNREFUSED')
	})

	it('never counts below zero', () => {
		expect(explain({ code: 'interval', untilAt: now - 5000 }, now)).toBe('next 0:00')
	})
})
