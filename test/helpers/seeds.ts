// Seeds for tests that run a scenario many times: ten of them, or as many as SWARMSCOPE_SEEDS says, or with
// SWARMSCOPE_SEED the one that failed.
const { SWARMSCOPE_SEED: single, SWARMSCOPE_SEEDS: count } = process.env

/** Never empty: a test over no seeds would pass. */
export const seeds: readonly number[] =
	single === undefined
		? Array.from({ length: Math.max(1, Number(count ?? 10) || 10) }, (_, index) => index + 1)
		: [Number(single)]

/** For runs that take seconds each: a fifth of them. */
export const fewSeeds: readonly number[] = seeds.slice(0, Math.ceil(seeds.length / 5))
