// The scenarios of the practice swarm. At speed 1 each takes about a minute, so that one can follow what happens.
import type { PayloadScript, PeerScript, Scenario, TrackerScript } from './scenario.ts'

const kiB = 1024
const miB = 1024 * kiB

const album: PayloadScript = {
	name: 'Songs from the Swarm',
	pieceLength: 256 * kiB,
	files: [
		{ path: ['01 Rarest First.flac'], lengthBytes: 9 * miB + 183_402 },
		{ path: ['02 Tit for Tat.flac'], lengthBytes: 12 * miB + 77_316 },
		{ path: ['03 Optimistic Unchoke.flac'], lengthBytes: 7 * miB + 401_228 },
		{ path: ['04 Endgame.flac'], lengthBytes: 10 * miB + 920_064 },
		{ path: ['extras', 'Snubbed (live).flac'], lengthBytes: 5 * miB + 612_900 },
		{ path: ['extras', 'cover.png'], lengthBytes: 731_552 },
	],
}

const httpTracker: TrackerScript = { transport: 'http', intervalS: 20, minIntervalS: 10, moods: [] }
const udpTracker: TrackerScript = { transport: 'udp', intervalS: 30, minIntervalS: 15, moods: [] }

const fastSeed: PeerScript = {
	name: 'fast seed',
	id: 'fastseed',
	personality: { type: 'steady' },
	upBytesPerSecond: 400 * kiB,
	downBytesPerSecond: 0,
	latencyMs: 15,
	share: 1,
	arrivesAt: 0,
}
const farSeed: PeerScript = {
	...fastSeed,
	name: 'far seed',
	id: 'far-seed',
	upBytesPerSecond: 220 * kiB,
	latencyMs: 110,
}
const slowSeed: PeerScript = {
	...fastSeed,
	name: 'slow seed',
	id: 'slowseed',
	personality: { type: 'slow', hesitatesMs: 900 },
	upBytesPerSecond: 48 * kiB,
	latencyMs: 60,
	plain: true,
}
const lateSeed: PeerScript = {
	...farSeed,
	name: 'late seed',
	id: 'lateseed',
	latencyMs: 40,
	arrivesAt: 30_000,
}
const silentSeed: PeerScript = {
	...fastSeed,
	name: 'silent seed',
	id: 'mute-one',
	personality: { type: 'silent' },
}
const leecher: PeerScript = {
	name: 'steady leecher',
	id: 'steady-1',
	personality: { type: 'steady' },
	upBytesPerSecond: 180 * kiB,
	downBytesPerSecond: 220 * kiB,
	latencyMs: 35,
	share: 0.55,
	arrivesAt: 0,
}
const chokyLeecher: PeerScript = {
	...leecher,
	name: 'choky leecher',
	id: 'choky-01',
	personality: { type: 'choky', unchokedMs: 11_000, chokedMs: 7000 },
	downBytesPerSecond: 160 * kiB,
	latencyMs: 50,
	share: 0.4,
}
const snubbingLeecher: PeerScript = {
	...leecher,
	name: 'snubbing leecher',
	id: 'snubbing',
	personality: { type: 'snubbing', afterBlocks: 60, forMs: 28_000 },
	upBytesPerSecond: 110 * kiB,
	downBytesPerSecond: 100 * kiB,
	share: 0.3,
}
const flakyLeecher: PeerScript = {
	...leecher,
	name: 'flaky leecher',
	id: 'flaky-01',
	personality: { type: 'flaky', staysMs: 16_000, awayMs: 6000 },
	downBytesPerSecond: 140 * kiB,
	share: 0.5,
	dials: true,
}
const newcomer: PeerScript = {
	...leecher,
	name: 'newcomer',
	id: 'newcomer',
	downBytesPerSecond: 260 * kiB,
	latencyMs: 25,
	share: 0,
	arrivesAt: 8000,
	dials: true,
}

const liar: PeerScript = {
	...fastSeed,
	name: 'liar',
	id: 'the-liar',
	personality: { type: 'corrupt', everyBlocks: 47 },
	upBytesPerSecond: 260 * kiB,
	latencyMs: 30,
}
const subtleLiar: PeerScript = {
	...liar,
	name: 'subtle liar',
	id: 'sly-liar',
	personality: { type: 'corrupt', everyBlocks: 97 },
	upBytesPerSecond: 180 * kiB,
	share: 0.8,
	arrivesAt: 12_000,
}

/** In the order in which `--list` names them; the first is the one without a name. */
export const scenarios: readonly Scenario[] = [
	{
		name: 'healthy',
		description:
			'an ordinary swarm: fast and slow seeds, leechers that trade, one that snubs, one that comes and goes',
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
			lateSeed,
		],
	},
	{
		name: 'corrupt',
		description:
			'two peers send wrong blocks among right ones; they are found out and banned, and nobody else is',
		payload: album,
		trackers: [httpTracker, udpTracker],
		peers: [fastSeed, liar, subtleLiar, farSeed, leecher, chokyLeecher, { ...newcomer, share: 0.1 }],
	},
	{
		name: 'tracker-outage',
		description:
			'the HTTP tracker fails for half a minute while new peers come, the UDP tracker is silent at first',
		payload: album,
		trackers: [
			{
				...httpTracker,
				moods: [
					{ at: 6000, mood: { type: 'refusing', reason: 'out for maintenance, back soon' } },
					{ at: 24_000, mood: { type: 'well' } },
				],
			},
			{
				...udpTracker,
				moods: [
					{ at: 0, mood: { type: 'silent' } },
					{ at: 50_000, mood: { type: 'well' } },
				],
			},
		],
		peers: [
			farSeed,
			slowSeed,
			leecher,
			chokyLeecher,
			newcomer,
			{ ...fastSeed, arrivesAt: 10_000 },
			{ ...leecher, name: 'late leecher', id: 'late-one', share: 0.7, arrivesAt: 15_000 },
		],
	},
]

/** The scenario of that name; without one the first. */
export function findScenario(name: string | undefined): Scenario | undefined {
	return name === undefined ? scenarios[0] : scenarios.find(scenario => scenario.name === name)
}
