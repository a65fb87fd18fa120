// One seed, and everybody else wants the same thing at once.
import type { PeerScript } from '../scenario.ts'
import { fastSeed, httpTracker, kiB, leecher, type PracticeScenario, sample, udpTracker } from './cast.ts'

const fan: PeerScript = {
	...leecher,
	personality: { type: 'reciprocal', slots: 3 },
	upBytesPerSecond: 48 * kiB,
	downBytesPerSecond: 40 * kiB,
	share: 0,
	mostPartners: 6,
}

export const flashCrowd: PracticeScenario = {
	name: 'flash-crowd',
	description: 'one seed, thirty leechers: the crowd comes to feed itself',
	look: 'One seed has all, thirty leechers have nothing. Watch the copies in the header: they grow as the crowd passes pieces on.',
	learned:
		'The seed sent each piece a few times, the crowd the rest: the more come, the more there is to give.',
	payload: sample,
	trackers: [httpTracker, udpTracker],
	peers: [
		{ ...fastSeed, name: 'the seed', id: 'the-seed', upBytesPerSecond: 80 * kiB, feedsAll: true },
		...Array.from({ length: 30 }, (_, index) => ({
			...fan,
			name: `leecher ${index + 1}`,
			id: `crowd-${String(index + 1).padStart(2, '0')}`,
			latencyMs: 20 + 7 * (index % 9),
			arrivesAt: 500 * index,
			dials: index % 3 === 0,
		})),
	],
	lessons: [
		{
			cue: { code: 'copies', atLeast: 1, below: 2 },
			place: 'pieces',
			text: 'One whole copy, {copies} with the crumbs that others have by now: if the seed left, nobody could finish',
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: '{client} takes blocks of ours already: with {pieces} we are one source more for the whole crowd',
			bep: 3,
		},
		{
			cue: { code: 'copies', atLeast: 1.6 },
			place: 'pieces',
			text: '{copies} copies among our peers by now: rarest first gave most pieces a second owner',
			bep: 3,
		},
		{
			cue: { code: 'fed-by-crowd' },
			place: 'peers',
			text: 'More has come from the crowd, {leechers}, than from the seed, {seeds}',
		},
	],
}
