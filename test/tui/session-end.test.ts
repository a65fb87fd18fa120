import { describe, expect, it } from 'vitest'
import { safeText } from '../../source/protocol/safe-text.ts'
import type { SummarySlice } from '../../source/torrent/snapshot.ts'
import { type SessionEnd, summaryLines } from '../../source/tui/session-end.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const base = createFakeEngine({ peers: 1 }).slices().summary
const part: SummarySlice = {
	...base,
	startedAt: 0,
	at: 100_000,
	wantedBytes: 1_000_000,
	completedBytes: 250_000,
	piecesHave: 25,
	piecesWanted: 100,
	downloadedBytes: 200_000,
	uploadedBytes: 50_000,
	wastedBytes: 1000,
}
const end = (
	summary: SummarySlice | undefined,
	reason: SessionEnd['reason'] = { type: 'quit' },
): SessionEnd => ({
	reason,
	summary,
	stopped: true,
})

describe('the summary after leaving', () => {
	it('says what, where, how long, how fast, the ratio, what is missing and how to go on', () => {
		expect(summaryLines(end(part), '/home/me')).toEqual([
			'debian-12.8.0-amd64-netinst.iso: 250 kB of 1.0 MB, 25 of 100 pieces, in /home/me',
			'received 200 kB in 1:40 (2.0 kB/s), 1.0 kB of it wasted, sent 50.0 kB (500 B/s), ratio 0.25',
			'750 kB in 75 pieces are missing; the same command goes on from here',
		])
	})

	it('promises nothing for what goes with the session, and misses nothing when it is whole', () => {
		expect(summaryLines(end(part))).toHaveLength(2)
		const whole = { ...part, completedBytes: 1_000_000, piecesHave: 100, state: 'seeding' } as const
		const lines = summaryLines(end(whole), '/home/me')
		expect(lines).toHaveLength(2)
		expect(lines[0]).toContain('complete, 1.0 MB, in /home/me')
	})

	it('leaves out rates and ratio of nothing', () => {
		const idle = { ...part, downloadedBytes: 0, uploadedBytes: 0, wastedBytes: 0 }
		expect(summaryLines(end(idle))[1]).toBe('received 0 B in 1:40, sent 0 B')
	})

	it('is silent about a start that failed', () => {
		const reason = { type: 'refused', code: 'port', message: safeText('no port') } as const
		expect(summaryLines(end(part, reason))).toEqual([])
		expect(summaryLines(end(undefined))).toEqual([])
	})

	it('holds nothing that a terminal would obey', () => {
		const lines = summaryLines(
			end({ ...part, name: safeText('a\u001b]0;x\u0007b') }),
			'/tmp/\u001b[31m\u202ex',
		)
		expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/u)
	})
})
