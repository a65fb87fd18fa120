import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { TrackerExchanges } from '../../source/engine/tracker-exchanges.ts'
import { toInfoHash, toPeerId, toTrackerNumber } from '../../source/protocol/ids.ts'

test('many scrapes at once have a signal each, and the end calls them all off', async () => {
	const signals: AbortSignal[] = []
	const exchanges = new TrackerExchanges({
		client: {
			announce: () => Promise.reject(new Error('no announces here')),
			scrape: (_url, _infoHashes, { signal }) =>
				new Promise((_, reject) => {
					signals.push(signal)
					signal.addEventListener('abort', () => reject(new Error('called off')))
				}),
		},
		urls: [],
		infoHash: toInfoHash(new Uint8Array(20)),
		peerId: toPeerId(new Uint8Array(20)),
		key: 1,
		port: () => 6881,
		feed: () => undefined,
	})
	const scrapes = Array.from({ length: 12 }, (_, tracker) => exchanges.scrape(toTrackerNumber(tracker)))
	// Node warns of a leak from eleven on.
	for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(1)
	exchanges.abandon()
	for (const scrape of scrapes) await expect(scrape).rejects.toThrow('called off')
	expect(signals).toHaveLength(12)
})
