// Liars among honest peers.
import type { PeerScript } from '../scenario.ts'
import {
	album,
	chokyLeecher,
	farSeed,
	fastSeed,
	httpTracker,
	kiB,
	leecher,
	newcomer,
	type PracticeScenario,
	udpTracker,
} from './cast.ts'

const liar: PeerScript = {
	...fastSeed,
	name: 'liar',
	id: 'the-liar',
	personality: { type: 'corrupt', everyBlocks: 47 },
	upBytesPerSecond: 64 * kiB,
	latencyMs: 30,
}

export const corrupt: PracticeScenario = {
	name: 'corrupt',
	description: 'two liars among honest peers are found out and banned',
	look: 'Two peers lie now and then, and a hash cannot say which block was false. Watch Events: who was in it is tried alone.',
	learned: 'Both liars are banned, and nobody else: alone with a piece, a liar convicts itself.',
	payload: album,
	trackers: [httpTracker, udpTracker],
	peers: [
		fastSeed,
		liar,
		{
			...liar,
			name: 'subtle liar',
			id: 'sly-liar',
			// Pieces that it leaves begun are finished by others, who then are in the same false piece.
			personality: { type: 'choky', unchokedMs: 5000, chokedMs: 9000 },
			falseEvery: 19,
			upBytesPerSecond: 44 * kiB,
			share: 0.8,
			arrivesAt: 20_000,
		},
		farSeed,
		leecher,
		chokyLeecher,
		{ ...newcomer, share: 0.1 },
	],
	lessons: [
		{
			cue: { code: 'event', type: 'pieceFailed' },
			place: 'events',
			text: 'Piece {piece} has a wrong hash: of its blocks, from {peers}, at least one is false. All of it is fetched anew',
			bep: 3,
		},
		{
			cue: { code: 'picked', reason: 'picked-on-parole' },
			place: 'peers',
			text: '{client} is on parole: it gets piece {piece} alone, so that the hash will clear it or convict it',
		},
		{
			cue: { code: 'event', type: 'peerBanned' },
			place: 'peers',
			text: '{client} is banned: a block that it sent for piece {piece} was wrong. Its address is never dialled again',
		},
		{
			cue: { code: 'event', type: 'peerBanned', times: 2 },
			place: 'events',
			text: '{client} is found out as well; the honest ones who shared pieces with it are beyond suspicion again',
		},
	],
}
