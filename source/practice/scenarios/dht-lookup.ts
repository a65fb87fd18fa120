// The DHT alone: a hash, no tracker, and some fifty nodes of whom a few keep the addresses of this swarm.
import { farSeed, fastSeed, kiB, leecher, type PracticeScenario, single } from './cast.ts'

export const dhtLookup: PracticeScenario = {
	name: 'dht-lookup',
	description: 'no tracker: a hash leads over strangers to those who have it',
	look: 'No tracker, only a hash. 9 opens the DHT: watch the lookup go from node to node, each closer to the hash than the last.',
	learned:
		'A few rounds among strangers led to everybody who has it. Nobody was in charge, and now we are found so too.',
	payload: single,
	magnet: true,
	trackers: [],
	dht: { nodes: 44 },
	peers: [
		{
			...fastSeed,
			name: 'listed seed',
			id: 'listed-1',
			upBytesPerSecond: 50 * kiB,
			inDht: true,
			metadata: 'gives',
		},
		{ ...farSeed, upBytesPerSecond: 30 * kiB, inDht: true, metadata: 'gives' },
		{ ...leecher, upBytesPerSecond: 24 * kiB, downBytesPerSecond: 30 * kiB, inDht: true, share: 0.6 },
		{
			...leecher,
			name: 'finder',
			id: 'finder-1',
			share: 0,
			downBytesPerSecond: 44 * kiB,
			upBytesPerSecond: 16 * kiB,
			inDht: true,
			arrivesAt: 60_000,
		},
	],
	lessons: [
		{
			cue: { code: 'dht-nodes', atLeast: 8 },
			place: 'dht',
			text: 'We asked two nodes for others close to an id of ours, and those for closer ones: {nodes} in our table answer',
			bep: 5,
		},
		{
			cue: { code: 'wire', direction: 'out', message: 'dht get_peers' },
			place: 'wire',
			text: 'get_peers to {address}: who has this torrent? Whoever does not know names the nodes closest to its hash that he knows',
			bep: 5,
		},
		{
			cue: { code: 'dht-peers' },
			place: 'dht',
			text: '{address}, asked in round {rounds}, keeps addresses of this swarm: {peers}. Its id is close to the hash, so it was told',
			bep: 5,
		},
		{
			cue: { code: 'source', source: 'dht' },
			place: 'peers',
			text: '{client} is connected: it came from the DHT, and gives us what the hash stands for',
			bep: 9,
		},
		{
			cue: { code: 'content-known' },
			place: 'header',
			text: 'Now we know that the torrent is not private. Until then we looked and told nobody of us; now we may announce',
			bep: 27,
		},
		{
			cue: { code: 'dht-announced', atLeast: 3 },
			place: 'dht',
			text: '{nodes} keep our address for others: each got its own token back, which proves that we receive where we say we are',
			bep: 5,
		},
		{
			cue: { code: 'gave' },
			place: 'peers',
			text: '{client} takes blocks of ours. Who comes now finds us by the same hash',
			bep: 3,
		},
	],
}
