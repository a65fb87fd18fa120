// Those who give and those who only take, and few slots.
import type { PeerScript } from '../scenario.ts'
import { farSeed, httpTracker, kiB, leecher, type PracticeScenario, single } from './cast.ts'

const giver: PeerScript = {
	...leecher,
	personality: { type: 'reciprocal', slots: 4 },
	upBytesPerSecond: 40 * kiB,
	downBytesPerSecond: 30 * kiB,
	share: 0.3,
	mostPartners: 2,
}
const taker: PeerScript = {
	...leecher,
	personality: { type: 'taking' },
	upBytesPerSecond: kiB,
	downBytesPerSecond: 40 * kiB,
	share: 0.05,
	mostPartners: 2,
}

export const titForTat: PracticeScenario = {
	name: 'tit-for-tat',
	description: 'givers and takers want our three slots: who gives gets',
	look: 'Eight peers want our pieces, and we have three slots and one by lot. Watch our upload in Peers: it goes to who gives us most.',
	learned:
		'Who gave got, and nobody had to be told: the slot by lot gives a stranger the chance to give first.',
	payload: single,
	trackers: [httpTracker],
	maxUpBytesPerSecond: 31 * kiB,
	peers: [
		{ ...farSeed, upBytesPerSecond: 40 * kiB },
		...[1, 2, 3, 4].map(number => ({ ...giver, name: `giver ${number}`, id: `giver-0${number}` })),
		...[1, 2, 3, 4].map(number => ({ ...taker, name: `taker ${number}`, id: `taker-0${number}` })),
	],
	lessons: [
		{
			cue: { code: 'upload', reason: 'unchoked-optimistically' },
			place: 'peers',
			text: '{client} is unchoked by lot for 30 s (O in its row): so we find out whether it gives in return',
			bep: 3,
		},
		{
			cue: { code: 'upload', reason: 'choked-by-rank' },
			place: 'peers',
			text: '{client} is choked: of those who want our pieces it gives too little for one of the {slots} slots',
			bep: 3,
		},
		{
			cue: { code: 'repaid', factor: 1.5, leastBytes: 1 << 19 },
			place: 'peers',
			text: 'Who gives gets: {givers} went to each peer that gave, {takers} to each that only took',
			bep: 3,
		},
	],
}
