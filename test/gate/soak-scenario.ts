// A practice swarm that never comes to rest: somebody arrives and somebody leaves each second, with manners of
// every kind, and each tracker is dead for half of the time.
import type { PeerScript, Personality, Scenario } from '../../source/practice/scenario.ts'
import { createRandom, nextRandom, randomBelow } from '../../source/torrent/random.ts'

const personalities: readonly Personality[] = [
	{ type: 'steady' },
	{ type: 'steady' },
	{ type: 'slow', hesitatesMs: 400 },
	{ type: 'choky', unchokedMs: 2_000, chokedMs: 1_000 },
	{ type: 'snubbing', afterBlocks: 20, forMs: 30_000 },
	{ type: 'corrupt', everyBlocks: 40 },
	{ type: 'silent' },
	{ type: 'flaky', staysMs: 3_000, awayMs: 2_000 },
]

/** Peers for `seconds` seconds around one torrent of `contentBytes` bytes. */
export function soakScenario(contentBytes: number, seconds: number, seed: number): Scenario {
	const random = createRandom(seed)
	const always: PeerScript[] = [0, 1].map(index => ({ ...script(index, { type: 'steady' }), share: 1 }))
	const churn = Array.from({ length: Math.floor(seconds) }, (_, second): PeerScript => {
		const personality = personalities[randomBelow(random, personalities.length)] ?? { type: 'steady' }
		const arrivesAt = second * 1_000 + randomBelow(random, 1_000)
		return {
			...script(second + 2, personality),
			downBytesPerSecond: randomBelow(random, 2) * 100_000,
			share: randomBelow(random, 3) === 0 ? 1 : nextRandom(random),
			latencyMs: randomBelow(random, 40),
			...{ arrivesAt, leavesAt: arrivesAt + 3_000 + randomBelow(random, 30_000) },
			...{ dials: randomBelow(random, 5) > 0, plain: randomBelow(random, 5) === 0 },
		}
	})
	return {
		...{ name: 'soak', description: 'peers come and go', peers: [...always, ...churn] },
		payload: {
			...{ name: 'soak', pieceLength: 128 << 10 },
			files: [{ path: ['soak.bin'], lengthBytes: contentBytes }],
		},
		trackers: (['http', 'udp'] as const).map((transport, index) => ({
			...{ transport, intervalS: 10, minIntervalS: 5 },
			moods: Array.from({ length: Math.ceil(seconds / 20) }, (_, turn) => ({
				at: turn * 20_000 + index * 10_000,
				mood: turn % 2 === 0 ? ({ type: 'well' } as const) : ({ type: 'silent' } as const),
			})),
		})),
	}
}

function script(index: number, personality: Personality): PeerScript {
	return {
		...{ name: `peer ${index}`, id: `-XX${String(index % 10_000).padStart(4, '0')}-`, personality },
		...{ upBytesPerSecond: 400_000, downBytesPerSecond: 0, latencyMs: 5, share: 1, arrivesAt: 0 },
	}
}
