// A peer that keeps us unchoked and sends nothing.
import type { PeerScript } from '../scenario.ts'
import { farSeed, httpTracker, kiB, leecher, type PracticeScenario, single, slowSeed } from './cast.ts'

const snubber: PeerScript = {
	...leecher,
	name: 'snubber',
	id: 'snubber1',
	personality: { type: 'snubbing', afterBlocks: 110, forMs: 70_000 },
	upBytesPerSecond: 40 * kiB,
	downBytesPerSecond: 24 * kiB,
	share: 0.8,
}

export const snubbed: PracticeScenario = {
	name: 'snubbed',
	description: 'a peer falls silent without a choke, and is forgiven later',
	look: 'One leecher will fall silent with our requests in its hands, without a choke. Watch its row: the rate falls, then comes the S.',
	learned: 'Silence is no choke, but after 20 s it counts as one. One block was enough to be forgiven.',
	payload: single,
	trackers: [httpTracker],
	peers: [
		snubber,
		{ ...farSeed, upBytesPerSecond: 48 * kiB },
		{ ...leecher, upBytesPerSecond: 24 * kiB, downBytesPerSecond: 20 * kiB },
		{ ...slowSeed, upBytesPerSecond: 10 * kiB },
	],
	lessons: [
		{
			cue: { code: 'snubbed' },
			place: 'peers',
			text: '{client} was silent for 20 s with {requests} requests in its hands: snubbed, S. Its window shrinks to one',
			bep: 3,
		},
		{
			cue: { code: 'picked', reason: 'picked-partial' },
			then: true,
			place: 'pieces',
			text: 'What it owed was taken back: {client} goes on with piece {piece}, block by block',
		},
		{
			cue: { code: 'recovered' },
			place: 'peers',
			text: '{client} sends again: the S is gone with the first block, and its window opens from two',
		},
	],
}
