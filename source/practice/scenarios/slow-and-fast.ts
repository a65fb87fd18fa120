// Links of every kind, and pieces of every rarity.
import type { PeerScript } from '../scenario.ts'
import { album, fastSeed, httpTracker, kiB, leecher, newcomer, type PracticeScenario } from './cast.ts'

const partial: PeerScript = { ...leecher, upBytesPerSecond: 16 * kiB, downBytesPerSecond: 6 * kiB }

export const slowAndFast: PracticeScenario = {
	name: 'slow-and-fast',
	description: 'windows follow the rate of a link; rare pieces go first',
	look: 'Watch the windows in Peers grow until each holds three seconds of its rate. Watch Pieces: the rarest are picked first.',
	learned:
		'Fast links held a dozen blocks at once and more, slow ones two; and what was rare was safe first.',
	payload: album,
	trackers: [httpTracker],
	peers: [
		{
			...leecher,
			name: 'near fast',
			id: 'nearfast',
			upBytesPerSecond: 80 * kiB,
			downBytesPerSecond: 8 * kiB,
			latencyMs: 10,
			share: 0.85,
		},
		{
			...leecher,
			name: 'far fast',
			id: 'far-fast',
			upBytesPerSecond: 64 * kiB,
			downBytesPerSecond: 8 * kiB,
			latencyMs: 700,
			share: 0.75,
		},
		{ ...fastSeed, name: 'slow line', id: 'slowline', upBytesPerSecond: 12 * kiB, latencyMs: 120 },
		{ ...partial, name: 'has a third', id: 'third-01', share: 0.35 },
		{ ...partial, name: 'has a half', id: 'half--01', share: 0.5 },
		{ ...newcomer, downBytesPerSecond: 16 * kiB },
	],
	lessons: [
		{
			cue: { code: 'picked', reason: 'picked-rarest', mostCopies: 2 },
			place: 'pieces',
			text: 'Rarest first: piece {piece} has {copies} among our peers, so {client} is asked for it before commoner ones',
			bep: 3,
		},
		{
			cue: { code: 'windows', factor: 5 },
			place: 'peers',
			text: 'Windows differ: {wideWindow} requests in flight for {wide}, {narrowWindow} for {narrow}. Each holds three seconds of its rate',
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: '{client} takes what was rare until now: each piece that we pass on has a copy more',
			bep: 3,
		},
		{
			cue: { code: 'rarest-gone', leastCopies: 3 },
			place: 'pieces',
			text: 'Every piece that is still missing has {copies} copies or more by now: the rare ones are safe',
			bep: 3,
		},
	],
}
