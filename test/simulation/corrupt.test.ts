import { expect, test } from 'vitest'
import { findScenario } from '../../source/practice/scenarios.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { seeds } from '../helpers/seeds.ts'
import { named, simulate, type Simulated } from '../helpers/simulation.ts'

const scenario = scaleScenario(named(findScenario('corrupt')), 4)

/** Clients by the host from which they spoke. */
function bannedClients({ events }: Simulated): string[] {
	const hosts = new Set(events.flatMap(event => (event.type === 'peerBanned' ? [event.host] : [])))
	return scenario.peers.flatMap(({ name }, index) => (hosts.has(`10.2.0.${index + 1}`) ? [name] : [])).sort()
}

test.each(seeds)('seed %i: both liars are banned, nobody else is, and the data is right', async seed => {
	const run = await simulate({ scenario, seed })
	expect(run.end).toEqual({ type: 'stopped' })
	expect(run.completed).toBe(true)
	expect(run.dataIsRight).toBe(true)
	expect(bannedClients(run)).toEqual(['liar', 'subtle liar'])
	expect(run.tookMs).toBeLessThan(400_000)
})
