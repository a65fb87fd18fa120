import { expect, test } from 'vitest'
import { findScenario } from '../../source/practice/scenarios.ts'
import { scaleScenario } from '../helpers/scaled-scenario.ts'
import { seeds } from '../helpers/seeds.ts'
import { named, simulate } from '../helpers/simulation.ts'

const scenario = scaleScenario(named(findScenario('tracker-outage')), 4)

test.each(seeds)(
	'seed %i: a tracker that fails is found again, and the peers that came meanwhile',
	async seed => {
		const run = await simulate({ scenario, seed })
		expect(run.completed).toBe(true)
		expect(run.dataIsRight).toBe(true)
		expect(run.tookMs).toBeLessThan(400_000)
		const story = run.events.flatMap(event =>
			(event.type === 'trackerAnswered' || event.type === 'trackerFailed') && event.tracker === 0
				? [event.type]
				: [],
		)
		const failedAt = story.indexOf('trackerFailed')
		expect(failedAt).toBe(0)
		expect(story.slice(failedAt)).toContain('trackerAnswered')
		const late = scenario.peers.findIndex(({ name }) => name === 'hidden seed')
		expect(
			run.events.some(event => event.type === 'peerConnected' && event.host === `10.2.0.${late + 1}`),
		).toBe(true)
	},
)
