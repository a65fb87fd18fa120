// Peers that choke and unchoke in turn, with BEP 6 and without.
import type { PeerScript } from '../scenario.ts'
import { chokyLeecher, httpTracker, kiB, type PracticeScenario, single, slowSeed } from './cast.ts'

const choky: PeerScript = {
	...chokyLeecher,
	name: 'choky one',
	id: 'choky-01',
	personality: { type: 'choky', unchokedMs: 22_000, chokedMs: 16_000 },
	upBytesPerSecond: 48 * kiB,
	downBytesPerSecond: 24 * kiB,
	share: 0.9,
	allowsFast: 5,
}

export const chokyScenario: PracticeScenario = {
	name: 'choky',
	description: 'a choke drops requests; others are asked for the blocks',
	look: 'Watch a D in Peers become d: that peer drops what we asked of it. Watch Pipeline: others are asked for it at once.',
	learned: 'A choke voids requests and nothing more: blocks that came stay, and the rest is asked of others.',
	payload: single,
	trackers: [httpTracker],
	peers: [
		choky,
		{
			...choky,
			name: 'choky two',
			id: 'choky-02',
			personality: { type: 'choky', unchokedMs: 15_000, chokedMs: 19_000 },
			plain: true,
		},
		{
			...choky,
			name: 'choky three',
			id: 'choky-03',
			personality: { type: 'choky', unchokedMs: 31_000, chokedMs: 12_000 },
			share: 0.6,
		},
		{ ...slowSeed, name: 'steady seed', id: 'steady-1', upBytesPerSecond: 20 * kiB },
	],
	lessons: [
		{
			cue: { code: 'choked' },
			place: 'peers',
			text: '{client} choked us: {requests} requests that were in flight with it are dropped. No answer will come',
			bep: 3,
		},
		{
			cue: { code: 'picked', reason: 'picked-partial' },
			then: true,
			place: 'pieces',
			text: 'Piece {piece} is begun: {client} is asked for the blocks that are still missing, before any new piece',
		},
		{
			cue: { code: 'picked', reason: 'picked-allowed-fast' },
			place: 'peers',
			text: '{client} chokes us, and still gives piece {piece}: it allowed us a few pieces at any time',
			bep: 6,
		},
		{
			cue: { code: 'unchoked-again' },
			place: 'pipeline',
			text: '{client} unchoked us again: what it has is asked of it anew, few blocks at first, more as they come',
		},
	],
}
