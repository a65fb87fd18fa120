// Chance for policies: a small seeded generator (sfc32) whose state is plain data, so that a run repeats.
// Ids, keys and tokens never come from here: the engine draws those with crypto and hands them in.

/** Four 32-bit words. */
export type RandomState = { a: number; b: number; c: number; d: number }

/** A generator for a seed; equal seeds give equal sequences. Only the low 32 bits of `seed` count. */
export function createRandom(seed: number): RandomState {
	const state = { a: 0x9e3779b9 | 0, b: 0x243f6a88 | 0, c: seed | 0, d: 1 }
	for (let round = 0; round < 12; round += 1) nextUint32(state)
	return state
}

/** An integer, 0 ≤ value < 2³². */
export function nextUint32(state: RandomState): number {
	const sum = (((state.a + state.b) | 0) + state.d) | 0
	state.d = (state.d + 1) | 0
	state.a = state.b ^ (state.b >>> 9)
	state.b = (state.c + (state.c << 3)) | 0
	state.c = (((state.c << 21) | (state.c >>> 11)) + sum) | 0
	return sum >>> 0
}

/** A number, 0 ≤ value < 1. */
export function nextRandom(state: RandomState): number {
	return nextUint32(state) / 0x1_0000_0000
}

/** An integer, 0 ≤ value < limit; `limit` is a positive integer. */
export function randomBelow(state: RandomState, limit: number): number {
	return Math.floor(nextRandom(state) * limit)
}

/** Brings the items into random order, in place (Fisher and Yates). */
export function shuffle(items: unknown[], state: RandomState): void {
	for (let last = items.length - 1; last > 0; last -= 1) {
		const other = randomBelow(state, last + 1)
		const item = items[last]
		items[last] = items[other]
		items[other] = item
	}
}
