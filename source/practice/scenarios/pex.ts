// Peer exchange: the tracker knows one peer, and that one knows the others.
import type { PeerScript } from '../scenario.ts'
import { farSeed, fastSeed, httpTracker, kiB, leecher, type PracticeScenario, single } from './cast.ts'

/** The tracker has never heard of it. */
const unlisted: Pick<PeerScript, 'knownTo'> = { knownTo: [] }

export const pex: PracticeScenario = {
	name: 'pex',
	description: 'the tracker knows one peer; that one tells of the others',
	look: 'The tracker names one peer. Watch who appears in Peers a little later, and where it came from.',
	learned: 'One peer was enough to find them all; a swarm that talks to itself outlives its tracker.',
	payload: single,
	trackers: [httpTracker],
	peers: [
		{ ...leecher, name: 'talker', id: 'talker-1', share: 0.7, upBytesPerSecond: 24 * kiB, gossips: true },
		{ ...fastSeed, ...unlisted, name: 'hidden seed', id: 'hidden-1', upBytesPerSecond: 44 * kiB },
		{ ...farSeed, ...unlisted, upBytesPerSecond: 24 * kiB },
		{
			...leecher,
			...unlisted,
			name: 'hidden leecher',
			id: 'hidden-2',
			downBytesPerSecond: 30 * kiB,
			upBytesPerSecond: 20 * kiB,
			share: 0.3,
			gossips: true,
		},
		{
			...fastSeed,
			...unlisted,
			name: 'late seed',
			id: 'late-one',
			upBytesPerSecond: 30 * kiB,
			latencyMs: 45,
			arrivesAt: 50_000,
		},
	],
	lessons: [
		{
			cue: { code: 'event', type: 'trackerAnswered' },
			place: 'trackers',
			text: 'The tracker answers with {peers}. It knows only who announced itself to it, and most of this swarm did not',
			bep: 3,
		},
		{
			cue: { code: 'wire', direction: 'in', message: 'ut_pex' },
			place: 'wire',
			text: '{client} tells us whom it is connected to: extended ut_pex, six bytes a peer and a byte of flags',
			bep: 11,
		},
		{
			cue: { code: 'source', source: 'pex', peers: 2 },
			place: 'peers',
			text: '{peers} were found so, {client} among them. It is hearsay: each was dialled, and only what it does counts',
			bep: 11,
		},
		{
			cue: { code: 'wire', direction: 'out', message: 'ut_pex' },
			place: 'wire',
			text: 'We return it: {client} hears whom we are connected to, at most fifty at once and once a minute',
			bep: 11,
		},
		{
			cue: { code: 'source', source: 'pex', peers: 4 },
			then: true,
			place: 'peers',
			text: 'The next message told only what had changed: one came late, and is here as well. {peers} by hearsay',
			bep: 11,
		},
	],
}
