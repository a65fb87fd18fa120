// A piece that nobody has.
import type { PeerScript } from '../scenario.ts'
import { farSeed, httpTracker, kiB, leecher, newcomer, type PracticeScenario, single } from './cast.ts'

const lostPiece = 37
const almost: PeerScript = { ...farSeed, upBytesPerSecond: 40 * kiB, lacks: [lostPiece] }

export const deadEnd: PracticeScenario = {
	name: 'dead-end',
	description: 'a piece has no owner: all stands still until one comes',
	look: 'No peer has all pieces: less than one copy, says the header. All else will come, then nothing: watch who is asked at the end.',
	learned: 'A torrent lives while each piece has an owner somewhere: one peer with one piece was enough.',
	payload: single,
	trackers: [{ ...httpTracker, intervalS: 30, minIntervalS: 15 }],
	peers: [
		almost,
		{ ...almost, name: 'near peer', id: 'near-one', upBytesPerSecond: 48 * kiB, latencyMs: 20 },
		{ ...leecher, lacks: [lostPiece], upBytesPerSecond: 30 * kiB, share: 0.8 },
		{ ...newcomer, downBytesPerSecond: 30 * kiB },
		{
			...farSeed,
			name: 'the owner',
			id: 'theowner',
			upBytesPerSecond: 24 * kiB,
			awaits: { clientLacks: 1, thenMs: 30_000 },
		},
	],
	lessons: [
		{
			cue: { code: 'copies', below: 1 },
			place: 'pieces',
			text: '{copies} copies among our peers, less than one: some piece has no owner, and no client can tell it when it comes',
		},
		{
			cue: { code: 'dead-end' },
			place: 'pieces',
			text: 'Dead end: all that is missing is piece {piece}, and nobody has it. Nobody is asked for anything; trackers are, for more peers',
		},
		{
			cue: { code: 'way-out' },
			then: true,
			place: 'peers',
			text: '{client} came with piece {piece}: we are interested at once, and ask it for this one piece',
			bep: 3,
		},
	],
}
