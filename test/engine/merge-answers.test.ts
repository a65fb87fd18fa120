import { expect, test } from 'vitest'
import { mergeResults } from '../../source/engine/merge-answers.ts'
import { trackerFailure } from '../../source/engine/tracker-context.ts'
import type { AnnounceResponse } from '../../source/protocol/announce.ts'

const v4 = { host: '192.0.2.1', port: 1 }
const v6 = { host: '2001:db8::1', port: 2 }
const first: AnnounceResponse = { type: 'announced', intervalS: 900, seeders: 3, peers: [v4, v6] }
const second: AnnounceResponse = { type: 'announced', intervalS: 1800, leechers: 7, peers: [v6] }

test('two answers become one with every peer once and the longer interval', () => {
	expect(mergeResults([first, second])).toEqual({
		type: 'announced',
		intervalS: 1800,
		seeders: 3,
		leechers: 7,
		peers: [v4, v6],
	})
})

test('one answer is enough, whichever family it came over', () => {
	expect(mergeResults([trackerFailure('timeout', 'x'), second])).toEqual(second)
	expect(mergeResults([first, trackerFailure('timeout', 'x')])).toEqual(first)
})

test("of two failures the tracker's own word counts", () => {
	const refused = trackerFailure('refused', 'go away')
	expect(mergeResults<AnnounceResponse>([trackerFailure('unreachable', 'x'), refused])).toEqual(refused)
})
