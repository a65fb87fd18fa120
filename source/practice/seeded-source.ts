// Chance that repeats, where a practice run or a test stands in for the machine's.
import type { RandomSource } from '../engine/environment.ts'
import { createRandom, nextUint32 } from '../torrent/random.ts'

/** Ids and keys that follow from a seed. Never for a real swarm. */
export function createSeededSource(seed: number): RandomSource {
	const state = createRandom(seed)
	return {
		bytes: length => Uint8Array.from({ length }, () => nextUint32(state)),
		uint32: () => nextUint32(state),
	}
}
