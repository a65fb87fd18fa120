import { describe, expect, it } from 'vitest'
import type { Cue, Teaching } from '../../source/inspect/lesson.ts'
import { type Said, watchLessons } from '../../source/inspect/lesson-watch.ts'
import { toPeerNumber, toPieceIndex } from '../../source/protocol/ids.ts'
import { safeText } from '../../source/protocol/safe-text.ts'
import { scenarios } from '../../source/practice/scenarios.ts'
import type { PeerView, Slices } from '../../source/torrent/snapshot.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'

const slices = (() => {
	const engine = createFakeEngine({ peers: 3, pieces: 8 })
	engine.tick(1000)
	return engine.slices()
})()

function peers(...changes: readonly Partial<PeerView>[]): Slices['peers'] {
	const [first] = slices.peers.peers
	if (first === undefined) throw new Error('expected a peer')
	const all = changes.map((change, index) => ({
		...first,
		...{ peer: toPeerNumber(2 * index), phase: 'connected' as const, client: safeText(`peer ${index}`) },
		...{ peerChoking: false, amInterested: true, snubbed: false, uploadedBytes: 0, downloadedBytes: 0 },
		...{ windowReason: undefined, lastPick: undefined, inFlight: 4 },
		...change,
	}))
	return { ...slices.peers, peers: all }
}

function summary(change: Partial<Slices['summary']> = {}): Slices['summary'] {
	return { ...slices.summary, state: 'downloading', ...change }
}

const teaching = (...lessons: Teaching['lessons']): Teaching => ({ look: 'Look.', learned: 'Seen.', lessons })
const lesson = (cue: Cue, text: string): Teaching['lessons'][number] => ({ cue, place: 'peers', text })

function all(watch: { next(): Said | undefined }): string[] {
	const texts: string[] = []
	for (let said = watch.next(); said !== undefined; said = watch.next()) texts.push(said.text)
	return texts
}

