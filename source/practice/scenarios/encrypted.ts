// Encrypted handshakes: a peer that takes nothing else, one that goes on in the clear behind it, one that knows none.
import { farSeed, fastSeed, httpTracker, kiB, leecher, type PracticeScenario, single } from './cast.ts'

export const encrypted: PracticeScenario = {
	name: 'encrypted',
	description: 'handshakes that nobody on the way can tell from noise',
	look: 'Every connection of ours begins with a key in place of the handshake. Watch the wire, and the letters E and e in Peers.',
	learned:
		'Encryption hid what was spoken, and kept nobody out: who takes none was asked again in the clear.',
	payload: single,
	encryption: 'prefer',
	trackers: [httpTracker],
	peers: [
		{ ...fastSeed, name: 'careful seed', id: 'careful1', upBytesPerSecond: 40 * kiB, encryption: 'requires' },
		{ ...farSeed, name: 'easy seed', id: 'easy-one', upBytesPerSecond: 22 * kiB, encryption: 'accepts' },
		{
			...farSeed,
			name: 'mild seed',
			id: 'mild-one',
			upBytesPerSecond: 16 * kiB,
			latencyMs: 40,
			encryption: 'accepts',
		},
		{ ...fastSeed, name: 'old seed', id: 'old-seed', upBytesPerSecond: 20 * kiB, latencyMs: 70 },
		{
			...leecher,
			name: 'careful leecher',
			id: 'careful2',
			upBytesPerSecond: 20 * kiB,
			encryption: 'requires',
		},
		{
			...leecher,
			name: 'newcomer',
			id: 'newcomer',
			share: 0,
			downBytesPerSecond: 40 * kiB,
			upBytesPerSecond: 16 * kiB,
			arrivesAt: 40_000,
			dials: true,
		},
	],
	lessons: [
		{
			cue: { code: 'wire', direction: 'out', message: 'mse key' },
			place: 'wire',
			text: 'We begin with 96 bytes of a public key and a pad of any length: nothing in them says BitTorrent',
		},
		{
			cue: { code: 'wire', direction: 'out', message: 'mse request' },
			place: 'wire',
			text: 'Both keys give a shared secret. {client} hears the torrent named by a hash over it, which only who has it can check',
		},
		{
			cue: { code: 'encryption', payload: 'rc4' },
			place: 'peers',
			text: '{client} takes RC4 and nothing else: E in its row. Every byte of the connection is enciphered',
		},
		{
			cue: { code: 'encryption', payload: 'plain' },
			place: 'peers',
			text: '{client} chose plain text behind the handshake: e in its row. That hid the beginning and costs nothing after',
		},
		{
			cue: { code: 'encryption', payload: 'refused' },
			place: 'peers',
			text: '{client} knows no encryption and hung up; we dialled it again at once, in the clear',
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: '{client} takes blocks of ours: behind the handshake the protocol is the same, whatever lies around it',
			bep: 3,
		},
	],
}
