// A magnet link: only a hash is known, and the info dictionary has to come from peers, of whom one gives a wrong one.
import type { PeerScript } from '../scenario.ts'
import { farSeed, fastSeed, httpTracker, kiB, leecher, type PracticeScenario, single } from './cast.ts'

const honest: PeerScript = {
	...fastSeed,
	name: 'honest seed',
	id: 'honest-1',
	upBytesPerSecond: 60 * kiB,
	metadata: 'gives',
	// It comes by itself, while nothing is known but the hash.
	arrivesAt: 26_000,
	dials: true,
}

export const magnet: PracticeScenario = {
	name: 'magnet',
	description: 'a link that is a hash alone; a peer lies about what it means',
	look: 'We hold 20 bytes: the hash of the info dictionary. Watch the wire: peers that have the dictionary hand it over, piece by piece.',
	learned:
		'A hash was enough: whatever hashes to it is the torrent, whoever gives it. What did not was thrown away.',
	// Small pieces make a dictionary that takes more than one message.
	payload: { ...single, pieceLength: 16 * kiB },
	magnet: true,
	trackers: [httpTracker],
	peers: [
		{
			...leecher,
			name: 'choosy leecher',
			id: 'choosy-1',
			share: 0.8,
			upBytesPerSecond: 20 * kiB,
			metadata: 'refuses',
		},
		{ ...fastSeed, name: 'lying seed', id: 'lying-01', arrivesAt: 8000, dials: true, metadata: 'lies' },
		honest,
		{ ...farSeed, upBytesPerSecond: 30 * kiB, metadata: 'gives', arrivesAt: 30_000, dials: true },
		{
			...leecher,
			name: 'newcomer',
			id: 'newcomer',
			share: 0,
			downBytesPerSecond: 40 * kiB,
			upBytesPerSecond: 20 * kiB,
			arrivesAt: 60_000,
			dials: true,
		},
	],
	lessons: [
		{
			cue: { code: 'awaiting-metadata' },
			place: 'header',
			text: 'A magnet link tells no name, size or piece that could be believed: {peers} connected, and no block can be asked for',
			bep: 9,
		},
		{
			cue: { code: 'wire', direction: 'out', message: 'ut_metadata' },
			place: 'wire',
			text: 'We ask {client} for the info dictionary, 16 KiB a message: ut_metadata in the wire. It may refuse, and we ask others',
			bep: 9,
		},
		{
			cue: { code: 'event', type: 'peerBanned' },
			place: 'events',
			text: '{client} gave a dictionary whose SHA-1 is not the hash of the link: it is thrown away, and the peer with it',
			bep: 9,
		},
		{
			cue: { code: 'content-known' },
			place: 'header',
			text: 'The dictionary that came now has the right hash: {pieces}, {bytes}. What peers said of their pieces before counts now',
			bep: 9,
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: 'From here on it is a torrent like any other: {client} takes blocks of ours, and with {pieces} we trade',
			bep: 3,
		},
	],
}
