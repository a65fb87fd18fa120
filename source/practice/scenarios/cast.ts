// Who and what the scenarios share: the payloads, trackers that behave, and peers with their manners. Rates are
// such that a download takes some four minutes of scenario time: a minute at the speed that a demo has by itself.
import type { Teaching } from '../../inspect/lesson.ts'
import type { PayloadScript, PeerScript, Scenario, TrackerScript } from '../scenario.ts'

/** A scenario for people: it teaches something. */
export type PracticeScenario = Scenario & Teaching

export const kiB = 1024
const miB = 1024 * kiB

/** 46 MiB in 183 pieces. */
export const album: PayloadScript = {
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

/** 22 MiB in 88 pieces, where less is enough. */
export const single: PayloadScript = {
	name: 'A Single from the Swarm',
	pieceLength: 256 * kiB,
	files: [
		{ path: ['A Rarest First.flac'], lengthBytes: 9 * miB + 183_402 },
		{ path: ['B Tit for Tat.flac'], lengthBytes: 12 * miB + 77_316 },
		{ path: ['cover.png'], lengthBytes: 731_552 },
	],
}

/** 5.5 MiB in 89 pieces of four blocks, for a crowd that fetches it thirty times over. */
export const sample: PayloadScript = {
	name: 'A Sample from the Swarm',
	pieceLength: 64 * kiB,
	files: [
		{ path: ['Flash Crowd (preview).flac'], lengthBytes: 5 * miB + 301_228 },
		{ path: ['cover.png'], lengthBytes: 231_552 },
	],
}

export const httpTracker: TrackerScript = { transport: 'http', intervalS: 40, minIntervalS: 20, moods: [] }
export const udpTracker: TrackerScript = { transport: 'udp', intervalS: 60, minIntervalS: 30, moods: [] }

export const fastSeed: PeerScript = {
	name: 'fast seed',
	id: 'fastseed',
	personality: { type: 'steady' },
	upBytesPerSecond: 96 * kiB,
	downBytesPerSecond: 0,
	latencyMs: 15,
	share: 1,
	arrivesAt: 0,
}
export const farSeed: PeerScript = {
	...fastSeed,
	name: 'far seed',
	id: 'far-seed',
	upBytesPerSecond: 52 * kiB,
	latencyMs: 110,
}
export const slowSeed: PeerScript = {
	...fastSeed,
	name: 'slow seed',
	id: 'slowseed',
	personality: { type: 'slow', hesitatesMs: 900 },
	upBytesPerSecond: 12 * kiB,
	latencyMs: 60,
	plain: true,
}
export const leecher: PeerScript = {
	name: 'steady leecher',
	id: 'steady-1',
	personality: { type: 'steady' },
	upBytesPerSecond: 44 * kiB,
	downBytesPerSecond: 54 * kiB,
	latencyMs: 35,
	share: 0.55,
	arrivesAt: 0,
}
export const chokyLeecher: PeerScript = {
	...leecher,
	name: 'choky leecher',
	id: 'choky-01',
	personality: { type: 'choky', unchokedMs: 24_000, chokedMs: 14_000 },
	downBytesPerSecond: 40 * kiB,
	latencyMs: 50,
	share: 0.4,
}
export const newcomer: PeerScript = {
	...leecher,
	name: 'newcomer',
	id: 'newcomer',
	downBytesPerSecond: 64 * kiB,
	latencyMs: 25,
	share: 0,
	arrivesAt: 30_000,
	dials: true,
}