describe('lessons', () => {
	it('are said once each, when their moment comes, between what to look for and what was learned', () => {
		const watch = watchLessons(teaching(lesson({ code: 'pieces', atLeast: 4 }, '{pieces} now')))
		expect(all(watch)).toEqual([])
		watch.see({ summary: summary({ piecesHave: 3 }) })
		expect(all(watch)).toEqual(['Look.'])
		watch.see({ summary: summary({ piecesHave: 5 }) })
		expect(all(watch)).toEqual(['5 pieces now'])
		watch.see({ summary: summary({ piecesHave: 6 }) })
		expect(all(watch)).toEqual([])
		watch.hear([{ type: 'downloadCompleted', downloadedBytes: 1, inMs: 1 }])
		expect(all(watch)).toEqual([])
		watch.see({ summary: summary({ state: 'seeding' }) })
		expect(all(watch)).toEqual(['Seen.'])
		expect(all(watch)).toEqual([])
	})

	it('wait for the one before them where they say so', () => {
		const later = { ...lesson({ code: 'unchoked' }, 'second'), then: true as const }
		const watch = watchLessons(teaching(lesson({ code: 'pieces', atLeast: 4 }, 'first'), later))
		watch.see({ summary: summary({ piecesHave: 0 }), peers: peers({}) })
		expect(all(watch)).toEqual(['Look.'])
		watch.see({ summary: summary({ piecesHave: 4 }) })
		expect(all(watch)).toEqual(['first', 'second'])
	})

	it('keep what passes between two looks: a choke with requests in flight, and its end', () => {
		const watch = watchLessons(
			teaching(
				lesson({ code: 'choked' }, '{client} dropped {requests}'),
				lesson({ code: 'unchoked-again' }, '{client} again'),
			),
		)
		watch.see({ summary: summary(), peers: peers({ peerChoking: true }) })
		watch.see({ peers: peers({ inFlight: 7 }) })
		expect(all(watch)).toEqual(['Look.'])
		watch.see({ peers: peers({ peerChoking: true, inFlight: 0 }) })
		watch.see({ peers: peers({ inFlight: 2 }) })
		expect(all(watch)).toEqual(['peer 0 dropped 7', 'peer 0 again'])
	})

	it('tell a peer that snubs and one that sends again', () => {
		const watch = watchLessons(
			teaching(lesson({ code: 'snubbed' }, '{client} S'), lesson({ code: 'recovered' }, '{client} sends')),
		)
		watch.see({ summary: summary(), peers: peers({}, { snubbed: true }) })
		expect(all(watch)).toEqual(['Look.', 'peer 1 S'])
		watch.see({ peers: peers({}, { downBytesPerSecond: 1000 }) })
		expect(all(watch)).toEqual(['peer 1 sends'])
	})

	it('compare windows only once they are set by rate', () => {
		const watch = watchLessons(
			teaching(lesson({ code: 'windows', factor: 3 }, '{wide} {wideWindow}, {narrow}')),
		)
		const byRate = { at: 0, reason: { code: 'by-rate', bytesPerSecond: 1, roundTripMs: 1 } } as const
		watch.see({ summary: summary(), peers: peers({ window: 30 }, { window: 5, windowReason: byRate }) })
		expect(all(watch)).toEqual(['Look.'])
		watch.see({ peers: peers({ window: 30, windowReason: byRate }, { window: 5, windowReason: byRate }) })
		expect(all(watch)).toEqual(['peer 0 30, peer 1'])
	})

	it('find the pick that only the wire remembers, and a cancel', () => {
		const watch = watchLessons(
			teaching(
				lesson({ code: 'picked', reason: 'picked-rarest', mostCopies: 1 }, '{client} #{piece}, {copies}'),
				lesson({ code: 'sent', message: 'cancel' }, 'not from {client}'),
			),
		)
		watch.see({ summary: summary(), peers: peers({}) })
		const row = {
			at: 0,
			direction: 'out' as const,
			channel: 'peer' as const,
			peer: toPeerNumber(0),
			host: '',
			port: 0,
			latencyMs: undefined,
		}
		const fields = { piece: toPieceIndex(5, 8), offset: 0, length: 16_384 }
		const rows = [
			{
				...row,
				sequence: 0,
				message: { type: 'request' as const, ...fields },
				reason: { code: 'picked-rarest' as const, copies: 1 },
			},
			{ ...row, sequence: 1, message: { type: 'cancel' as const, ...fields }, reason: undefined },
		]
		watch.see({ wire: { at: 0, total: 2, rows } })
		expect(all(watch)).toEqual(['Look.', 'peer 0 #5, 1 copy', 'not from peer 0'])
	})

	it('call a dead end only what nobody has when all else is here, and a way out who came then', () => {
		const watch = watchLessons(
			teaching(
				lesson({ code: 'dead-end' }, 'no {piece}'),
				lesson({ code: 'way-out' }, '{client} has {piece}'),
			),
		)
		const pieces = (states: readonly number[], availability: readonly number[]): Slices['pieces'] => ({
			...{ at: 0, open: [] },
			states: Uint8Array.from(states),
			availability: Uint16Array.from(availability),
		})
		watch.see({ summary: summary(), peers: peers({}), pieces: pieces([0, 0], [0, 0]) })
		watch.see({ pieces: pieces([4, 0], [1, 1]) })
		expect(all(watch)).toEqual(['Look.'])
		watch.see({ pieces: pieces([4, 0], [1, 0]) })
		expect(all(watch)).toEqual(['no 1'])
		const fields = { peer: toPeerNumber(9), host: 'h', port: 1, client: safeText('owner'), incoming: false }
		watch.hear([{ type: 'peerConnected', ...fields }])
		watch.see({ pieces: pieces([4, 0], [1, 1]) })
		expect(all(watch)).toEqual(['owner has 1'])
	})

	it('count events, of one tracker where one is named', () => {
		const cue: Cue = { code: 'event', type: 'trackerFailed', tracker: 1, times: 2 }
		const watch = watchLessons(teaching(lesson(cue, '{message}, {retry}')))
		watch.see({ summary: summary() })
		const failed = (tracker: number, message: string) =>
			({ type: 'trackerFailed', tracker, message: safeText(message), retryInMs: 61_000 }) as never
		watch.hear([failed(1, 'one'), failed(0, 'two'), failed(1, 'three')])
		expect(all(watch)).toEqual(['Look.', 'three, 1:01'])
	})

	it('carry no control of a terminal, whatever a peer calls itself', () => {
		const watch = watchLessons(teaching(lesson({ code: 'unchoked' }, '{client}!')))
		watch.see({ summary: summary(), peers: peers({ client: safeText('\u001b]0;x\u0007evil') }) })
		expect(all(watch).join('')).not.toMatch(/[\u0000-\u001f\u007f]/u)
	})

	it('of every scenario name the BEP where there is one, and hold no glyph beyond ASCII', () => {
		for (const { look, learned, lessons } of scenarios) {
			expect(lessons.length).toBeGreaterThan(2)
			for (const text of [look, learned, ...lessons.map(each => each.text)]) expect(text).toMatch(/^[ -~]+$/u)
		}
	})
})
