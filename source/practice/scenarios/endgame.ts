// Slow peers at the end of a download.
import type { PeerScript } from '../scenario.ts'
import { fastSeed, httpTracker, kiB, type PracticeScenario, single, slowSeed } from './cast.ts'

const crawler: PeerScript = { ...slowSeed, upBytesPerSecond: 3 * kiB, latencyMs: 150, plain: false }

export const endgame: PracticeScenario = {
	name: 'endgame',
	description: 'the last blocks of slow peers are asked of fast ones too',
	look: 'One fast seed gives most; slow ones hold a few blocks each for seconds. Watch the last percent: nobody waits for them.',
	learned:
		'At the end a block may be asked of two peers: the first answer wins, and cancel calls off the other.',
	payload: single,
	trackers: [httpTracker],
	peers: [
		{ ...fastSeed, upBytesPerSecond: 84 * kiB },
		{ ...crawler, name: 'slow seed', id: 'slowseed' },
		{ ...crawler, name: 'slower seed', id: 'slower-1', upBytesPerSecond: 2 * kiB },
		{ ...crawler, name: 'slowest seed', id: 'slowest1', upBytesPerSecond: 1.5 * kiB, latencyMs: 400 },
		{ ...crawler, name: 'lazy seed', id: 'lazy-one', personality: { type: 'slow', hesitatesMs: 9000 } },
	],
	lessons: [
		{
			cue: { code: 'windows', factor: 4 },
			place: 'peers',
			text: '{narrow} has {narrowWindow} requests in flight and takes seconds for each; {wide} has {wideWindow} and takes as long for all',
		},
		{
			cue: { code: 'missing', atMost: 8 },
			place: 'pieces',
			text: 'Only {pieces} are missing now. Whoever holds up a block of these holds up the whole download',
		},
		{
			cue: { code: 'event', type: 'endgameEntered' },
			place: 'pipeline',
			text: 'Endgame: every missing block is in flight, so fast peers are asked for what slow ones owe',
			bep: 3,
		},
		{
			cue: { code: 'sent', message: 'cancel' },
			place: 'wire',
			text: 'The block came from a faster peer: cancel tells {client} not to send it as well',
			bep: 3,
		},
	],
}
