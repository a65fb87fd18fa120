// An ordinary swarm: everybody whom one meets out there, and nothing goes wrong.
import type { PeerScript } from '../scenario.ts'
import {
	album,
	chokyLeecher,
	farSeed,
	fastSeed,
	httpTracker,
	leecher,
	newcomer,
	type PracticeScenario,
	slowSeed,
	udpTracker,
} from './cast.ts'

const snubbingLeecher: PeerScript = {
	...leecher,
	name: 'snubbing leecher',
	id: 'snubbing',
	personality: { type: 'snubbing', afterBlocks: 60, forMs: 60_000 },
	upBytesPerSecond: leecher.upBytesPerSecond * 0.6,
	downBytesPerSecond: leecher.downBytesPerSecond * 0.5,
	share: 0.3,
}
const flakyLeecher: PeerScript = {
	...leecher,
	name: 'flaky leecher',
	id: 'flaky-01',
	personality: { type: 'flaky', staysMs: 50_000, awayMs: 20_000 },
	downBytesPerSecond: leecher.downBytesPerSecond * 0.7,
	share: 0.5,
	dials: true,
}
const silentSeed: PeerScript = {
	...fastSeed,
	name: 'silent seed',
	id: 'mute-one',
	personality: { type: 'silent' },
}

export const healthy: PracticeScenario = {
	name: 'healthy',
	description: 'an ordinary swarm: choke, interest, trade, snubbing, endgame',
	look: 'Each row of Peers is a conversation: D lets us take, d chokes us. Watch who unchokes us, and what leechers want in return.',
	learned: 'Each peer was asked for what its line carries, and each piece was hashed before it counted.',
	payload: album,
	trackers: [httpTracker, udpTracker],
	peers: [
		fastSeed,
		farSeed,
		slowSeed,
		leecher,
		chokyLeecher,
		snubbingLeecher,
		flakyLeecher,
		newcomer,
		silentSeed,
		{ ...farSeed, name: 'late seed', id: 'lateseed', latencyMs: 40, arrivesAt: 110_000 },
	],
	lessons: [
		{
			cue: { code: 'unchoked' },
			place: 'peers',
			text: '{client} unchokes us: its d becomes D, and requests go out in the same instant',
			bep: 3,
		},
		{
			cue: { code: 'pieces', atLeast: 4 },
			place: 'pieces',
			text: 'The first four pieces came by lot; from here on the rarest comes first, so that no piece dies out',
			bep: 3,
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: '{client} takes blocks of ours: U in its row. With {pieces} we have something to trade',
			bep: 3,
		},
		{
			cue: { code: 'choked' },
			place: 'peers',
			text: '{client} choked us: the {requests} requests in flight with it are void, and go to others',
			bep: 3,
		},
		{
			cue: { code: 'snubbed' },
			place: 'peers',
			text: '{client} keeps us unchoked and sends nothing for 20 s: snubbed, S in its row, one request at a time',
			bep: 3,
		},
		{
			cue: { code: 'event', type: 'endgameEntered' },
			place: 'pipeline',
			text: 'Endgame: every missing block is in flight; what a slow peer owes is asked of a faster one as well',
			bep: 3,
		},
	],
}
