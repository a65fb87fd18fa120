// Threats S1: somebody sets the clock, by hours or years, back and forth.
import { expect, test } from 'vitest'
import { findScenario } from '../../source/practice/scenarios.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { seeds } from '../helpers/seeds.ts'
import { named, simulate } from '../helpers/simulation.ts'

const scenario = scaleScenario(named(findScenario('tracker-outage')), 4)
const yearMs = 365 * 24 * 3_600_000

/** Every 700 ms somewhere else, 1970 and 2070 included. */
function jumping(now: number): number {
	const turn = Math.floor(now / 700)
	return [0, 100 * yearMs, 55 * yearMs, 55 * yearMs - 3_600_000, 55 * yearMs + 3_600_000][turn % 5] ?? 0
}

test.each(seeds.slice(0, 3))('seed %i: a wall clock that jumps changes nothing at all', async seed => {
	const steady = await simulate({ scenario, seed })
	const jumped = await simulate({ scenario, seed, wallTime: jumping })
	expect(jumped.completed).toBe(true)
	expect(jumped.dataIsRight).toBe(true)
	expect(jumped.tookMs).toBe(steady.tookMs)
	expect(jumped.inputs).toBe(steady.inputs)
	expect(jumped.events).toEqual(steady.events)
})
