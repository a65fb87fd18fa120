// Trackers that fail and come back.
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

const onlyFirst = { knownTo: [0] }

export const trackerOutage: PracticeScenario = {
	name: 'tracker-outage',
	description: 'the first tracker is out, a second answers, the first returns',
	look: 'Tracker 1 is out of order, tracker 2 answers. Watch Trackers: each failure makes the wait longer, and the download goes on.',
	learned:
		'A tracker only introduces peers: the download went on without one, and its return brought new ones.',
	payload: album,
	trackers: [
		{
			...httpTracker,
			moods: [
				{ at: 0, mood: { type: 'refusing', reason: 'out for maintenance, back soon' } },
				{ at: 50_000, mood: { type: 'well' } },
			],
		},
		udpTracker,
	],
	peers: [
		farSeed,
		slowSeed,
		leecher,
		{ ...chokyLeecher, knownTo: [1] },
		newcomer,
		{ ...fastSeed, ...onlyFirst },
		{ ...leecher, ...onlyFirst, name: 'second leecher', id: 'leech-02', share: 0.7 },
		{ ...farSeed, ...onlyFirst, name: 'hidden seed', id: 'hidden-1' },
	],
	lessons: [
		{
			cue: { code: 'event', type: 'trackerFailed', tracker: 0 },
			place: 'trackers',
			text: 'Tracker 1 refuses: "{message}". It is asked again in {retry}, and nothing else waits for it',
			bep: 3,
		},
		{
			cue: { code: 'event', type: 'trackerAnswered', tracker: 1 },
			place: 'trackers',
			text: 'Tracker 2, of the next tier, knows {peers}: one tracker that answers is enough to begin',
			bep: 12,
		},
		{
			cue: { code: 'event', type: 'trackerFailed', tracker: 0, times: 2 },
			place: 'trackers',
			text: 'Tracker 1 fails again, so the next try is {retry} away: who is in trouble is not asked more often, but less',
		},
		{
			cue: { code: 'event', type: 'trackerAnswered', tracker: 0 },
			place: 'trackers',
			text: 'Tracker 1 is back and names {peers}, some of them new to tracker 2: see them join in Peers',
			bep: 12,
		},
	],
}
